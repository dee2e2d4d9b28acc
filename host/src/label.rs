//! Labels, and the names of spaces, which carry them and the limits of bytes and entries: whose a space was, and how much
//! it might have had, is known after its host has died, and to who only looks.

use std::ffi::CStr;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::budget::Limits;
use crate::error::LabelError;
use crate::names;

/// The longest label, in bytes.
const LONGEST: usize = 128;

/// Between a random name and the label behind it.
const BEFORE_LABEL: char = '.';

/// Before each of the two limits, in hexadecimal; an empty one is none.
const BEFORE_LIMIT: char = ',';

/// Whose space it is: 1 to 128 printable ASCII characters, such as a tenant or a request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Label, LabelError> {
        let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if text.is_empty() || text.len() > LONGEST || !printable {
            let found = text.chars().take(LONGEST).collect();
            return Err(LabelError { found });
        }
        Ok(Label(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A fresh name for a space: a [`trash_name`](Whose::trash_name) with the limits behind it.
pub(crate) fn space_name(label: Option<&Label>, limits: &Limits) -> String {
    let mut name = labelled_name(label);
    for limit in [limits.bytes, limits.entries] {
        name.push(BEFORE_LIMIT);
        if limit != u64::MAX {
            name.push_str(&format!("{limit:x}"));
        }
    }
    name
}

/// A fresh name: random, and the label in Base64, since a label may hold what a name may not.
fn labelled_name(label: Option<&Label>) -> String {
    let mut name = names::random();
    if let Some(label) = label {
        name.push(BEFORE_LABEL);
        name.push_str(&BASE64URL_NOPAD.encode(label.as_str().as_bytes()));
    }
    name
}

/// Whose space something is from, as far as is known from the directories around it.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    /// It is not in a space, or nobody has looked yet.
    NotKnown,
    /// It is in a space with this label, or without one.
    Space(Option<Label>),
}

impl Whose {
    /// Whose what stands under `name` is, in a directory of `self`'s: in a space a name says nothing, the program chose it.
    pub(crate) fn below(&self, name: &CStr) -> Whose {
        match (self, name.to_str()) {
            (Whose::NotKnown, Ok(name)) => match Named::parse(name) {
                Some(named) => Whose::Space(named.label),
                None => Whose::NotKnown,
            },
            (known, _) => known.clone(),
        }
    }

    /// A fresh name in the trash.
    pub(crate) fn trash_name(&self) -> String {
        match self {
            Whose::NotKnown => names::random(),
            Whose::Space(label) => labelled_name(label.as_ref()),
        }
    }
}

/// What the name of a space says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) label: Option<Label>,
    /// Bytes that may be in it.
    pub(crate) max_bytes: Option<u64>,
    /// Entries that may be in it.
    pub(crate) max_entries: Option<u64>,
}

impl Named {
    /// What `name` says, if it is one that spaces, or what is left of them, have.
    pub(crate) fn parse(name: &str) -> Option<Named> {
        let (name, limits) = match name.split_once(BEFORE_LIMIT) {
            Some((name, limits)) => (name, Some(limits.split_once(BEFORE_LIMIT)?)),
            None => (name, None),
        };
        let (random, label) = match name.split_once(BEFORE_LABEL) {
            Some((random, encoded)) => {
                let decoded = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?;
                (random, Some(String::from_utf8(decoded).ok()?.parse().ok()?))
            }
            None => (name, None),
        };
        let number = |text: &str| match text {
            "" => Some(None),
            text => u64::from_str_radix(text, 16).ok().map(Some),
        };
        let (max_bytes, max_entries) = limits.unwrap_or(("", ""));
        names::is_random(random).then_some(Named {
            label,
            max_bytes: number(max_bytes)?,
            max_entries: number(max_entries)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_and_limits_survive_in_a_name() {
        let longest = "/".repeat(LONGEST);
        let labels =
            ["a", "tenant-7", "a b/c\\..", "~", longest.as_str()].map(|text| Some(text.parse().expect("a label")));
        let mut limits = Limits::default();
        for (bytes, entries) in [(0, 1), (u64::MAX - 1, u64::MAX - 1), (1 << 30, u64::MAX)] {
            (limits.bytes, limits.entries) = (bytes, entries);
            for label in labels.iter().chain([&None]) {
                let name = space_name(label.as_ref(), &limits);
                assert!(name.len() < 255 && !name.contains('/'), "{name}");
                let named = Named {
                    label: label.clone(),
                    max_bytes: Some(bytes),
                    max_entries: (entries != u64::MAX).then_some(entries),
                };
                assert_eq!(Named::parse(&name), Some(named), "{name}");
            }
        }
        let residue = Whose::Space(labels[1].clone()).trash_name();
        let named = Named {
            label: labels[1].clone(),
            ..Named::default()
        };
        assert_eq!(Named::parse(&residue), Some(named));
    }

    #[test]
    fn what_a_program_made_says_nothing() {
        for name in [
            "file.txt",
            "abcdefghijklm.",
            "abcdefghijklm.!",
            "abcdefghijklm.AA",
            "abc.YQ",
            "abcdefghijklm,1",
            "abcdefghijklm,1,g",
            "abc,1,1",
        ] {
            assert_eq!(Named::parse(name), None, "{name}");
        }
    }
}
