//! One piece of memory that is all there is: for a text and its index while a run is read, for buffers while runs are
//! merged.

use anyhow::{Context as _, Result, ensure};

use crate::index::{self, Entry};
use crate::input::Input;
use crate::lines;

/// As much is read at once.
const READ: usize = 1 << 20;
/// What has to be free beside the arena: for the buffer of a run that is written, what one call of the contract carries, and
/// small things.
const BESIDE: usize = (2 << 20) + (64 << 10);

/// The text of a run grows from the front of the memory, and an index of its lines from the back. What has been read beyond
/// the last line of the run is the beginning of the next one.
pub(crate) struct Arena {
    memory: Vec<u8>,
    /// Where the text ends.
    filled: usize,
    /// Up to here, newlines have been looked for.
    searched: usize,
    /// Where the first line begins that is not in the index.
    next: usize,
    /// How many lines are in the index.
    lines: usize,
}

/// Why reading came to an end.
#[derive(PartialEq, Eq)]
pub(crate) enum Filled {
    /// There is no room for more.
    Full,
    /// There is no more.
    End,
}

impl Arena {
    pub(crate) fn new(bytes: usize) -> Result<Arena> {
        Ok(Arena {
            memory: zeros(bytes)?,
            filled: 0,
            searched: 0,
            next: 0,
            lines: 0,
        })
    }

    /// Whether there are lines in the index.
    pub(crate) fn has_lines(&self) -> bool {
        self.lines > 0
    }

    /// Reads lines until there is no room for more.
    pub(crate) fn fill(&mut self, input: &mut Input) -> Result<Filled> {
        while self.index() {
            let room = self.memory.len() - self.lines * size_of::<Entry>() - self.filled;
            // The other half is for the index of what is read. If that is not enough, the next run has what is left over.
            let piece = READ.min(room / 2);
            if piece < self.memory.len() / 64 {
                if self.lines > 0 {
                    break;
                }
                let longer = self.memory.len().saturating_mul(2);
                self.grow(longer).context("a line is too long")?;
                continue;
            }
            let count = input.read(&mut self.memory[self.filled..][..piece])?;
            if count == 0 {
                return Ok(Filled::End);
            }
            self.filled += count;
        }
        Ok(Filled::Full)
    }

    /// Puts lines into the index. False if there was no room for all of them.
    fn index(&mut self) -> bool {
        while let Some(length) = lines::newline(&self.memory[self.searched..self.filled]) {
            let end = self.searched + length;
            let place = self.memory.len() - (self.lines + 1) * size_of::<Entry>();
            if place < self.filled {
                return false;
            }
            let entry = index::entry(&self.memory, self.next..end);
            self.memory[place..][..entry.len()].copy_from_slice(&entry);
            self.lines += 1;
            self.next = end + 1;
            self.searched = end + 1;
        }
        self.searched = self.filled;
        true
    }

    /// The lines of the run in their order, each with its newline.
    pub(crate) fn sorted(&mut self) -> impl Iterator<Item = &[u8]> {
        let (text, rest) = self.memory.split_at_mut(self.filled);
        let (_, entries) = rest.as_rchunks_mut();
        let unused = entries.len() - self.lines;
        let entries = &mut entries[unused..];
        index::sort(entries, text, 0);
        entries.iter().map(|entry| {
            let line = index::range(entry);
            &text[line.start..=line.end]
        })
    }

    /// Forgets the lines of the run.
    pub(crate) fn clear(&mut self) {
        self.memory.copy_within(self.next..self.filled, 0);
        self.filled -= self.next;
        self.searched = 0;
        self.next = 0;
        self.lines = 0;
    }

    /// How many bytes are free while no line is in the index.
    pub(crate) fn room(&self) -> usize {
        self.memory.len() - self.filled
    }

    /// What is free while no line is in the index; more memory, if that is less than `bytes`.
    pub(crate) fn free(&mut self, bytes: usize) -> Result<&mut [u8]> {
        if self.room() < bytes {
            self.grow(self.filled.saturating_add(bytes))?;
        }
        Ok(&mut self.memory[self.filled..])
    }

    /// Gets more memory, while no line is in the index.
    fn grow(&mut self, bytes: usize) -> Result<()> {
        if self.filled == 0 {
            // There may not be enough for both.
            self.memory = Vec::new();
        }
        let mut memory = zeros(bytes)?;
        memory[..self.filled].copy_from_slice(&self.memory[..self.filled]);
        self.memory = memory;
        Ok(())
    }
}

fn zeros(bytes: usize) -> Result<Vec<u8>> {
    let mut memory = Vec::new();
    // What is too much is given back: where there is no memory for the rest, the standard library ends the program.
    let there = memory.try_reserve_exact(bytes.saturating_add(BESIDE));
    ensure!(there.is_ok(), "failed to get {bytes} bytes of memory");
    memory.resize(bytes, 0);
    memory.shrink_to(bytes);
    Ok(memory)
}
