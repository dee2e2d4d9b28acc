//! Labels, and the names of spaces, which carry them: whose a space was is known after its host has died.

use std::ffi::CStr;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;

use crate::error::LabelError;
use crate::names;

/// The longest label, in bytes.
const LONGEST: usize = 128;

/// Between a random name and the label behind it.
const BEFORE_LABEL: char = '.';

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

/// A fresh name for a space: random, and the label in Base64, since a label may hold what a name may not.
pub(crate) fn space_name(label: Option<&Label>) -> String {
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
            (Whose::NotKnown, Ok(name)) if is_space_name(name) => Whose::Space(of_name(name)),
            (known, _) => known.clone(),
        }
    }

    /// A fresh name in the trash.
    pub(crate) fn trash_name(&self) -> String {
        match self {
            Whose::NotKnown => names::random(),
            Whose::Space(label) => space_name(label.as_ref()),
        }
    }
}

/// The label in the name of a space, if there is one.
pub(crate) fn of_name(name: &str) -> Option<Label> {
    let (random, encoded) = name.split_once(BEFORE_LABEL)?;
    let decoded = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?;
    let label = String::from_utf8(decoded).ok()?;
    names::is_random(random).then(|| label.parse().ok()).flatten()
}

/// Whether `name` is one of [`space_name`].
fn is_space_name(name: &str) -> bool {
    names::is_random(name) || of_name(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_survives_in_a_name() {
        let longest = "/".repeat(LONGEST);
        for text in ["a", "tenant-7", "a b/c\\..", "~", longest.as_str()] {
            let label: Label = text.parse().expect("a label");
            let name = space_name(Some(&label));
            assert!(name.len() < 255 && !name.contains('/'), "{name}");
            assert_eq!(of_name(&name), Some(label));
            assert!(is_space_name(&name));
        }
        assert_eq!(of_name(&space_name(None)), None);
        assert!(is_space_name(&space_name(None)));
    }

    #[test]
    fn what_a_program_made_has_no_label() {
        for name in [
            "file.txt",
            "abcdefghijklm.",
            "abcdefghijklm.!",
            "abcdefghijklm.AA",
            "abc.YQ",
        ] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }
}
