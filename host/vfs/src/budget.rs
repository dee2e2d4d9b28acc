//! Budgets, which are limits that several spaces share.

use crate::account::{Account, Level, Usage};
use crate::label::Label;
use crate::limits::Limits;
use crate::lock::lock;
use crate::spill::SpillDirectory;
use crate::volume::Volume;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

/// Limits that several spaces share.
///
/// Budgets nest. A process has one, and each tenant may have one below it. A space is charged to every budget above it.
/// Charging a budget takes no lock. A clone is the same budget.
///
/// # Examples
///
/// ```
/// use scratch_vfs::{Budget, Limits, Space};
///
/// let process = Budget::new(Limits::none());
/// let tenant = process.child("tenant-7".parse()?, Limits::builder().entries(1).build()?);
/// let space = Space::builder(&tenant).build()?;
/// space.root()?.create_directory_at("a", None)?;
/// assert_eq!(space.root()?.create_directory_at("b", None), Err(scratch_vfs::Error::InsufficientSpace));
/// assert_eq!(process.usage().entries.used, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Budget(Arc<BudgetInner>);

/// The parts of a budget that its clones share.
#[derive(Debug)]
struct BudgetInner {
    account: Arc<Account>,
    spill: Option<SpillDirectory>,
    register: Register,
}

/// The spaces and the budgets directly below a budget.
#[derive(Debug, Default)]
struct Register {
    next: AtomicU64,
    spaces: Mutex<BTreeMap<u64, Weak<Volume>>>,
    budgets: Mutex<Vec<Weak<BudgetInner>>>,
}

impl Budget {
    /// Makes a budget that has none above it. A process usually has one. Contents stay in memory.
    pub fn new(limits: Limits) -> Self {
        Self::with(Account::root(Label::default(), &limits), None)
    }

    /// Makes a budget that has none above it, and whose spaces move contents that outgrow memory to a directory on disk.
    ///
    /// # Examples
    ///
    /// ```
    /// use scratch_vfs::{Budget, Limits, OpenOptions, Space, SpillDirectory};
    ///
    /// let process = Budget::with_spill(Limits::none(), SpillDirectory::open(std::env::temp_dir())?);
    /// let space = Space::builder(&process).limits(Limits::builder().memory(0).build()?).build()?;
    /// let file = space.root()?.open_at("a", &OpenOptions::new().create(true).write(true))?;
    /// file.write_all(0, b"this goes to disk")?;
    /// assert_eq!((space.usage().memory.used, space.usage().own_files.used), (0, 17));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_spill(limits: Limits, spill: SpillDirectory) -> Self {
        Self::with(Account::root(Label::default(), &limits), Some(spill))
    }

    /// Makes a budget below this one, for example for a tenant.
    pub fn child(&self, label: Label, limits: Limits) -> Self {
        let account = Account::below(&self.0.account, Level::Tenant, label, &limits);
        let child = Self::with(account, self.0.spill.clone());
        let mut budgets = lock(&self.0.register.budgets);
        if budgets.len() == budgets.capacity() {
            budgets.retain(|budget| budget.strong_count() > 0);
        }
        budgets.push(Arc::downgrade(&child.0));
        child
    }

    fn with(account: Account, spill: Option<SpillDirectory>) -> Self {
        Self(Arc::new(BudgetInner {
            account: Arc::new(account),
            spill,
            register: Register::default(),
        }))
    }

    /// Returns the label, for example of a tenant. It is empty for a budget that has none above it.
    pub fn label(&self) -> &Label {
        self.0.account.label()
    }

    /// Changes the limits. A limit below the current use deletes nothing, but stops growth. If memory is above its limit, the pages
    /// that are kept for later use are freed.
    pub fn set_limits(&self, limits: Limits) {
        self.0.account.set_limits(&limits);
        if limits.memory().is_some_and(|limit| self.usage().memory.used > limit) {
            self.trim();
        }
    }

    /// Returns what all spaces below use together, and the requests that the limits of this budget refused.
    pub fn usage(&self) -> Usage {
        self.0.account.usage()
    }

    /// Frees the pages that are kept for later use. All budgets below the same highest one share at most 16 MiB of them.
    ///
    /// This also happens whenever the memory limit of the highest budget would otherwise refuse a request.
    pub fn trim(&self) {
        self.0.account.trim();
    }

    /// Lists the spaces of this budget and of all budgets below it that have not ended. The spaces of each budget are sorted by age,
    /// the oldest first.
    pub fn spaces(&self) -> Vec<LiveSpace> {
        let mut list = Vec::new();
        let mut budgets = vec![self.clone()];
        while let Some(budget) = budgets.pop() {
            let spaces: Vec<_> = lock(&budget.0.register.spaces)
                .values()
                .filter_map(Weak::upgrade)
                .collect();
            list.extend(spaces.iter().map(|volume| LiveSpace {
                label: volume.account().label().clone(),
                age: volume.age(),
                usage: volume.account().usage(),
            }));
            budgets.extend(
                lock(&budget.0.register.budgets)
                    .iter()
                    .filter_map(Weak::upgrade)
                    .map(Self),
            );
        }
        list
    }

    /// Returns the directory for contents that outgrow memory.
    pub(crate) fn spill(&self) -> Option<SpillDirectory> {
        self.0.spill.clone()
    }

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.0.account
    }

    /// Adds a space to the list of live spaces. Returns its number there.
    pub(crate) fn register(&self, volume: &Arc<Volume>) -> u64 {
        let number = self.0.register.next.fetch_add(1, Relaxed);
        lock(&self.0.register.spaces).insert(number, Arc::downgrade(volume));
        number
    }

    /// Removes a space from the list of live spaces.
    pub(crate) fn unregister(&self, number: u64) {
        let volume = lock(&self.0.register.spaces).remove(&number);
        drop(volume);
    }
}

/// A space that has not ended, as a budget lists it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveSpace {
    /// The label, which names the owner of the space.
    pub label: Label,
    /// The time since the space was made.
    pub age: Duration,
    /// The usage of the space.
    pub usage: Usage,
}
