//! Accounts, which count what a space or a budget uses and charge it to every budget above.

use crate::counter::{Counter, Gauge};
use crate::error::{Error, Result};
use crate::label::Label;
use crate::limits::{Limit, Limits};
use crate::pool::{PAGE_BYTES, Page, Pool};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// A resource that is charged to all levels at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Bytes,
    Entries,
    OpenFiles,
    Memory,
    /// Bytes of contents in slots, which no limit bounds but that on bytes.
    Slots,
    /// Bytes of contents in files of their own, likewise.
    OwnFiles,
}

impl Resource {
    const ALL: [Self; 6] = [
        Self::Bytes,
        Self::Entries,
        Self::OpenFiles,
        Self::Memory,
        Self::Slots,
        Self::OwnFiles,
    ];

    fn index(self) -> usize {
        match self {
            Self::Bytes => 0,
            Self::Entries => 1,
            Self::OpenFiles => 2,
            Self::Memory => 3,
            Self::Slots => 4,
            Self::OwnFiles => 5,
        }
    }

    fn limit(self) -> Limit {
        match self {
            Self::Bytes | Self::Slots | Self::OwnFiles => Limit::Bytes,
            Self::Entries => Limit::Entries,
            Self::OpenFiles => Limit::OpenFiles,
            Self::Memory => Limit::Memory,
        }
    }

    fn limit_in(self, limits: &Limits) -> Option<u64> {
        match self {
            Self::Bytes => limits.bytes(),
            Self::Entries => limits.entries(),
            Self::OpenFiles => limits.open_files(),
            Self::Memory => limits.memory(),
            Self::Slots | Self::OwnFiles => None,
        }
    }
}

/// Names the level whose limit refused a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The space itself.
    Space,
    /// A budget that has a budget above it.
    Tenant,
    /// The budget that has none above it.
    Process,
    /// The disk under the spill directory: it is full, or would have less left than its reserve.
    Disk,
    /// The descriptors that the spill directory may take, or those of the process.
    Descriptors,
}

impl Level {
    /// All levels, from the lowest.
    pub const ALL: [Self; 5] = [Self::Space, Self::Tenant, Self::Process, Self::Disk, Self::Descriptors];
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Space => "space",
            Self::Tenant => "tenant",
            Self::Process => "process",
            Self::Disk => "disk",
            Self::Descriptors => "descriptors",
        })
    }
}

/// A request that a limit refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    limit: Limit,
    level: Level,
    /// The number of accounts below the one that refuses.
    height: usize,
}

impl Refusal {
    fn error(self) -> Error {
        match self.limit {
            Limit::FileBytes => Error::FileTooLarge,
            Limit::OpenFiles => Error::Quota,
            Limit::Bytes | Limit::Entries | Limit::Memory | Limit::FileMemory => Error::InsufficientSpace,
        }
    }
}

/// Counts the requests that each limit of each level refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    counts: [[u64; Level::ALL.len()]; Limit::REFUSING.len()],
}

impl Refusals {
    /// Returns how many requests this limit of this level refused.
    pub fn count(&self, limit: Limit, level: Level) -> u64 {
        let row = Limit::REFUSING.iter().position(|other| *other == limit);
        row.map_or(0, |row| self.counts[row][column(level)])
    }

    /// Returns how many requests all limits refused together.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Lists each limit and level that refused at least one request, with the count.
    pub fn iter(&self) -> impl Iterator<Item = (Limit, Level, u64)> {
        Limit::REFUSING
            .into_iter()
            .flat_map(|limit| Level::ALL.into_iter().map(move |level| (limit, level)))
            .map(|(limit, level)| (limit, level, self.count(limit, level)))
            .filter(|(_, _, count)| *count > 0)
    }
}

fn column(level: Level) -> usize {
    match level {
        Level::Space => 0,
        Level::Tenant => 1,
        Level::Process => 2,
        Level::Disk => 3,
        Level::Descriptors => 4,
    }
}

/// Counts the use of each limit, and the requests that were refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Sizes of files, including holes and unlinked files that are open. Each inode counts once.
    pub bytes: Gauge,
    /// Names, and inodes without a name.
    pub entries: Gauge,
    /// Descriptors and listings.
    pub open_files: Gauge,
    /// Contents in memory, by capacity, and targets of symbolic links. A budget that has none above it also counts the free
    /// pages that it keeps.
    pub memory: Gauge,
    /// Bytes of contents in slots: small contents that share a nameless file on disk.
    pub slots: Gauge,
    /// Bytes of contents in nameless files of their own.
    pub own_files: Gauge,
    /// Bytes that ever grew a content on disk, moves out of memory included.
    pub spilled: u64,
    /// Requests that were refused, by limit and by level. A budget counts only those that its own limits refused.
    pub refusals: Refusals,
}

/// The limits and the usage of a space or of a budget.
#[derive(Debug)]
pub(crate) struct Account {
    level: Level,
    label: Label,
    above: Option<Arc<Account>>,
    pool: Arc<Pool>,
    counters: [Counter; Resource::ALL.len()],
    file_bytes: AtomicU64,
    file_memory: AtomicU64,
    refusals: [[AtomicU64; Level::ALL.len()]; Limit::REFUSING.len()],
    has_warned: AtomicBool,
    spilled: AtomicU64,
}

impl Account {
    pub(crate) fn root(label: Label, limits: &Limits) -> Self {
        Self::new(Level::Process, label, limits, None, Arc::default())
    }

    pub(crate) fn below(above: &Arc<Self>, level: Level, label: Label, limits: &Limits) -> Self {
        Self::new(level, label, limits, Some(Arc::clone(above)), Arc::clone(&above.pool))
    }

    fn new(level: Level, label: Label, limits: &Limits, above: Option<Arc<Self>>, pool: Arc<Pool>) -> Self {
        let account = Self {
            level,
            label,
            above,
            pool,
            counters: Resource::ALL.map(|_| Counter::new(None)),
            file_bytes: AtomicU64::new(u64::MAX),
            file_memory: AtomicU64::new(u64::MAX),
            refusals: Default::default(),
            has_warned: AtomicBool::new(false),
            spilled: AtomicU64::new(0),
        };
        account.set_limits(limits);
        account
    }

    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    pub(crate) fn set_limits(&self, limits: &Limits) {
        for resource in Resource::ALL {
            self.counter(resource).set_limit(resource.limit_in(limits));
        }
        self.file_bytes.store(limits.file_bytes().unwrap_or(u64::MAX), Relaxed);
        self.file_memory
            .store(limits.file_memory().unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn usage(&self) -> Usage {
        let mut refusals = Refusals::default();
        for (counts, row) in refusals.counts.iter_mut().zip(&self.refusals) {
            for (count, cell) in counts.iter_mut().zip(row) {
                *count = cell.load(Relaxed);
            }
        }
        Usage {
            bytes: self.counter(Resource::Bytes).gauge(),
            entries: self.counter(Resource::Entries).gauge(),
            open_files: self.counter(Resource::OpenFiles).gauge(),
            memory: self.counter(Resource::Memory).gauge(),
            slots: self.counter(Resource::Slots).gauge(),
            own_files: self.counter(Resource::OwnFiles).gauge(),
            spilled: self.spilled.load(Relaxed),
            refusals,
        }
    }

    fn counter(&self, resource: Resource) -> &Counter {
        &self.counters[resource.index()]
    }

    /// Lists this account and those above it.
    fn levels(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |account| account.above.as_deref())
    }

    /// Charges every level, or charges none and counts the refusal.
    ///
    /// # Errors
    ///
    /// The error of the limit that refuses.
    pub(crate) fn charge(&self, resource: Resource, amount: u64) -> Result<()> {
        self.try_charge(resource, amount)
            .map_err(|refusal| self.refuse(refusal))
    }

    /// Charges every level, or none.
    pub(crate) fn try_charge(&self, resource: Resource, amount: u64) -> Result<(), Refusal> {
        match self.charge_levels(resource, amount, Reach::All) {
            // Free pages count as memory of the highest level, so freeing them makes room.
            Err(refusal)
                if resource == Resource::Memory
                    && refusal.level == Level::Process
                    && self.pool.trim(self.highest()) =>
            {
                self.charge_levels(resource, amount, Reach::All)
            }
            charged => charged,
        }
    }

    /// Charges the levels in order from the lowest, or none of them.
    ///
    /// Every level is asked for room before the first is charged. So a request that one level refuses hardly ever takes room on
    /// another level, not even for a moment.
    fn charge_levels(&self, resource: Resource, amount: u64, reach: Reach) -> Result<(), Refusal> {
        if amount == 0 {
            return Ok(());
        }
        let mut height = 0;
        let mut at = Some(self);
        while let Some(account) = at.filter(|account| reach.includes(account)) {
            if account.counter(resource).room() < amount {
                return Err(Refusal {
                    limit: resource.limit(),
                    level: account.level,
                    height,
                });
            }
            height += 1;
            at = account.above.as_deref();
        }
        height = 0;
        at = Some(self);
        while let Some(account) = at.filter(|account| reach.includes(account)) {
            if !account.counter(resource).try_charge(amount) {
                self.levels()
                    .take(height)
                    .for_each(|charged| charged.counter(resource).release(amount));
                return Err(Refusal {
                    limit: resource.limit(),
                    level: account.level,
                    height,
                });
            }
            height += 1;
            at = account.above.as_deref();
        }
        Ok(())
    }

    /// Returns how much every level has room for.
    pub(crate) fn room(&self, resource: Resource) -> u64 {
        let rooms = self.levels().map(|account| account.counter(resource).room());
        rooms.min().unwrap_or(0)
    }

    /// Charges as much as there is room for, up to an amount. Returns the amount that was charged, and the refusal of the rest.
    pub(crate) fn charge_up_to(&self, resource: Resource, amount: u64) -> (u64, Option<Refusal>) {
        let mut wanted = amount;
        let mut refused = None;
        loop {
            match self.try_charge(resource, wanted) {
                Ok(()) => return (wanted, refused),
                Err(refusal) => {
                    wanted = wanted.min(self.room(resource));
                    refused = (wanted < amount).then_some(refusal);
                }
            }
        }
    }

    /// Gives a charge back on every level.
    pub(crate) fn release(&self, resource: Resource, amount: u64) {
        if amount > 0 {
            self.levels()
                .for_each(|account| account.counter(resource).release(amount));
        }
    }

    /// Counts a refused request, logs the first one of a space, and returns the error for the program.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Error {
        let row = Limit::REFUSING.iter().position(|limit| *limit == refusal.limit);
        if let Some(row) = row {
            self.refusals[row][column(refusal.level)].fetch_add(1, Relaxed);
            if let Some(refusing) = self.levels().skip(1).nth(refusal.height.wrapping_sub(1)) {
                refusing.refusals[row][column(refusal.level)].fetch_add(1, Relaxed);
            }
        }
        if !self.has_warned.swap(true, Relaxed) {
            tracing::warn!(
                space = self.label.as_str(),
                limit = %refusal.limit,
                level = %refusal.level,
                "a space met a limit for the first time"
            );
        }
        refusal.error()
    }

    /// Counts a request that the disk refused, and logs as [`Account::refuse`] does. Returns the error for the program.
    pub(crate) fn refuse_at(&self, limit: Limit, level: Level) -> Error {
        let height = self.levels().count() - 1;
        self.refuse(Refusal { limit, level, height })
    }

    /// Counts bytes that a content takes on disk. The first ones of a space are logged.
    pub(crate) fn count(&self, tier: Resource, bytes: u64) {
        if bytes == 0 {
            return;
        }
        for account in self.levels() {
            let counted = account.counter(tier).try_charge(bytes);
            debug_assert!(counted, "nothing bounds what is counted");
            let before = account.spilled.fetch_add(bytes, Relaxed);
            if before == 0 && account.level == Level::Space {
                tracing::info!(
                    space = account.label.as_str(),
                    "a content outgrew memory, so the space uses the disk"
                );
            }
        }
    }

    /// Charges the highest level only.
    pub(crate) fn charge_highest(&self, resource: Resource, amount: u64) -> Result<()> {
        let highest = self.highest();
        let is_charged = |account: &Self| account.counter(resource).try_charge(amount);
        if is_charged(highest) || (self.pool.trim(highest) && is_charged(highest)) {
            return Ok(());
        }
        Err(self.refuse_at(resource.limit(), Level::Process))
    }

    /// Gives a charge of the highest level back.
    pub(crate) fn release_highest(&self, resource: Resource, amount: u64) {
        self.highest().release_own(resource, amount);
    }

    /// Returns the lowest limit on all bytes, if there is one.
    pub(crate) fn bytes_limit(&self) -> Option<u64> {
        self.levels()
            .filter_map(|account| account.counter(Resource::Bytes).gauge().limit)
            .min()
    }

    /// Returns the lowest limit on the bytes of one file, and the refusal to report beyond it.
    pub(crate) fn file_bytes(&self) -> (u64, Refusal) {
        let (limit, level, height) = self
            .levels()
            .enumerate()
            .map(|(height, account)| (account.file_bytes.load(Relaxed), account.level, height))
            .min_by_key(|(limit, ..)| *limit)
            .unwrap_or((u64::MAX, self.level, 0));
        (
            limit,
            Refusal {
                limit: Limit::FileBytes,
                level,
                height,
            },
        )
    }

    /// Returns the memory beyond which one file moves to disk.
    pub(crate) fn file_memory(&self) -> u64 {
        self.levels()
            .map(|account| account.file_memory.load(Relaxed))
            .min()
            .unwrap_or(u64::MAX)
    }

    fn highest(&self) -> &Self {
        self.levels().last().unwrap_or(self)
    }

    /// Frees the pages that are kept for later use.
    pub(crate) fn trim(&self) {
        self.pool.trim(self.highest());
    }

    pub(crate) fn release_own(&self, resource: Resource, amount: u64) {
        self.counter(resource).release(amount);
    }

    /// Takes an empty page and charges it to every level. A free page is used first, and a new one is allocated otherwise.
    pub(crate) fn take_page(&self) -> Result<Page, PageRefusal> {
        if let Some(page) = self.pool.take() {
            // The highest level is already charged for free pages.
            return match self.charge_levels(Resource::Memory, PAGE_BYTES, Reach::BelowHighest) {
                Ok(()) => Ok(page),
                Err(refusal) => {
                    self.keep_or_free(page);
                    Err(PageRefusal::Limit(refusal))
                }
            };
        }
        self.try_charge(Resource::Memory, PAGE_BYTES)
            .map_err(PageRefusal::Limit)?;
        Page::new().map_err(|_| {
            self.release(Resource::Memory, PAGE_BYTES);
            PageRefusal::Host
        })
    }

    /// Gives a page and its charge back.
    pub(crate) fn give_page(&self, page: Page) {
        for account in self.levels().filter(|account| Reach::BelowHighest.includes(account)) {
            account.counter(Resource::Memory).release(PAGE_BYTES);
        }
        self.keep_or_free(page);
    }

    /// Keeps a page that only the highest level is charged for, or frees it and that charge. Nothing is kept above a limit, because a
    /// kept page is used again without a question to that level.
    fn keep_or_free(&self, page: Page) {
        let highest = self.highest();
        let unkept = if highest.counter(Resource::Memory).is_exceeded() {
            Some(page)
        } else {
            self.pool.put(page)
        };
        if let Some(page) = unkept {
            drop(page);
            highest.release_own(Resource::Memory, PAGE_BYTES);
        }
    }
}

/// Selects the levels that are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    All,
    /// All but the highest.
    BelowHighest,
}

impl Reach {
    fn includes(self, account: &Account) -> bool {
        self == Self::All || account.above.is_some()
    }
}

/// Describes why no page could be taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PageRefusal {
    /// A limit refuses.
    Limit(Refusal),
    /// The host has no memory.
    Host,
}
