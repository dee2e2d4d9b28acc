//! What is in a base, without changing it.

use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, StatxFlags};
use rustix::io::Errno;
use serde::Serialize;

use super::claim::Lock;
use super::lease::{self, Holder, SPACES, TRASH};
use super::verify::is_layout;
use crate::dir;
use crate::label::Named;
use crate::look::{self, Size};

/// What is in a base.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Listing {
    /// Spaces and residue, by age, the oldest first.
    pub spaces: Vec<Listed>,
    /// The hosts that hold a lease now, whether or not they have a space.
    pub live_hosts: u64,
    /// Names in the base that nobody of us made. They are left alone.
    pub foreign: Vec<String>,
}

/// A space, or what is left of one.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// Whether anybody uses it.
    pub state: State,
    /// Whose it is.
    pub label: Option<String>,
    /// How long ago it was made, in seconds.
    pub age_seconds: u64,
    /// File sizes in it, each inode once.
    pub bytes: u64,
    /// The most that may be; `None` where there is no such limit, and for residue.
    pub max_bytes: Option<u64>,
    /// Files, directories and links in it.
    pub entries: u64,
    /// The most that may be; `None` where there is no such limit, and for residue.
    pub max_entries: Option<u64>,
    /// Whether all of it was looked at: more than 256 levels down nothing is counted.
    pub is_counted: bool,
    /// Who holds its lease, or did.
    pub holder: Option<Holder>,
}

/// What becomes of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// Its host lives.
    Live,
    /// Its host is dead: the next sweep, or the next host that opens the base, removes it.
    Stale,
    /// It is in the trash: removed in the background right now, or the system refused to remove it.
    Residue,
}

pub(super) fn list(base: &OwnedFd) -> rustix::io::Result<Listing> {
    let mut listing = Listing::default();
    let names: Vec<_> = look::list(base)?.into_iter().map(|(name, _)| name).collect();
    let of_host = |name: &str| {
        names
            .iter()
            .any(|other| other.to_str().is_ok_and(|other| lease::of_lock(other) == Some(name)))
    };
    for name in &names {
        let text = name.to_string_lossy();
        match lease::of_lock(&text) {
            Some(id) => match Lock::open(base, id)? {
                Some(lock) => host(base, id, &lock, &mut listing)?,
                None => listing.foreign.push(text.into_owned()),
            },
            None if is_layout(&text) || of_host(&text) => {}
            None => listing.foreign.push(text.into_owned()),
        }
    }
    listing.spaces.sort_by_key(|space| std::cmp::Reverse(space.age_seconds));
    listing.foreign.sort();
    Ok(listing)
}

fn host(base: &OwnedFd, id: &str, lock: &Lock, listing: &mut Listing) -> rustix::io::Result<()> {
    let is_live = lock.is_held()?;
    listing.live_hosts += u64::from(is_live);
    let holder = serde_json::from_slice::<Holder>(&lock.read()).ok();
    let Ok(host) = dir::open(base, id) else {
        // Not made yet, or removed meanwhile.
        return Ok(());
    };
    let used = if is_live { State::Live } else { State::Stale };
    for (room, state) in [(SPACES, used), (TRASH, State::Residue)] {
        let Ok(room) = dir::open(&host, room) else { continue };
        let entries = match look::list(&room) {
            // Its host has ended meanwhile.
            Err(Errno::NOENT) => continue,
            entries => entries?,
        };
        for (name, kind) in entries {
            let Named {
                label,
                max_bytes,
                max_entries,
            } = name.to_str().ok().and_then(Named::parse).unwrap_or_default();
            let Size {
                entries,
                bytes,
                is_whole,
            } = look::size(room.as_fd(), &name);
            // A space's own directory is not something that a program made.
            let own = u64::from(kind == FileType::Directory);
            listing.spaces.push(Listed {
                state,
                label: label.map(|label| label.as_str().to_owned()),
                age_seconds: age(&room, &name).as_secs(),
                bytes,
                max_bytes,
                entries: entries.saturating_sub(own),
                max_entries,
                is_counted: is_whole,
                holder: holder.clone(),
            });
        }
    }
    Ok(())
}

/// Since an entry was made, or, where the file system does not know that, changed.
fn age(dir: &OwnedFd, name: &std::ffi::CStr) -> Duration {
    let flags = StatxFlags::BTIME | StatxFlags::MTIME;
    let Ok(stat) = rustix::fs::statx(dir, name, AtFlags::SYMLINK_NOFOLLOW, flags) else {
        return Duration::ZERO;
    };
    let has_birth = StatxFlags::from_bits_retain(stat.stx_mask).contains(StatxFlags::BTIME);
    let made = if has_birth { stat.stx_btime } else { stat.stx_mtime };
    let made = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(made.tv_sec).unwrap_or(0));
    // A clock that jumped makes nothing older than it can be.
    SystemTime::now().duration_since(made).unwrap_or_default()
}
