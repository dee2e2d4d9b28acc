//! The index of a text: where each line is, with eight bytes of it, and the order of the lines.

use std::ops::Range;

use crate::lines;

/// Of this many lines with equal keys and fewer, the lines are compared as they are.
const FEW: usize = 16;
/// As far into a line keys are taken from it. It bounds the recursion.
const DEEP: usize = 256;

const WORD: usize = size_of::<usize>();

/// A line: a key, where it starts, and where it ends, without its newline. As bytes, since the index shares the memory with
/// the text.
pub(crate) type Entry = [u8; 8 + 2 * WORD];

pub(crate) fn entry(text: &[u8], line: Range<usize>) -> Entry {
    let mut entry = [0; size_of::<Entry>()];
    entry[..8].copy_from_slice(&lines::key(&text[line.clone()]).to_le_bytes());
    entry[8..8 + WORD].copy_from_slice(&line.start.to_le_bytes());
    entry[8 + WORD..].copy_from_slice(&line.end.to_le_bytes());
    entry
}

pub(crate) fn range(entry: &Entry) -> Range<usize> {
    usize::from_le_bytes(part(entry, 8))..usize::from_le_bytes(part(entry, 8 + WORD))
}

fn key(entry: &Entry) -> u64 {
    u64::from_le_bytes(part(entry, 0))
}

fn part<const N: usize>(entry: &Entry, at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&entry[at..at + N]);
    part
}

/// Sorts lines that are equal in their first `depth` bytes, and whose keys are what comes then.
///
/// Most lines differ in their keys, and then nobody has to look at them. The others get the next eight bytes as a key.
pub(crate) fn sort(entries: &mut [Entry], text: &[u8], depth: usize) {
    entries.sort_unstable_by_key(key);
    for group in entries.chunk_by_mut(|one, other| key(one) == key(other)) {
        if group.len() <= FEW || depth >= DEEP {
            let rest = |entry: &Entry| &text[range(entry)][depth..];
            group.sort_unstable_by(|one, other| lines::compare(rest(one), rest(other)));
            continue;
        }
        // A key says as much of a line that ends within it as of one that goes on with zeros: the shorter one is first.
        let depth = depth + 8;
        group.sort_unstable_by_key(|entry| range(entry).len().min(depth + 1));
        let ended = group.partition_point(|entry| range(entry).len() <= depth);
        let longer = &mut group[ended..];
        for entry in &mut *longer {
            let next = lines::key(&text[range(entry)][depth..]);
            entry[..8].copy_from_slice(&next.to_le_bytes());
        }
        sort(longer, text, depth);
    }
}
