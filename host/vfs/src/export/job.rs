//! Exports as jobs, which do a bounded amount of work in each step.

use super::error::ExportError;
use super::options::Exported;
use crate::lock::lock;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Maximum time that the end of a space waits for the step of an export that is in progress. A step takes that long only if the disk
/// needs that long to synchronize one file.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Tells whether an export has more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    More,
    /// The export is complete.
    Done,
}

/// The work of an export. Dropping it takes back whatever it made and did not publish.
pub(super) trait Work: Send {
    /// Does at most 1 MiB of I/O, or handles one entry, or takes back a bounded number of entries after an error.
    fn step(&mut self) -> Result<Progress, ExportError>;

    /// Returns what was done so far.
    fn exported(&self) -> Exported;
}

/// A persist or an export that is in progress.
///
/// Each step does a bounded amount of work, so a job can run on any thread, with pauses, and between other work. Dropping the job
/// before it is complete takes everything back, and so does [`Space::end`](crate::Space::end) from another thread.
///
/// # Examples
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use scratch_vfs::{Budget, ExportLimits, Limits, Progress, Space, Target};
/// # let space = Space::builder(&Budget::new(Limits::none())).build()?;
/// let target = Target::new(std::fs::File::open("/srv/results")?, "request-17")?;
/// let mut job = space.begin_export(&target, ExportLimits::default())?;
/// while job.step()? == Progress::More {
///     // Other work can go here.
/// }
/// println!("{} files", job.exported().files);
/// # Ok(())
/// # }
/// ```
pub struct ExportJob {
    control: Arc<Control>,
}

impl fmt::Debug for ExportJob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ExportJob")
            .field("exported", &self.exported())
            .finish_non_exhaustive()
    }
}

impl ExportJob {
    /// Registers and begins an export. The end of the space waits for it from then on.
    pub(super) fn begin(
        begin: impl FnOnce(&Arc<Control>) -> Result<Box<dyn Work>, ExportError>,
    ) -> Result<Self, ExportError> {
        let control = Arc::new(Control::default());
        let begun = Running(&control).settle(|| begin(&control).map(|work| (work, Progress::More)));
        begun?;
        Ok(Self { control })
    }

    /// Does the next part of the work. It copies at most 1 MiB, or synchronizes one file or directory, or makes one entry.
    ///
    /// The last step gives the file or tree its name, removes it from the space if it was persisted, and synchronizes the directory.
    ///
    /// # Errors
    ///
    /// Any [`ExportError`]. By then everything was taken back. Later calls fail with [`ExportError::Cut`].
    pub fn step(&mut self) -> Result<Progress, ExportError> {
        self.control.step()
    }

    /// Does all remaining work.
    ///
    /// # Errors
    ///
    /// Those of [`ExportJob::step`].
    pub fn run(mut self) -> Result<Exported, ExportError> {
        while self.step()? == Progress::More {}
        Ok(self.exported())
    }

    /// Returns what was exported so far. It exists outside of the space only when the job is complete.
    pub fn exported(&self) -> Exported {
        lock(&self.control.state).exported
    }
}

impl Drop for ExportJob {
    fn drop(&mut self) {
        self.control.cut();
    }
}

/// The state of an export, which its job and its space share.
#[derive(Default)]
pub(crate) struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Control").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    stage: Stage,
    is_cut: bool,
    exported: Exported,
}

#[derive(Default)]
enum Stage {
    /// Somebody does a step or takes the export back.
    #[default]
    Running,
    Idle(Box<dyn Work>),
    Done,
    /// The export failed or was cut short, and was taken back.
    Over,
}

impl Control {
    fn step(&self) -> Result<Progress, ExportError> {
        let mut state = lock(&self.state);
        let mut work = match std::mem::replace(&mut state.stage, Stage::Running) {
            Stage::Idle(work) => work,
            Stage::Done => {
                state.stage = Stage::Done;
                return Ok(Progress::Done);
            }
            other => {
                state.stage = other;
                return Err(ExportError::Cut);
            }
        };
        drop(state);
        Running(self).settle(move || {
            let progress = work.step()?;
            Ok((work, progress))
        })
    }

    /// Cuts the export short. Waits for a step in progress. Returns whether it is over.
    pub(super) fn cut(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_cut = true;
        if matches!(state.stage, Stage::Idle(_)) {
            let idle = std::mem::replace(&mut state.stage, Stage::Running);
            drop(state);
            let running = Running(self);
            drop(idle);
            drop(running);
            return true;
        }
        let (state, _) = self
            .changed
            .wait_timeout_while(state, MAX_WAIT, |state| matches!(state.stage, Stage::Running))
            .unwrap_or_else(PoisonError::into_inner);
        !matches!(state.stage, Stage::Running)
    }
}

/// A step in progress. When it is dropped, also by a panic, the export is over.
struct Running<'a>(&'a Control);

impl Running<'_> {
    /// Does a step, and records its result.
    fn settle(
        self,
        step: impl FnOnce() -> Result<(Box<dyn Work>, Progress), ExportError>,
    ) -> Result<Progress, ExportError> {
        let (work, progress) = step()?;
        let mut state = lock(&self.0.state);
        state.exported = work.exported();
        match progress {
            Progress::Done => state.stage = Stage::Done,
            Progress::More if !state.is_cut => state.stage = Stage::Idle(work),
            Progress::More => {
                drop(state);
                drop(work);
                return Err(ExportError::Cut);
            }
        }
        Ok(progress)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if matches!(state.stage, Stage::Running) {
            state.stage = Stage::Over;
        }
        drop(state);
        self.0.changed.notify_all();
    }
}
