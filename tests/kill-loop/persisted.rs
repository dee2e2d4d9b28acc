//! What the programs persisted: whole, or not there.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// What was found and, being whole, removed, as `random-work` names it.
#[derive(Default)]
pub(crate) struct Persisted {
    files: u64,
    directories: u64,
    /// Copies under names of their own, which a kill left in the middle of a `persist`.
    copies: u64,
    /// Names that a directory was to have: WASI 0.2 has no rename that never replaces, and so an empty directory takes the
    /// name first.
    taken: u64,
}

impl Persisted {
    /// Looks at what stands under a name that a program gave: it is whole from the first moment, whoever is still at work.
    pub(crate) fn collect(&mut self, target: &Path) -> Result<()> {
        for name in names(target)? {
            let path = target.join(&name);
            if is_copy(&name) {
                continue;
            }
            match name.split_once('-') {
                Some(("file", _)) => {
                    verify_file(&path, &name)?;
                    fs::remove_file(&path)?;
                    self.files += 1;
                }
                Some(("dir", _)) => {
                    let parts = names(&path)?;
                    if parts.is_empty() {
                        // Its name is taken: it may come at any moment.
                        continue;
                    }
                    let count = number_at_the_end(&name)?;
                    ensure!(parts.len() == count, "`{name}` holds {parts:?}");
                    for part in parts {
                        verify_file(&path.join(&part), &part)?;
                    }
                    fs::remove_dir_all(&path)?;
                    self.directories += 1;
                }
                _ => ensure!(false, "a strange name in the target: `{name}`"),
            }
        }
        Ok(())
    }

    /// Counts what is still there after the last kill.
    pub(crate) fn count_unfinished(&mut self, target: &Path) -> Result<()> {
        for name in names(target)? {
            match is_copy(&name) {
                true => self.copies += 1,
                false => self.taken += 1,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Persisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "persisted: {} files and {} directories, all of them whole; outside of the base, kills left {} copies in progress \
             under names of their own, and {} empty directories that hold a name",
            self.files, self.directories, self.copies, self.taken
        )
    }
}

/// The guest provider copies to the name, a full stop and random characters.
fn is_copy(name: &str) -> bool {
    name.contains('.')
}

/// A file holds its own name, over and over, and the name ends with how many bytes.
fn verify_file(path: &Path, name: &str) -> Result<()> {
    let content = fs::read(path).with_context(|| format!("`{name}`"))?;
    let count = number_at_the_end(name)?;
    ensure!(content.len() == count, "`{name}` has {} bytes", content.len());
    let is_right = name.bytes().cycle().zip(&content).all(|(one, other)| one == *other);
    ensure!(is_right, "`{name}` holds something else");
    Ok(())
}

fn number_at_the_end(name: &str) -> Result<usize> {
    let number = name.rsplit('-').next().and_then(|number| number.parse().ok());
    number.with_context(|| format!("a strange name: `{name}`"))
}

fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
