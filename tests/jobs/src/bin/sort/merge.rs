//! Merging runs into one.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{self, ErrorKind, Read as _};

use anyhow::Result;
use scratch_tempfile::File;

use crate::lines;

/// Merges runs, hands on line by line, and deletes each run as soon as its last line was handed on. The buffers are shared
/// out, and each share has to hold the longest line.
pub(crate) fn merge(runs: Vec<File>, buffers: &mut [u8], mut write: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let share = buffers.len() / runs.len();
    let mut sources = BinaryHeap::with_capacity(runs.len());
    for (run, buffer) in runs.into_iter().zip(buffers.chunks_exact_mut(share)) {
        let mut source = Box::new(Source::new(run, buffer));
        if source.advance()? {
            sources.push(source);
        }
    }
    while let Some(mut first) = sources.peek_mut() {
        write(first.line())?;
        if !first.advance()? {
            PeekMut::pop(first);
        }
    }
    Ok(())
}

/// A run that is being read. The greatest one is the one whose line comes first, since the heap has that on top.
struct Source<'a> {
    file: File,
    buffer: &'a mut [u8],
    /// What has been read ends here.
    filled: usize,
    /// The line, with its newline.
    start: usize,
    end: usize,
    key: u64,
}

impl<'a> Source<'a> {
    fn new(file: File, buffer: &'a mut [u8]) -> Source<'a> {
        Source {
            file,
            buffer,
            filled: 0,
            start: 0,
            end: 0,
            key: 0,
        }
    }

    fn line(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The line without its newline.
    fn content(&self) -> &[u8] {
        &self.buffer[self.start..self.end - 1]
    }

    /// Goes on to the next line. False at the end.
    fn advance(&mut self) -> io::Result<bool> {
        self.start = self.end;
        let mut searched = self.start;
        loop {
            if let Some(length) = lines::newline(&self.buffer[searched..self.filled]) {
                self.end = searched + length + 1;
                self.key = lines::key(self.content());
                return Ok(true);
            }
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.start = 0;
            searched = self.filled;
            let count = self.file.read(&mut self.buffer[self.filled..])?;
            if count == 0 {
                return match self.filled {
                    0 => Ok(false),
                    // Every line was written with a newline, and fits.
                    _ => Err(io::Error::new(ErrorKind::InvalidData, "a run is not as it was written")),
                };
            }
            self.filled += count;
        }
    }
}

impl Ord for Source<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let keys = self.key.cmp(&other.key);
        keys.then_with(|| lines::compare(self.content(), other.content()))
            .reverse()
    }
}

impl PartialOrd for Source<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Source<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Source<'_> {}
