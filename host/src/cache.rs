//! The cache of compiled code, which is wasmtime's own: the same directory, the same configuration.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use wasmtime::{Cache, CacheConfig};

/// The permission bits with which others could write.
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Opens wasmtime's cache of compiled code, for [`Config::cache`](wasmtime::Config::cache): with the configuration in the
/// file `config`, or as `wasmtime` itself opens it.
///
/// A program that is in the cache is loaded and not compiled. `None` if there is no cache to be had, which is a `warn` event
/// and no error: programs are compiled then. What is damaged in it, or cannot be written to it, is compiled as well.
///
/// The cache holds native code: whoever can write to it runs code in every process that uses it. So a directory that belongs to
/// another user than this process or root, or that others may write to, is not used. Grant no program a directory with the cache in it.
///
/// # Examples
///
/// ```
/// use wasmtime::Config;
/// use wasmtime_scratch::{Runner, open_cache};
///
/// # fn example() -> wasmtime::Result<()> {
/// let mut config = Config::new();
/// config.cache(open_cache(None));
/// let runner = Runner::with_config(config)?;
/// # Ok(())
/// # }
/// ```
pub fn open_cache(config: Option<&Path>) -> Option<Cache> {
    let opened = CacheConfig::from_file(config)
        .map_err(|error| CacheError::Configuration(error.to_string()))
        .and_then(open);
    match opened {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!(reason = %error, "compiled code is not cached");
            None
        }
    }
}

fn open(config: CacheConfig) -> Result<Cache, CacheError> {
    // The cache starts a thread, and panics where there is none to be had.
    let try_thread = std::thread::Builder::new().spawn(|| ());
    try_thread.map(drop).map_err(CacheError::Thread)?;
    let cache = Cache::new(config).map_err(|error| CacheError::Configuration(error.to_string()))?;
    verify(cache.directory())?;
    Ok(cache)
}

/// Looks at who may write the code that this process will run.
fn verify(directory: &Path) -> Result<(), CacheError> {
    let path = || directory.to_owned();
    let found = fs::metadata(directory).map_err(|source| CacheError::Directory { path: path(), source })?;
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user && found.uid() != 0 {
        return Err(CacheError::NotOurs {
            path: path(),
            owner: found.uid(),
            user,
        });
    }
    if found.mode() & OTHERS_MAY_WRITE != 0 {
        return Err(CacheError::OpenToOthers { path: path() });
    }
    Ok(())
}

/// Why compiled code is not cached. Each text says what would help.
#[derive(Debug, thiserror::Error)]
enum CacheError {
    #[error("{0}")]
    Configuration(String),
    #[error("no thread can be started for it: {0}")]
    Thread(io::Error),
    #[error("cannot look at the directory `{}`: {source}", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error(
        "the directory `{}` belongs to user {owner}, not to user {user}: name another one in the cache's configuration",
        path.display()
    )]
    NotOurs { path: PathBuf, owner: u32, user: u32 },
    #[error("others may write native code to the directory `{}`: run `chmod go-w` on it", path.display())]
    OpenToOthers { path: PathBuf },
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{CacheError, verify};

    #[test]
    fn code_that_others_may_write_is_not_run() {
        let place = tempfile::tempdir().expect("a directory");
        for (mode, is_refused) in [
            (0o700, false),
            (0o755, false),
            (0o770, true),
            (0o702, true),
            (0o777, true),
        ] {
            fs::set_permissions(place.path(), fs::Permissions::from_mode(mode)).expect("it is ours");
            let refused = matches!(verify(place.path()), Err(CacheError::OpenToOthers { .. }));
            assert_eq!(refused, is_refused, "{mode:o}");
        }
    }

    #[test]
    fn code_of_another_user_is_not_run() {
        let place = tempfile::tempdir().expect("a directory");
        let other = rustix::fs::Uid::from_raw(rustix::process::geteuid().as_raw() + 1);
        if rustix::fs::chown(place.path(), Some(other), None).is_err() {
            eprintln!("skipped: only root can give a directory away");
            return;
        }
        assert!(matches!(verify(place.path()), Err(CacheError::NotOurs { .. })));
    }
}
