//! A file system for one request, instance or session that has exact limits and leaves nothing behind.
//!
//! A [`Space`] is a private file system. Its names are in the memory of the process, and its contents are in memory and in files on disk
//! that never have a name. It holds files, directories, symbolic links and hard links, it has [`Limits`], and it ends with its owner. The methods of [`Descriptor`] are those of `wasi:filesystem` (0.2 and 0.3) and of WASI
//! preview 1, so a host only has to translate types. The crate itself depends on neither WASI nor wasmtime, and suits any program that
//! needs a file system with a definite end.
//!
//! ```
//! use scratch_vfs::{Budget, Error, Limits, OpenOptions, Space};
//!
//! // Make one budget for the process, and a space for each request, instance or session.
//! let process = Budget::new(Limits::none().to_builder().memory(256 << 20).build()?);
//! let limits = Limits::builder().bytes(1 << 20).entries(100).build()?;
//! let space = Space::builder(&process).limits(limits).label("request-17".parse()?).build()?;
//!
//! // A program works in the space.
//! let root = space.root()?;
//! root.create_directory_at("work", None)?;
//! let file = root.open_at("work/notes", &OpenOptions::new().create(true).read(true).write(true))?;
//! file.write_all(0, b"hello")?;
//! root.rename_at("work/notes", &root, "notes")?;
//! let mut buffer = [0; 5];
//! assert_eq!(file.read(0, &mut buffer)?, 5);
//! assert_eq!(&buffer, b"hello");
//!
//! // It cannot exceed its limits, and no path leads out.
//! assert_eq!(file.write_all(0, &vec![0; 2 << 20]), Err(Error::InsufficientSpace));
//! assert_eq!(root.stat_at("../etc/passwd", true), Err(Error::NotPermitted));
//!
//! // `end` deletes everything before it returns, and counts what is still charged.
//! let ended = space.end();
//! assert_eq!((ended.entries, ended.bytes), (2, 5));
//! assert_eq!((ended.left.entries, ended.left.bytes), (0, 0));
//! assert_eq!(file.read(0, &mut buffer), Err(Error::NoEntry));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Contents on disk
//!
//! Contents stay in memory unless the process's budget has a [`SpillDirectory`]. Then a file that outgrows the memory that it may have
//! moves to disk when it is written. See [`Tier`].
//!
//! * A file that outgrows [`Limits::file_memory`] moves to a nameless file of its own. A space has at most 64 of these.
//! * A file that finds the memory of the space or of a budget used up moves to the *slot file*, which all small contents of a space
//!   share. So does a file for which there is no descriptor. Slots are 4 KiB to 1 MiB large and are used again. Blocks that no content
//!   needs are at most the larger of 16 MiB and an eighth of the space's limit on bytes. Beyond that, another thread frees them.
//! * A move copies in steps of 1 MiB, between which others can use the file. If it fails, the content stays in memory, and the write fails
//!   with the reason.
//! * A file that is emptied starts again in memory.
//!
//! Disk I/O runs on the thread of the caller. [`Descriptor::disk_bytes`] tells how much a call needs, so an embedder can take it to
//! another thread.
//!
//! The system deletes nameless files with the process. This program is killed, and leaves the one file that it persisted:
//!
//! ```no_run
#![doc = include_str!("../examples/killed.rs")]
//! ```
//!
//! # Promises
//!
//! * **Nothing is left behind.** When [`Space::end`] returns or a [`Space`] has been dropped, all of its files are deleted, even if
//!   descriptors are still open. Such a descriptor keeps nothing of the tree alive, and answers [`Error::NoEntry`]. Nothing is left when
//!   the process dies either, however it dies, because no file has a name outside of the process until it is persisted or exported.
//!   [Exceptions](#what-a-killed-process-can-leave) are named below.
//! * **No limit is exceeded.** Bytes, entries, open files and memory are charged to the space and to every [`Budget`] above it before
//!   they are used, and given back after they are freed. A charge is never below the actual use, and equals it while no operation is in
//!   progress.
//! * **No path leads out** of the directory that it starts from.
//! * **A read returns only bytes that were written** to the same file, or zeros. A space gets memory that another space used only when
//!   nothing in it can be read.
//! * **It behaves as wasmtime-wasi does on tmpfs**, error by error, except for the
//!   [differences](#differences-from-wasmtime-wasi-on-tmpfs) below.
//! * **Several threads** may use a space at once. Each operation takes effect at one moment between its call and its return, with two
//!   exceptions. Reads and writes of more than 1 MiB take effect one MiB at a time. [`Space::remove`] and its relatives detach at one
//!   moment, and free what they detached afterwards.
//! * **A mistake of a program is an error code**, never a panic.
//! * **Nothing leaves a space by half.** [`Space::persist_file`], [`Space::persist_tree`] and [`Space::export`] publish a complete file or
//!   tree in a directory of the host, or nothing. Nothing that was in that directory is touched, unless it was to be replaced. Nothing
//!   appears there after the end of the space has returned.
//!
//! # What a killed process can leave
//!
//! If the process is killed while something is persisted or exported, the target is complete, or as it was before. Beside it, each such
//! operation leaves at most one file or directory, whose name is `.scratch-` and 16 hexadecimal digits. Nothing deletes that later.
//!
//! | in progress | what may be left beside the target |
//! | --- | --- |
//! | [`Space::persist_file`] | nothing |
//! | the same, replacing | a complete copy, if the kill comes between its link and the rename over the target |
//! | the same, in a file system that has no nameless files or cannot link them | an empty, incomplete or complete copy, which only its owner can read until it is complete |
//! | the same, in a file system that cannot rename without replacing either | such a copy, also beside a target that is already complete |
//! | [`Space::persist_tree`], [`Space::export`] | a directory with a part of the tree, which only its owner can use, or the complete tree with its final permissions, if the kill comes between the change of these permissions and the rename |
//!
//! A directory cannot be nameless, so a tree is always built under such a name. Where a [`SpillDirectory`] has no nameless files, a kill
//! between two calls may also leave one empty file in it.
//!
//! # Not promised
//!
//! * Secure erase. Freed memory is not overwritten before it is used again, and neither are freed blocks of the disk.
//! * Durability.
//! * Permissions, owners and locks of files.
//! * Access times. They change only when they are set.
//! * Protection from a process that can read the memory of this one.
//! * An error for every allocation that fails. The standard library offers none in a few places, and a system that kills processes
//!   instead of failing an allocation does so here, too. That is why memory has a limit.
//!
//! # Differences from wasmtime-wasi on tmpfs
//!
//! | matter | in this crate |
//! | --- | --- |
//! | paths | have 1 to 4,095 bytes as a whole; wasmtime-wasi counts the directory and the last name separately |
//! | links | a path fails with `loop` if it leads through more than 4,096 components other than `.`, including those of its (at most 40) links |
//! | `status-change` | is when anything of the inode last changed; wasmtime-wasi returns when the inode was made |
//! | access times | change only when they are set |
//! | listings | are in the order of creation, as [`Listing`] describes |
//! | `metadata-hash` | is never reused, even after its inode was deleted |
//! | times of a preopened directory | can be set; wasmtime-wasi fails with `bad-descriptor` |
//! | `advise` | accepts any range |
//! | limits | fail as [`Limits`] describes; errors of paths take precedence |
//!
//! # Locks
//!
//! A space has one lock for its tree, and each content has one. Locks are taken in the order *gate, moves of directories, tree, content,
//! attributes of a content, exports in progress, pool of pages*, and never for two contents at once. Budgets count without a lock.
//!
//! * The lock of the tree is held only while maps change. No step under it takes more than a millisecond, whatever the size of the tree,
//!   because tables grow by one bucket and one page at a time, and removals free entries in steps of 512.
//!   Only a path with more than 500 components that are in no cache of the processor may take longer, because it is followed in one
//!   step.
//! * The lock of a content is held while at most 1 MiB is copied, to or from memory or disk.
//! * The gate is held while a file or tree gets its name outside of the space, which is one rename or link of the host, and while the
//!   space ends or a removal revokes. Other operations do not take it.
//! * The locks of sizes, times and link counts are never held during I/O.
//!
//! # Costs
//!
//! | operation | time |
//! | --- | --- |
//! | find, make, remove or rename a name | O(1), and O(log n) for its place in listings |
//! | move a directory to another directory | O(depth), in steps of 512 levels |
//! | read the next entry of a listing | O(log n) |
//! | read or write | O(bytes), one copy |
//! | end a space | O(inodes), a fraction of a second for 1,000,000, without the lock of the tree |
//!
//! An entry whose name has at most 22 bytes takes about 290 bytes of memory, including its inode and its place in listings. A longer name
//! adds its length. Contents take what [`Limits::memory`] counts. An unused space takes less than 4 KiB. Tables do not shrink before the
//! space ends or is reset. So the memory of a space is at most the sum of 640 bytes for each entry that its limit allows, its limit on
//! memory, and 64 bytes for each open file. With [`Limits::default`] that is 4.7 MiB, and
//! with 65,536 entries, 64 MiB of memory and 256 open files it is 105 MiB. The overhead of the allocator comes on top, and so does the path
//! of each [`Walk`] that the host keeps.
//!
//! # Platforms
//!
//! The crate runs on every platform on which Rust's standard library supports threads. A few items depend on the system.
//! [`Machine`] learns its values on Linux and nowhere else, and [`SystemClock`] uses a cheaper clock on Linux. [`SpillDirectory`] has a
//! table of its differences. Exports work on Linux only.
//!
//! | operation | Linux | other systems |
//! | --- | --- | --- |
//! | [`Space::persist_file`] | nameless files are linked, or copied where the file system has none | fails as unsupported |
//! | [`Space::persist_tree`], [`Space::export`] | if the file system renames without replacing | fail as unsupported |
//! | [`Space::open_file`] | the file on disk, or a sealed copy in memory | fails as unsupported |
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod allocate;
mod budget;
mod content;
mod convert;
mod counter;
mod descriptor;
mod disk;
mod entry;
mod error;
mod export;
mod index;
mod inode;
mod io;
mod label;
mod limits;
mod link;
mod list;
mod lock;
mod machine;
mod memory;
mod metadata;
mod name_hash;
mod open;
mod order;
mod own;
mod path;
mod pool;
mod random_name;
mod removal;
mod remove;
mod rename;
mod slab;
mod slot_content;
mod slots;
mod space;
mod spill;
mod stat;
mod storage;
mod survey;
mod tag;
mod time;
mod tree;
mod volume;

pub use account::{Level, Refusals, Usage};
pub use budget::{Budget, LiveSpace};
pub use content::{DiskAccess, Tier};
pub use counter::Gauge;
pub use descriptor::{Access, Descriptor};
pub use error::{Error, Result};
pub use export::{
    Action, ExportError, ExportJob, ExportLimit, ExportLimits, Exported, Links, PersistOptions, PersistTreeOptions,
    Progress, Target,
};
pub use label::{Label, LabelError};
pub use limits::{Limit, Limits, LimitsBuilder, LimitsError};
pub use list::{DirectoryEntry, Listing};
pub use machine::Machine;
pub use metadata::{Kind, Metadata, MetadataHash};
pub use open::OpenOptions;
pub use removal::{Opened, Removed};
pub use space::{Ended, Left, Space, SpaceBuilder};
pub use spill::{Reserve, SpillDirectory, SpillDirectoryBuilder, SpillError};
pub use survey::{InodeId, InodeInfo, Walk};
pub use tag::Tag;
pub use time::{Clock, NewTimestamp, SystemClock, Timestamp};
