//! Which base the command uses.

use std::env;
use std::path::PathBuf;

/// `--base`, else `$SCRATCH_BASE`, else `${XDG_CACHE_HOME:-~/.cache}/scratch`, else `scratch-UID` in the system's
/// temporary directory.
///
/// The last is the worst: its name can be squatted, and such directories are often in memory and swept by age.
pub(crate) fn path(flag: Option<PathBuf>) -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.or_else(|| set("SCRATCH_BASE")).unwrap_or_else(|| {
        // The XDG specification says that a relative path is to be ignored.
        let cache = set("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let home = || set("HOME").map(|home| home.join(".cache"));
        cache.or_else(home).map_or_else(
            || env::temp_dir().join(format!("scratch-{}", rustix::process::geteuid().as_raw())),
            |cache| cache.join("scratch"),
        )
    })
}
