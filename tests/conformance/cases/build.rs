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
        writeln!(arms, "        {name:?} => {module}::main().report(),").expect("memory");
    }
    let rust = format!(
        "{modules}\n/// Runs a case, if there is one of that name.\nfn run(name: &str) -> Option<ExitCode> {{\n    \
         Some(match name {{\n{arms}        _ => return None,\n    }})\n}}\n"
    );
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("cases.rs"), rust)
}
