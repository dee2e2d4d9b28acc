//! Writing, a piece at a time.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::disk::Disk;
use super::{Bytes, Content, Failed, length};
use crate::budget::Growth;

/// A write that is charged.
#[derive(Debug)]
pub(in crate::native) struct Write {
    content: Arc<Content>,
    begin: u64,
    to: To,
}

#[derive(Debug)]
pub(super) enum To {
    /// There is nothing to be written.
    Nothing,
    Memory,
    Disk {
        file: Arc<File>,
        growth: InPlace,
    },
    /// A file that the bytes move to when all is written: until then they are in memory.
    New {
        disk: Disk,
        growth: InPlace,
    },
}

impl Write {
    pub(super) fn new(content: Arc<Content>, begin: u64, to: To) -> Write {
        Write { content, begin, to }
    }

    /// Where the first byte goes.
    pub(in crate::native) fn begin(&self) -> u64 {
        self.begin
    }

    /// Writes some of the bytes, those from `done` on.
    ///
    /// # Errors
    ///
    /// Those of `pwrite`. What follows is not to be written then.
    pub(in crate::native) fn piece(&mut self, piece: &[u8], done: usize) -> Result<(), Failed> {
        let done = u64::try_from(done).map_err(|_| Failed::Code(ErrorCode::FileTooLarge))?;
        let offset = self.begin.saturating_add(done);
        let file = match &mut self.to {
            To::Nothing => return Ok(()),
            To::Memory => match &mut self.content.place().bytes {
                Bytes::Memory(memory) => return memory.write(piece, offset),
                // Another write has moved it meanwhile.
                Bytes::Disk(disk) => Arc::clone(&disk.file),
            },
            To::Disk { file, .. } => Arc::clone(file),
            To::New { disk, .. } => Arc::clone(&disk.file),
        };
        file.write_all_at(piece, offset)?;
        self.content.space().budget().wrote(length(piece));
        Ok(())
    }

    /// All is written.
    pub(in crate::native) fn finish(mut self) {
        match std::mem::replace(&mut self.to, To::Nothing) {
            To::Nothing | To::Memory => {}
            To::Disk { growth, .. } => growth.finish(),
            To::New { disk, growth } => {
                growth.finish();
                self.content.place().bytes = Bytes::Disk(disk);
            }
        }
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if let To::New { disk, .. } = &mut self.to {
            // The file stays in memory, and what it was to be moved to may have a name.
            let _ = disk.delete(self.content.space());
        }
    }
}

/// A charge for what is written by the one who holds this, and by nobody in the background.
#[derive(Debug)]
pub(super) struct InPlace(Option<Growth>);

impl InPlace {
    pub(super) fn new(growth: Growth) -> InPlace {
        InPlace(Some(growth))
    }

    pub(super) fn finish(mut self) {
        if let Some(growth) = self.0.take() {
            growth.finish(true);
        }
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        if let Some(growth) = self.0.take() {
            growth.finish(false);
        }
    }
}
