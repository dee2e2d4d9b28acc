//! Symbolic links that may leave a space, because they cannot lead out of their tree.

/// Returns whether a symbolic link leads nowhere outside of the tree, wherever the other links of the tree lead.
///
/// Each `..` at the beginning leads from a directory of known depth to the one above. A name leads down, or to a link for which the same
/// holds. A `..` after a name could lead above the tree, so it is not allowed.
pub(super) fn stays_inside(link: &[u8], depth: usize) -> bool {
    if link.starts_with(b"/") {
        return false;
    }
    let components = || {
        link.split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty() && *part != b".")
    };
    let climbs = components().take_while(|part| *part == b"..").count();
    climbs <= depth && components().skip(climbs).all(|part| part != b"..")
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn a_link_is_inside_only_if_no_other_link_can_lead_it_out() {
        for (link, depth, expected) in [
            ("file", 0, true),
            ("./a//b", 0, true),
            ("..", 0, false),
            ("..", 1, true),
            ("../../x", 2, true),
            ("../../x", 1, false),
            ("./.././../x", 1, false),
            ("/etc/passwd", 3, false),
            // `a` may be a link to the top of the tree.
            ("a/..", 3, false),
            ("../a/../b", 3, false),
        ] {
            assert_eq!(stays_inside(link.as_bytes(), depth), expected, "{link} at {depth}");
        }
    }
}
