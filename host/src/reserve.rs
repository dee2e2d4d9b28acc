//! Descriptors kept back, so that a process that has no other left can still delete.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::{DupFlags, Errno};

/// How many are kept back: so many removals at once can go on without any other descriptor, each of which needs one.
const KEPT_BACK: usize = 4;

/// How often an `open` is tried again with a descriptor of ours given up: another thread may be quicker to take it.
const MAX_TRIES: usize = 1000;

/// How long between two tries, when all of ours are in use: what is in use is in use for a listing.
const PAUSE: Duration = Duration::from_millis(1);

/// Descriptors that can be given up for one that is needed.
#[derive(Debug)]
pub(crate) struct Reserve {
    /// What each of them is a duplicate of.
    of: OwnedFd,
    held: Mutex<Vec<OwnedFd>>,
}

impl Reserve {
    /// # Errors
    ///
    /// If the process has not so many left now.
    pub(crate) fn new(of: impl AsFd) -> rustix::io::Result<Reserve> {
        let duplicate = || rustix::io::fcntl_dupfd_cloexec(&of, 0);
        Ok(Reserve {
            held: Mutex::new((0..KEPT_BACK).map(|_| duplicate()).collect::<Result<_, _>>()?),
            of: duplicate()?,
        })
    }

    /// Does `open`, and gives a descriptor up for it if there is none left.
    pub(crate) fn open(&self, mut open: impl FnMut() -> rustix::io::Result<OwnedFd>) -> rustix::io::Result<Opened<'_>> {
        let opened = |fd, reserve| Opened { fd: Some(fd), reserve };
        match open() {
            Err(Errno::MFILE | Errno::NFILE) => {}
            outcome => return Ok(opened(outcome?, None)),
        }
        let mut error = Errno::MFILE;
        for _ in 0..MAX_TRIES {
            let given_up = self.held().pop();
            let pause = given_up.is_none();
            drop(given_up);
            match open() {
                // One of ours is out, whether or not this is it: it comes back when this is closed.
                Ok(fd) => return Ok(opened(fd, Some(self))),
                Err(errno @ (Errno::MFILE | Errno::NFILE)) => error = errno,
                Err(errno) => {
                    self.refill();
                    return Err(errno);
                }
            }
            if pause {
                std::thread::sleep(PAUSE);
            }
        }
        Err(error)
    }

    /// Takes back what other threads were quicker to take, as far as there is any.
    pub(crate) fn refill(&self) {
        let mut held = self.held();
        while held.len() < KEPT_BACK {
            match rustix::io::fcntl_dupfd_cloexec(&self.of, 0) {
                Ok(fd) => held.push(fd),
                Err(_) => return,
            }
        }
    }

    fn take_back(&self, mut fd: OwnedFd) {
        let mut held = self.held();
        // In one step: between closing and opening, another thread would take it.
        if held.len() < KEPT_BACK && rustix::io::dup3(&self.of, &mut fd, DupFlags::CLOEXEC).is_ok() {
            held.push(fd);
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<OwnedFd>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open descriptor, which goes back to the reserve if it came from there.
#[derive(Debug)]
pub(crate) struct Opened<'a> {
    fd: Option<OwnedFd>,
    reserve: Option<&'a Reserve>,
}

impl AsFd for Opened<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // `None` in `drop` only.
        self.fd.as_ref().expect("it is open until it is dropped").as_fd()
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if let (Some(fd), Some(reserve)) = (self.fd.take(), self.reserve) {
            reserve.take_back(fd);
        }
    }
}
