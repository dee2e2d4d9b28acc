//! Knows nothing of `scratch:tempfile`: finds the directory that `TMPDIR` names, and works in it by path.
//!
//! The first argument says what `TMPDIR` has to be; default: `/tmp`.
#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let expected = env::args().nth(1).unwrap_or_else(|| "/tmp".to_owned());
    let place = env::var("TMPDIR").expect("`TMPDIR` is set");
    assert_eq!(place, expected, "`TMPDIR` is something else");
    let place = Path::new(&place);
    assert_eq!(fs::read_dir(place)?.count(), 0, "somebody else was there");

    let dir = place.join("by-path");
    fs::create_dir_all(dir.join("inner"))?;
    fs::write(dir.join("inner/data.txt"), "by path")?;
    fs::write(place.join("loose.txt"), "by path")?;
    fs::rename(place.join("loose.txt"), dir.join("moved.txt"))?;
    fs::hard_link(dir.join("moved.txt"), dir.join("linked.txt"))?;
    assert_eq!(fs::read(dir.join("linked.txt"))?, b"by path");
    fs::remove_file(dir.join("linked.txt"))?;
    println!("left by-path/inner/data.txt and by-path/moved.txt");
    Ok(())
}
