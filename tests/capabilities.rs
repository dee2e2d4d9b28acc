//! What the guest provider may do: its imports are a list, and each has a reason.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use wasmparser::{Parser, Payload};
use wasmtime_scratch::GUEST_PROVIDER;

/// The provider is carried by every binary and compiled by every host that uses it.
const MAX_BYTES: usize = 150_000;

/// The imports of a component, at its top.
fn imports(component: &[u8]) -> Vec<String> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("the provider parses") {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                found.extend(section.into_iter().map(|import| {
                    let import = import.expect("the import parses");
                    import.name.name.to_owned()
                }));
            }
            _ => {}
        }
    }
    found.sort();
    found
}

/// The list in the repository: `NAME  # why`.
fn listed() -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/imports.txt");
    let text = String::from_utf8(support::read(&file)).expect("it is text");
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, why) = line.split_once('#').unwrap_or((line, ""));
            (name.trim().to_owned(), why.trim().to_owned())
        })
        .collect()
}

#[test]
fn the_guest_provider_imports_what_the_list_explains_and_nothing_else() {
    let listed = listed();
    let names: Vec<String> = listed.keys().cloned().collect();
    assert_eq!(imports(GUEST_PROVIDER), names);
    for (name, why) in listed {
        assert!(why.len() >= 10, "`{name}` has no reason");
        assert!(!name.contains("sockets") && !name.contains("http"), "`{name}`");
    }
}

#[test]
fn the_guest_provider_speaks_one_version_of_wasi() {
    for import in imports(GUEST_PROVIDER) {
        assert!(import.ends_with("@0.2.6"), "`{import}`");
    }
}

#[test]
fn the_guest_provider_is_small() {
    assert!(GUEST_PROVIDER.len() <= MAX_BYTES, "{} bytes", GUEST_PROVIDER.len());
}
