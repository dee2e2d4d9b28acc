//! Prefixes and suffixes that only look odd are used as they are.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{NamePattern, assert_space_empty, create_each, name_of, new_directory, passed};

pub(crate) fn main() {
    let parent = new_directory();
    let anywhere = [
        "CON",
        "NUL.txt",
        "COM\u{b9}",
        "*",
        "?",
        "~",
        "<",
        "a b",
        "$(x)",
        "`x`",
        "'",
        "\"",
        "|",
        "&",
        ";",
        "%s",
        "%2f",
        "#",
        "\u{e9}",
        "e\u{301}",
        "\u{df}",
        "Case",
        "case",
        "tmp-",
        "_",
        "\u{1f600}",
        "\u{ff0f}",
        // A character of its own kind, that writes from right to left, but no control character (Cc).
        "a\u{202e}b",
    ];
    let prefixes = ["a.", "a ", " a", "a-", "a..b"];
    let suffixes = [".txt", "-rf", "-", "a.b", " a", "..b"];
    let prefixes = anywhere.iter().chain(&prefixes).map(|prefix| (*prefix, ""));
    let suffixes = anywhere.iter().chain(&suffixes).map(|suffix| ("", *suffix));
    for (prefix, suffix) in prefixes.chain(suffixes) {
        let pattern = NamePattern {
            prefix: Some(prefix.to_owned()),
            suffix: Some(suffix.to_owned()),
        };
        for (what, path) in create_each(&parent, &pattern) {
            let path = path.unwrap_or_else(|code| panic!("{what} {prefix:?}…{suffix:?}: {code:?}"));
            let name = name_of(&path);
            assert!(
                name.starts_with(prefix) && name.ends_with(suffix),
                "{what} {prefix:?}…{suffix:?} is called {name:?}"
            );
        }
    }
    drop(parent);
    assert_space_empty();
    passed();
}
