//! Asks for names with bad prefixes and suffixes: `invalid` for each that the contract refuses, and the odd harmless ones work.
#![forbid(unsafe_code)]

use scratch_tempfile::bindings::scratch::tempfile::types::{ErrorCode, NamePattern, TemporaryDirectory, TemporaryFile};
use scratch_test_programs::{any_name, file_options, names_in_space};

/// Creates one of each with that name; all four have to agree. The path of the first file, if it may be.
fn create(pattern: &NamePattern) -> Result<String, ErrorCode> {
    let options = || {
        let mut options = file_options();
        options.name = pattern.clone();
        options
    };
    let parent = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let directory = TemporaryDirectory::create(pattern).map(drop);
    let inner_directory = parent.create_directory(pattern).map(drop);
    let inner_file = parent.create_file(&options()).map(drop);
    let file = TemporaryFile::create(&options());
    let outcome = file.as_ref().map(drop).map_err(|code| *code);
    let what = format!("{:.60?}", format!("{pattern:?}"));
    assert_eq!(outcome, directory, "a file and a directory disagree on {what}");
    assert_eq!(
        outcome, inner_file,
        "a file and a file in a directory disagree on {what}"
    );
    assert_eq!(
        outcome, inner_directory,
        "a file and an inner directory disagree on {what}"
    );
    file?.get_path()
}

fn prefix(prefix: &str) -> Result<String, ErrorCode> {
    create(&NamePattern {
        prefix: Some(prefix.to_owned()),
        suffix: None,
    })
}

fn suffix(suffix: &str) -> Result<String, ErrorCode> {
    create(&NamePattern {
        prefix: None,
        suffix: Some(suffix.to_owned()),
    })
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn main() {
    let before = names_in_space().expect("list the space");
    let long = "x".repeat(4_096);
    let longer = "x".repeat(1 << 20);

    let refused_in_both = [
        "..",
        "../x",
        "a/../../x",
        "/etc",
        "//x",
        "/",
        "a/",
        "a/.",
        "a/b",
        "\\",
        "a\\b",
        "\\x",
        "\0",
        "a\0b",
        ":",
        "C:x",
        "x/C:y",
        "\\\\?\\C:\\",
        "a:stream",
        "\n",
        "a\nb",
        "a\rb",
        "a\tb",
        "\x1b",
        "a\x1b[2Jb",
        "\x01",
        "\x7f",
        "\u{85}",
        &long[..255],
        &long[..256],
        &long,
        &longer,
    ];
    for affix in refused_in_both {
        let shown = affix.chars().take(40).collect::<String>();
        assert_eq!(prefix(affix), Err(ErrorCode::Invalid), "the prefix {shown:?}");
        assert_eq!(suffix(affix), Err(ErrorCode::Invalid), "the suffix {shown:?}");
    }
    for affix in [".", ".hidden", "-", "-rf"] {
        assert_eq!(
            prefix(affix),
            Err(ErrorCode::Invalid),
            "a name that starts with {affix:?}"
        );
    }
    for affix in [".", "a.", " ", "a ", "..."] {
        assert_eq!(
            suffix(affix),
            Err(ErrorCode::Invalid),
            "a name that ends with {affix:?}"
        );
    }

    let harmless = [
        "",
        "CON",
        "NUL.txt",
        "COM\u{b9}",
        "*",
        "?",
        "~",
        "a b",
        "$(x)",
        "'",
        "\"",
        "|",
        "%s",
        "\u{e9}",
        "e\u{301}",
        "Case",
        "case",
        "\u{1f600}",
        "tmp-",
        "_",
    ];
    for affix in harmless {
        for (path, which) in [(prefix(affix), "prefix"), (suffix(affix), "suffix")] {
            let path = path.unwrap_or_else(|code| panic!("the {which} {affix:?}: {code:?}"));
            let name = name(&path);
            let there = if which == "prefix" {
                name.starts_with(affix)
            } else {
                name.ends_with(affix)
            };
            assert!(there, "the {which} {affix:?} is missing in {name:?}");
        }
    }
    for affix in ["a.", "a "] {
        prefix(affix).unwrap_or_else(|code| panic!("the prefix {affix:?}: {code:?}"));
    }
    for affix in [".txt", "-rf"] {
        suffix(affix).unwrap_or_else(|code| panic!("the suffix {affix:?}: {code:?}"));
    }
    // Not a control character (Cc) but a format character (Cf): a provider may be stricter.
    for outcome in [prefix("a\u{202e}b"), suffix("a\u{202e}b")] {
        assert!(
            matches!(outcome, Ok(_) | Err(ErrorCode::Invalid)),
            "RTL override: {outcome:?}"
        );
    }

    // The longest name has 255 bytes, wherever they are.
    let random = name(&prefix("").expect("an empty prefix")).len();
    let fitting = &long[..255 - random];
    assert_eq!(name(&prefix(fitting).expect("a name of 255 bytes")).len(), 255);
    assert_eq!(
        prefix(&long[..256 - random]),
        Err(ErrorCode::Invalid),
        "a name of 256 bytes"
    );
    let wide = "\u{e9}".repeat(150);
    assert_eq!(prefix(&wide), Err(ErrorCode::Invalid), "150 characters of 2 bytes");

    assert_eq!(names_in_space().expect("list the space"), before, "something is left");
    println!("ok");
}
