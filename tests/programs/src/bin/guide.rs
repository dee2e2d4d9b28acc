//! The two scenes of the Python guide to `tempfile`: a temporary directory and a named temporary file.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{self, Read, Seek, Write};

use scratch_tempfile::{NamedTempFile, TempDir, temp_dir};

fn main() -> io::Result<()> {
    match temp_dir() {
        Some(place) => println!("Temporary files live in {}.", place.display()),
        None => println!("Temporary files live nowhere that has a name."),
    }

    println!("\nA temporary directory:");
    let path = {
        let dir = TempDir::new()?;
        println!("  created {}", dir.path().display());
        let path = dir.path().join("data.txt");
        fs::write(&path, "Some data, for as long as the directory lives.\n")?;
        println!("  wrote data.txt in it; exists: {}", path.exists());
        assert!(path.exists(), "data.txt is not there");
        path
    };
    println!("  left the scope; data.txt exists: {}", path.exists());
    assert!(!path.exists(), "data.txt outlived its directory");
    assert!(
        !path.parent().is_some_and(|dir| dir.exists()),
        "the directory outlived its handle"
    );

    println!("\nA named temporary file:");
    let mut file = NamedTempFile::new()?;
    let path = file.path().to_owned();
    println!("  created {}", path.display());
    file.write_all(b"Hello, world!")?;
    let mut text = String::new();
    file.reopen()?.read_to_string(&mut text)?;
    println!("  wrote to it; opened by its name, it says: {text}");
    assert_eq!(text, "Hello, world!");
    text.clear();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    println!("  rewound; read through the first handle, it says: {text}");
    assert_eq!(text, "Hello, world!");
    drop(file);
    println!("  dropped; exists: {}", path.exists());
    assert!(!path.exists(), "the named file outlived its handle");
    Ok(())
}
