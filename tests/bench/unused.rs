//! What an instance costs that never uses scratch, with a program that knows nothing of it and with one that could.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use scratch_tests::programs;
use wasmtime_scratch::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bare::Bare;
use crate::bench::{Bench, named, only};
use crate::ours::{Guest, Guests, Provided};
use crate::table::{Layout, Measuring, Named, Shape, Table, Unit};

const TURNS: usize = 21;
const ROUNDS: u32 = 500;

#[derive(Clone, Copy)]
enum Host {
    Bare,
    Bounded,
    Ours,
    /// A program that imports `scratch:tempfile`, and returns at once.
    Imported(Provided),
}

impl Host {
    fn all() -> Vec<Named<Host>> {
        let all = [Host::Bare, Host::Bounded, Host::Ours].into_iter();
        let all: Vec<Host> = all.chain(Provided::ALL.map(Host::Imported)).collect();
        named(&all, Host::title)
    }

    fn title(self) -> String {
        match self {
            Host::Bare => "bare wasmtime-wasi, with a preopened directory".to_owned(),
            Host::Bounded => "the same with `TMPDIR`, epochs and a limiter of memory, as ours has them".to_owned(),
            Host::Ours => "scratch, with a space that is ended".to_owned(),
            Host::Imported(provided) => format!("the same, imported: {}", provided.title()),
        }
    }
}

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let place = Place {
        bench,
        dir: bench.dir("unused")?,
        bare: Bare::new(programs::NO_SCRATCH)?,
        bounded: Bare::bounded(programs::NO_SCRATCH)?,
        guest: bench.ours.guest(programs::NO_SCRATCH, Provided::Native)?,
        imports: bench.ours.guests(programs::LOOP_BENCH)?,
    };
    let shape = Shape {
        name: "unused",
        title: "An instance that never uses scratch, from its store to its end".to_owned(),
        unit: Unit::Microseconds,
        layout: Layout::Long {
            cases: "",
            first: "bare",
        },
    };
    let measure = |(), host| -> Measuring<'_> { Box::pin(place.turn(host)) };
    shape
        .measure(bench.turns(TURNS), &only("an instance"), &Host::all(), measure)
        .await
}

struct Place<'a> {
    bench: &'a Bench,
    dir: PathBuf,
    bare: Bare,
    bounded: Bare,
    guest: Guest,
    imports: Guests,
}

impl Place<'_> {
    /// Nanoseconds of an instance.
    async fn turn(&self, host: Host) -> Result<f64> {
        let args = ["no-scratch"];
        let dirs = [(self.dir.as_path(), "/tmp")];
        let started = Instant::now();
        for _ in 0..ROUNDS {
            let stdout = MemoryOutputPipe::new(1 << 10);
            match host {
                Host::Bare => self.bare.run(&dirs, &args, stdout, true).await?,
                Host::Bounded => self.bounded.run(&dirs, &args, stdout, true).await?,
                Host::Ours => self.bench.ours.run(&self.guest, Command::new(), &args, stdout).await?,
                Host::Imported(provided) => {
                    let guest = self.imports.by(provided);
                    let args = ["loop-bench", "default", "0", "0"];
                    self.bench.ours.run(guest, Command::new(), &args, stdout).await?;
                }
            }
        }
        Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS))
    }
}
