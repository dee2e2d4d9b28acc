//! The settings of one run.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, Stat};
use wasmtime::StoreLimits;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use super::State;
use crate::base::Lease;
use crate::ctx::{DEFAULT_DROP_TIMEOUT, DEFAULT_TMP, ScratchCtxBuilder};
use crate::error::RunError;
use crate::space::Shared;

/// The settings of one run of a program.
///
/// The defaults:
///
/// * no arguments but what is set on [`wasi`](Command::wasi), no environment but `TMPDIR`, closed standard streams;
/// * no granted directory;
/// * the space as the preopen `/tmp`, and `TMPDIR` naming it, unless a granted directory is `/tmp`;
/// * no deadline, no limit of fuel, wasmtime's limits of memories, tables, instances and resources;
/// * no core dump;
/// * file operations that may block run on tokio's blocking pool;
/// * a provider's drop may take [`DEFAULT_DROP_TIMEOUT`].
pub struct Command {
    wasi: WasiCtxBuilder,
    dirs: Vec<(PathBuf, String, FsPerms)>,
    tmp: Tmp,
    tmpdir_is_set: bool,
    allow_blocking: bool,
    drop_timeout: Duration,
    store_limits: StoreLimits,
    max_resources: Option<usize>,
    pub(super) hostcall_fuel: Option<usize>,
    pub(super) max_component_handles: Option<usize>,
    pub(super) invoke: Option<String>,
    pub(super) timeout: Option<Duration>,
    pub(super) fuel: Option<u64>,
    pub(super) coredump: Option<PathBuf>,
}

/// Where the program sees its space.
#[derive(Clone, Debug)]
enum Tmp {
    /// At [`DEFAULT_TMP`], unless a granted directory has that path.
    Default,
    /// At the path that was asked for.
    At(String),
    /// Nowhere.
    Hidden,
}

impl Default for Command {
    fn default() -> Self {
        Command {
            wasi: WasiCtx::builder(),
            dirs: Vec::new(),
            tmp: Tmp::Default,
            tmpdir_is_set: false,
            allow_blocking: false,
            drop_timeout: DEFAULT_DROP_TIMEOUT,
            store_limits: StoreLimits::default(),
            max_resources: None,
            hostcall_fuel: None,
            max_component_handles: None,
            invoke: None,
            timeout: None,
            fuel: None,
            coredump: None,
        }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command")
            .field("dirs", &self.dirs)
            .field("tmp", &self.tmp)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Command {
    /// The defaults.
    pub fn new() -> Command {
        Command::default()
    }

    /// Everything of WASI that is not a setting here: standard streams, clocks, random numbers, sockets.
    ///
    /// Grant directories with [`dir`](Command::dir) only: those that are granted here are not compared with the base.
    pub fn wasi(&mut self) -> &mut WasiCtxBuilder {
        &mut self.wasi
    }

    /// Arguments, the program's name first.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut Self {
        self.wasi.args(args);
        self
    }

    /// An environment variable. `TMPDIR` set here is not set to the space's path any more.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.tmpdir_is_set |= name == "TMPDIR";
        self.wasi.env(name, value);
        self
    }

    /// Grants the directory `host` as `guest`.
    pub fn dir(&mut self, host: impl Into<PathBuf>, guest: &str, perms: FsPerms) -> &mut Self {
        self.dirs.push((host.into(), guest.to_owned(), perms));
        self
    }

    /// Shows the space as the preopen `path`, or not at all.
    ///
    /// Without this call the space is `/tmp`, and gives way to a granted directory of that path: the program then
    /// reaches its space through handles only. A path that is asked for here must not be granted as well.
    pub fn tmp(&mut self, path: Option<&str>) -> &mut Self {
        self.tmp = path.map_or(Tmp::Hidden, |path| Tmp::At(path.to_owned()));
        self
    }

    /// Lets file operations block the thread that runs the program, which is faster by an order of magnitude for small files
    /// on disk.
    ///
    /// While one blocks (the open of a FIFO, a dead network drive), the future of the run is not polled: no deadline ends the
    /// program, and its store cannot be dropped. The same is true of a write to a standard stream that wasmtime-wasi inherits,
    /// whatever is set here. A process that has to end nevertheless watches the run from another thread, and ends the space
    /// with [`Space::end_at_exit`](crate::Space::end_at_exit), as `scratch run` does.
    pub fn allow_blocking_current_thread(&mut self, allow: bool) -> &mut Self {
        self.allow_blocking = allow;
        self
    }

    /// How long a provider may take for one drop or close before it costs the program its instance.
    pub fn drop_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.drop_timeout = timeout;
        self
    }

    /// The deadline, from the start of the run. More than zero.
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.timeout = Some(timeout);
        self
    }

    /// How much fuel it may burn, its provider's included.
    pub fn fuel(&mut self, fuel: u64) -> &mut Self {
        self.fuel = Some(fuel);
        self
    }

    /// Limits the memories, tables and instances of the store, the provider's included.
    pub fn store_limits(&mut self, limits: StoreLimits) -> &mut Self {
        self.store_limits = limits;
        self
    }

    /// Limits the resources that the host holds for the store at once; one more traps. wasmtime's default is 1,000,000.
    pub fn max_resources(&mut self, resources: usize) -> &mut Self {
        self.max_resources = Some(resources);
        self
    }

    /// Limits the handles that the store holds at once; one more traps. wasmtime's default is 100,000.
    pub fn max_component_handles(&mut self, handles: usize) -> &mut Self {
        self.max_component_handles = Some(handles);
        self
    }

    /// Limits what one call of the host may copy between guest and host, in wasmtime's units, about bytes.
    pub fn hostcall_fuel(&mut self, fuel: usize) -> &mut Self {
        self.hostcall_fuel = Some(fuel);
        self
    }

    /// Writes a core dump to `path` when the program traps. The engine has to
    /// [take one](wasmtime::Config::coredump_on_trap). It holds the program's whole memory.
    pub fn coredump(&mut self, path: impl Into<PathBuf>) -> &mut Self {
        self.coredump = Some(path.into());
        self
    }

    /// Calls an exported function, written as WAVE (`add(1, 2)`), in the place of `wasi:cli/run`.
    pub fn invoke(&mut self, call: &str) -> &mut Self {
        self.invoke = Some(call.to_owned());
        self
    }

    pub(super) fn state(mut self, space: Arc<Shared>) -> Result<State, RunError> {
        if self.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(RunError::Setting("a deadline of 0 leaves no time to run".to_owned()));
        }
        let tmp = self.visible_tmp()?;
        // First: a preopen takes the setting along.
        self.wasi.allow_blocking_current_thread(self.allow_blocking);
        for (path, guest, perms) in &self.dirs {
            verify_grant(path, space.lease())?;
            self.wasi
                .preopened_dir(path, guest, *perms)
                .map_err(|error| RunError::Directory {
                    path: path.clone(),
                    source: std::io::Error::other(format!("{error:#}")),
                })?;
        }
        if let Some(tmp) = &tmp
            && !self.tmpdir_is_set
        {
            self.wasi.env("TMPDIR", tmp);
        }
        let mut wasi = self.wasi.build();
        let scratch = ScratchCtxBuilder::new(space)
            .tmp(tmp)
            .allow_blocking_current_thread(self.allow_blocking)
            .drop_timeout(self.drop_timeout)
            .build(&mut wasi);
        let mut table = ResourceTable::new();
        if let Some(resources) = self.max_resources {
            table.set_max_capacity(resources);
        }
        Ok(State {
            wasi,
            scratch,
            table,
            limits: self.store_limits,
        })
    }

    /// Where the program will see its space.
    ///
    /// # Errors
    ///
    /// [`RunError::PathTwice`] for two preopens of one path: a libc takes the first, and the program could not reach the
    /// other one.
    fn visible_tmp(&self) -> Result<Option<String>, RunError> {
        let mut granted = BTreeSet::new();
        for (_, guest, _) in &self.dirs {
            if !granted.insert(guest_path(guest)) {
                return Err(RunError::PathTwice { path: guest.clone() });
            }
        }
        match &self.tmp {
            Tmp::Hidden => Ok(None),
            Tmp::Default if granted.contains(&guest_path(DEFAULT_TMP)) => Ok(None),
            Tmp::Default => Ok(Some(DEFAULT_TMP.to_owned())),
            Tmp::At(path) if path.is_empty() || path.contains('\0') => {
                Err(RunError::Setting(format!("{path:?} is no path for the space")))
            }
            Tmp::At(path) if granted.contains(&guest_path(path)) => Err(RunError::PathTwice { path: path.clone() }),
            Tmp::At(path) => Ok(Some(path.clone())),
        }
    }
}

/// The parts of a preopen's path as a libc compares them: `tmp`, `/tmp`, `./tmp` and `//tmp/` are one path.
fn guest_path(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect()
}

/// A granted directory must not show other programs' spaces: neither may be above the other.
fn verify_grant(path: &Path, lease: &Lease) -> Result<(), RunError> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(|error| RunError::Directory {
        path: path.to_owned(),
        source: error.into(),
    })?;
    let related = is_above(&opened, lease.base()).unwrap_or(true) || is_above(lease.base(), &opened).unwrap_or(true);
    if related {
        return Err(RunError::DirectoryHoldsBase {
            path: path.to_owned(),
            base: lease.path().to_owned(),
        });
    }
    Ok(())
}

/// Whether `above` is `below` or one of the directories around it.
fn is_above(above: impl AsFd, below: impl AsFd) -> rustix::io::Result<bool> {
    let same = |a: &Stat, b: &Stat| a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    let above = rustix::fs::fstat(above)?;
    let mut stat = rustix::fs::fstat(&below)?;
    let mut dir: OwnedFd = open_parent(below, ".")?;
    loop {
        if same(&above, &stat) {
            return Ok(true);
        }
        dir = open_parent(&dir, "..")?;
        let parent = rustix::fs::fstat(&dir)?;
        if same(&parent, &stat) {
            return Ok(false);
        }
        stat = parent;
    }
}

fn open_parent(dir: impl AsFd, name: &str) -> rustix::io::Result<OwnedFd> {
    // O_PATH, where there is it: a directory above may be one that we may pass through but not read.
    rustix::fs::openat(
        dir,
        name,
        OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}
