//! Stand-ins for systems other than Linux, where nothing is exported. Each fails as unsupported.

use std::fs::File;
use std::io;

/// Identifies a file or directory of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) struct HostId;

fn unsupported<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "exports are not supported on this system",
    ))
}

pub(in crate::export) fn id(_: &File) -> io::Result<HostId> {
    unsupported()
}

pub(in crate::export) fn id_at(_: &File, _: &[u8]) -> io::Result<HostId> {
    unsupported()
}

pub(in crate::export) fn is_same_device(_: &File, _: &File) -> bool {
    false
}

pub(in crate::export) fn create_nameless(_: &File, _: u16) -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn create_named(_: &File, _: &[u8], _: u16) -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn link_nameless(_: &File, _: &File, _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn link(_: &File, _: &[u8], _: &File, _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn is_unlinkable(_: &io::Error) -> bool {
    false
}

pub(in crate::export) fn is_without_nameless(_: &io::Error) -> bool {
    false
}

pub(in crate::export) fn rename_new(_: &File, _: &[u8], _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn rename_over(_: &File, _: &[u8], _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn unlink(_: &File, _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn remove_directory(_: &File, _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn make_directory(_: &File, _: &[u8], _: u16) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn open_directory(_: &File, _: &[u8]) -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn make_private_directory(_: &File, _: &[u8]) -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn symlink(_: &[u8], _: &File, _: &[u8]) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn list(_: &File, _: usize) -> io::Result<Vec<(Vec<u8>, bool)>> {
    unsupported()
}

pub(in crate::export) fn open_file_mode(_: &File, _: &File) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn open_directory_mode(_: &File) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn check_size(_: u64) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn next_data(_: &File, _: u64, _: u64) -> io::Result<Option<(u64, u64)>> {
    unsupported()
}

pub(in crate::export) fn copy_range(_: &File, _: &File, _: u64, _: usize) -> io::Result<Option<usize>> {
    unsupported()
}

pub(in crate::export) fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<()> {
    unsupported()
}

pub(in crate::export) fn reopen(_: &File) -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn create_in_memory() -> io::Result<File> {
    unsupported()
}

pub(in crate::export) fn seal(_: &File) -> io::Result<()> {
    unsupported()
}
