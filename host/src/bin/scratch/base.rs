//! Which base the command uses.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `--base`, else `$SCRATCH_BASE`, else the first of these that no directory in `granted` shows, since a program must not see other
/// programs' files: `${XDG_CACHE_HOME:-~/.cache}/scratch`, and `scratch-UID` in `$TMPDIR`, `/var/tmp` or `/tmp`.
///
/// The others than the first are worse: their names can be squatted, and they may be swept by age or in memory.
pub(crate) fn path<'a>(flag: Option<PathBuf>, granted: impl Iterator<Item = &'a Path> + Clone) -> PathBuf {
    if let Some(named) = flag.or_else(|| set("SCRATCH_BASE").map(PathBuf::from)) {
        return named;
    }
    // The XDG specification says that a relative path is to be ignored.
    let cache = set("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let cache = cache.or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".cache")));
    let name = format!("scratch-{}", rustix::process::geteuid().as_raw());
    let mut places = cache.map(|cache| cache.join("scratch")).into_iter().collect::<Vec<_>>();
    let shared = set("TMPDIR")
        .map(PathBuf::from)
        .into_iter()
        .chain(["/var/tmp".into(), "/tmp".into()]);
    places.extend(shared.map(|dir| dir.join(&name)));
    let is_hidden = |place: &&PathBuf| granted.clone().all(|granted| !is_shown(place, granted));
    // Where each is shown, the run is refused, and says which was.
    places.iter().find(is_hidden).unwrap_or(&places[0]).clone()
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Tells whether one of the two paths leads into the other. Parts that do not exist yet are compared as text.
fn is_shown(base: &Path, granted: &Path) -> bool {
    let Ok(granted) = granted.canonicalize() else {
        return false;
    };
    let real = base.ancestors().find_map(|above| {
        let rest = base.strip_prefix(above).ok()?;
        Some(above.canonicalize().ok()?.join(rest))
    });
    real.is_some_and(|base| base.starts_with(&granted) || granted.starts_with(&base))
}
