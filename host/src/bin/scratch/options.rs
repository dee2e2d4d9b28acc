//! Values of flags: `HOST::GUEST`, `NAME=VAL`, sizes, counts, times, `--report`.

use std::env::VarError;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use wasmtime_wasi::FsPerms;

/// `HOST[::GUEST][::ro|::rw]`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dir {
    pub(crate) host: PathBuf,
    pub(crate) guest: String,
    pub(crate) perms: FsPerms,
}

impl FromStr for Dir {
    type Err = String;

    fn from_str(text: &str) -> Result<Dir, String> {
        let parts: Vec<&str> = text.split("::").collect();
        let (host, guest, perms) = match parts[..] {
            [host] => (host, host, "rw"),
            [host, guest @ ("ro" | "rw")] => {
                // For wasmtime a path in the program, for people a mode.
                return Err(format!(
                    "`{guest}` may be a path or an access: write `{host}::{host}::{guest}` for the access, or `{host}::./{guest}` for \
                     the path"
                ));
            }
            [host, guest] => (host, guest, "rw"),
            [host, guest, perms] => (host, guest, perms),
            _ => return Err("expected HOST[::GUEST][::ro|::rw]".to_owned()),
        };
        if host.is_empty() || guest.is_empty() {
            return Err("neither side may be empty: expected HOST[::GUEST][::ro|::rw]".to_owned());
        }
        let perms = match perms {
            "ro" => FsPerms::ReadOnly,
            "rw" => FsPerms::ReadWrite,
            other => return Err(format!("`{other}` is neither `ro` nor `rw`")),
        };
        Ok(Dir {
            host: PathBuf::from(host),
            guest: guest.to_owned(),
            perms,
        })
    }
}

/// `NAME=VAL`, or `NAME` for the value that it has here, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnvVar {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

impl FromStr for EnvVar {
    type Err = String;

    fn from_str(text: &str) -> Result<EnvVar, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => match std::env::var(text) {
                Ok(value) => (text, Some(value)),
                Err(VarError::NotPresent) => (text, None),
                Err(error) => return Err(format!("`{text}`: {error}")),
            },
        };
        if name.is_empty() {
            return Err("a variable has a name: expected NAME[=VAL]".to_owned());
        }
        Ok(EnvVar {
            name: name.to_owned(),
            value,
        })
    }
}

/// A deadline: a number of seconds, or a number with a unit (`500ms`, `2m`); not 0.
pub(crate) fn parse_timeout(text: &str) -> Result<Duration, String> {
    let timeout = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string())?,
    };
    match timeout.is_zero() {
        true => Err("a deadline of 0 leaves no time to run".to_owned()),
        false => Ok(timeout),
    }
}

/// A number of bytes as people write it: `65536`, `64KiB`, `1.5 GB`; `none` for no limit.
pub(crate) fn parse_bytes(text: &str) -> Result<u64, String> {
    if text == "none" {
        return Ok(u64::MAX);
    }
    let size: bytesize::ByteSize = text
        .parse()
        .map_err(|_| "expected a number of bytes, such as 65536, 64KiB or 1.5GB, or `none`".to_owned())?;
    Ok(size.as_u64())
}

/// A number; `none` for no limit.
pub(crate) fn parse_count(text: &str) -> Result<u64, String> {
    match text {
        "none" => Ok(u64::MAX),
        text => text
            .parse()
            .map_err(|_| "expected a whole number, or `none`".to_owned()),
    }
}

/// How much of a report is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Only what is always said.
    None,
    /// A line, too.
    Line,
    /// The whole report.
    Text,
}

/// Where a report goes, and in which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReportTo {
    /// To standard error.
    Said(Detail),
    /// To a file, as JSON.
    Json(PathBuf),
}

impl FromStr for ReportTo {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportTo, String> {
        match (text, text.split_once('=')) {
            ("none", _) => Ok(ReportTo::Said(Detail::None)),
            ("line", _) => Ok(ReportTo::Said(Detail::Line)),
            ("text", _) => Ok(ReportTo::Said(Detail::Text)),
            (_, Some(("json", path))) if !path.is_empty() => Ok(ReportTo::Json(PathBuf::from(path))),
            _ => Err("expected `none`, `line`, `text` or `json=PATH`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_granted_under_its_own_name_unless_told_otherwise() {
        let dir: Dir = "a/b".parse().unwrap();
        assert_eq!((dir.guest.as_str(), dir.perms), ("a/b", FsPerms::ReadWrite));
        let dir: Dir = "a::/b::ro".parse().unwrap();
        assert_eq!((dir.guest.as_str(), dir.perms), ("/b", FsPerms::ReadOnly));
        let dir: Dir = "a::./ro".parse().unwrap();
        assert_eq!((dir.guest.as_str(), dir.perms), ("./ro", FsPerms::ReadWrite));
        for bad in ["", "::b", "a::", "a::ro", "a::rw", "a::b::rx", "a::b::ro::c"] {
            assert!(bad.parse::<Dir>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("65536", 65536),
            ("64KiB", 65536),
            ("64 KiB", 65536),
            ("1.5MiB", 3 << 19),
        ] {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text:?}");
        }
        assert_eq!(parse_bytes("2GB"), Ok(2_000_000_000));
        assert_eq!((parse_bytes("none"), parse_count("none")), (Ok(u64::MAX), Ok(u64::MAX)));
        for bad in ["", "-1", "64 KiBs", "KiB", "1e3", "many", "99999999999999999999999"] {
            assert!(parse_bytes(bad).is_err(), "{bad:?}");
            assert!(parse_count(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_deadline_is_more_than_nothing() {
        assert_eq!(parse_timeout("2"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_timeout("5ms"), Ok(Duration::from_millis(5)));
        for bad in ["0", "0s", "-1", "", "soon"] {
            assert!(parse_timeout(bad).is_err(), "{bad:?}");
        }
    }
}
