//! What the test programs share: the storage they are told to use, and everything open at once.
//!
//! A program is one behaviour, `src/bin/NAME.rs`, and its first lines say which. It asserts from inside, exits with 0 if all
//! is as it should be, and panics otherwise. Those that create temporary files without a name take where as their first argument:
//! `disk` (from the start), or `default` (the provider's choice: in memory while it is small). Benchmarks take `memory`, too
//! (whatever the size).
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::{env, fs};

use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, NamePattern, TemporaryFile};
use scratch_tempfile::{Builder, File, NamedTempFile, TempDir};

/// `wasi:filesystem/preopens` and `wasi:io/poll`, over the types of the SDK.
pub mod wasi {
    #![expect(missing_docs, reason = "generated")]

    wit_bindgen::generate!({
        inline: "
            package scratch:test-programs;

            world extra {
                import wasi:filesystem/preopens@0.2.6;
                import wasi:io/poll@0.2.6;
            }
        ",
        path: "../../wit",
        with: {
            "wasi:clocks/wall-clock@0.2.6": scratch_tempfile::bindings::wasi::clocks::wall_clock,
            "wasi:filesystem/preopens@0.2.6": generate,
            "wasi:filesystem/types@0.2.6": scratch_tempfile::bindings::wasi::filesystem::types,
            "wasi:io/error@0.2.6": scratch_tempfile::bindings::wasi::io::error,
            "wasi:io/poll@0.2.6": scratch_tempfile::bindings::wasi::io::poll,
            "wasi:io/streams@0.2.6": scratch_tempfile::bindings::wasi::io::streams,
        },
    });

    pub use self::wasi::filesystem::preopens;
    pub use scratch_tempfile::bindings::wasi::filesystem::types;
    pub use scratch_tempfile::bindings::wasi::io::{poll, streams};
}

/// The first argument, as the contract's `max-memory`: `disk` is 0 bytes, `default` is the provider's choice, `memory` has no end.
///
/// # Panics
///
/// If there is no such argument: a test that forgot it would prove less than it says.
pub fn max_memory() -> Option<u64> {
    match env::args().nth(1).as_deref() {
        Some("disk") => Some(0),
        Some("default") => None,
        Some("memory") => Some(u64::MAX),
        other => panic!("the first argument has to be `disk`, `default` or `memory`, not {other:?}"),
    }
}

/// A builder for files in the storage that the first argument names.
pub fn storage() -> Builder {
    let mut builder = Builder::new();
    if let Some(bytes) = max_memory() {
        builder.max_memory(bytes);
    }
    builder
}

/// The same for the raw bindings.
pub fn file_options() -> FileOptions {
    FileOptions {
        name: any_name(),
        max_memory: max_memory(),
    }
}

/// A name with the contract's defaults, for the raw bindings.
pub fn any_name() -> NamePattern {
    NamePattern {
        prefix: None,
        suffix: None,
    }
}

/// Looks whether the bytes of a file are where the first argument says.
///
/// # Panics
///
/// If they are not.
pub fn assert_storage(file: &TemporaryFile) {
    if let Some(bytes) = max_memory() {
        let is_in_memory = file.is_in_memory();
        assert_eq!(is_in_memory, bytes > 0, "the bytes are not where they should be");
    }
}

/// The argument with that number, which is a number itself.
///
/// # Panics
///
/// If it is not there, or is none, or is too large for a `T`: with `what` it is.
pub fn number<T: FromStr<Err: Display>>(position: usize, what: &str) -> T {
    let text = env::args().nth(position);
    let text = text.unwrap_or_else(|| panic!("argument {position} is {what}"));
    text.parse()
        .unwrap_or_else(|error| panic!("argument {position} is {what}: {error}"))
}

/// The names in a directory, sorted.
///
/// # Errors
///
/// Those of [`fs::read_dir`].
pub fn names_in(dir: impl AsRef<Path>) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The names of what stands where temporary files live, sorted.
///
/// # Errors
///
/// As [`names_in`], or if the program sees no such place.
pub fn names_in_space() -> io::Result<Vec<String>> {
    names_in(scratch_tempfile::temp_dir().ok_or(io::ErrorKind::Unsupported)?)
}

/// One of everything that a program may have open: 3 files without a name, 1 with one, a directory with 2 files and a directory made by
/// path and a temporary file and a temporary directory of its own, which holds 1 file by path. So 5 temporary
/// files, 2 temporary directories, and 4 entries by path.
#[derive(Debug)]
pub struct Everything {
    /// Without a name.
    pub files: Vec<File>,
    /// With a name.
    pub named: NamedTempFile,
    /// In `dir`, without a name.
    pub file_in_dir: File,
    /// In `dir`.
    pub dir_in_dir: TempDir,
    /// The outer directory. Dropped after what is in it.
    pub dir: TempDir,
}

impl Everything {
    /// Creates it all, in the storage that the first argument names, and writes to each file.
    ///
    /// # Errors
    ///
    /// Any of the provider's.
    pub fn open() -> io::Result<Self> {
        let storage = storage();
        let mut files = Vec::new();
        for number in 0..3 {
            let mut file = storage.unnamed_file()?;
            writeln!(file, "file {number}")?;
            files.push(file);
        }
        let mut named = NamedTempFile::new()?;
        named.write_all(b"a name\n")?;
        let dir = TempDir::new()?;
        fs::write(dir.path().join("one.txt"), "one\n")?;
        fs::write(dir.path().join("two.txt"), "two\n")?;
        fs::create_dir(dir.path().join("plain"))?;
        let mut file_in_dir = storage.unnamed_file_in(&dir)?;
        file_in_dir.write_all(b"in a directory\n")?;
        let dir_in_dir = TempDir::new_in(&dir)?;
        fs::write(dir_in_dir.path().join("three.txt"), "three\n")?;
        Ok(Self {
            files,
            named,
            file_in_dir,
            dir_in_dir,
            dir,
        })
    }
}
