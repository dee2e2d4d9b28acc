//! Writes the Rust that makes one program of all cases.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=src/bin");
    let dir = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/bin");
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dir)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let (mut modules, mut arms) = (String::new(), String::new());
    for path in paths {
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        let module = name.replace('-', "_");
        writeln!(modules, "#[path = {path:?}]\nmod {module};").expect("memory");
        writeln!(arms, "        {name:?} => {module}::main(),").expect("memory");
    }
    let rust = format!(
        "{modules}\n/// Runs the case of that name.\nfn run(name: &str) {{\n    match name {{\n{arms}        \
         other => panic!(\"there is no case {{other:?}}\"),\n    }}\n}}\n"
    );
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("cases.rs"), rust)
}
