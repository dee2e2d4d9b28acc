//! Linux, and other Unix systems as far as they are alike.

use super::Medium;
use crate::random_name::random_name;
use crate::spill::floor::Free;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Directory(File);

impl Directory {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?.into()))
    }

    #[cfg(target_os = "linux")]
    pub(super) fn medium(&self) -> io::Result<Medium> {
        // The magic numbers of statfs(2) and of linux/magic.h.
        const MEMORY: [i128; 2] = [0x0102_1994, 0x8584_58f6];
        const REMOTE: [i128; 9] = [
            0x6969,      // NFS
            0x517b,      // SMB
            0xff53_4d42, // CIFS
            0xfe53_4d42, // SMB 2
            0x6573_5546, // FUSE
            0x0102_1997, // 9P
            0x00c3_6400, // Ceph
            0x5346_414f, // AFS
            0x0bd0_0bd0, // Lustre
        ];
        let kind = i128::from(rustix::fs::fstatfs(&self.0)?.f_type);
        Ok(if MEMORY.contains(&kind) {
            Medium::Memory
        } else if REMOTE.contains(&kind) {
            Medium::Remote
        } else {
            Medium::Disk
        })
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "Linux can fail to tell")]
    pub(super) fn medium(&self) -> io::Result<Medium> {
        Ok(Medium::Disk)
    }

    pub(super) fn free(&self) -> io::Result<Option<Free>> {
        let found = rustix::fs::fstatvfs(&self.0)?;
        Ok(Some(Free {
            total: found.f_blocks.saturating_mul(found.f_frsize),
            available: found.f_bavail.saturating_mul(found.f_frsize),
        }))
    }

    pub(super) fn create_nameless(&self) -> io::Result<(File, bool)> {
        #[cfg(target_os = "linux")]
        {
            let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
            match rustix::fs::openat(&self.0, ".", flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => return Ok((file.into(), true)),
                // What systems and file systems without O_TMPFILE answer: open(2).
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.create_unlinked().map(|file| (file, false))
    }

    /// Makes a file and deletes its name at once.
    fn create_unlinked(&self) -> io::Result<File> {
        /// How often a name may exist already. Names have 64 random bits, so that a second try is never needed.
        const TRIES: usize = 8;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..TRIES {
            let name = random_name();
            match rustix::fs::openat(&self.0, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => {
                    // Nobody else knows the name, and only who may write to the directory could have replaced it.
                    rustix::fs::unlinkat(&self.0, &name, AtFlags::empty())?;
                    return Ok(file.into());
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

pub(super) fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    file.read_exact_at(buffer, offset)
}

pub(super) fn write_all_at(file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
    file.write_all_at(data, offset)
}

#[cfg(target_os = "linux")]
pub(super) fn punch(file: &File, offset: u64, length: u64) -> io::Result<()> {
    use rustix::fs::FallocateFlags;
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(rustix::fs::fallocate(file, flags, offset, length)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn punch(_file: &File, _offset: u64, _length: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn max_file_size() -> u64 {
    rustix::process::getrlimit(rustix::process::Resource::Fsize)
        .current
        .unwrap_or(u64::MAX)
}

pub(super) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}
