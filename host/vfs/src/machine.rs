//! The resources that the machine leaves to the process. No other module takes defaults from the machine.

use crate::limits::Limits;
use std::path::{Path, PathBuf};

/// Describes the resources that the machine leaves to the process.
///
/// # Examples
///
/// ```
/// use scratch_vfs::{Budget, Machine};
///
/// let machine = Machine::detect();
/// let process = Budget::new(machine.limits());
/// assert_eq!(process.usage().memory.limit, machine.memory.map(|bytes| bytes / 4));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// Bytes of memory. This is the minimum of the available memory and of the limits of all control groups (v2 and v1) that the
    /// process is in. `None` where the system does not report it, which is everywhere but on Linux.
    pub memory: Option<u64>,
    /// Number of descriptors that the process may still open. `None` where the system does not report it, which is everywhere but on
    /// Linux.
    pub descriptors: Option<u64>,
}

impl Machine {
    /// Reads the current values from the system.
    pub fn detect() -> Self {
        if cfg!(target_os = "linux") {
            let open = std::fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
            Self::detect_with(|path| std::fs::read_to_string(path).ok(), open)
        } else {
            Self::default()
        }
    }

    fn detect_with(read: impl Fn(&Path) -> Option<String>, open: Option<usize>) -> Self {
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

    /// Returns limits for the budget of the process, which allow a quarter of the memory and limit nothing else.
    ///
    /// The rest of the memory is for the program that embeds this crate, the linear memories of its guests, and the system's page
    /// cache. Bytes and entries need no limit here, because memory bounds the bytes, and the limits of spaces bound the entries.
    pub fn limits(&self) -> Limits {
        Limits::memory_only(self.memory.map(|bytes| bytes / 4))
    }

    /// Returns how many descriptors the budget of the process may use, which is three quarters of those that are left.
    ///
    /// The rest is for the program that embeds this crate, which also needs descriptors.
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

/// Lists the folders of a group and of the groups above it, because the limit of each applies. In a container the folder of the
/// group may be missing, but the mount exists.
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
        Machine::detect_with(read, Some(24))
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
