//! Persists a directory as `/out/tree`, with so many files in it as the first argument says and so many symbolic links as the
//! second, half of each in a directory below. Prints `persisted`, or the name of the refusal.
#![forbid(unsafe_code)]

use std::{fs, io};

use scratch_tempfile::bindings::scratch::tempfile::types::{DescriptorFlags, TemporaryDirectory};
use scratch_test_programs::{any_name, names_in, number, wasi::preopens};

fn main() -> io::Result<()> {
    let (files, links): (u64, u64) = (number(1, "how many files"), number(2, "how many links"));
    let (out, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, path)| path == "/out")
        .expect("the directory `/out` has to be granted");
    let tree = TemporaryDirectory::create(&any_name()).expect("create a directory");
    let path = tree.get_path().expect("get its path");
    fs::create_dir(format!("{path}/below"))?;
    let place = |number: u64| if number.is_multiple_of(2) { "" } else { "below/" };
    for number in 0..files {
        fs::write(format!("{path}/{}file-{number}", place(number)), "content")?;
    }
    let opened = tree
        .open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
        .expect("open it");
    for number in 0..links {
        let name = format!("{}link-{number}", place(number));
        opened
            .symlink_at("../../../../etc/hostname", &name)
            .expect("make a link");
    }
    drop(opened);
    let before = (names_in(&path)?, names_in(format!("{path}/below"))?);
    match TemporaryDirectory::persist(tree, &out, "tree") {
        Ok(()) => println!("persisted"),
        Err((tree, code)) => {
            let after = (names_in(&path)?, names_in(format!("{path}/below"))?);
            assert_eq!(before, after, "a refusal changed the tree");
            println!("{}", code.name());
            drop(tree);
        }
    }
    Ok(())
}
