//! The signals that ask the command to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGHUP, SIGINT and SIGTERM, caught from [`Signals::catch`] on.
pub(crate) struct Signals {
    caught: [(i32, Signal); 3],
}

impl Signals {
    pub(crate) fn catch() -> io::Result<Signals> {
        let one = |kind: SignalKind| Ok::<_, io::Error>((kind.as_raw_value(), signal(kind)?));
        Ok(Signals {
            caught: [
                one(SignalKind::hangup())?,
                one(SignalKind::interrupt())?,
                one(SignalKind::terminate())?,
            ],
        })
    }

    /// The number of the next one.
    pub(crate) async fn next(&mut self) -> i32 {
        let [(hup, on_hup), (int, on_int), (term, on_term)] = &mut self.caught;
        tokio::select! {
            _ = on_hup.recv() => *hup,
            _ = on_int.recv() => *int,
            _ = on_term.recv() => *term,
        }
    }
}
