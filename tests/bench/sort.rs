//! An external merge sort in a guest, whose runs are temporary files, beside coreutils' `sort`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Instant;

use anyhow::{Result, ensure};
use scratch_tests::jobs;
use wasmtime_scratch::{Command, Program};
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::cli::OutputFile;

use crate::median;
use crate::ours::Ours;

/// Odd, so that a median is one of the measurements.
const TURNS: usize = 3;
const BYTES: usize = 200_000_000;
/// A sixth of the text: so there are runs, and one merge is enough.
const MEMORY: usize = 32 << 20;
const OPEN_FILES: usize = 16;

/// Measures and prints both, or says why not. Everything is on disk, below `somewhere`.
pub(crate) async fn table(somewhere: &Path) -> Result<()> {
    let Some(version) = coreutils() else {
        println!("sort: skipped, since there is no `sort` of GNU coreutils here");
        return Ok(());
    };
    let bench = Bench::new(somewhere)?;
    println!("sort: {BYTES} bytes of text in {MEMORY} bytes of memory, seconds, median of {TURNS} turns\n");
    println!("| what | s | against coreutils |\n| --- | ---: | ---: |");
    let (mut native, mut guest) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        native.push(bench.native()?);
        guest.push(bench.guest().await?);
        ensure!(
            fs::read(&bench.by_native)? == fs::read(&bench.by_guest)?,
            "the outputs differ"
        );
    }
    let (native, guest) = (median(&mut native), median(&mut guest));
    println!("| {version}, on disk | {native:.2} | 1.00 |");
    println!(
        "| guest provider, linked, on disk | {guest:.2} | {:.2} |",
        guest / native
    );
    Ok(())
}

/// What `sort --version` says if it is the one that is meant: others have other options.
fn coreutils() -> Option<String> {
    let output = process::Command::new("sort").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.lines().next()?;
    version.contains("GNU coreutils").then(|| version.to_owned())
}

struct Bench {
    ours: Ours,
    program: Program,
    /// For the text, and nothing else: it is granted.
    dir: PathBuf,
    /// Where `sort` has its temporary files.
    tmp: PathBuf,
    by_native: PathBuf,
    by_guest: PathBuf,
}

impl Bench {
    fn new(somewhere: &Path) -> Result<Bench> {
        let (dir, tmp) = (somewhere.join("text"), somewhere.join("tmp"));
        fs::create_dir(&dir)?;
        fs::create_dir(&tmp)?;
        write_text(&dir.join("text"))?;
        let ours = Ours::new(&somewhere.join("sort-base"))?;
        Ok(Bench {
            program: ours.runner.program("sort.wasm", &fs::read(jobs::SORT)?)?,
            ours,
            dir,
            tmp,
            by_native: somewhere.join("by-native"),
            by_guest: somewhere.join("by-guest"),
        })
    }

    /// Seconds, with the start of the process.
    fn native(&self) -> Result<f64> {
        let mut sort = process::Command::new("sort");
        sort.env("LC_ALL", "C")
            .arg("--parallel=1")
            .arg(format!("--buffer-size={MEMORY}b"))
            .arg(format!("--batch-size={OPEN_FILES}"))
            .arg("--temporary-directory")
            .args([&self.tmp, &self.dir.join("text")])
            .stdout(File::create(&self.by_native)?);
        let started = Instant::now();
        let status = sort.status()?;
        let time = started.elapsed();
        ensure!(status.success(), "sort: {status}");
        Ok(time.as_secs_f64())
    }

    /// Seconds, from a compiled program to an empty space.
    async fn guest(&self) -> Result<f64> {
        let stdout = OutputFile::new(File::create(&self.by_guest)?);
        let mut command = Command::new();
        command.dir(&self.dir, "/text", FsPerms::ReadOnly);
        let (memory, open_files) = (MEMORY.to_string(), OPEN_FILES.to_string());
        let args = ["sort", "--memory", &memory, "--open-files", &open_files, "/text/text"];
        let started = Instant::now();
        self.ours.run(&self.program, command, &args, stdout).await?;
        Ok(started.elapsed().as_secs_f64())
    }
}

/// Lines of 3 to 12 words out of a thousand: the same text each time.
fn write_text(path: &Path) -> io::Result<()> {
    // xorshift64, https://www.jstatsoft.org/article/view/v008i14
    let mut state = 0x5a5a_5a5a_u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [high, low, ..] = state.to_be_bytes();
        usize::from(u16::from_be_bytes([high, low])) % end
    };
    let words: Vec<String> = (0..1000)
        .map(|_| {
            let length = 2 + below(8);
            (0..length).map(|_| char::from(b"etaoinshrdlu"[below(12)])).collect()
        })
        .collect();
    let mut out = BufWriter::new(File::create(path)?);
    let mut written = 0;
    let mut line = String::new();
    while written < BYTES {
        line.clear();
        line.push_str(&words[below(words.len())]);
        for _ in 0..2 + below(10) {
            let _ = write!(line, " {}", words[below(words.len())]);
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
        written += line.len();
    }
    out.flush()
}
