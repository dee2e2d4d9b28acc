//! Labels, which name the owners of spaces.

use std::fmt;
use std::str::FromStr;

/// Names the owner of a space, for example a tenant or a request. It has 0 to 128 printable ASCII characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

impl Label {
    /// Maximum length of a label in bytes, which is enough for an identifier and short enough for a line of a log.
    pub const MAX_BYTES: usize = 128;

    /// Makes a label.
    ///
    /// # Errors
    ///
    /// Fails if the text is longer than [`Label::MAX_BYTES`], or has a byte that is not printable ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, LabelError> {
        let text = text.into();
        if text.len() > Self::MAX_BYTES {
            return Err(LabelError::TooLong { bytes: text.len() });
        }
        match text.bytes().find(|byte| !matches!(byte, b' '..=b'~')) {
            Some(byte) => Err(LabelError::NotPrintable { byte }),
            None => Ok(Self(text)),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Label {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        Self::new(text)
    }
}

/// Describes why a text cannot be a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The text is too long.
    #[error("a label of {bytes} bytes is longer than {} bytes", Label::MAX_BYTES)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The text has a byte that is not printable.
    #[error("a label has the byte {byte:#04x}, which is not printable ASCII")]
    NotPrintable {
        /// The byte.
        byte: u8,
    },
}
