//! What no program can bring about, or see.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{InputStream as _, OutputStream as _, StreamError};

use super::Failed;
use super::directory::Node;
use super::file::Body;
use super::names::Pattern;
use super::storage::{At, Content};
use super::streams::{Reading, Writing};
use crate::bindings::exports::scratch::tempfile::types::NamePattern;
use crate::budget::{Limits, Refused};
use crate::{Base, Space};

/// So many bytes a file of these tests may hold in memory.
const MOST: u64 = 8;

struct Place {
    space: Space,
    _base: Base,
    _dir: tempfile::TempDir,
}

fn place(set: impl FnOnce(&mut Limits)) -> Place {
    let dir = tempfile::tempdir().expect("a directory");
    let base = Base::open(dir.path().join("base")).expect("a base");
    let mut limits = Limits::UNLIMITED;
    set(&mut limits);
    Place {
        space: base.space_within(None, limits),
        _base: base,
        _dir: dir,
    }
}

impl Place {
    fn file(&self) -> Arc<Content> {
        self.file_of(MOST)
    }

    fn file_of(&self, most: u64) -> Arc<Content> {
        let file = Content::new(self.space.shared(), None, any_name(), most).expect("it is in memory");
        Arc::new(file)
    }

    /// Bytes and entries that are charged, and the entries that stand there.
    #[track_caller]
    fn assert_charged(&self, bytes: u64, entries: u64, named: usize) {
        assert_eq!(self.space.shared().budget().now(), (bytes, entries));
        // Where there are no files without a name that can be given one, all on disk have one.
        if named > 0 || entries == 0 || self.has_unnamed_files() {
            assert_eq!(self.space.entries().len(), named, "{:?}", self.space.entries());
        }
    }

    fn has_unnamed_files(&self) -> bool {
        self.space.shared().lease().has_unnamed_files()
    }
}

fn any_name() -> Pattern {
    let name = NamePattern {
        prefix: None,
        suffix: None,
    };
    Pattern::new(name).expect("a valid name")
}

fn write(file: &Arc<Content>, bytes: &[u8]) -> Result<(), Failed> {
    let mut write = file.begin(bytes.len(), At::End)?;
    write.piece(bytes, 0)?;
    write.finish();
    Ok(())
}

/// Without `O_TMPFILE` a file on disk has a name from the start.
#[test]
fn a_move_to_disk_that_fails_leaves_no_name() {
    let place = place(|limits| limits.bytes = 16);
    place.space.shared().lease().without_unnamed_files();
    let file = place.file();
    write(&file, b"in here").expect("it stays in memory");
    let refused = write(&file, b", and no further").expect_err("there is no room for it");
    assert!(
        matches!(refused, Failed::Code(ErrorCode::InsufficientSpace)),
        "{refused:?}"
    );
    assert!(file.is_in_memory());
    place.assert_charged(0, 0, 0);

    file.resize(17).expect_err("there is no room for it");
    place.assert_charged(0, 0, 0);

    // Its program ends in the middle of it.
    let mut cut_short = file.begin(2, At::End).expect("there is room");
    cut_short.piece(b"!", 0).expect("it is written");
    place.assert_charged(9, 1, 1);
    drop(cut_short);
    assert!(file.is_in_memory());
    place.assert_charged(0, 0, 0);

    file.to_disk().expect("there is room");
    place.assert_charged(7, 1, 1);
    file.delete().expect("it is deleted");
    drop(file);
    place.assert_charged(0, 0, 0);
}

#[test]
fn what_moves_to_disk_is_written_there() {
    let place = place(|_| {});
    let file = place.file();
    write(&file, b"12345678").expect("it stays in memory");
    assert_eq!(place.space.usage().bytes_written, 0);
    write(&file, b"9").expect("it moves");
    assert_eq!(place.space.usage().bytes_written, 9);
    let file = place.file();
    write(&file, b"123").expect("it stays in memory");
    file.to_disk().expect("it moves");
    assert_eq!(place.space.usage().bytes_written, 12);
}

/// A handle outlives that, and what is behind it is not counted any more until it gets a name.
#[test]
fn a_file_of_before_a_reset_gets_a_name_only_if_there_is_room_for_it() {
    let mut place = place(|limits| limits.entries = 1);
    if !place.has_unnamed_files() {
        eprintln!("skipped: all files have names here");
        return;
    }
    let file = place.file();
    write(&file, b"more than 8").expect("it moves to disk");
    place.space.reset();
    place.assert_charged(11, 0, 0);
    let other = place.file();
    other.named().expect("there is room for an entry");
    for _ in 0..2 {
        let refused = file.named().expect_err("there is none for another");
        assert!(
            matches!(refused, Failed::Code(ErrorCode::InsufficientSpace)),
            "{refused:?}"
        );
        place.assert_charged(11, 1, 1);
    }
    other.delete().expect("it is deleted");
    file.named().expect("now there is");
    place.assert_charged(11, 1, 1);
    file.delete().expect("it is deleted");
    drop((file, other));
    place.assert_charged(0, 0, 0);
}

#[test]
fn more_than_there_is_memory_for_moves_to_disk() {
    let place = place(|limits| limits.memory = u64::MAX);
    let file = place.file_of(u64::MAX);
    // Some file systems have files that large, with holes.
    let resized = file.resize(1 << 60);
    assert_eq!(file.is_in_memory(), resized.is_err());
    assert_eq!(place.space.usage().memory.now, 0);
}

/// Streams may outlive the handle.
#[test]
fn what_has_no_handle_is_no_entry() {
    let place = place(|_| {});
    let file = place.file();
    write(&file, b"12345678").expect("it stays in memory");
    file.delete().expect("it is not on disk");
    write(&file, b"9").expect("it moves");
    assert!(!file.is_in_memory());
    place.assert_charged(9, 0, 0);
    drop(file);

    let file = place.file();
    write(&file, b"more than 8").expect("it moves to disk");
    place.assert_charged(11, 1, 0);
    file.release();
    place.assert_charged(11, 0, 0);
    drop(file);
    place.assert_charged(0, 0, 0);
}

#[test]
fn a_write_that_is_cut_short_is_charged_as_far_as_it_got() {
    let place = place(|_| {});
    let file = place.file();
    write(&file, b"more than 8").expect("it moves to disk");
    let mut cut_short = file.begin(5, At::End).expect("there is room");
    cut_short.piece(b"12", 0).expect("it is written");
    place.assert_charged(16, 1, 0);
    drop(cut_short);
    place.assert_charged(13, 1, 0);
}

#[test]
fn a_stream_may_write_where_there_is_room_in_memory_or_on_disk() {
    let limited = |bytes, memory| {
        place(|limits| {
            limits.bytes = bytes;
            limits.memory = memory;
            limits.file_bytes = 30;
        })
    };
    let room = |place: &Place, position| place.file().room(position);
    let large_disk = limited(20, 10);
    assert_eq!(room(&large_disk, None), Ok(20));
    assert_eq!(room(&large_disk, Some(5)), Ok(15));
    assert_eq!(room(&large_disk, Some(20)), Err(Refused::Full));
    assert_eq!(
        room(&large_disk, Some(30)),
        Err(Refused::Full),
        "no file can be too large for it"
    );
    let larger_disk = limited(40, 10);
    assert_eq!(room(&larger_disk, Some(5)), Ok(25), "the file would be too large");
    assert_eq!(room(&larger_disk, Some(30)), Err(Refused::FileTooLarge));
    assert_eq!(room(&limited(4, 10), Some(2)), Ok(MOST - 2), "it stays in memory");
    assert_eq!(room(&limited(4, 7), Some(2)), Ok(5), "there is not more memory");
    assert_eq!(room(&limited(0, 0), None), Err(Refused::Full));
}

#[test]
fn a_file_on_disk_is_an_open_file() {
    let place = place(|limits| limits.open_files = 1);
    let (one, other) = (place.file(), place.file());
    one.to_disk().expect("it is the only one");
    let refused = other.to_disk().expect_err("another is on disk");
    assert!(matches!(refused, Failed::Code(ErrorCode::Quota)), "{refused:?}");
    assert!(other.is_in_memory());
    place.assert_charged(0, 1, 0);
    drop(one);
    other.to_disk().expect("now it is the only one");
}

#[test]
fn what_a_directory_detaches_is_no_entry() {
    let place = place(|_| {});
    let space = place.space.shared();
    let (node, _home) = Node::create(space, None, &any_name()).expect("it is made");
    let body = Body::create(space, Some(&node), any_name(), 0).expect("it is on disk");
    let held_by_a_stream = body.content().expect("it is attached");
    place.assert_charged(0, 2, 1);
    node.detach();
    body.content().expect_err("it is detached");
    place.assert_charged(0, 1, 1);
    drop(held_by_a_stream);
}

/// More than a MiB is written in pieces.
#[test]
fn a_write_in_pieces_is_one_write() {
    let place = place(|_| {});
    // It stays in memory, it moves to disk, and it is there.
    for before in ["", "before", "more than 8"] {
        let file = place.file();
        write(&file, before.as_bytes()).expect("it is written");
        let mut whole = file.begin(4, At::End).expect("there is room");
        whole.piece(b"ab", 0).expect("it is written");
        whole.piece(b"cd", 2).expect("it is written");
        whole.finish();
        let read = file.read(100, 0).expect("it is read");
        assert_eq!(String::from_utf8_lossy(&read), format!("{before}abcd"));
    }
}

#[test]
fn a_stream_is_permitted_what_there_is_room_for() {
    let place = place(|limits| {
        limits.bytes = 20;
        limits.memory = 0;
    });
    let mut stream = Writing {
        content: place.file(),
        position: None,
        is_flushing: false,
        _open: place.space.shared().budget().no_memory(),
    };
    assert_eq!(stream.check_write().ok(), Some(20));
    stream.write(Bytes::from_static(&[0; 20])).expect("there is room");
    stream.flush().expect("it is written");
    let permit = stream.check_write().expect("the flush is over");
    assert_ne!(permit, 0, "it would be waited for, for ever");
    assert_eq!(place.space.usage().bytes.refused, 0);
    stream.check_write().expect_err("there is no room");
    assert_eq!(place.space.usage().bytes.refused, 1);
}

#[test]
fn a_look_at_what_is_there_does_not_forget_what_has_no_name() {
    let place = place(|_| {});
    let file = place.file();
    write(&file, b"more than 8").expect("it moves to disk");
    place.space.shared().recount();
    place.assert_charged(11, 1, 0);
    drop(file);
}

#[test]
fn a_stream_skips_what_is_there() {
    let place = place(|_| {});
    let content = place.file();
    write(&content, b"12345").expect("it is written");
    let mut stream = Reading {
        content,
        position: 0,
        _open: place.space.shared().budget().no_memory(),
    };
    assert_eq!(stream.skip(2).ok(), Some(2));
    assert_eq!(stream.read(1).ok().as_deref(), Some(&b"3"[..]));
    assert_eq!(stream.skip(0).ok(), Some(0));
    assert_eq!(stream.skip(9).ok(), Some(2));
    assert!(matches!(stream.skip(1), Err(StreamError::Closed)));
}
