//! What an instance costs that never uses scratch, beside bare wasmtime-wasi.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use scratch_tests::programs;
use wasmtime_scratch::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use crate::bare::Bare;
use crate::bench::{Bench, named, once};
use crate::ours::{Guest, Provided};
use crate::table::{Layout, Measuring, Shape, Table, Unit};

const TURNS: usize = 21;
const ROUNDS: u32 = 500;

#[derive(Clone, Copy)]
enum Host {
    Bare,
    Bounded,
    Ours,
}

impl Host {
    const ALL: [Host; 3] = [Host::Bare, Host::Bounded, Host::Ours];

    fn title(self) -> &'static str {
        match self {
            Host::Bare => "bare wasmtime-wasi, with a preopened directory",
            Host::Bounded => "the same with `TMPDIR`, epochs and a limiter of memory, as ours has them",
            Host::Ours => "scratch, with a space that is ended",
        }
    }
}

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let place = Place {
        bench,
        dir: bench.dir("unused")?,
        bare: Bare::new(programs::NO_SCRATCH)?,
        bounded: Bare::bounded(programs::NO_SCRATCH)?,
        guest: bench.ours.guest(programs::NO_SCRATCH, Provided::Linked)?,
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
    let hosts = named(&Host::ALL, |host| host.title().to_owned());
    let measure = |(), host| -> Measuring<'_> { Box::pin(place.turn(host)) };
    shape.measure(bench.turns(TURNS), &once(), &hosts, measure).await
}

struct Place<'a> {
    bench: &'a Bench,
    dir: PathBuf,
    bare: Bare,
    bounded: Bare,
    guest: Guest,
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
            }
        }
        Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS))
    }
}
