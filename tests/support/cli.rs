//! The `scratch` command as a user runs it: a process of its own, a folder of its own, and what became of both.

#![allow(
    dead_code,
    reason = "each test binary is a crate of its own and uses what it needs of this"
)]

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal};
pub(crate) use scratch_tests::entries;
use tempfile::TempDir;

/// The user and the group `nobody` on most systems; here only a number that is not ours.
pub(crate) const NOBODY: u32 = 65534;

const SCRATCH: &str = env!("CARGO_BIN_EXE_scratch");

/// A folder for one test.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place {
            dir: tempfile::tempdir().expect("the tests may make temporary directories"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text, for an argument.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name)
            .to_str()
            .expect("temporary directories are text")
            .to_owned()
    }

    /// The base, which nobody has made yet.
    pub(crate) fn base(&self) -> PathBuf {
        self.path("base")
    }

    /// A new file; its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).expect("a file");
        self.text(name)
    }

    /// A new directory with this mode, whatever the umask; its path.
    pub(crate) fn dir(&self, name: &str, mode: u32) -> String {
        fs::create_dir(self.path(name)).expect("a directory");
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).expect("our own directory");
        self.text(name)
    }

    /// `scratch --base BASE --report line`, without an environment, in this folder.
    pub(crate) fn scratch(&self) -> Command {
        let mut command = self.bare();
        command.arg("--base").arg(self.base()).args(["--report", "line"]);
        command
    }

    /// `scratch` alone, without an environment, in this folder.
    pub(crate) fn bare(&self) -> Command {
        self.command(SCRATCH)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = with_default_signals(program);
        command.env_clear().current_dir(self.dir.path()).stdin(Stdio::null());
        // Compiled code of all tests, in a folder of theirs and not in the user's cache.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        provided(&mut command);
        command
    }

    /// Runs `scratch --base BASE ARGS`.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        ended(self.scratch().args(args))
    }

    /// Starts `scratch --base BASE ARGS` with pipes.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running::start(self.scratch().args(args))
    }

    /// What stands under the base, but for its layout file.
    pub(crate) fn left(&self) -> Vec<PathBuf> {
        let all = entries(&self.base()).into_iter();
        all.filter(|path| path != Path::new("layout")).collect()
    }

    /// The base is empty, or nobody made it.
    #[track_caller]
    pub(crate) fn assert_nothing_left(&self) {
        assert_eq!(self.left(), Vec::<PathBuf>::new(), "left under the base");
    }

    /// The directory of the one space that is in use.
    pub(crate) fn space(&self) -> PathBuf {
        let below = |dir: PathBuf| -> PathBuf {
            let all = fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
            let dirs: Vec<PathBuf> = all
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.is_dir())
                .collect();
            let [only] = &dirs[..] else {
                panic!("one directory in {}: {dirs:?}", dir.display())
            };
            only.clone()
        };
        below(below(self.base()).join("spaces"))
    }

    /// `scratch --base BASE` as an ordinary user, in this folder: as ourselves, or as `NOBODY` if we are root.
    /// `None`, and a line that says so, if that user cannot reach the folder.
    pub(crate) fn scratch_as_ordinary_user(&self) -> Option<Command> {
        let mut command = self.bare_as_ordinary_user()?;
        command.arg("--base").arg(self.base()).args(["--report", "line"]);
        Some(command)
    }

    /// `scratch SUBCOMMAND ARGS` with this place's base.
    pub(crate) fn sub(&self, args: &[&str]) -> Ended {
        ended(self.bare().env("SCRATCH_BASE", self.base()).args(args))
    }

    /// The same as an ordinary user.
    pub(crate) fn sub_as_ordinary_user(&self, args: &[&str]) -> Option<Ended> {
        let mut command = self.bare_as_ordinary_user()?;
        Some(ended(command.env("SCRATCH_BASE", self.base()).args(args)))
    }

    fn bare_as_ordinary_user(&self) -> Option<Command> {
        self.bare_as(NOBODY)
    }

    /// `scratch` in this folder as this user, or as ourselves if we are not root. `None`, and a line that says so, if that user
    /// cannot reach the folder.
    pub(crate) fn bare_as(&self, user: u32) -> Option<Command> {
        if !rustix::process::geteuid().is_root() {
            return Some(self.bare());
        }
        let dir = self.dir.path();
        fs::set_permissions(dir, Permissions::from_mode(0o755)).expect("our own directory");
        chown(dir, Some(user), Some(user)).expect("we are root");
        let scratch = self.path("scratch");
        // Copied, since a folder above the original may be closed to that user.
        if !scratch.exists() {
            fs::hard_link(SCRATCH, &scratch)
                .or_else(|_| fs::copy(SCRATCH, &scratch).map(drop))
                .expect("a copy");
        }
        let as_nobody = |program: &Path| {
            let mut command = self.command(program);
            command.uid(user).gid(user);
            command
        };
        let version = loop {
            match as_nobody(&scratch).arg("--version").output() {
                // Another test forked while the copy was open to be written, and has not executed its command yet.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                version => break version,
            }
        };
        if !version.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: user {user} cannot run programs in {}", dir.display());
            return None;
        }
        Some(as_nobody(&scratch))
    }

    /// A copy of a program here, where every user can read it; its path.
    pub(crate) fn copy(&self, program: &str) -> String {
        let name = Path::new(program)
            .file_name()
            .and_then(OsStr::to_str)
            .expect("it has a name");
        let copy = self.file(name, fs::read(program).expect("it was built"));
        fs::set_permissions(&copy, Permissions::from_mode(0o644)).expect("our own file");
        copy
    }
}

/// A command that is started with signals as from a person's shell. `nohup`, and a script for what it runs in the background,
/// start the tests with some of them ignored, and what is ignored is inherited.
fn with_default_signals(program: impl AsRef<OsStr>) -> Command {
    const STOPPING: u64 =
        1 << (Signal::HUP.as_raw() - 1) | 1 << (Signal::INT.as_raw() - 1) | 1 << (Signal::TERM.as_raw() - 1);
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    if mask.unwrap_or(0) & STOPPING == 0 {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,TERM").arg(program);
    command
}

/// Tells a command that runs `scratch`, now or in the end, who is to provide temporary files in this test binary.
pub(crate) fn provided(command: &mut Command) {
    let provider = match scratch_tests::is_native!() {
        true => "native",
        false => "guest",
    };
    command.env("SCRATCH_PROVIDER", provider);
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` if a signal killed it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().expect("the command starts");
    Ended {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}

impl Ended {
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32) -> &Ended {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// It ran, succeeded, and said one line: how many handles it made, and that nothing is left.
    #[track_caller]
    pub(crate) fn assert_clean(&self, made: u64) -> &Ended {
        self.assert_code(0).assert_summary(&format!("{made} made, 0 left"))
    }

    /// It ended with `code`, and said no more than the line about what was made and left.
    #[track_caller]
    pub(crate) fn assert_clean_exit(&self, code: i32) -> &Ended {
        self.assert_code(code).assert_summary("0 made, 0 left")
    }

    /// It said one line on standard error, and that before the peak.
    #[track_caller]
    pub(crate) fn assert_summary(&self, said: &str) -> &Ended {
        let line = self
            .stderr
            .strip_prefix("scratch: ")
            .and_then(|rest| rest.strip_suffix('\n'));
        let line = line.unwrap_or_else(|| panic!("one line: {self:#?}"));
        assert_eq!(line.split(", peak ").next(), Some(said), "{self:#?}");
        self
    }

    /// It did not start: one line on standard error, which says all of `parts`, and the system's reason only once.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: i32, parts: &[&str]) -> &Ended {
        self.assert_code(code).assert_says(parts);
        assert_eq!(self.stdout, "", "{self:#?}");
        assert!(self.stderr.starts_with("scratch: "), "{self:#?}");
        assert!(self.stderr.ends_with('\n'), "{self:#?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:#?}");
        assert!(self.stderr.matches("os error").count() <= 1, "{self:#?}");
        self
    }

    /// The flags were wrong: the parser's message says all of `parts`.
    #[track_caller]
    pub(crate) fn assert_usage(&self, parts: &[&str]) -> &Ended {
        self.assert_code(2).assert_says(parts);
        assert_eq!(self.stdout, "", "{self:#?}");
        assert!(self.stderr.starts_with("error: "), "{self:#?}");
        self
    }

    /// Standard error says all of `parts`.
    #[track_caller]
    pub(crate) fn assert_says(&self, parts: &[&str]) -> &Ended {
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in {self:#?}");
        }
        self
    }
}

/// A run that goes on. Killed if the test gives it up.
pub(crate) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = child.stderr.take().expect("a pipe");
        Running { child, stdout, stderr }
    }

    /// The next line that it prints. Empty at the end of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("text");
        line
    }

    /// Waits for a line that starts with `ready`.
    #[track_caller]
    pub(crate) fn wait_until_ready(&mut self) {
        let line = self.line();
        if !line.starts_with("ready") {
            panic!("it printed {line:?}, and then: {:#?}", self.end_of());
        }
    }

    /// Writes to its standard input, which stays open.
    pub(crate) fn say(&mut self, text: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        stdin.write_all(text.as_bytes()).expect("it listens");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).expect("it still runs");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_some()
    }

    /// Waits until the process is dead. Who inherited its pipes may live on.
    pub(crate) fn wait_for_death(&mut self) {
        // `wait` would close the standard input.
        let stdin = self.child.stdin.take();
        self.child.wait().expect("it is ours");
        self.child.stdin = stdin;
    }

    /// Waits for its end. Its standard input stays open until then.
    pub(crate) fn end(mut self) -> Ended {
        self.end_of()
    }

    fn end_of(&mut self) -> Ended {
        // Not `Child::wait`, which closes the standard input first. What it prints fits into the pipes.
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).expect("text");
        self.stderr.read_to_string(&mut stderr).expect("text");
        let status = self.child.wait().expect("it is ours");
        Ended {
            code: status.code(),
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
