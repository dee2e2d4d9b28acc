//! The sort: what it prints is what `LC_ALL=C sort` prints, and nothing is left.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Seek as _, Write};
use std::process::{Command, Stdio};
use std::thread;

use scratch_tests::jobs;
use serde_json::Value;
use wasmtime::StoreLimitsBuilder;
use wasmtime_scratch::{Counts, Outcome};

use super::cli::{Place, provided};
use super::granting_in;
use super::support::{Ran, Run};

/// The size of the text that is sorted in 64 MiB.
const LARGE: usize = 200_000_000;

/// Everything in memory, and as little as it gets: then there are runs of a few lines, and many passes.
const MEMORIES: [&[&str]; 2] = [&[], &["--memory", "1024", "--open-files", "2"]];

/// `LC_ALL=C sort`, the real one.
fn coreutils() -> Command {
    let mut sort = Command::new("sort");
    sort.env("LC_ALL", "C");
    sort
}

fn sorted_by_coreutils(text: &[u8]) -> Vec<u8> {
    let mut stdin = tempfile::tempfile().expect("a file");
    stdin.write_all(text).and_then(|()| stdin.rewind()).expect("a text");
    let output = coreutils().stdin(stdin).output();
    let output = output.expect("these tests need the `sort` of coreutils");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// Runs it on a text, and compares.
#[track_caller]
fn assert_sorts(what: &str, text: &[u8], args: &[&str]) -> Ran {
    let run = args.iter().fold(Run::new(jobs::SORT), |run, arg| run.arg(arg));
    let stdout = run.stdout.clone();
    let ran = run.stdin(text).run();
    ran.assert_success();
    assert_clean(&ran);
    // Not `assert_eq`, which would print both.
    assert!(stdout.contents() == sorted_by_coreutils(text), "{what} with {args:?}");
    ran
}

/// No violation, nothing left, nothing said, and every file dropped by the program itself.
#[track_caller]
fn assert_clean(ran: &Ran) {
    ran.assert_nothing_left().assert_violations(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.report.files.created, ran.report.files.dropped, "{ran:#?}");
    assert_eq!(ran.report.directories, Counts::default(), "{ran:#?}");
}

/// Random numbers, the same in every run: Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 32).expect("32 bits fit") % bound
    }
}

/// Writes lines of 0 to 119 bytes until there are `bytes` of them. Many begin like others, and some come twice.
fn write_text(bytes: usize, out: &mut impl Write) -> io::Result<()> {
    let mut random = Random(0x5c7a_7c4e);
    let letters: Vec<u8> = (0..1 << 16).map(|_| b"abcdefgh"[random.below(8)]).collect();
    let mut written = 0;
    while written < bytes {
        let line = &letters[random.below(65_000)..][..random.below(120)];
        out.write_all(line)?;
        out.write_all(b"\n")?;
        written += line.len() + 1;
    }
    out.flush()
}

fn text(bytes: usize) -> Vec<u8> {
    let mut text = Vec::new();
    write_text(bytes, &mut text).expect("there is memory");
    text
}

#[test]
fn every_kind_of_text_comes_out_as_from_coreutils() {
    let ascending: String = (0..5000).map(|number| format!("{number:05}\n")).collect();
    let descending: String = (0..5000).rev().map(|number| format!("{number:05}\n")).collect();
    let mut random = Random(1);
    let noise: Vec<u8> = (0..50_000)
        .map(|_| u8::try_from(random.below(256)).expect("a byte"))
        .collect();
    let every_byte: Vec<u8> = (0..=255).rev().flat_map(|byte| [byte, b'\n']).collect();
    let prefixes: Vec<u8> = (0..40)
        .rev()
        .flat_map(|length| [&[b'x'; 40][..length], b"\n", &[0; 40][..length], b"\n"].concat())
        .collect();
    let cases: [(&str, &[u8]); 18] = [
        ("nothing", b""),
        ("a newline", b"\n"),
        ("one line without a newline", b"one"),
        ("a last line without a newline", b"b\na"),
        ("a last line without a newline, twice", b"a\nb\na"),
        ("empty lines", b"b\n\n\na\n\n"),
        ("duplicates", b"b\na\nb\na\nb\nb\n"),
        ("one line, many times", &b"again and again\n".repeat(5000)),
        ("NULs", b"b\0\na\0b\na\nb\na\0\n\0\na\0a\n"),
        (
            "NULs at the end of a line",
            b"a\0\0\0\0\0\0\0\na\na\0\na\0\0\0\0\0\0\na\0\0\0\0\0\0\0\0\n",
        ),
        ("every byte", &every_byte),
        ("lines that begin like others", &prefixes),
        ("CRLF", b"b\r\na\r\n\r\na b\r\na\n"),
        ("noise", &noise),
        ("a sorted text", ascending.as_bytes()),
        ("a reversed text", descending.as_bytes()),
        ("words", &text(100_000)),
        ("upper and lower case, and UTF-8", "b\nA\nä\na\nB\nÄ\n".as_bytes()),
    ];
    for (what, text) in cases {
        for args in MEMORIES {
            assert_sorts(what, text, args);
        }
    }
}

/// The index takes eight bytes of a line at a time, up to some depth: where lines first differ is what matters.
#[test]
fn lines_that_differ_late_come_out_as_from_coreutils() {
    let mut text = Vec::new();
    for common in [0, 1, 7, 8, 9, 15, 16, 17, 255, 256, 257, 263, 264, 265, 1000] {
        // More than are compared directly.
        for number in (0..40_u8).rev() {
            text.extend([b'x'].repeat(common));
            text.extend([0].repeat(usize::from(number % 10)));
            text.extend([number / 10, b'\n']);
        }
    }
    for args in MEMORIES {
        assert_sorts("lines that differ late", &text, args);
    }
}

#[test]
fn what_fits_into_the_memory_makes_no_file() {
    let ran = assert_sorts("a megabyte", &text(1_000_000), &[]);
    assert_eq!(ran.report.handles(), 0, "{ran:#?}");
}

#[test]
fn a_line_that_does_not_fit_into_the_memory_is_sorted_all_the_same() {
    let mut text = Vec::new();
    for (letter, length) in [
        (b'c', 100_000),
        (b'a', 3),
        (b'b', 300_000),
        (b'b', 299_999),
        (b'd', 5000),
        (b'a', 1),
    ] {
        text.extend([letter].repeat(length));
        text.push(b'\n');
    }
    for memory in ["1024", "10000", "400000"] {
        assert_sorts("long lines", &text, &["--memory", memory, "--open-files", "3"]);
    }
}

#[test]
fn more_than_a_thousand_runs_are_merged_in_several_passes_with_few_files_open() {
    let place = Place::new();
    place.dir("in", 0o755);
    let mut random = Random(2);
    let text: String = (0..60_000).map(|_| format!("{}\n", random.below(1 << 30))).collect();
    place.file("in/text", &text);
    let mut command = Command::new("sh");
    // Every run has a descriptor of the host's while it is there.
    command.args(["-c", "ulimit -n 80; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_scratch")]);
    command.arg("--base").arg(place.base());
    command.args(["--report", &format!("json={}", place.text("report")), "--dir"]);
    command.arg(format!("{}::/in::ro", place.text("in")));
    command.args([jobs::SORT, "--memory", "1024", "--open-files", "8", "/in/text"]);
    provided(&mut command);
    let output = command.output().expect("`sh` is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == sorted_by_coreutils(text.as_bytes()));
    place.assert_nothing_left();

    // With 8 at once, a run in 8 is merged again, and so on: each pass makes an eighth of the files.
    let files = files_in_report(&place);
    assert!(files > 1000 + 1000 / 8 + 1000 / 64, "{files} files");
}

/// How many files were made, by the report that a clean run has written.
#[track_caller]
fn files_in_report(place: &Place) -> u64 {
    let report = fs::read(place.path("report")).expect("a report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let files = &report["files"];
    assert_eq!(files["created"], files["dropped"], "{report:#}");
    assert_eq!(report["receipt"]["entries_found"], 0, "{report:#}");
    assert_eq!(report["receipt"]["entries_left"], 0, "{report:#}");
    files["created"].as_u64().expect("a number")
}

#[test]
fn a_large_text_is_sorted_in_64_mib() {
    let place = Place::new();
    let mut ours = place.scratch();
    ours.args(["--report", &format!("json={}", place.text("report"))]);
    ours.args(["-W", "max-memory-size=67108864", jobs::SORT]);
    let said = place.file("said", "");
    ours.stderr(File::create(&said).expect("a file"));
    let mut theirs = coreutils();
    theirs.arg("-T").arg(place.dir("theirs", 0o700));

    let mut children = [&mut ours, &mut theirs].map(|command| {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
            .spawn()
            .expect("it starts; these tests need the `sort` of coreutils")
    });
    let [stdin, their_stdin] = children.each_mut().map(|child| child.stdin.take().expect("a pipe"));
    let [stdout, their_stdout] = children.each_mut().map(|child| child.stdout.take().expect("a pipe"));
    thread::scope(|scope| {
        for stdin in [stdin, their_stdin] {
            // One that ends early is found out by what it prints.
            scope.spawn(|| write_text(LARGE, &mut BufWriter::with_capacity(1 << 20, stdin)));
        }
        let length = assert_same(stdout, their_stdout);
        assert!(length >= LARGE, "{length} bytes");
    });
    for mut child in children {
        let status = child.wait().expect("it is ours");
        assert!(status.success(), "{}", fs::read_to_string(&said).expect("text"));
    }
    let files = files_in_report(&place);
    assert!(files > 0, "it all fitted into the memory");
    place.assert_nothing_left();
}

/// Reads both to the end; their length.
#[track_caller]
fn assert_same(ours: impl io::Read, theirs: impl io::Read) -> usize {
    let [mut ours, mut theirs]: [Box<dyn BufRead>; 2] = [
        Box::new(BufReader::with_capacity(1 << 20, ours)),
        Box::new(BufReader::with_capacity(1 << 20, theirs)),
    ];
    let mut length = 0;
    loop {
        let (piece, their_piece) = (ours.fill_buf().expect("bytes"), theirs.fill_buf().expect("bytes"));
        let common = piece.len().min(their_piece.len());
        assert!(
            piece[..common] == their_piece[..common],
            "different after {length} bytes"
        );
        if common == 0 {
            assert_eq!(
                (piece.len(), their_piece.len()),
                (0, 0),
                "one ended after {length} bytes"
            );
            return length;
        }
        length += common;
        ours.consume(common);
        theirs.consume(common);
    }
}

#[test]
fn several_files_and_standard_input_are_one_text() {
    let place = Place::new();
    place.dir("in", 0o755);
    place.file("in/one", "d\nb");
    place.file("in/empty", "");
    place.file("in/two", "c\na");
    let sort = |files: &[&str]| {
        let run = Run::new(jobs::SORT).stdin("e\n0");
        let run = granting_in(run, &place);
        let ran = files.iter().fold(run, |run, file| run.arg(file)).run();
        ran.assert_success();
        assert_clean(&ran);
        ran.stdout
    };
    assert_eq!(sort(&["/in/one", "/in/empty", "/in/two"]), "a\nb\nc\nd\n");
    assert_eq!(sort(&["/in/one", "-", "/in/two"]), "0\na\nb\nc\nd\ne\n");
    assert_eq!(sort(&["-"]), "0\ne\n");
}

#[test]
fn what_cannot_be_read_is_named_and_nothing_is_printed() {
    let place = Place::new();
    place.dir("in", 0o755);
    place.file("in/there", text(100_000));
    for (args, says) in [
        (
            &["--memory", "5000", "/in/there", "/in/missing"][..],
            "failed to open `/in/missing`",
        ),
        (&["--memory", "5000", "/in/there", "/in"], "failed to read `/in`"),
        (&["--memory", "1023"], "'1023' for '--memory <BYTES>'"),
        (&["--memory", "much"], "'much' for '--memory <BYTES>'"),
        (&["--open-files", "1"], "'1' for '--open-files <N>'"),
        (&["--reverse"], "'--reverse'"),
    ] {
        let run = Run::new(jobs::SORT).stdin("b\na\n");
        let run = granting_in(run, &place);
        let ran = args.iter().fold(run, |run, arg| run.arg(arg)).run();
        assert_eq!(ran.outcome, Outcome::Exit { code: 1 }, "{ran:#?}");
        assert!(ran.stderr.contains(says), "{ran:#?}");
        assert_eq!(ran.stdout, "");
        ran.assert_nothing_left().assert_violations(0);
        assert_eq!(ran.report.files.created, ran.report.files.dropped, "{ran:#?}");
    }
}

#[test]
fn memory_that_is_not_there_is_an_error() {
    let limited = |args: &[&str], text: &[u8]| {
        let run = Run::new(jobs::SORT).with(|command| {
            command.store_limits(StoreLimitsBuilder::new().memory_size(16 << 20).build());
        });
        let run = args.iter().fold(run.stdin(text), |run, arg| run.arg(arg));
        let ran = run.run();
        assert_eq!(ran.outcome, Outcome::Exit { code: 1 }, "{ran:#?}");
        assert_eq!(ran.stdout, "");
        ran.assert_nothing_left().assert_violations(0);
        ran.stderr
    };
    let said = limited(&["--memory", "20000000"], b"");
    assert_eq!(said, "sort: failed to get 18951424 bytes of memory\n");
    let said = limited(&["--memory", "1000000"], &[b'x'; 10 << 20]);
    assert_eq!(
        said,
        "sort: a line is too long: failed to get 14000000 bytes of memory\n"
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let place = Place::new();
    let mut command = place.scratch();
    command.args([jobs::SORT, "--memory", "100000"]);
    let stdin = place.path("text");
    fs::write(&stdin, text(1_000_000)).expect("a file");
    command.stdin(File::open(stdin).expect("a file"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut some = [0; 10];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut some).expect("it prints");
    drop(stdout);
    let output = child.wait_with_output().expect("it is ours");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.starts_with("scratch: ") && said.contains(" made, 0 left, peak "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    place.assert_nothing_left();
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let place = Place::new();
    for memory in ["1024", "100000"] {
        let mut command = place.scratch();
        command.args([jobs::SORT, "--memory", memory]);
        let stdin = place.path("text");
        fs::write(&stdin, text(10_000)).expect("a file");
        command.stdin(File::open(stdin).expect("a file"));
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let output = command.stdout(full).stderr(Stdio::piped()).spawn();
        let output = output.and_then(|child| child.wait_with_output()).expect("it starts");
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.starts_with("sort: failed to write the output: "), "{said}");
        place.assert_nothing_left();
    }
}
