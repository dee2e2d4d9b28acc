//! Whether a drop costs more where there are more handles.

use anyhow::Result;
use scratch_tests::programs;

use crate::bench::{Bench, count, named};
use crate::embedded::Embedded;
use crate::ours::Provided;
use crate::table::{Layout, Measuring, Named, Shape, Table, Unit};

const TURNS: usize = 11;
const ROUNDS: u32 = 2_000;
const HELD: [u32; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

pub(crate) async fn table(bench: &Bench) -> Result<Table> {
    let dir = bench.dir("drops")?;
    let mut hosts = Vec::new();
    for provided in Provided::ALL {
        let host = Embedded::new(&dir.join("base"), programs::DROP_BENCH, provided)?;
        hosts.push((provided.title().to_owned(), host));
    }
    let shape = Shape {
        name: "drops",
        title: "A file in memory, created and dropped while so many others are held".to_owned(),
        unit: Unit::Microseconds,
        layout: Layout::Wide {
            cases: "held",
            ratio: "last against first",
        },
    };
    let measure = |host, held: u32| -> Measuring<'_> { Box::pin(turn(host, held)) };
    let cases: Vec<Named<&Embedded>> = hosts.iter().map(|(name, host)| (name.clone(), host)).collect();
    shape
        .measure(bench.turns(TURNS), &cases, &named(&HELD, count), measure)
        .await
}

async fn turn(host: &Embedded, held: u32) -> Result<f64> {
    let args = ["drop-bench", "memory", &ROUNDS.to_string(), &held.to_string()];
    host.number(&args).await
}
