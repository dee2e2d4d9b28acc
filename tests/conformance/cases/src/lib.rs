//! What the cases of the conformance suite share.
//!
//! A case is one behaviour of the contract: `src/bin/NAME.rs`, and its first lines say which. Each is a program, and all are in
//! one program as well, `suite`. A case asserts from inside. If all is as
//! the contract says, it ends with [`passed`]; otherwise it panics, and its message says what is wrong. What has to stand in
//! the space and in `/out` afterwards is in the list of cases.
//!
//! The world of a case: its last argument is the storage (see [`max_memory`]); the space is empty at the start, and is
//! shown as `/tmp` unless the list says otherwise; `/out` is another directory, granted and empty. There may be a composed
//! provider behind the contract, on a runtime that knows nothing of it.
#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs};

pub use scratch_tempfile::bindings::scratch::tempfile::space;
pub use scratch_tempfile::bindings::scratch::tempfile::types::{
    Descriptor, DescriptorFlags, ErrorCode, FileOptions, InputStream, NamePattern, OutputStream, TemporaryDirectory,
    TemporaryFile,
};

/// WASI 0.2 itself, over the types of the contract.
pub mod wasi {
    #![expect(missing_docs, reason = "generated")]

    wit_bindgen::generate!({
        inline: "
            package scratch:conformance-cases;

            world extra {
                import wasi:filesystem/preopens@0.2.6;
                import wasi:io/poll@0.2.6;
            }
        ",
        path: "../../../wit",
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
    pub use scratch_tempfile::bindings::wasi::io::{error, poll, streams};
}

/// Says that the case got to its end with everything as it should be.
pub fn passed() {
    println!("ok");
}

/// The last argument, as the contract's `max-memory`: `disk` is 0 bytes, `default` is the provider's choice.
///
/// # Panics
///
/// If there is no such argument.
pub fn max_memory() -> Option<u64> {
    match env::args().next_back().as_deref() {
        Some("disk") => Some(0),
        Some("default") => None,
        other => panic!("the last argument has to be `disk` or `default`, not {other:?}"),
    }
}

/// A name with the contract's defaults.
pub fn any_name() -> NamePattern {
    NamePattern {
        prefix: None,
        suffix: None,
    }
}

/// A name with that prefix and that suffix.
pub fn named(prefix: &str, suffix: &str) -> NamePattern {
    NamePattern {
        prefix: Some(prefix.to_owned()),
        suffix: Some(suffix.to_owned()),
    }
}

/// A file with any name in the storage that the first argument says.
pub fn file_options() -> FileOptions {
    FileOptions {
        name: any_name(),
        max_memory: max_memory(),
    }
}

/// The same with a bound of its own for what is in memory.
pub fn holding(max_memory: u64) -> FileOptions {
    FileOptions {
        name: any_name(),
        max_memory: Some(max_memory),
    }
}

/// A new file in the storage that the first argument says.
///
/// # Panics
///
/// If it cannot be created.
pub fn new_file() -> TemporaryFile {
    TemporaryFile::create(&file_options()).expect("create a file")
}

/// A new file with that content.
///
/// # Panics
///
/// If it cannot be created or written.
pub fn file_with(bytes: &[u8]) -> TemporaryFile {
    let file = new_file();
    file.write(bytes, 0).expect("write");
    file
}

/// A new directory.
///
/// # Panics
///
/// If it cannot be created.
pub fn new_directory() -> TemporaryDirectory {
    TemporaryDirectory::create(&any_name()).expect("create a directory")
}

/// All that a file holds.
///
/// # Panics
///
/// If it cannot be read.
pub fn content(file: &TemporaryFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let offset = u64::try_from(bytes.len()).expect("a length fits 64 bits");
        let piece = file.read(1 << 20, offset).expect("read");
        if piece.is_empty() {
            return bytes;
        }
        bytes.extend(piece);
    }
}

/// Where named temporary files live, as the provider says.
///
/// # Panics
///
/// If the program sees no such place.
pub fn space_path() -> String {
    space::get_path().expect("the space has a path")
}

/// What the space is charged: bytes and entries.
#[must_use]
pub fn usage() -> (u64, u64) {
    let usage = space::get_usage();
    (usage.bytes, usage.entries)
}

/// The names of what stands in the space, sorted; not what is in the directories there.
///
/// # Panics
///
/// If it cannot be listed.
pub fn in_space() -> Vec<String> {
    names_in(space_path())
}

/// The names in a directory, sorted.
///
/// # Panics
///
/// If it cannot be listed.
pub fn names_in(dir: impl AsRef<Path>) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.as_ref())
        .unwrap_or_else(|error| panic!("list {}: {error}", dir.as_ref().display()))
        .map(|entry| {
            let entry = entry.expect("an entry can be read");
            entry.file_name().into_string().expect("names are UTF-8")
        })
        .collect();
    names.sort();
    names
}

/// Nothing stands in the space.
///
/// # Panics
///
/// If something does.
#[track_caller]
pub fn assert_space_empty() {
    let names = in_space();
    assert!(names.is_empty(), "left in the space: {names:?}");
}

/// Whether something stands at that path, a link that leads nowhere included.
pub fn stands(path: &str) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// The last part of a path.
pub fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The descriptor of the preopened directory with that path.
///
/// # Panics
///
/// If there is none.
pub fn preopen(path: &str) -> Descriptor {
    let found = wasi::preopens::get_directories()
        .into_iter()
        .find(|(_, name)| name == path);
    found.unwrap_or_else(|| panic!("`{path}` is not granted")).0
}

/// The storage that the first argument says, with that bound where it is the provider's own.
pub fn roomy(bytes: u64) -> FileOptions {
    FileOptions {
        name: any_name(),
        max_memory: max_memory().or(Some(bytes)),
    }
}

/// Bytes that look random, others for each seed, so that none is in another's place unseen.
pub fn varied(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        // Numerical Recipes; its high bits are the good ones.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// The file holds these bytes and no others, and says so.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub fn assert_holds(file: &TemporaryFile, expected: &[u8]) {
    let size = u64::try_from(expected.len()).expect("a length fits 64 bits");
    assert_eq!(file.get_size(), Ok(size), "its size is another one");
    let mut bytes = Vec::new();
    // Not until nothing more comes: that may be never.
    while bytes.len() <= expected.len() {
        let offset = u64::try_from(bytes.len()).expect("a length fits 64 bits");
        let piece = file.read(1 << 20, offset).expect("read");
        if piece.is_empty() {
            break;
        }
        bytes.extend(piece);
    }
    assert_eq!(
        bytes.len(),
        expected.len(),
        "as many bytes as its size says are not there"
    );
    if bytes != expected {
        let differs = bytes.iter().zip(expected).position(|(found, right)| found != right);
        let at = differs.expect("bytes of the same number differ somewhere");
        panic!("at {at} there is {} and not {}", bytes[at], expected[at]);
    }
}

/// All that a stream has to give, to its end.
///
/// # Errors
///
/// What it fails with, in words.
pub fn read_stream(stream: &InputStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut empty = 0;
    while empty < 1000 {
        match stream.blocking_read(1 << 16) {
            Ok(piece) if piece.is_empty() => empty += 1,
            Ok(piece) => {
                empty = 0;
                bytes.extend(piece);
            }
            Err(wasi::streams::StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(stream_error(error)),
        }
    }
    Err("it neither gives anything nor ends".to_owned())
}

/// Writes all of `bytes` to a stream, at each time as much as it permits, and waits until they are flushed.
///
/// # Errors
///
/// What it fails with, in words.
pub fn write_stream(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), String> {
    while !bytes.is_empty() {
        let permitted = stream.check_write().map_err(stream_error)?;
        if permitted == 0 {
            stream.subscribe().block();
            continue;
        }
        let length = usize::try_from(permitted).map_or(bytes.len(), |permitted| permitted.min(bytes.len()));
        let (piece, rest) = bytes.split_at(length);
        stream.write(piece).map_err(stream_error)?;
        bytes = rest;
    }
    stream.blocking_flush().map_err(stream_error)
}

/// What went wrong with a stream: the code of the file system if it has one, or the error in its own words.
pub fn stream_error(error: wasi::streams::StreamError) -> String {
    match error {
        wasi::streams::StreamError::Closed => "it is closed".to_owned(),
        wasi::streams::StreamError::LastOperationFailed(error) => match wasi::types::filesystem_error_code(&error) {
            Some(code) => format!("{code:?}"),
            None => error.to_debug_string(),
        },
    }
}

/// All that a file holds, through its descriptor.
///
/// # Errors
///
/// What the descriptor answers.
pub fn read_descriptor(descriptor: &Descriptor) -> Result<Vec<u8>, ErrorCode> {
    let mut bytes = Vec::new();
    loop {
        let offset = u64::try_from(bytes.len()).expect("a length fits 64 bits");
        let (piece, _) = descriptor.read(1 << 16, offset)?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(piece);
    }
}

/// Writes all of `bytes` through a descriptor.
///
/// # Errors
///
/// What the descriptor answers.
pub fn write_descriptor(descriptor: &Descriptor, mut bytes: &[u8], mut offset: u64) -> Result<(), ErrorCode> {
    while !bytes.is_empty() {
        let written = descriptor.write(bytes, offset)?;
        let (_, rest) = bytes.split_at(usize::try_from(written).expect("no more is written than was passed"));
        bytes = rest;
        offset += written;
    }
    Ok(())
}

/// Puts a symbolic link that leads to `target` at that path in the space.
///
/// # Errors
///
/// What the host answers: it may refuse some links.
///
/// # Panics
///
/// If the path is not in the space.
pub fn link(target: &str, path: &str) -> Result<(), ErrorCode> {
    let space = space_path();
    let name = path.strip_prefix(&space).and_then(|rest| rest.strip_prefix('/'));
    preopen(&space).symlink_at(target, name.expect("the link is to be in the space"))
}

/// Creates a directory and a file with that name, both in the space and in `parent`, and drops them again. For each: what
/// it was, and its path or the answer.
pub fn create_each(parent: &TemporaryDirectory, name: &NamePattern) -> [(&'static str, Result<String, ErrorCode>); 4] {
    let options = FileOptions {
        name: name.clone(),
        max_memory: max_memory(),
    };
    let directory = |made: Result<TemporaryDirectory, ErrorCode>| made.and_then(|made| made.get_path());
    let file = |made: Result<TemporaryFile, ErrorCode>| made.and_then(|made| made.get_path());
    [
        ("a directory", directory(TemporaryDirectory::create(name))),
        ("a file", file(TemporaryFile::create(&options))),
        ("a directory in a directory", directory(parent.create_directory(name))),
        ("a file in a directory", file(parent.create_file(&options))),
    ]
}

/// A file is detached: every function says so. Gives the handle back.
///
/// # Panics
///
/// If it is not.
pub fn detached_file(file: TemporaryFile) -> TemporaryFile {
    assert!(!file.is_in_memory(), "a detached file says that it is in memory");
    no_entry("read", file.read(1, 0));
    no_entry("read nothing", file.read(0, 0));
    no_entry("write", file.write(b"more", 0));
    no_entry("write nothing", file.write(b"", 0));
    no_entry("append", file.append(b"more"));
    no_entry("append nothing", file.append(b""));
    no_entry("get-size", file.get_size());
    no_entry("set-size", file.set_size(0));
    no_entry("read-via-stream", file.read_via_stream(0));
    no_entry("write-via-stream", file.write_via_stream(0));
    no_entry("append-via-stream", file.append_via_stream());
    no_entry("get-path", file.get_path());
    no_entry("open", file.open(DescriptorFlags::READ));
    let (file, code) = TemporaryFile::keep(file).expect_err("kept a detached file");
    assert_eq!(code, ErrorCode::NoEntry, "keep");
    let out = preopen("/out");
    let (file, code) = TemporaryFile::persist(file, &out, "detached", true).expect_err("persisted a detached file");
    assert_eq!(code, ErrorCode::NoEntry, "persist");
    file
}

/// A directory is detached: every function says so. Gives the handle back.
///
/// # Panics
///
/// If it is not.
pub fn detached_directory(directory: TemporaryDirectory) -> TemporaryDirectory {
    no_entry("create-directory", directory.create_directory(&any_name()));
    no_entry("create-file", directory.create_file(&file_options()));
    no_entry("create-file on disk", directory.create_file(&holding(0)));
    no_entry("get-path", directory.get_path());
    no_entry("open", directory.open(DescriptorFlags::READ));
    let (directory, code) = TemporaryDirectory::keep(directory).expect_err("kept a detached directory");
    assert_eq!(code, ErrorCode::NoEntry, "keep");
    let out = preopen("/out");
    let persisted = TemporaryDirectory::persist(directory, &out, "detached");
    let (directory, code) = persisted.expect_err("persisted a detached directory");
    assert_eq!(code, ErrorCode::NoEntry, "persist");
    directory
}

#[track_caller]
fn no_entry<T>(what: &str, result: Result<T, ErrorCode>) {
    assert_eq!(result.err(), Some(ErrorCode::NoEntry), "{what} of what is detached");
}

/// Opens the directory `name` of another one as the `parent` of a `persist`.
///
/// # Panics
///
/// If it cannot be opened.
pub fn open_parent(directory: &Descriptor, name: &str) -> Descriptor {
    use wasi::types::{OpenFlags, PathFlags};

    let open = |flags| directory.open_at(PathFlags::empty(), name, OpenFlags::DIRECTORY, flags);
    let opened = match open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY) {
        // A runtime that does not know the flag withholds nothing for want of it.
        Err(ErrorCode::Unsupported) => open(DescriptorFlags::READ),
        opened => opened,
    };
    opened.unwrap_or_else(|code| panic!("open the directory {name:?}: {code}"))
}

/// Names that no entry can get from a `persist`: the answer is `invalid`.
pub fn bad_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "/a",
        "a/",
        "a/.",
        "./a",
        "../a",
        "a//b",
        "\\",
        "a\\b",
        "..\\a",
        ":",
        "a:b",
        "C:",
        "C:a",
        "a\0b",
        "\0",
        "a\nb",
        "\r",
        "a\tb",
        "\u{1b}[1m",
        "a\u{7f}",
        "a\u{80}b",
        "a\u{85}",
        "\u{9f}a",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(256));
    // 255 characters are too long if they are more bytes.
    names.push(format!("{}é", "x".repeat(254)));
    names.push("x".repeat(1 << 16));
    names
}

/// Writes a file by its path, and makes it if there is none.
///
/// As `std::fs::write` does, only that wasi-libc asks for `mutate-directory` too, which one runtime refuses.
///
/// # Panics
///
/// If it cannot be opened or written.
#[track_caller]
pub fn put(path: impl AsRef<str>, bytes: impl AsRef<[u8]>) {
    use wasi::types::{OpenFlags, PathFlags};

    let path = path.as_ref();
    let found = wasi::preopens::get_directories()
        .into_iter()
        .find_map(|(preopen, shown)| {
            let name = path.strip_prefix(&shown)?.strip_prefix('/')?;
            Some((preopen, name))
        });
    let (preopen, name) = found.unwrap_or_else(|| panic!("`{path}` is in no preopened directory"));
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    preopen
        .open_at(PathFlags::empty(), name, how, DescriptorFlags::WRITE)
        .and_then(|file| write_descriptor(&file, bytes.as_ref(), 0))
        .unwrap_or_else(|code| panic!("write {path}: {code}"));
}
