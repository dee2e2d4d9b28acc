//! The ledger of the model: what each space and each budget is charged for, in plain numbers.

use scratch_vfs::{Error, Level, Limit, Limits, Usage};
use std::collections::BTreeMap;

/// What can be charged to a space and to every budget above it.
pub(crate) const RESOURCES: [Limit; 4] = [Limit::Bytes, Limit::Entries, Limit::OpenFiles, Limit::Memory];

/// The size of a page of a content, which is also what a budget for the process keeps for later use.
pub(crate) const PAGE: u64 = 65_536;

/// Most pages that a budget for the process keeps.
const MAX_KEPT: u64 = 256;

/// The limits of a space or of a budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// In the order of [`RESOURCES`].
    pub(crate) all: [Option<u64>; RESOURCES.len()],
    /// The limit on the bytes of one file.
    pub(crate) file_bytes: Option<u64>,
}

impl Bounds {
    pub(crate) fn limits(&self) -> Limits {
        let [bytes, entries, open_files, memory] = self.all;
        Limits::none()
            .to_builder()
            .bytes(bytes)
            .entries(entries)
            .open_files(open_files)
            .memory(memory)
            .file_bytes(self.file_bytes)
            .build()
            .expect("no limit for one file is above the limit for all")
    }
}

/// The account of a space or of a budget.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    above: Option<usize>,
    level: Level,
    bounds: Bounds,
    used: [u64; RESOURCES.len()],
    /// The most that was used since the operation began.
    high: [u64; RESOURCES.len()],
    /// The least and the most that may be reported as the peak: a refused operation may have held something for a moment.
    peaks: [(u64, u64); RESOURCES.len()],
    refusals: BTreeMap<(Limit, Level), u64>,
    /// The highest limit on memory so far.
    highest_memory: u64,
}

/// All accounts, each after the one above it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    books: Vec<Book>,
}

fn index(resource: Limit) -> usize {
    RESOURCES
        .iter()
        .position(|other| *other == resource)
        .expect("the limit is one of a resource")
}

impl Ledger {
    /// Opens an account below another one. Returns its number.
    pub(crate) fn open(&mut self, above: Option<usize>, level: Level, bounds: Bounds) -> usize {
        self.books.push(Book {
            above,
            level,
            bounds,
            used: Default::default(),
            high: Default::default(),
            peaks: Default::default(),
            refusals: BTreeMap::new(),
            highest_memory: bounds.all[index(Limit::Memory)].unwrap_or(u64::MAX),
        });
        self.books.len() - 1
    }

    pub(crate) fn set_bounds(&mut self, book: usize, bounds: Bounds) {
        let memory = bounds.all[index(Limit::Memory)].unwrap_or(u64::MAX);
        let book = &mut self.books[book];
        book.bounds = bounds;
        book.highest_memory = book.highest_memory.max(memory);
    }

    /// Begins an operation.
    pub(crate) fn begin(&mut self) {
        for book in &mut self.books {
            book.high = book.used;
        }
    }

    /// Finishes an operation, which has succeeded or was refused.
    pub(crate) fn finish(&mut self, has_succeeded: bool) {
        for book in &mut self.books {
            for ((used, high), (least, most)) in book.used.iter().zip(&book.high).zip(&mut book.peaks) {
                *least = (*least).max(if has_succeeded { *high } else { *used });
                *most = (*most).max(*high);
            }
        }
    }

    fn is_at_or_below(&self, mut book: usize, other: usize) -> bool {
        while book != other {
            let Some(above) = self.books[book].above else {
                return false;
            };
            book = above;
        }
        true
    }

    fn levels(&self, book: usize) -> Vec<usize> {
        std::iter::successors(Some(book), |book| self.books[*book].above).collect()
    }

    fn room_in(&self, book: usize, resource: Limit) -> u64 {
        let Book { bounds, used, .. } = &self.books[book];
        let limit = bounds.all[index(resource)].unwrap_or(u64::MAX);
        limit.saturating_sub(used[index(resource)])
    }

    /// Returns what all levels have room for.
    pub(crate) fn room(&self, book: usize, resource: Limit) -> u64 {
        let rooms = self.levels(book).into_iter().map(|level| self.room_in(level, resource));
        rooms.min().expect("an account has a level")
    }

    /// Returns the lowest account that has no room for an amount.
    pub(crate) fn refusing(&self, book: usize, resource: Limit, amount: u64) -> Option<usize> {
        let mut levels = self.levels(book).into_iter();
        levels.find(|level| self.room_in(*level, resource) < amount)
    }

    /// Charges all levels, or none and returns the account that refuses.
    pub(crate) fn try_charge(&mut self, book: usize, resource: Limit, amount: u64) -> Result<(), usize> {
        match self.refusing(book, resource, amount) {
            Some(refusing) => Err(refusing),
            None => {
                for level in self.levels(book) {
                    let book = &mut self.books[level];
                    book.used[index(resource)] += amount;
                    book.high[index(resource)] = book.high[index(resource)].max(book.used[index(resource)]);
                }
                Ok(())
            }
        }
    }

    /// Charges all levels, or none and counts the refusal.
    pub(crate) fn charge(&mut self, book: usize, resource: Limit, amount: u64) -> Result<(), Error> {
        self.try_charge(book, resource, amount)
            .map_err(|refusing| self.refuse(book, resource, refusing))
    }

    /// Lets all levels have held an amount for a moment.
    pub(crate) fn hold_for_a_moment(&mut self, book: usize, resource: Limit, amount: u64) {
        for level in self.levels(book) {
            let Book { used, peaks, .. } = &mut self.books[level];
            let (_, most) = &mut peaks[index(resource)];
            *most = (*most).max(used[index(resource)] + amount);
        }
    }

    pub(crate) fn release(&mut self, book: usize, resource: Limit, amount: u64) {
        for level in self.levels(book) {
            let used = &mut self.books[level].used[index(resource)];
            *used = used
                .checked_sub(amount)
                .expect("the model releases what it has charged");
        }
    }

    /// Counts a refusal for the space, and for the budget that refuses. Returns the error that the program meets.
    pub(crate) fn refuse(&mut self, book: usize, limit: Limit, refusing: usize) -> Error {
        let level = self.books[refusing].level;
        *self.books[book].refusals.entry((limit, level)).or_default() += 1;
        if refusing != book {
            *self.books[refusing].refusals.entry((limit, level)).or_default() += 1;
        }
        match limit {
            Limit::FileBytes => Error::FileTooLarge,
            Limit::OpenFiles => Error::Quota,
            _ => Error::InsufficientSpace,
        }
    }

    /// Returns the least limit on the bytes of one file, and the lowest account that has it.
    pub(crate) fn file_bytes(&self, book: usize) -> (u64, usize) {
        let levels = self.levels(book).into_iter();
        let limits = levels.map(|level| (self.books[level].bounds.file_bytes.unwrap_or(u64::MAX), level));
        limits.min_by_key(|(limit, _)| *limit).expect("an account has a level")
    }

    pub(crate) fn used(&self, book: usize, resource: Limit) -> u64 {
        self.books[book].used[index(resource)]
    }

    /// Checks that each account is charged for exactly what there is in the spaces at or below it.
    pub(crate) fn check_sums(&self, spaces: &BTreeMap<usize, [u64; RESOURCES.len()]>) {
        for (number, book) in self.books.iter().enumerate() {
            let mut sums = [0; RESOURCES.len()];
            for (space, used) in spaces {
                if self.is_at_or_below(*space, number) {
                    sums.iter_mut().zip(used).for_each(|(sum, used)| *sum += used);
                }
            }
            assert_eq!(book.used, sums, "the model loses count of account {number}");
        }
    }

    /// Checks what the crate reports for an account.
    pub(crate) fn check(&self, number: usize, usage: &Usage) {
        let book = &self.books[number];
        let gauges = [usage.bytes, usage.entries, usage.open_files, usage.memory];
        for (at, (resource, gauge)) in RESOURCES.into_iter().zip(gauges).enumerate() {
            let context = || format!("{resource} of account {number}: {gauge:?}, {book:?}");
            let (least, most) = book.peaks[at];
            assert_eq!(gauge.limit, book.bounds.all[at], "limit on {}", context());
            if resource == Limit::Memory && book.above.is_none() {
                // Pages that are kept count here alone. They keep nothing else out, so there are none above the limit.
                let kept = gauge.used.checked_sub(book.used[at]);
                let kept = kept.unwrap_or_else(|| panic!("less than the truth is charged: {}", context()));
                assert!(kept % PAGE == 0 && kept / PAGE <= MAX_KEPT, "kept: {}", context());
                let is_exceeded = gauge.limit.is_some_and(|limit| gauge.used > limit);
                assert!(kept == 0 || !is_exceeded, "kept above the limit: {}", context());
                let peaks = least.max(gauge.used)..=book.highest_memory;
                assert!(peaks.contains(&gauge.peak), "peak of {}", context());
            } else {
                assert_eq!(gauge.used, book.used[at], "use of {}", context());
                assert!((least..=most).contains(&gauge.peak), "peak of {}", context());
            }
        }
        let refusals = usage.refusals.iter();
        let refusals: BTreeMap<_, _> = refusals.map(|(limit, level, count)| ((limit, level), count)).collect();
        assert_eq!(refusals, book.refusals, "refusals of account {number}");
    }
}
