//! The input: all files, one after another, as one text in which every line ends.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

use anyhow::{Context as _, Result};

/// The text of all files. A last line without a newline gets one, in each file, so that no two lines become one.
pub(crate) struct Input {
    waiting: IntoIter<PathBuf>,
    open: Option<Open>,
    /// The byte that was read last.
    last: u8,
}

struct Open {
    path: PathBuf,
    reader: Box<dyn Read>,
}

impl Input {
    /// The files, or standard input if there are none.
    pub(crate) fn new(mut files: Vec<PathBuf>) -> Input {
        if files.is_empty() {
            files.push(PathBuf::from("-"));
        }
        Input {
            waiting: files.into_iter(),
            open: None,
            last: b'\n',
        }
    }

    /// Reads some bytes into `buffer`, which is not empty. None are read only at the end of it all.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => match self.waiting.next() {
                    Some(path) => self.open.insert(Open::new(path)?),
                    None => return Ok(0),
                },
            };
            let count = open
                .reader
                .read(buffer)
                .with_context(|| format!("failed to read `{}`", open.path.display()))?;
            if count > 0 {
                self.last = buffer[count - 1];
                return Ok(count);
            }
            self.open = None;
            if self.last != b'\n' {
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(1);
            }
        }
    }
}

impl Open {
    fn new(path: PathBuf) -> Result<Open> {
        let reader: Box<dyn Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&path).with_context(|| format!("failed to open `{}`", path.display()))?)
        };
        Ok(Open { path, reader })
    }
}
