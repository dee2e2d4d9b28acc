//! The flags that limit what a program may have.

use wasmtime_scratch::{BaseLimits, Limits};

use crate::options::{parse_bytes, parse_count};

/// What a program may have of temporary files, and all programs of this process together.
#[derive(clap::Args)]
#[command(
    next_help_heading = "Limits of temporary files (sizes as 64MiB, 1.5GB or a number of bytes; `none` for no limit)"
)]
pub(crate) struct LimitFlags {
    /// Bytes on disk: the sum of file sizes. Beyond it a program meets `insufficient-space`.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "1GiB")]
    max_bytes: u64,

    /// Files, directories and links. Beyond it: `insufficient-space`.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value_t = Limits::RUN.entries)]
    max_entries: u64,

    /// Bytes in one file, in memory or on disk [default: as --max-bytes]. Beyond it: `file-too-large`, if it
    /// is less than --max-bytes.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    max_file_size: Option<u64>,

    /// Descriptors and streams that are open at once. Beyond it: `quota`.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value_t = Limits::RUN.open_files)]
    max_open: u64,

    /// How deep an entry may stand. Beyond it: `quota`.
    #[arg(long, value_name = "N", value_parser = parse_count, default_value_t = Limits::RUN.depth)]
    max_depth: u64,

    /// Bytes of files held in memory, which is not the program's own memory. Beyond it files move to disk.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes, default_value = "16MiB")]
    max_spool: u64,

    /// Bytes on disk in the base as a whole, of this process [default: half of what is free]. Beyond it:
    /// `insufficient-space`.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    base_max_bytes: Option<u64>,

    /// Files, directories and links in the base as a whole, of this process [default: half of the free inodes]. Beyond it:
    /// `insufficient-space`.
    #[arg(long, value_name = "N", value_parser = parse_count)]
    base_max_entries: Option<u64>,
}

impl LimitFlags {
    /// Of the space.
    pub(crate) fn of_space(&self) -> Limits {
        let mut limits = Limits::RUN;
        limits.bytes = self.max_bytes;
        limits.entries = self.max_entries;
        limits.file_bytes = self.max_file_size.unwrap_or(self.max_bytes);
        limits.open_files = self.max_open;
        limits.depth = self.max_depth;
        limits.memory = self.max_spool;
        limits
    }

    /// Of the base.
    pub(crate) fn of_base(&self) -> BaseLimits {
        let mut limits = BaseLimits::default();
        limits.bytes = self.base_max_bytes;
        limits.entries = self.base_max_entries;
        limits
    }
}
