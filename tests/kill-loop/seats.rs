//! Those who are killed.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::Place;
use crate::children::Child;
use crate::random::Random;

/// How long a victim may live after it is ready: in the opening of the base, in a program, or after some programs.
const MOMENTS: [Duration; 3] = [
    Duration::from_millis(5),
    Duration::from_millis(100),
    Duration::from_millis(600),
];

/// Of so many victims one is a sweeper.
const SWEEPERS_ONE_IN: u64 = 3;

/// Victims one after another in each seat, until there were enough kills.
pub(crate) struct Seats<'a> {
    place: &'a Place,
    seed: u64,
    kills: u64,
    begun: AtomicU64,
    hosts: AtomicU64,
    sweepers: AtomicU64,
}

impl<'a> Seats<'a> {
    pub(crate) fn new(place: &'a Place, kills: u64, seed: u64) -> Seats<'a> {
        Seats {
            place,
            seed,
            kills,
            begun: AtomicU64::new(0),
            hosts: AtomicU64::new(0),
            sweepers: AtomicU64::new(0),
        }
    }

    /// Starts and kills until it is enough, and tells of every kill.
    pub(crate) fn sit(&self, seat: u64, killed: &Sender<()>) -> Result<()> {
        let mut random = Random::new(self.seed.wrapping_add(seat));
        while self.begun.fetch_add(1, Ordering::Relaxed) < self.kills {
            if let Err(error) = self.kill_one(&mut random) {
                self.close();
                return Err(error);
            }
            // Nobody listens any more once a look has failed.
            let _ = killed.send(());
        }
        Ok(())
    }

    /// Begins no more.
    pub(crate) fn close(&self) {
        self.begun.store(self.kills, Ordering::Relaxed);
    }

    /// How many were killed.
    pub(crate) fn tally(&self) -> impl fmt::Display {
        let [hosts, sweepers] = [&self.hosts, &self.sweepers].map(|count| count.load(Ordering::Relaxed));
        format!("{} kills: {hosts} of hosts, {sweepers} of sweeps", hosts + sweepers)
    }

    fn kill_one(&self, random: &mut Random) -> Result<()> {
        let base = self.place.base.clone();
        let (child, count) = match random.below(SWEEPERS_ONE_IN) {
            0 => (Child::Sweeper { base }, &self.sweepers),
            _ => {
                let host = Child::Host {
                    base,
                    program: self.place.work.clone(),
                    // The program counts on from it.
                    seed: random.next() >> 16,
                    targets: self.place.targets.clone(),
                };
                (host, &self.hosts)
            }
        };
        let mut victim = child.command()?.spawn().context("failed to start a victim")?;
        let stdout = victim.stdout.take().context("it has a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line == "ready\n" {
            let longest = MOMENTS[usize::try_from(random.below(3))?];
            thread::sleep(random.shorter_than(longest));
        }
        if let Some(status) = victim.try_wait()? {
            bail!("a victim ended before it was killed: {status}");
        }
        victim.kill()?;
        let status = victim.wait()?;
        if status.code().is_some() {
            bail!("a victim ended before it was killed: {status}");
        }
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
