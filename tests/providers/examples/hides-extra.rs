//! Makes a second file beside every file, under another name, and never deletes it.

use std::path::Path;
use std::{fs, io};

use scratch_test_providers::{Provider, Sin, unique};

struct HidesExtra;

impl Sin for HidesExtra {
    fn created(path: &Path) -> io::Result<()> {
        fs::write(path.with_file_name(format!("extra-{}", unique())), "hidden")
    }
}

type Sinner = Provider<HidesExtra>;
scratch_test_providers::export!(Sinner);
