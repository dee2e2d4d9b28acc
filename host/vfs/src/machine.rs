//! What a process may take of its machine: the one place where defaults come from the system.

use crate::limits::{Limits, LimitsError};
use std::path::{Path, PathBuf};

/// What the machine leaves to the process.
///
/// # Examples
///
/// ```
/// use scratch_vfs::{Budget, Machine};
///
/// let machine = Machine::look();
/// let process = Budget::new(machine.limits()?);
/// assert_eq!(process.usage().memory.limit, machine.memory.map(|bytes| bytes / 4));
/// # Ok::<(), scratch_vfs::LimitsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// Bytes of memory: the least of what is available and of the limits of the control groups (v2 and v1) that the process is in.
    /// `None` where the system does not tell (anything but Linux).
    pub memory: Option<u64>,
    /// Descriptors that the process may still open. `None` where the system does not tell (anything but Linux).
    pub descriptors: Option<u64>,
}

impl Machine {
    /// Asks the system.
    pub fn look() -> Self {
        if cfg!(target_os = "linux") {
            let open = std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
            Self::look_with(|path| std::fs::read_to_string(path).ok(), open)
        } else {
            Self::default()
        }
    }

    fn look_with(read: impl Fn(&Path) -> Option<String>, open: Option<usize>) -> Self {
        let available = read(Path::new("/proc/meminfo")).and_then(|text| available_memory(&text));
        let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let group_limits = groups
            .lines()
            .filter_map(memory_group)
            .flat_map(|(mount, group, file)| {
                up_to_mount(mount, &group)
                    .into_iter()
                    .map(move |folder| folder.join(file))
            })
            .filter_map(|file| read(&file)?.trim().parse::<u64>().ok());
        let descriptors = read(Path::new("/proc/self/limits")).and_then(|text| descriptor_limit(&text));
        Self {
            memory: available.into_iter().chain(group_limits).min(),
            descriptors: descriptors
                .map(|limit| limit.saturating_sub(crate::convert::to_u64(open.unwrap_or_default()))),
        }
    }

    /// Returns the limits of the process's budget: a quarter of the memory, and nothing else.
    ///
    /// A quarter, because the program that embeds this crate, its guests' linear memories and the system's cache of files have to live
    /// from the rest. Bytes and entries have no limit here: memory bounds the former, and spaces bound the latter.
    ///
    /// # Errors
    ///
    /// None: limits like these do not contradict each other.
    pub fn limits(&self) -> Result<Limits, LimitsError> {
        Limits::none()
            .to_builder()
            .memory(self.memory.map(|bytes| bytes / 4))
            .build()
    }

    /// Returns how many descriptors the process's budget may use: three quarters of those that are left.
    ///
    /// The rest is for the program that embeds this crate, which fails in ways of its own without any.
    pub fn descriptor_share(&self) -> Option<u64> {
        self.descriptors.map(|left| left / 4 * 3)
    }
}

/// Reads `MemAvailable` of `/proc/meminfo`, in bytes.
fn available_memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()?
        .checked_mul(1024)
}

/// Reads a line of `/proc/self/cgroup`. Returns where its hierarchy is mounted, the group in it, and the file with the limit on
/// memory; `None` for a hierarchy that has no such limit.
fn memory_group(line: &str) -> Option<(&'static str, PathBuf, &'static str)> {
    let mut fields = line.splitn(3, ':');
    let (number, controllers, group) = (fields.next()?, fields.next()?, fields.next()?);
    let group = PathBuf::from(group.trim_start_matches('/'));
    if number == "0" && controllers.is_empty() {
        return Some(("/sys/fs/cgroup", group, "memory.max"));
    }
    controllers.split(',').any(|name| name == "memory").then_some((
        "/sys/fs/cgroup/memory",
        group,
        "memory.limit_in_bytes",
    ))
}

/// Lists a group and those above it: the limit of each holds. In a container the group may not be there, but its top is.
fn up_to_mount(mount: &'static str, group: &Path) -> Vec<PathBuf> {
    let folder = Path::new(mount).join(group);
    folder
        .ancestors()
        .take_while(|above| above.starts_with(mount))
        .map(Path::to_owned)
        .collect()
}

/// Reads the soft limit on open files of `/proc/self/limits`.
fn descriptor_limit(text: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(files: &[(&str, &str)]) -> Machine {
        let read = |path: &Path| {
            files
                .iter()
                .find(|(name, _)| Path::new(name) == path)
                .map(|(_, text)| (*text).to_owned())
        };
        Machine::look_with(read, Some(24))
    }

    const MEMORY: (&str, &str) = ("/proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:    8000 kB\n");

    #[test]
    fn memory_is_the_least_of_all_groups_and_of_what_is_available() {
        assert_eq!(look(&[MEMORY]).memory, Some(8000 * 1024));
        let groups = ("/proc/self/cgroup", "0::/system.slice/a.service\n");
        let above = ("/sys/fs/cgroup/system.slice/memory.max", "4096000\n");
        let own = ("/sys/fs/cgroup/system.slice/a.service/memory.max", "max\n");
        assert_eq!(look(&[MEMORY, groups, own, above]).memory, Some(4_096_000));
        let top = ("/sys/fs/cgroup/memory.max", "2048000\n");
        assert_eq!(look(&[MEMORY, groups, top]).memory, Some(2_048_000));
    }

    #[test]
    fn groups_of_version_1_count() {
        let groups = ("/proc/self/cgroup", "12:cpu,cpuacct:/x\n5:memory:/docker/y\n");
        let own = ("/sys/fs/cgroup/memory/docker/y/memory.limit_in_bytes", "1000000\n");
        assert_eq!(look(&[MEMORY, groups, own]).memory, Some(1_000_000));
    }

    #[test]
    fn descriptors_are_those_that_are_left() {
        let limits = (
            "/proc/self/limits",
            "Limit  Soft  Hard  Units\nMax open files            1024   524288  files\n",
        );
        let machine = look(&[limits]);
        assert_eq!(
            (machine.descriptors, machine.descriptor_share()),
            (Some(1000), Some(750))
        );
        let unlimited = ("/proc/self/limits", "Max open files  unlimited unlimited files\n");
        assert_eq!(look(&[unlimited]).descriptors, None);
    }

    #[test]
    fn nothing_is_told_where_there_is_nothing_to_read() {
        assert_eq!(look(&[]), Machine::default());
    }
}
