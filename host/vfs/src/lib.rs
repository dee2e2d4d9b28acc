//! A file system in memory with exact limits, which leaves nothing behind.
//!
//! ```
//! use scratch_vfs::{Budget, Error, Limits, OpenOptions, Space};
//!
//! // One budget for the process, and a space for each request, instance or session.
//! let process = Budget::new(Limits::none().to_builder().memory(256 << 20).build()?);
//! let limits = Limits::builder().bytes(1 << 20).entries(100).build()?;
//! let space = Space::builder(&process).limits(limits).label("request-17".parse()?).build()?;
//!
//! // A program works in it.
//! let root = space.root()?;
//! root.create_directory_at("work", None)?;
//! let file = root.open_at("work/notes", &OpenOptions::new().create(true).read(true).write(true))?;
//! file.write_all(0, b"hello")?;
//! root.rename_at("work/notes", &root, "notes")?;
//! let mut buffer = [0; 5];
//! assert_eq!(file.read(0, &mut buffer)?, 5);
//! assert_eq!(&buffer, b"hello");
//!
//! // It gets no more than its limits, and no path leads out.
//! assert_eq!(file.write_all(0, &vec![0; 2 << 20]), Err(Error::InsufficientSpace));
//! assert_eq!(root.stat_at("../etc/passwd", true), Err(Error::NotPermitted));
//!
//! // All of it is gone when the end returns, and what was left is counted.
//! let ended = space.end();
//! assert_eq!((ended.entries, ended.bytes), (2, 5));
//! assert_eq!((ended.left.entries, ended.left.bytes), (0, 0));
//! assert_eq!(file.read(0, &mut buffer), Err(Error::NoEntry));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Space`] is a file system of its own: files, directories, symbolic and hard links, in the memory of the process. The methods of
//! [`Descriptor`] are those of `wasi:filesystem` (0.2 and 0.3) and of WASI preview 1, so that a host only has to translate types. This
//! crate knows neither WASI nor wasmtime, and serves whoever wants a private file system with an end.
//!
//! # What is promised
//!
//! * **Nothing is left.** When [`Space::end`] returns, or the space was dropped, all of its files are deleted, whatever is still open.
//!   Descriptors that live longer are shells: they answer [`Error::NoEntry`], and keep nothing of the tree. When the process dies,
//!   in whatever way, nothing is left either, because nothing has a name outside of it.
//! * **No limit is exceeded.** Bytes, entries, open files and memory are charged to the space and to every [`Budget`] above it before
//!   anything happens, and given back after it was freed. A charge is never below the truth, and exact while nothing is going on.
//! * **No path leads out** of the directory that it starts from.
//! * **No byte is read that was not written** in the same file. Memory of one space gets to another one only when it holds nothing that
//!   could be read.
//! * **It behaves as wasmtime-wasi does on tmpfs**, error by error. [What differs](#what-differs-from-wasmtime-wasi-on-tmpfs) is listed.
//! * **Several threads** may use a space at once. Each operation takes effect at one moment between its call and its return, but for
//!   reads and writes of more than 1 MiB, which do so for each MiB, and for [`Space::remove`] and its like, which detach at one
//!   moment and free what they detached afterwards.
//! * **A program's mistake is an error code**, never a panic.
//!
//! # What is not promised
//!
//! Secure erase (freed memory is not overwritten before it is used again), durability, permissions and owners of files, locks of files,
//! access times (they change only when they are set), protection from a process that can read this one's memory, and a
//! way out of memory that runs out in the few places where the standard library offers none: a system that kills processes instead of
//! failing an allocation does so here, too, which is why memory has a limit.
//!
//! # What differs from wasmtime-wasi on tmpfs
//!
//! | matter | here |
//! | --- | --- |
//! | paths | 1 to 4,095 bytes as a whole; wasmtime-wasi counts the directory and the last name apart |
//! | links | a path that leads through more than 4,096 components, with those of 40 links at most, is a `loop` |
//! | `status-change` | when anything of the inode changed; wasmtime-wasi tells when it was made |
//! | access times | change only when they are set |
//! | listings | in the order of creation, as [`Listing`] says |
//! | `metadata-hash` | never comes again, also after its inode is gone |
//! | times of a preopened directory | can be set; wasmtime-wasi answers `bad-descriptor` |
//! | `advise` | accepts any range |
//! | limits | answer as [`Limits`] says; errors of paths come first |
//!
//! # Locks
//!
//! There is one lock for the tree of a space, and one for each content. They are taken in the order *moves of directories, tree, content,
//! attributes of a content, pool of pages*; never two contents at once. Budgets have no lock.
//!
//! * Under the lock of the tree, maps change and nothing else happens. No step takes more than a millisecond, whatever the size of
//!   the tree: tables grow by one bucket and one page at a time, and what is removed is freed in steps of 512 entries. Only a path may
//!   take longer, if it has more than 500 components that are in no cache of the processor, because it is followed in one step.
//! * Under the lock of a content, at most 1 MiB is copied.
//! * Sizes, times and link counts have a lock that is never held during I/O.
//!
//! # What things cost
//!
//! | operation | time |
//! | --- | --- |
//! | finding, making, removing, renaming a name | O(1), and O(log n) for its place in listings |
//! | moving a directory to another directory | O(depth), in steps of 512 levels |
//! | the next entry of a listing | O(log n) |
//! | reading, writing | O(bytes), one copy |
//! | the end of a space | O(inodes), 1,000,000 of them in a fraction of a second, and nobody waits for it |
//!
//! An entry with a name of up to 22 bytes takes about 270 bytes of memory with its inode and its place in listings, a longer name its
//! length more. Contents take what [`Limits::memory`] counts. A space that nobody uses takes less than 4 KiB. Tables do not shrink before the
//! end or a reset. So the memory of a space is bounded by 640 bytes for each entry that its limit allows, its limit on memory, and 64 bytes
//! for each open file: 4.7 MiB at [`Limits::default`], and 105 MiB with 65,536 entries, 64 MiB of memory and 256 open files. The allocator's
//! own overhead comes on top, and the path of each [`Walk`] that the host keeps.
//!
//! # Platforms
//!
//! All that Rust's standard library supports with threads. Only [`Machine`] and [`SystemClock`] know the system: Linux tells the former,
//! and has a cheaper clock for the latter.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod allocate;
mod budget;
mod content;
mod convert;
mod counter;
mod descriptor;
mod entry;
mod error;
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
mod path;
mod pool;
mod removal;
mod remove;
mod rename;
mod slab;
mod space;
mod stat;
mod survey;
mod tag;
mod tier;
mod time;
mod tree;
mod volume;

pub use account::{Level, Refusals, Usage};
pub use budget::{Budget, LiveSpace};
pub use counter::Gauge;
pub use descriptor::{Access, Descriptor};
pub use error::{Error, Result};
pub use label::{Label, LabelError};
pub use limits::{Limit, Limits, LimitsBuilder, LimitsError};
pub use list::{DirectoryEntry, Listing};
pub use machine::Machine;
pub use metadata::{Kind, Metadata, MetadataHash};
pub use open::OpenOptions;
pub use removal::{Opened, Removed};
pub use space::{Ended, Left, Space, SpaceBuilder};
pub use survey::{InodeId, InodeInfo, Walk};
pub use tag::Tag;
pub use time::{Clock, NewTimestamp, SystemClock, Timestamp};
