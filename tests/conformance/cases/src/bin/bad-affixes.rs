//! Prefixes and suffixes that would not be safe everywhere are `invalid`, and nothing is made.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, NamePattern, assert_space_empty, create_each, names_in, new_directory, passed,
};

pub(crate) fn main() {
    let parent = new_directory();
    let refused = |prefix: Option<&str>, suffix: Option<&str>| {
        let pattern = NamePattern {
            prefix: prefix.map(str::to_owned),
            suffix: suffix.map(str::to_owned),
        };
        for (what, made) in create_each(&parent, &pattern) {
            assert_eq!(made, Err(ErrorCode::Invalid), "{what} {prefix:.40?}…{suffix:.40?}");
        }
    };

    for affix in [
        // Separators, and what goes up.
        "/",
        "//x",
        "a/",
        "a/b",
        "a/.",
        "../x",
        "/..",
        "a/../../x",
        "/etc",
        "\\",
        "\\x",
        "a\\b",
        "..\\x",
        // Drives and streams of Windows.
        ":",
        "C:x",
        "x/C:y",
        "a:stream",
        "\\\\?\\C:\\",
        // Control characters, those beyond ASCII included.
        "\0",
        "a\0b",
        "\x01",
        "\x1b",
        "a\x1b[2Jb",
        "\x1f",
        "\x7f",
        "\n",
        "a\nb",
        "a\rb",
        "a\tb",
        "\u{80}",
        "a\u{85}b",
        "\u{9f}",
    ] {
        refused(Some(affix), None);
        refused(None, Some(affix));
        refused(Some(affix), Some(affix));
    }
    for start in [".", "..", ".hidden", "-", "-rf"] {
        refused(Some(start), None);
    }
    for end in [".", "..", "a.", "...", " ", "a ", "  "] {
        refused(None, Some(end));
        refused(Some(""), Some(end));
    }

    assert_eq!(
        names_in(parent.get_path().expect("get its path")),
        [""; 0],
        "made in the directory"
    );
    drop(parent);
    assert_space_empty();
    passed();
}
