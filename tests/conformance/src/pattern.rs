//! Names with a random part, as patterns.

/// Whether each of `found` matches one of `expected`, one to one.
///
/// # Errors
///
/// The first pattern that nothing matches, or the first name that no pattern is left for.
pub(crate) fn assign(expected: &[&str], found: &[String]) -> Result<(), String> {
    let mut rest: Vec<&str> = found.iter().map(String::as_str).collect();
    // Those without a random part first, so that a pattern does not take what another names.
    let (exact, loose): (Vec<&&str>, Vec<&&str>) = expected.iter().partition(|pattern| !pattern.contains('*'));
    for pattern in exact.into_iter().chain(loose) {
        match rest.iter().position(|path| matches(pattern, path)) {
            Some(index) => {
                rest.swap_remove(index);
            }
            None => return Err(format!("no `{pattern}`")),
        }
    }
    match rest.first() {
        None => Ok(()),
        Some(path) => Err(format!("`{path}` is too much")),
    }
}

/// Whether a path matches a pattern, in which `*` is any number of characters but `/`.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, rest)) => path.strip_prefix(start).is_some_and(|path| {
            let name = path.split('/').next().unwrap_or(path);
            let ends = (0..=name.len()).filter(|end| name.is_char_boundary(*end));
            ends.into_iter().any(|end| matches(rest, &path[end..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_part_of_one_name() {
        for (pattern, path) in [
            ("a", "a"),
            ("*", ""),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*/b", "axx/b"),
            ("*/é*", "x/éy"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("a", "ab"), ("a*", "ba"), ("*", "a/b"), ("a*/b", "a/x/b"), ("", "a")] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn each_pattern_takes_one_name() {
        let found = ["b", "a1", "a2"].map(str::to_owned);
        assert_eq!(assign(&["a*", "a2", "b"], &found), Ok(()));
        assert_eq!(assign(&["a*", "b"], &found[..2]), Ok(()));
        assert!(assign(&["a*", "b"], &found).is_err());
        assert!(assign(&["a*", "a*", "a*"], &found).is_err());
    }
}
