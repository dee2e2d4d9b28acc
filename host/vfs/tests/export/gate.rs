//! The moment in which a file or tree gets its name outside of the space.

use crate::*;
use scratch_vfs::{ExportJob, Opened, Progress, Timestamp};
use std::sync::{Arc, Condvar, Mutex};

/// A clock that stops whoever asks for the time. An export asks only right before its last step.
#[derive(Clone, Default)]
struct StoppingClock(Arc<(Mutex<Phase>, Condvar)>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Running,
    Armed,
    Stopped,
}

impl StoppingClock {
    fn set(&self, phase: Phase) {
        *self.0.0.lock().unwrap() = phase;
        self.0.1.notify_all();
    }

    fn wait_while(&self, phase: Phase) {
        let guard = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(guard, |found| *found == phase).unwrap());
    }
}

impl Clock for StoppingClock {
    fn now(&self) -> Timestamp {
        let is_armed = *self.0.0.lock().unwrap() == Phase::Armed;
        if is_armed {
            self.set(Phase::Stopped);
            self.wait_while(Phase::Stopped);
        }
        Timestamp::default()
    }
}

/// Runs a job up to its last step, lets something else happen, and then lets the last step go on.
fn with_last_step(
    clock: &StoppingClock,
    mut job: ExportJob,
    happen: impl FnOnce() + Send,
    has_happened: impl Fn() -> bool,
) -> Result<Progress, ExportError> {
    clock.set(Phase::Armed);
    std::thread::scope(|scope| {
        let runner = scope.spawn(move || {
            loop {
                match job.step() {
                    Ok(Progress::More) => {}
                    result => return result,
                }
            }
        });
        clock.wait_while(Phase::Armed);
        clock
            .0
            .0
            .lock()
            .map(|phase| assert_eq!(*phase, Phase::Stopped))
            .unwrap();
        let happening = scope.spawn(happen);
        while !has_happened() {
            std::thread::yield_now();
        }
        clock.set(Phase::Running);
        happening.join().unwrap();
        runner.join().unwrap()
    })
}

#[test]
fn nothing_gets_a_name_once_the_space_has_ended() {
    for (name, begin) in cuts::ALL {
        let clock = StoppingClock::default();
        let setting = cuts::fill(setting_with(clock.clone()));
        let before = setting.listing();
        let job = begin(&setting);
        let end = || {
            setting.space.end();
        };
        let result = with_last_step(&clock, job, end, || setting.space.has_ended());
        assert!(matches!(result, Err(ExportError::Cut)), "{name}");
        assert_eq!(setting.listing(), before, "{name}");
    }
}

#[test]
fn nothing_gets_a_name_once_it_was_revoked() {
    for (name, begin) in &cuts::ALL[..3] {
        let clock = StoppingClock::default();
        let setting = cuts::fill(setting_with(clock.clone()));
        let before = setting.listing();
        let job = begin(&setting);
        // The removal asks for the time as well, but the clock stops only once.
        let remove = || {
            setting.root.remove_all_at("d", Opened::Revoke).unwrap();
        };
        let result = with_last_step(&clock, job, remove, || setting.root.stat_at("d", false).is_err());
        assert!(matches!(result, Err(ExportError::Cut)), "{name}");
        assert_eq!(setting.listing(), before, "{name}");
    }
}
