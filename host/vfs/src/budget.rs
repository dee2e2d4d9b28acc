//! Budgets: limits that several spaces share.

use crate::account::{Account, Level, Usage};
use crate::label::Label;
use crate::limits::Limits;
use crate::lock::lock;
use crate::volume::Volume;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

/// Limits that several spaces share.
///
/// Budgets nest: a process has one, a tenant may have one below it. A space is charged to every budget above it. A budget
/// costs no lock when it is charged. Clones are the same budget.
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
pub struct Budget(Arc<Books>);

/// What a budget counts, and whom it knows.
#[derive(Debug)]
struct Books {
    account: Arc<Account>,
    register: Register,
}

/// The spaces and the budgets directly below a budget.
#[derive(Debug, Default)]
struct Register {
    next: AtomicU64,
    spaces: Mutex<BTreeMap<u64, Weak<Volume>>>,
    budgets: Mutex<Vec<Weak<Books>>>,
}

impl Budget {
    /// Makes a budget that has none above it: one for the process.
    pub fn new(limits: Limits) -> Self {
        Self::with(Account::root(Label::default(), &limits))
    }

    /// Makes a budget below this one, for example for a tenant.
    pub fn child(&self, label: Label, limits: Limits) -> Self {
        let child = Self::with(Account::below(&self.0.account, Level::Tenant, label, &limits));
        let mut budgets = lock(&self.0.register.budgets);
        if budgets.len() == budgets.capacity() {
            budgets.retain(|budget| budget.strong_count() > 0);
        }
        budgets.push(Arc::downgrade(&child.0));
        child
    }

    fn with(account: Account) -> Self {
        Self(Arc::new(Books {
            account: Arc::new(account),
            register: Register::default(),
        }))
    }

    /// Returns the label: that of a tenant, or nothing.
    pub fn label(&self) -> &Label {
        self.0.account.label()
    }

    /// Changes the limits. A limit below what is used removes nothing and stops growth; only free pages that were kept are given back.
    pub fn set_limits(&self, limits: Limits) {
        self.0.account.set_limits(&limits);
        if limits.memory().is_some_and(|limit| self.usage().memory.used > limit) {
            self.trim();
        }
    }

    /// Returns what the spaces below use together, and what the limits of this budget refused.
    pub fn usage(&self) -> Usage {
        self.0.account.usage()
    }

    /// Frees the pages that are kept for later use: at most 16 MiB, kept once for all budgets that nest.
    ///
    /// That also happens whenever the memory limit of the highest budget would refuse a request otherwise.
    pub fn trim(&self) {
        self.0.account.trim();
    }

    /// Lists the spaces of this budget, and of those below it, that have not ended; the oldest of each budget first.
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

    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.0.account
    }

    /// Enters a space in the list of the live ones. Returns its number there.
    pub(crate) fn enter(&self, volume: &Arc<Volume>) -> u64 {
        let number = self.0.register.next.fetch_add(1, Relaxed);
        lock(&self.0.register.spaces).insert(number, Arc::downgrade(volume));
        number
    }

    /// Takes a space out of the list of the live ones.
    pub(crate) fn leave(&self, number: u64) {
        let volume = lock(&self.0.register.spaces).remove(&number);
        drop(volume);
    }
}

/// A space that has not ended, as a budget lists it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveSpace {
    /// Whose space it is.
    pub label: Label,
    /// How long ago it was made.
    pub age: Duration,
    /// What it uses.
    pub usage: Usage,
}
