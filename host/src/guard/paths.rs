//! Paths in a space, as the ledger writes them: relative to its root, without empty parts and `.`.

/// `path` below the directory `dir` of the space, empty for the root itself. `None` where it goes up, or starts at `/`.
///
/// No link is followed: a provider makes none, and what lies behind a program's links is the program's.
pub(crate) fn join(dir: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut joined = dir.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            return None;
        }
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(part);
    }
    Some(joined)
}

/// How many names `path` has, without empty parts and `.`.
pub(crate) fn parts(path: &str) -> u64 {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    u64::try_from(parts.count()).unwrap_or(u64::MAX)
}

/// Whether a part of `path` goes up.
pub(crate) fn goes_up(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}

/// The name, if `path` is one component.
pub(crate) fn single(path: &str) -> Option<&str> {
    let name = path.trim_end_matches('/');
    (!name.is_empty() && !name.contains('/') && name != "." && name != "..").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{goes_up, join, single};

    #[test]
    fn a_path_is_joined_without_its_empty_parts() {
        assert_eq!(join("", "a").as_deref(), Some("a"));
        assert_eq!(join("a/b", "./c//d/").as_deref(), Some("a/b/c/d"));
        assert_eq!(join("", "./").as_deref(), Some(""));
        assert_eq!(join("a", "../b"), None);
        assert_eq!(join("a", "/b"), None);
    }

    #[test]
    fn only_a_whole_part_goes_up() {
        assert!(goes_up("a/../b"));
        assert!(goes_up(".."));
        assert!(!goes_up("a..b/..c"));
    }

    #[test]
    fn one_component_is_a_name() {
        assert_eq!(single("a"), Some("a"));
        assert_eq!(single("a/"), Some("a"));
        assert_eq!(single("a/b"), None);
        assert_eq!(single("."), None);
        assert_eq!(single(".."), None);
        assert_eq!(single(""), None);
    }
}
