//! Copies of contents to files of the host, in steps.

use super::system;
use crate::content::{Body, Content, STEP};
use crate::convert::{to_u64, to_usize};
use crate::error::Error;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// A copy in progress. Holes stay holes.
#[derive(Debug)]
pub(super) struct Copy {
    content: Arc<Content>,
    offset: u64,
}

/// Describes why a copy failed.
#[derive(Debug)]
pub(super) enum CopyError {
    Host(io::Error),
    Space(Error),
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Host(error)
    }
}

impl From<Error> for CopyError {
    fn from(error: Error) -> Self {
        Self::Space(error)
    }
}

impl Copy {
    pub(super) fn new(content: Arc<Content>) -> Self {
        Self { content, offset: 0 }
    }

    /// Copies at most [`STEP`] bytes. Returns the size of the file when everything is copied.
    ///
    /// The lock of the content is held meanwhile, so the step is atomic with respect to writes.
    pub(super) fn step(&mut self, to: &File) -> Result<Option<u64>, CopyError> {
        let offset = self.offset;
        let (next, size) = self.content.inspect(|body, size| -> Result<(u64, u64), CopyError> {
            system::check_size(size)?;
            let next = match body {
                Body::Ended => return Err(Error::NoEntry.into()),
                Body::Memory(memory) => match memory.written_after(offset) {
                    None => size,
                    Some((start, bytes)) => {
                        let bytes = &bytes[..bytes.len().min(STEP)];
                        system::write_at(to, bytes, start)?;
                        start + to_u64(bytes.len())
                    }
                },
                Body::Backed(backed) => {
                    let range = match backed.own_file() {
                        Some(own) => system::next_data(own, offset, size)?,
                        None => (offset < size).then_some((offset, size)),
                    };
                    match range {
                        None => size,
                        Some((start, end)) => {
                            let length = to_usize(end - start).min(STEP);
                            let copied = match backed.own_file() {
                                Some(own) => system::copy_range(own, to, start, length)?,
                                None => None,
                            };
                            match copied {
                                Some(copied) => start + to_u64(copied),
                                None => {
                                    let mut buffer = crate::allocate::vector(length)?;
                                    buffer.resize(length, 0);
                                    backed.read(start, &mut buffer)?;
                                    system::write_at(to, &buffer, start)?;
                                    start + to_u64(length)
                                }
                            }
                        }
                    }
                }
            };
            Ok((next, size))
        })?;
        self.offset = next;
        if next < size {
            return Ok(None);
        }
        // The file may end in a hole, or may have become shorter.
        to.set_len(size)?;
        Ok(Some(size))
    }
}
