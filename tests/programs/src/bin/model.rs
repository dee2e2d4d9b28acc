//! Does what its standard input says, a line an operation, and prints after each how it ended and what `get-usage` says:
//! `CODE BYTES ENTRIES`. `tests/model` has the other end.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::io::{self, BufRead as _, Write as _};

use scratch_tempfile::bindings::scratch::tempfile::space;
use scratch_tempfile::bindings::scratch::tempfile::types::{FileOptions, TemporaryDirectory, TemporaryFile};
use scratch_test_programs::any_name;
use scratch_test_programs::wasi::preopens;
use scratch_test_programs::wasi::streams::{InputStream, OutputStream, StreamError};
use scratch_test_programs::wasi::types::{
    Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags, filesystem_error_code,
};

struct World {
    root: Descriptor,
    open: HashMap<u32, Descriptor>,
    temporary: HashMap<u32, TemporaryFile>,
    directories: HashMap<u32, TemporaryDirectory>,
    readers: HashMap<u32, InputStream>,
    writers: HashMap<u32, OutputStream>,
}

/// How an operation ends that names something which is not open.
const NOT_OPEN: &str = "not-open";

fn main() {
    let mut preopens = preopens::get_directories();
    let space = preopens.iter().position(|(_, path)| path == "/tmp").expect("the space");
    let mut world = World {
        root: preopens.swap_remove(space).0,
        open: HashMap::new(),
        temporary: HashMap::new(),
        directories: HashMap::new(),
        readers: HashMap::new(),
        writers: HashMap::new(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line.expect("text");
        let words: Vec<&str> = line.split(' ').collect();
        let code = world.step(&words);
        let usage = space::get_usage();
        writeln!(out, "{code} {} {}", usage.bytes, usage.entries).expect("standard output");
    }
    out.flush().expect("standard output");
    // What is still open is dropped with the program, or by the host.
    std::mem::forget(world);
}

impl World {
    fn step(&mut self, words: &[&str]) -> String {
        let ended = match words {
            ["open", slot, path, flags] => self.open(number(slot), path, flags),
            ["close", slot] => match self.open.remove(&number(slot)) {
                Some(_) => Ok(()),
                None => return NOT_OPEN.to_owned(),
            },
            ["write", slot, offset, length] => match self.open.get(&number(slot)) {
                Some(file) => match write(file, offset.parse().expect("an offset"), &bytes(length)) {
                    Ok(true) => Ok(()),
                    Ok(false) => return "part".to_owned(),
                    Err(code) => Err(code),
                },
                None => return NOT_OPEN.to_owned(),
            },
            ["stream", slot, offset, length] => match self.open.get(&number(slot)) {
                Some(file) => file
                    .write_via_stream(offset.parse().expect("an offset"))
                    .and_then(|stream| streamed(&stream, &bytes(length))),
                None => return NOT_OPEN.to_owned(),
            },
            ["append", slot, length] => match self.open.get(&number(slot)) {
                Some(file) => file
                    .append_via_stream()
                    .and_then(|stream| streamed(&stream, &bytes(length))),
                None => return NOT_OPEN.to_owned(),
            },
            ["blocking", slot, offset, length] => match self.open.get(&number(slot)) {
                Some(file) => file
                    .write_via_stream(offset.parse().expect("an offset"))
                    .and_then(|stream| stream.blocking_write_and_flush(&bytes(length)).map_err(code)),
                None => return NOT_OPEN.to_owned(),
            },
            ["zeroes", slot, length] => match self.open.get(&number(slot)) {
                Some(file) => file
                    .append_via_stream()
                    .and_then(|stream| zeroes(&stream, length.parse().expect("a length"))),
                None => return NOT_OPEN.to_owned(),
            },
            ["splice", from, to] => match (self.open.get(&number(from)), self.open.get(&number(to))) {
                (Some(from), Some(to)) => splice(from, to),
                _ => return NOT_OPEN.to_owned(),
            },
            // Streams that stay open, under the number of the descriptor.
            ["reader", slot] => match self.open.get(&number(slot)) {
                Some(file) => file.read_via_stream(0).map(|stream| {
                    self.readers.insert(number(slot), stream);
                }),
                None => return NOT_OPEN.to_owned(),
            },
            ["writer", slot] => match self.open.get(&number(slot)) {
                Some(file) => file.write_via_stream(0).map(|stream| {
                    self.writers.insert(number(slot), stream);
                }),
                None => return NOT_OPEN.to_owned(),
            },
            ["done", slot] => match (self.readers.remove(&number(slot)), self.writers.remove(&number(slot))) {
                (None, None) => return NOT_OPEN.to_owned(),
                _ => Ok(()),
            },
            ["size", slot, size] => match self.open.get(&number(slot)) {
                Some(file) => file.set_size(size.parse().expect("a size")),
                None => return NOT_OPEN.to_owned(),
            },
            ["mkdir", path] => self.root.create_directory_at(path),
            ["mkdir-in", slot, path] => match self.open.get(&number(slot)) {
                Some(dir) => dir.create_directory_at(path),
                None => return NOT_OPEN.to_owned(),
            },
            ["rmdir", path] => self.root.remove_directory_at(path),
            ["unlink", path] => self.root.unlink_file_at(path),
            ["rename", from, to] => self.root.rename_at(from, &self.root, to),
            ["link", from, to] => self.root.link_at(PathFlags::empty(), from, &self.root, to),
            ["symlink", target, path] => self.root.symlink_at(target, path),
            ["list", path] => self.list(path),
            ["temp", slot, max_memory] => {
                let options = FileOptions {
                    name: any_name(),
                    max_memory: max_memory.parse().ok(),
                };
                // What was there is dropped first.
                self.temporary.remove(&number(slot));
                TemporaryFile::create(&options).map(|file| {
                    self.temporary.insert(number(slot), file);
                })
            }
            ["topen", slot] => match self.temporary.get(&number(slot)) {
                Some(file) => file.open(DescriptorFlags::READ).map(|opened| {
                    self.open.insert(number(slot), opened);
                }),
                None => return NOT_OPEN.to_owned(),
            },
            ["tdrop", slot] => match self.temporary.remove(&number(slot)) {
                Some(_) => Ok(()),
                None => return NOT_OPEN.to_owned(),
            },
            ["tkeep", slot] => match self.temporary.remove(&number(slot)) {
                Some(file) => match TemporaryFile::keep(file) {
                    Ok(_) => Ok(()),
                    Err((file, code)) => {
                        self.temporary.insert(number(slot), file);
                        Err(code)
                    }
                },
                None => return NOT_OPEN.to_owned(),
            },
            ["tempdir", slot] => TemporaryDirectory::create(&any_name()).and_then(|dir| {
                // With something in it that has to be opened to be deleted.
                let path = dir.get_path()?;
                let name = path.strip_prefix("/tmp/").expect("it is in the space");
                self.directories.insert(number(slot), dir);
                self.root.create_directory_at(&format!("{name}/a"))?;
                self.root.create_directory_at(&format!("{name}/a/b"))
            }),
            ["tempdir-drop", slot] => match self.directories.remove(&number(slot)) {
                Some(_) => Ok(()),
                None => return NOT_OPEN.to_owned(),
            },
            [operation, slot, rest @ ..] => match self.temporary.get(&number(slot)) {
                Some(file) => temporary(file, operation, rest),
                None => return NOT_OPEN.to_owned(),
            },
            other => panic!("no operation: {other:?}"),
        };
        match ended {
            Ok(()) => "ok".to_owned(),
            Err(code) => code.name().to_owned(),
        }
    }

    fn open(&mut self, slot: u32, path: &str, flags: &str) -> Result<(), ErrorCode> {
        let has = |flag| flags.contains(flag);
        let mut open = OpenFlags::empty();
        open.set(OpenFlags::CREATE, has('c'));
        open.set(OpenFlags::EXCLUSIVE, has('x'));
        open.set(OpenFlags::TRUNCATE, has('t'));
        open.set(OpenFlags::DIRECTORY, has('d'));
        let mut path_flags = PathFlags::empty();
        path_flags.set(PathFlags::SYMLINK_FOLLOW, has('f'));
        let mut rights = DescriptorFlags::READ;
        rights.set(DescriptorFlags::WRITE, has('w'));
        // What was there is closed first.
        self.open.remove(&slot);
        let opened = self.root.open_at(path_flags, path, open, rights)?;
        self.open.insert(slot, opened);
        Ok(())
    }

    fn list(&self, path: &str) -> Result<(), ErrorCode> {
        let dir = self
            .root
            .open_at(PathFlags::empty(), path, OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
        let entries = dir.read_directory()?;
        while entries.read_directory_entry()?.is_some() {}
        Ok(())
    }
}

fn temporary(file: &TemporaryFile, operation: &str, rest: &[&str]) -> Result<(), ErrorCode> {
    match (operation, rest) {
        ("twrite", [offset, length]) => file.write(&bytes(length), offset.parse().expect("an offset")),
        ("tappend", [length]) => file.append(&bytes(length)).map(drop),
        ("tsize", [size]) => file.set_size(size.parse().expect("a size")),
        ("troll", []) => file.open(DescriptorFlags::READ).map(drop),
        other => panic!("no operation: {other:?}"),
    }
}

/// Whether all of it was written.
fn write(file: &Descriptor, offset: u64, bytes: &[u8]) -> Result<bool, ErrorCode> {
    let written = file.write(bytes, offset)?;
    Ok(written == u64::try_from(bytes.len()).expect("a length"))
}

/// Writes as a program does that asks for a permit; what does not fit fails.
fn streamed(stream: &OutputStream, mut bytes: &[u8]) -> Result<(), ErrorCode> {
    while !bytes.is_empty() {
        stream.subscribe().block();
        let permit = stream.check_write().map_err(code)?;
        let permit = usize::try_from(permit).expect("a length").min(bytes.len());
        let (now, rest) = bytes.split_at(permit);
        stream.write(now).map_err(code)?;
        bytes = rest;
    }
    stream.blocking_flush().map_err(code)
}

/// Appends nothing but zeroes, within the permit as a program has to.
fn zeroes(stream: &OutputStream, mut length: u64) -> Result<(), ErrorCode> {
    while length > 0 {
        stream.subscribe().block();
        let now = stream.check_write().map_err(code)?.min(length);
        stream.write_zeroes(now).map_err(code)?;
        length -= now;
    }
    stream.blocking_flush().map_err(code)
}

/// Appends what one file has to another.
fn splice(from: &Descriptor, to: &Descriptor) -> Result<(), ErrorCode> {
    let (from, to) = (from.read_via_stream(0)?, to.append_via_stream()?);
    loop {
        match to.blocking_splice(&from, u64::MAX) {
            Ok(_) => {}
            // The end of what is read.
            Err(StreamError::Closed) => return to.blocking_flush().map_err(code),
            Err(error) => return Err(code(error)),
        }
    }
}

fn code(error: StreamError) -> ErrorCode {
    match error {
        StreamError::Closed => ErrorCode::Pipe,
        StreamError::LastOperationFailed(error) => filesystem_error_code(&error).unwrap_or(ErrorCode::Io),
    }
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number")
}

fn bytes(length: &str) -> Vec<u8> {
    vec![b'x'; length.parse().expect("a length")]
}
