//! A name is its prefix, at least 13 lower-case letters and digits, and its suffix, letter for letter.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{NamePattern, assert_space_empty, create_each, name_of, named, new_directory, passed};

pub(crate) fn main() {
    let parent = new_directory();
    let only = |prefix: Option<&str>, suffix: Option<&str>| NamePattern {
        prefix: prefix.map(str::to_owned),
        suffix: suffix.map(str::to_owned),
    };
    for (pattern, prefix, suffix) in [
        (only(None, None), "tmp", ""),
        (only(None, Some("")), "tmp", ""),
        (only(None, Some(".txt")), "tmp", ".txt"),
        (only(Some("log-"), None), "log-", ""),
        (only(Some(""), None), "", ""),
        (named("", ""), "", ""),
        (named("", ".tar.gz"), "", ".tar.gz"),
        (named("Report ", " (Final).PDF"), "Report ", " (Final).PDF"),
        (
            named("e\u{301}\u{e9}", "\u{65e5}\u{672c}"),
            "e\u{301}\u{e9}",
            "\u{65e5}\u{672c}",
        ),
        (named("\u{1f600}", "\u{1f600}"), "\u{1f600}", "\u{1f600}"),
    ] {
        for (what, path) in create_each(&parent, &pattern) {
            let path = path.unwrap_or_else(|code| panic!("{what} {prefix:?}…{suffix:?}: {code:?}"));
            let name = name_of(&path);
            let random = name
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix(suffix))
                .unwrap_or_else(|| panic!("{what} {prefix:?}…{suffix:?} is called {name:?}"));
            assert!(random.len() >= 13, "too short for 64 bits: {name:?}");
            assert!(
                random.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9')),
                "other characters than lower-case letters and digits: {name:?}"
            );
        }
    }
    drop(parent);
    assert_space_empty();
    passed();
}
