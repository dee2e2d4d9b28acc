//! The conformance suite of `scratch:tempfile`, as data: its cases, what each has to leave, and known differences.
//!
//! A case is a small program, `cases/src/bin/NAME.rs`, that asserts from inside and prints `ok`. All of them are in one
//! component, [`SUITE`], so that whoever runs them compiles once; each run is an instance of its own. A runtime is an
//! adapter without any logic of a test: it runs the component in the world that the [`Case`] asks for, and hands what it
//! saw to [`Case::judge`] as [`Ended`].
#![forbid(unsafe_code)]

mod known;
mod pattern;

use std::path::Path;
use std::{fmt, fs, io};

pub use self::known::{Known, KnownError, Verdict};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// Where files without a name are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// On disk from the start.
    Disk,
    /// The provider's choice: in memory while they are small.
    Default,
}

impl Storage {
    /// Both.
    pub const ALL: [Storage; 2] = [Storage::Disk, Storage::Default];

    /// As the programs' argument.
    pub fn name(self) -> &'static str {
        match self {
            Storage::Disk => "disk",
            Storage::Default => "default",
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A case: the world that it needs, and what it has to leave.
#[derive(Debug)]
#[non_exhaustive]
pub struct Case {
    /// Of its file, and of its test.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub summary: &'static str,
    /// In which storages it runs.
    pub storages: &'static [Storage],
    /// Where the space is shown to it, and what `TMPDIR` says; `None`: nowhere.
    pub tmp: Option<&'static str>,
    /// How many bytes from the host's source of random numbers are all the same, before they are random.
    pub same_random_bytes: usize,
    /// Whether it needs limits of the space that it can meet: without them it shows nothing.
    pub is_limited: bool,
    /// What stands in the space after the program, as patterns: `*` is any part of a name.
    left: &'static [&'static str],
    /// The same for the directory that is granted as [`OUT`].
    out: &'static [&'static str],
}

/// Limits of a space, as the host names them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SmallLimits {
    /// The sum of file sizes.
    pub bytes: u64,
    /// Bytes in one file.
    pub file_bytes: u64,
    /// Files, directories and links.
    pub entries: u64,
    /// Descriptors and streams.
    pub open_files: u64,
    /// How deep an entry may stand.
    pub depth: u64,
}

/// Those that a program meets soon, one by one: for cases that [need some](Case::is_limited).
pub const SMALL: SmallLimits = SmallLimits {
    bytes: 3 << 20,
    file_bytes: 1 << 20,
    entries: 200,
    open_files: 50,
    depth: 20,
};

/// Where every case finds an empty directory beside the space.
pub const OUT: &str = "/out";

/// What a case prints when it got to its end.
const PASSED: &str = "ok\n";

/// What a runtime saw of a run.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// How the program ended, in words, if not by returning with success.
    pub failure: Option<String>,
    /// What it printed on standard output.
    pub stdout: String,
    /// The same for standard error.
    pub stderr: String,
    /// Paths of all that stood in the space afterwards, relative to it, with `/` between names.
    pub left: Vec<String>,
    /// The same for [`OUT`].
    pub out: Vec<String>,
}

impl Case {
    /// The case of that name.
    pub fn find(name: &str) -> Option<&'static Case> {
        CASES.iter().find(|case| case.name == name)
    }

    /// The program's arguments after its name.
    pub fn args(&self, storage: Storage) -> [&'static str; 2] {
        [self.name, storage.name()]
    }

    /// Whether a run was as it has to be.
    ///
    /// # Errors
    ///
    /// What was not, in words.
    pub fn judge(&self, ended: &Ended) -> Result<(), String> {
        if let Some(failure) = &ended.failure {
            return Err(match (panic(&ended.stderr), ended.stderr.trim()) {
                // How a panic ends a program is of no interest.
                (Some(message), _) => message,
                (None, "") => failure.clone(),
                (None, said) => format!("{failure}: {said}"),
            });
        }
        if ended.stdout != PASSED {
            return Err(format!(
                "it printed {:?} in the place of {PASSED:?}: it did not get to its end",
                ended.stdout
            ));
        }
        stands("the space", self.left, &ended.left)?;
        stands(OUT, self.out, &ended.out)
    }
}

/// The message of a panic of a Rust program, if there is one on standard error.
fn panic(stderr: &str) -> Option<String> {
    // The place is on the line of the word, the message follows.
    let (_, panic) = stderr.split_once("panicked at ")?;
    let lines = panic.lines().skip(1);
    let message: Vec<&str> = lines
        .take_while(|line| !line.starts_with("note: ") && !line.is_empty())
        .collect();
    Some(message.join(" "))
}

fn stands(place: &str, expected: &[&str], found: &[String]) -> Result<(), String> {
    match pattern::assign(expected, found) {
        Ok(()) => Ok(()),
        Err(_) if expected.is_empty() => Err(format!("left in {place}: {found:?}")),
        Err(difference) => Err(format!("in {place}: {difference}; there is {found:?}")),
    }
}

/// Paths of all that stands in a directory of the host, relative to it, with `/` between names, sorted.
///
/// # Errors
///
/// If a directory cannot be listed.
pub fn entries(dir: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut below = vec![(dir.to_owned(), String::new())];
    while let Some((dir, prefix)) = below.pop() {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                below.push((entry.path(), format!("{path}/")));
            }
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> Case {
        Case {
            name: "a-case",
            summary: "A case.",
            storages: &Storage::ALL,
            tmp: Some("/tmp"),
            same_random_bytes: 0,
            is_limited: false,
            left: &["kept-*"],
            out: &["a", "a/b"],
        }
    }

    fn ended() -> Ended {
        Ended {
            failure: None,
            stdout: "ok\n".to_owned(),
            stderr: String::new(),
            left: vec!["kept-1".to_owned()],
            out: vec!["a".to_owned(), "a/b".to_owned()],
        }
    }

    #[test]
    fn a_run_that_is_as_it_has_to_be_passes() {
        assert_eq!(case().judge(&ended()), Ok(()));
    }

    #[test]
    fn the_message_of_a_panic_is_the_reason() {
        let mut ended = ended();
        ended.failure = Some("trap".to_owned());
        ended.stderr =
            "\nthread 'main' (1) panicked at src/bin/a-case.rs:7:5:\nit is gone\nnote: run with\n".to_owned();
        assert_eq!(case().judge(&ended), Err("it is gone".to_owned()));
        ended.stderr = "out of memory\n".to_owned();
        assert_eq!(case().judge(&ended), Err("trap: out of memory".to_owned()));
        ended.stderr = String::new();
        assert_eq!(case().judge(&ended), Err("trap".to_owned()));
    }

    #[test]
    fn an_end_without_ok_fails() {
        let mut ended = ended();
        ended.stdout = String::new();
        assert!(case().judge(&ended).is_err());
    }

    #[test]
    fn what_stands_has_to_be_what_is_listed() {
        for change in [
            |ended: &mut Ended| ended.left.clear(),
            |ended: &mut Ended| ended.left.push("other".to_owned()),
            |ended: &mut Ended| ended.left[0] = "other".to_owned(),
            |ended: &mut Ended| ended.out.truncate(1),
            |ended: &mut Ended| ended.out.push("c".to_owned()),
        ] {
            let mut ended = ended();
            change(&mut ended);
            assert!(case().judge(&ended).is_err(), "{ended:?}");
        }
    }
}
