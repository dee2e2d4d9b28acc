//! Random operations on temporary files and directories, by handle and by path: makes, writes, nests, renames, keeps, persists
//! and drops, and ends by returning or by a trap.
//!
//! Arguments: the seed, and how many operations. What is persisted goes to the granted directories, under names that say what has
//! to be in it: `file-SEED-NUMBER-BYTES` holds its name over and over, `dir-SEED-NUMBER-COUNT` so many files
//! `part-NUMBER-BYTES`.
#![forbid(unsafe_code)]

use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::{env, fs, mem, process};

use scratch_tempfile::bindings::scratch::tempfile::types::{TemporaryDirectory, TemporaryFile};
use scratch_tempfile::{File, NamedTempFile, TempDir};
use scratch_test_programs::wasi::preopens;
use scratch_test_programs::wasi::types::Descriptor;

/// What is open at once of each kind: small, so that a drop comes as often as a creation.
const MOST_OPEN: usize = 6;

/// Most files are smaller than a block or a few of them; one in so many is large.
const LARGE_ONE_IN: u64 = 12;

fn main() -> io::Result<()> {
    let argument = |number: usize| -> u64 {
        let text = env::args().nth(number).expect("arguments: a seed, and a count");
        text.parse().expect("a number")
    };
    let (seed, count) = (argument(1), argument(2));
    let mut work = Work::new(seed);
    for _ in 0..count {
        work.one()?;
    }
    match work.below(3) {
        // Says nothing: a panic would, and is a failure.
        0 => process::abort(),
        1 => mem::forget(work),
        _ => {}
    }
    Ok(())
}

/// A temporary directory, and those in it.
struct Tree {
    inner: Vec<TempDir>,
    dir: TempDir,
}

struct Work {
    seed: u64,
    random: u64,
    /// Of names that no other has.
    number: u64,
    trees: Vec<Tree>,
    named: Vec<NamedTempFile>,
    files: Vec<File>,
    targets: Vec<Descriptor>,
}

impl Work {
    fn new(seed: u64) -> Work {
        let granted = preopens::get_directories().into_iter();
        Work {
            seed,
            random: seed.wrapping_mul(2).wrapping_add(1),
            number: 0,
            trees: Vec::new(),
            named: Vec::new(),
            files: Vec::new(),
            targets: granted.filter(|(_, path)| path != "/tmp").map(|(dir, _)| dir).collect(),
        }
    }

    fn one(&mut self) -> io::Result<()> {
        match self.below(14) {
            0 | 1 => self.tree(),
            2 => self.nested(),
            3 => self.named_file(),
            4 => self.file(),
            5 | 6 => self.write_by_path(),
            7 => self.nest_by_path(),
            8 => self.rename(),
            9 => {
                let which = self.index(self.trees.len());
                which.map(|which| self.trees.swap_remove(which));
                Ok(())
            }
            10 => self.drop_files(),
            11 => self.keep(),
            12 => self.persist_file(),
            _ => self.persist_directory(),
        }
    }

    fn tree(&mut self) -> io::Result<()> {
        if self.trees.len() < MOST_OPEN {
            let (inner, dir) = (Vec::new(), TempDir::new()?);
            self.trees.push(Tree { inner, dir });
        }
        Ok(())
    }

    fn nested(&mut self) -> io::Result<()> {
        let Some(which) = self.index(self.trees.len()) else {
            return self.tree();
        };
        let tree = &mut self.trees[which];
        let outer = tree.inner.last().unwrap_or(&tree.dir);
        let inner = TempDir::new_in(outer)?;
        fs::write(inner.path().join("nested.txt"), "nested\n")?;
        tree.inner.push(inner);
        Ok(())
    }

    fn named_file(&mut self) -> io::Result<()> {
        let content = self.content("a file with a name");
        let mut file = NamedTempFile::new()?;
        file.write_all(&content)?;
        assert_eq!(fs::read(file.path())?, content, "a named file lost something");
        if self.named.len() < MOST_OPEN {
            self.named.push(file);
        }
        Ok(())
    }

    fn file(&mut self) -> io::Result<()> {
        let content = self.content("a file without a name");
        let mut file = match self.below(2) {
            0 => scratch_tempfile::spooled_tempfile(0)?,
            _ => scratch_tempfile::tempfile()?,
        };
        file.write_all(&content)?;
        file.rewind()?;
        let mut back = Vec::new();
        file.read_to_end(&mut back)?;
        assert_eq!(back, content, "a file lost something");
        if self.files.len() < MOST_OPEN {
            self.files.push(file);
        }
        Ok(())
    }

    fn write_by_path(&mut self) -> io::Result<()> {
        let Some(place) = self.place() else {
            return Ok(());
        };
        let name = self.name("plain");
        fs::write(place.join(&name), self.content(&name))
    }

    fn nest_by_path(&mut self) -> io::Result<()> {
        let Some(mut place) = self.place() else {
            return Ok(());
        };
        for _ in 0..=self.below(8) {
            place.push(self.name("plain"));
            fs::create_dir(&place)?;
            fs::write(place.join("in.txt"), "in it\n")?;
        }
        Ok(())
    }

    /// Moves something that was made by path from one temporary directory to another.
    fn rename(&mut self) -> io::Result<()> {
        let (Some(from), Some(to)) = (self.place(), self.place()) else {
            return Ok(());
        };
        for entry in fs::read_dir(&from)? {
            let name = entry?.file_name();
            if name.to_string_lossy().starts_with("plain") {
                let target = to.join(self.name("plain-moved"));
                return fs::rename(from.join(name), target);
            }
        }
        Ok(())
    }

    fn drop_files(&mut self) -> io::Result<()> {
        if let Some(which) = self.index(self.named.len()) {
            let file = self.named.swap_remove(which);
            let path = file.path().to_owned();
            drop(file);
            assert!(!path.exists(), "a named file outlived its handle");
        }
        match self.index(self.files.len()) {
            Some(which) => self.files.swap_remove(which).close(),
            None => Ok(()),
        }
    }

    fn keep(&mut self) -> io::Result<()> {
        let Some(which) = self.index(self.named.len()) else {
            return Ok(());
        };
        let file = self.named.swap_remove(which).into_handle();
        let kept = TemporaryFile::keep(file).map_err(|(_, code)| code).expect("keep");
        assert!(Path::new(&kept).exists(), "a kept file is gone");
        Ok(())
    }

    fn persist_file(&mut self) -> io::Result<()> {
        let Some(target) = self.index(self.targets.len()) else {
            return Ok(());
        };
        let bytes = self.size();
        let name = format!("{}-{bytes}", self.name("file"));
        let mut file = match self.below(2) {
            0 => scratch_tempfile::spooled_tempfile(0)?,
            _ => scratch_tempfile::tempfile()?,
        };
        file.write_all(&repeated(&name, bytes))?;
        let overwrite = self.below(2) == 0;
        TemporaryFile::persist(file.into_handle(), &self.targets[target], &name, overwrite)
            .map_err(|(_, code)| code)
            .expect("persist a file");
        Ok(())
    }

    fn persist_directory(&mut self) -> io::Result<()> {
        let Some(target) = self.index(self.targets.len()) else {
            return Ok(());
        };
        let count = self.below(4) + 1;
        let name = format!("{}-{count}", self.name("dir"));
        let dir = TempDir::new()?;
        for number in 0..count {
            let bytes = self.size();
            let part = format!("part-{number}-{bytes}");
            fs::write(dir.path().join(&part), repeated(&part, bytes))?;
        }
        TemporaryDirectory::persist(dir.into_handle(), &self.targets[target], &name)
            .map_err(|(_, code)| code)
            .expect("persist a directory");
        Ok(())
    }

    /// A temporary directory that is open.
    fn place(&mut self) -> Option<PathBuf> {
        let which = self.index(self.trees.len())?;
        let inner = self.index(self.trees[which].inner.len() + 1)?;
        let tree = &self.trees[which];
        Some(tree.inner.get(inner).unwrap_or(&tree.dir).path().to_owned())
    }

    fn name(&mut self, prefix: &str) -> String {
        self.number += 1;
        format!("{prefix}-{}-{}", self.seed, self.number)
    }

    fn content(&mut self, text: &str) -> Vec<u8> {
        repeated(text, self.size())
    }

    fn size(&mut self) -> usize {
        let most = if self.below(LARGE_ONE_IN) == 0 {
            256 << 10
        } else {
            8 << 10
        };
        usize::try_from(self.below(most)).expect("it is small")
    }

    fn index(&mut self, length: usize) -> Option<usize> {
        let length = u64::try_from(length).expect("it is small");
        let index = (length > 0).then(|| self.below(length))?;
        usize::try_from(index).ok()
    }

    /// xorshift64, https://www.jstatsoft.org/article/view/v008i14
    fn below(&mut self, limit: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 16) % limit
    }
}

/// The text, over and over.
fn repeated(text: &str, bytes: usize) -> Vec<u8> {
    text.bytes().cycle().take(bytes).collect()
}
