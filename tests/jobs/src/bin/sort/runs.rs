//! Runs: sorted lines in temporary files, and when they are merged.

use std::cmp;
use std::io::{self, BufWriter, Seek as _, Write as _};

use anyhow::{Context as _, Result};
use scratch_tempfile::{Builder, File};

use crate::arena::Arena;
use crate::merge::merge;

/// As much is written and read at once, at most: one call of the contract carries no more.
const PIECE: usize = 1 << 20;

/// How much of `memory` is for writing.
pub(crate) fn piece(memory: usize) -> usize {
    PIECE.min(memory / 8)
}

/// Sorted lines in a temporary file, each with its newline.
struct Run {
    file: File,
    /// How often its lines have been merged.
    level: u32,
}

/// What has been spilled, oldest first.
///
/// When there are as many runs of one level as can be merged, they become one run of the next level before another one is
/// made. So a line is merged as often as with passes over everything, and there are never many files: not more than
/// can be merged, on each level.
pub(crate) struct Runs {
    runs: Vec<Run>,
    /// How many can be merged at once.
    most: usize,
    piece: usize,
    /// The longest line, with its newline: what a buffer has to hold.
    longest: usize,
}

impl Runs {
    pub(crate) fn new(most: usize, piece: usize) -> Runs {
        Runs {
            runs: Vec::new(),
            most,
            piece,
            longest: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Makes a run of the lines in the arena.
    pub(crate) fn spill(&mut self, arena: &mut Arena) -> Result<()> {
        let file = write_run(self.piece, |out| {
            for line in arena.sorted() {
                self.longest = cmp::max(self.longest, line.len());
                out.write_all(line)?;
            }
            Ok(())
        })?;
        arena.clear();
        self.make_way(arena)?;
        self.runs.push(Run { file, level: 0 });
        Ok(())
    }

    /// Merges all runs, and hands on line by line.
    pub(crate) fn merge(mut self, arena: &mut Arena, write: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            let most = cmp::max(2, self.at_once(arena));
            if self.runs.len() <= most {
                break;
            }
            // As few as will do, and the last ones, which are the smallest.
            let surplus = self.runs.len() - most;
            self.merge_last(cmp::min(surplus + 1, most), arena)?;
        }
        let buffers = self.buffers(self.runs.len(), arena)?;
        merge(files(self.runs), buffers, write)
    }

    /// Merges where there are enough runs of one level.
    fn make_way(&mut self, arena: &mut Arena) -> Result<()> {
        let count = self.at_once(arena);
        // Where not even two fit beside what has been read of the next line, merging has to wait for the end of the input.
        while count >= 2 && self.runs.len() >= count {
            let last = &self.runs[self.runs.len() - count..];
            // Not `==`: a longer line may have made the number smaller.
            if last[0].level > last[count - 1].level {
                break;
            }
            self.merge_last(count, arena)?;
        }
        Ok(())
    }

    fn merge_last(&mut self, count: usize, arena: &mut Arena) -> Result<()> {
        let buffers = self.buffers(count, arena)?;
        let runs = self.runs.split_off(self.runs.len() - count);
        let level = runs.iter().map(|run| run.level).max().unwrap_or_default() + 1;
        let file = write_run(self.piece, |out| {
            merge(files(runs), buffers, |line| Ok(out.write_all(line)?))
        })?;
        self.runs.push(Run { file, level });
        Ok(())
    }

    /// How many runs can be merged at once with the memory there is.
    fn at_once(&self, arena: &Arena) -> usize {
        self.most.min(arena.room() / self.longest.max(1))
    }

    /// Memory for merging so many runs: each of them needs a buffer that holds the longest line.
    fn buffers<'a>(&self, count: usize, arena: &'a mut Arena) -> Result<&'a mut [u8]> {
        let buffers = arena.free(self.longest.saturating_mul(count));
        buffers.with_context(|| format!("a line of {} bytes is too long to be merged", self.longest))
    }
}

fn files(runs: Vec<Run>) -> Vec<File> {
    runs.into_iter().map(|run| run.file).collect()
}

fn write_run(piece: usize, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<File> {
    // On disk from the start: in memory, a run would take from the host what is to be saved here.
    let file = Builder::new().max_memory(0).unnamed_file()?;
    let mut out = BufWriter::with_capacity(piece, file);
    write(&mut out)?;
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}
