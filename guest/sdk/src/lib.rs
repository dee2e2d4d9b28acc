//! Temporary files and directories for WebAssembly components, deleted when dropped.
//!
//! WASI has no temporary files: `std::env::temp_dir()` panics there, and a crate that cleans up in destructors cannot keep its
//! promise in a guest, since no destructor runs after a trap. This crate is the Rust side of the WIT package `scratch:tempfile`:
//! the program asks for a temporary file or directory, and whoever provides the interface deletes it when the value is
//! dropped. A host that enforces the contract deletes it as well when the program ends in any other way: a trap, an exit, a
//! deadline.
//!
//! - [`tempfile()`]: a file without a name, in memory while it is small.
//! - [`NamedTempFile`]: a file with a path, which can be opened again through [`std::fs`].
//! - [`TempDir`]: a directory, with everything in it, whoever made it.
//! - [`Builder`]: prefix, suffix, and how much of a file is held in memory.
//! - [`temp_dir()`]: where they live.
//!
//! # Beside the crate `tempfile`
//!
//! Names are those of the crate `tempfile` 3 where both have the same thing, and most code that creates, writes, reads and drops
//! works with either. The differences:
//!
//! | `tempfile` | here |
//! | --- | --- |
//! | `tempfile()` returns a `std::fs::File` | a [`File`], whose size is [`File::len`]; without `metadata`, `try_clone`, `sync_all` and the like |
//! | `spooled_tempfile(usize)` returns a `SpooledTempFile` | [`spooled_tempfile`] takes a `u64`, returns a `Result` and a [`File`]; 0 is on disk from the start |
//! | `*_in(impl AsRef<Path>)` | `*_in(&TempDir)`: other directories are none of the provider's |
//! | `NamedTempFile<F>`, `as_file` is the `std::fs::File` | [`NamedTempFile`], `as_file` is a [`File`]; [`NamedTempFile::reopen`] opens by path |
//! | `Builder<'a, 'b>`, `prefix(&OsStr)` | [`Builder`] owns its text, which is Unicode; `tempfile` and `tempdir` as there |
//! | `rand_bytes`, `append`, `permissions`, `make`, `disable_cleanup`, `with_prefix` and its like, `into_file`, `into_parts`, `env` | none |
//! | `keep`, `persist`, `persist_noclobber`, `into_path`, `TempPath` | through `into_handle` and [`bindings`] |
//! | `env::temp_dir()` is always there | [`temp_dir()`] is an `Option` |
//! | prefix `.tmp` | `tmp` |
//! | files are `Sync` | [`File`] and [`NamedTempFile`] are `Send`, and not `Sync` |
//!
//! # Examples
//!
//! A component of ten lines:
//!
//! ```no_run
//! use std::io::{Read, Seek, Write};
//!
//! fn main() -> std::io::Result<()> {
//!     let mut file = scratch_tempfile::tempfile()?;
//!     file.write_all(b"Hello, world!")?;
//!     file.rewind()?;
//!     let mut text = String::new();
//!     file.read_to_string(&mut text)?;
//!     println!("{text}");
//!     Ok(()) // here the file is deleted
//! }
//! ```
//!
//! # Resource leaking
//!
//! A value that is dropped deletes what it owns before the drop returns. Rust does not promise that a value is dropped:
//! [`std::mem::forget`], [`std::process::exit`], a panic (which aborts on `wasm32-wasip2`) or a trap skip it. What happens then
//! depends on the provider. A host that provides `scratch:tempfile`, or that links a provider component and stands between
//! the two, deletes everything when the instance ends. A provider that
//! was composed into the program and runs on a stock runtime is in no such position, and what it made stays.
//!
//! A drop has nobody to tell that it failed. [`File::close`], [`NamedTempFile::close`] and [`TempDir::close`] delete and
//! return the error.
//!
//! # Early drop pitfall
//!
//! A path is only a name and keeps nothing alive. A function that takes `impl AsRef<Path>` takes a [`NamedTempFile`] or a
//! [`TempDir`] by value as well, and deletes it when it returns:
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! let file = scratch_tempfile::NamedTempFile::new()?;
//! std::fs::write(&file, "a borrow: the file is still there afterwards")?;
//! std::fs::write(file, "by value: gone when `write` returns")?;
//! # Ok(())
//! # }
//! ```
//!
//! For the same reason `let _ = TempDir::new()?;` deletes the directory in the same statement; `let _dir` keeps it until
//! the end of the scope.
//!
//! A [`TempDir`] owns everything in it. A temporary file made in it by [`tempfile_in`] does not keep it alive: once the
//! directory is gone, every operation on the file fails with [`NotFound`](std::io::ErrorKind::NotFound), and dropping it does nothing.
//!
//! # Security
//!
//! Names hold at least 64 bits from the system's random generator, and files and directories are created exclusively, without
//! following links. Who else can reach them depends on the provider. A host that provides `scratch:tempfile`, or links a provider
//! component, gives each instance a space of its own, in a directory that only the host's user can enter (0700): there is no
//! shared `/tmp`, and no other program to race with. A provider that was composed into the program and runs on a stock
//! runtime works in the directory that was granted, which others may share, with the permissions that the runtime's umask leaves.
//! Within the program, whoever knows a path can use it: ownership goes by directory and name, and whatever stands under the
//! name at the drop is deleted.
//!
//! A prefix or suffix with `/`, `\`, `:`, NUL or a control character is refused, and so is a name that would start with `.`
//! or `-`, end with `.` or a space, or be longer than 255 bytes.
//!
//! # Errors
//!
//! Every error is a [`std::io::Error`] whose [`kind()`](std::io::Error::kind) follows the contract's code, and which carries an
//! [`Error`] with the code itself. Of note: a full space is
//! [`StorageFull`](std::io::ErrorKind::StorageFull), as a full disk is; the limit of one file is [`FileTooLarge`](std::io::ErrorKind::FileTooLarge),
//! and that of open files or of depth [`QuotaExceeded`](std::io::ErrorKind::QuotaExceeded).
#![deny(missing_docs)]

#[expect(missing_docs, reason = "generated")]
pub mod bindings;
mod builder;
mod dir;
mod error;
mod file;

pub use builder::Builder;
pub use dir::{TempDir, temp_dir, tempdir, tempdir_in};
pub use error::Error;
pub use file::{File, NamedTempFile, spooled_tempfile, tempfile, tempfile_in};
