//! What several threads did and were told, and in which order as far as it is known.

use crate::operation::{Ending, Operation, Outcome};
use std::fmt;

/// One operation of a thread.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// When it was called, by the counter that all threads share.
    pub(crate) called: usize,
    /// When it returned.
    pub(crate) returned: usize,
    pub(crate) operation: Operation,
    pub(crate) outcome: Outcome,
}

impl Record {
    fn overlaps(&self, other: &Self) -> bool {
        self.called < other.returned && other.called < self.returned
    }
}

/// The operations of each thread, in its order.
#[derive(Clone, Debug)]
pub(crate) struct History(pub(crate) Vec<Vec<Record>>);

/// What other operations may be charged for a moment, beyond what is in use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Excess {
    pub(crate) bytes: u64,
    pub(crate) entries: u64,
    pub(crate) open_files: u64,
}

impl Excess {
    /// Returns what an operation may be charged for a moment.
    fn of(operation: &Operation) -> Self {
        const ALL: u64 = u64::MAX;
        let length = |data: &[u8]| u64::try_from(data.len()).expect("little is written");
        let (bytes, entries, open_files) = match operation {
            // Who is refused an entry gives the open file back, and who empties a file gives its bytes back.
            Operation::Open(..) => (ALL, 0, 1),
            Operation::Close(_) => (ALL, 1, 1),
            Operation::RemoveDirectory(_) => (0, 1, 0),
            Operation::Unlink(_) | Operation::Rename(..) => (ALL, 1, 0),
            Operation::RemoveAll(_) => (ALL, ALL, 0),
            Operation::Detach | Operation::End(_) => (ALL, ALL, ALL),
            Operation::SetSize { .. } => (ALL, 0, 0),
            // Growth is charged before the file has its new size.
            Operation::Write { offset, data, .. } | Operation::WriteAll { offset, data, .. } => {
                (offset + length(data), 0, 0)
            }
            Operation::Append { data, .. } | Operation::AppendAll { data, .. } => (length(data), 0, 0),
            _ => (0, 0, 0),
        };
        Self {
            bytes,
            entries,
            open_files,
        }
    }
}

impl History {
    /// Counts the operations.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Counts the pairs of operations that were under way at the same time.
    pub(crate) fn count_overlaps(&self) -> usize {
        let records: Vec<_> = self.0.iter().flatten().collect();
        let later = |index: usize| &records[index + 1..];
        records
            .iter()
            .enumerate()
            .map(|(index, record)| later(index).iter().filter(|other| record.overlaps(other)).count())
            .sum()
    }

    /// Adds up what others may be charged beyond what is in use while an operation is under way.
    pub(crate) fn excess(&self, thread: usize, index: usize) -> Excess {
        let record = &self.0[thread][index];
        let others = self.0.iter().enumerate().filter(|(other, _)| *other != thread);
        let mut sum = Excess::default();
        for other in others
            .flat_map(|(_, records)| records)
            .filter(|other| record.overlaps(other))
        {
            let excess = Excess::of(&other.operation);
            sum.bytes = sum.bytes.saturating_add(excess.bytes);
            sum.entries = sum.entries.saturating_add(excess.entries);
            sum.open_files = sum.open_files.saturating_add(excess.open_files);
        }
        sum
    }

    /// Puts the moment in which a tree is detached before each end, at any time while that is under way.
    pub(crate) fn with_ends_in_parts(mut self) -> Self {
        for records in &mut self.0 {
            let parts = records.drain(..).flat_map(|record| {
                let detach = matches!(record.operation, Operation::End(_)).then(|| Record {
                    operation: Operation::Detach,
                    ..record.clone()
                });
                detach.into_iter().chain([record])
            });
            *records = parts.collect();
        }
        self
    }

    /// Returns when the space had ended, if it has.
    pub(crate) fn ended(&self) -> Option<usize> {
        let is_end = |record: &&Record| {
            matches!(record.operation, Operation::End(Ending::End | Ending::Reset)) && record.outcome == Outcome::Done
        };
        self.0.iter().flatten().find(is_end).map(|record| record.returned)
    }
}

impl fmt::Display for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (thread, records) in self.0.iter().enumerate() {
            writeln!(formatter, "thread {thread}:")?;
            for record in records {
                let Record {
                    called,
                    returned,
                    operation,
                    outcome,
                } = record;
                writeln!(
                    formatter,
                    "  {called:>3} to {returned:>3}  {operation:?} -> {outcome:?}"
                )?;
            }
        }
        Ok(())
    }
}
