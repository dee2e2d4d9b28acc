//! A file system in memory with exact limits, which leaves nothing behind.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod account;
mod allocate;
mod budget;
mod content;
mod convert;
mod counter;
mod descriptor;
mod entry;
mod error;
mod index;
mod inode;
mod io;
mod label;
mod limits;
mod link;
mod list;
mod lock;
mod machine;
mod memory;
mod metadata;
mod name_hash;
mod open;
mod order;
mod path;
mod pool;
mod removal;
mod remove;
mod rename;
mod slab;
mod space;
mod stat;
mod survey;
mod tag;
mod tier;
mod time;
mod tree;
mod volume;

pub use account::{Level, Refusals, Usage};
pub use budget::{Budget, LiveSpace};
pub use counter::Gauge;
pub use descriptor::{Access, Descriptor};
pub use error::{Error, Result};
pub use label::{Label, LabelError};
pub use limits::{Limit, Limits, LimitsBuilder, LimitsError};
pub use list::{DirectoryEntry, Listing};
pub use machine::Machine;
pub use metadata::{Kind, Metadata, MetadataHash};
pub use open::OpenOptions;
pub use removal::{Opened, Removed};
pub use space::{Ended, Left, Space, SpaceBuilder};
pub use survey::{InodeId, InodeInfo, Walk};
pub use tag::Tag;
pub use time::{Clock, NewTimestamp, SystemClock, Timestamp};
