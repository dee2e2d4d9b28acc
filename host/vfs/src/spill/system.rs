//! What depends on the system: nameless files, and what is known of the file system that they are in.

use super::floor::Free;
use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(unix)]
use self::unix as sys;
#[cfg(windows)]
use self::windows as sys;

/// What a file system keeps files in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    Disk,
    /// The memory of the machine: files in it are charged as memory, too.
    Memory,
    /// Another machine, or a program: every call may take long or fail.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells"))]
    Remote,
}

/// A directory that is held open.
#[derive(Debug)]
pub(crate) struct Directory(sys::Directory);

impl Directory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fault("open")?;
        sys::Directory::open(path).map(Self)
    }

    pub(crate) fn medium(&self) -> io::Result<Medium> {
        self.0.medium()
    }

    /// Returns the free space, or `None` where the system does not tell.
    pub(crate) fn free(&self) -> io::Result<Option<Free>> {
        fault("statfs")?;
        self.0.free()
    }

    /// Makes a file that has no name. The second value says whether it can get one.
    pub(crate) fn create_nameless(&self) -> io::Result<(File, bool)> {
        fault("create")?;
        self.0.create_nameless()
    }
}

/// Fills a buffer from an offset.
pub(crate) fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    fault("read")?;
    sys::read_exact_at(file, offset, buffer)
}

/// Writes all data at an offset.
pub(crate) fn write_all_at(file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
    fault("write").inspect_err(|_| {
        // As a disk does that is full in the middle.
        let _ = sys::write_all_at(file, offset, &data[..data.len() / 2]);
    })?;
    sys::write_all_at(file, offset, data)
}

/// Cuts a file off at a size.
pub(crate) fn truncate(file: &File, size: u64) -> io::Result<()> {
    fault("truncate")?;
    file.set_len(size)
}

/// Frees the blocks of a range, which reads as zeros then. Fails where the system or the file system cannot do that.
pub(crate) fn punch(file: &File, offset: u64, length: u64) -> io::Result<()> {
    fault("punch")?;
    sys::punch(file, offset, length)
}

/// Returns the largest size that a file may have in this process. Beyond it the system would send a signal.
pub(crate) fn max_file_size() -> u64 {
    sys::max_file_size()
}

/// Returns whether an error says that there are no descriptors left.
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    sys::is_out_of_descriptors(error)
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "tests make it fail")]
fn fault(_call: &'static str) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use self::faults::{Faults, fault};

/// Calls that fail in tests, by thread.
#[cfg(test)]
mod faults {
    use std::cell::RefCell;
    use std::io;

    #[derive(Default)]
    struct Plan {
        calls: Vec<&'static str>,
        failing: Option<(usize, i32)>,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::default();
    }

    pub(crate) fn fault(call: &'static str) -> io::Result<()> {
        PLAN.with_borrow_mut(|plan| {
            plan.calls.push(call);
            match plan.failing {
                Some((at, errno)) if at == plan.calls.len() => Err(io::Error::from_raw_os_error(errno)),
                _ => Ok(()),
            }
        })
    }

    /// Makes one call of this thread fail, until it is dropped.
    pub(crate) struct Faults(());

    impl Faults {
        /// Counts calls and lets all succeed.
        pub(crate) fn none() -> Self {
            PLAN.set(Plan::default());
            Self(())
        }

        /// Lets the n-th call from now on fail, counted from 1.
        pub(crate) fn at(number: usize, errno: i32) -> Self {
            PLAN.set(Plan {
                calls: Vec::new(),
                failing: Some((number, errno)),
            });
            Self(())
        }

        /// Returns the calls since then.
        pub(crate) fn calls(&self) -> Vec<&'static str> {
            PLAN.with_borrow(|plan| plan.calls.clone())
        }
    }

    impl Drop for Faults {
        fn drop(&mut self) {
            PLAN.set(Plan::default());
        }
    }
}
