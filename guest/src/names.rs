//! Which prefixes, suffixes and names are valid, and new names from the system's random numbers.

use crate::bindings::types::NamePattern;
use crate::bindings::{ErrorCode, get_random_u64};

/// What a name begins with where the program does not say: as in Python's `tempfile`.
const DEFAULT_PREFIX: &str = "tmp";

/// The longest name of an entry in bytes: `NAME_MAX` of every file system in common use.
const LONGEST_NAME: usize = 255;

/// Letters and digits of a random name: what is left where file systems fold case.
const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// Digits that hold 64 random bits: 36^13 > 2^64 > 36^12.
const RANDOM_DIGITS: usize = 13;

/// How often a name is drawn before the answer is `exist`. One collision of 64 random bits is already no accident:
/// the bound only keeps a broken source of random numbers from hanging the program.
pub(crate) const ATTEMPTS: u32 = 16;

/// A prefix and a suffix that have been found valid.
#[derive(Default)]
pub(crate) struct Pattern {
    prefix: Option<String>,
    suffix: Option<String>,
}

impl Pattern {
    /// Checks what a program asked for.
    ///
    /// # Errors
    ///
    /// `invalid`: a separator, a colon, NUL or a control character; a name that would begin with `.` or `-`, end with `.`
    /// or a space, or be longer than 255 bytes.
    pub(crate) fn new(pattern: NamePattern) -> Result<Self, ErrorCode> {
        let this = Self {
            prefix: pattern.prefix,
            suffix: pattern.suffix,
        };
        let (prefix, suffix) = (this.prefix(), this.suffix());
        let fits = prefix
            .len()
            .checked_add(suffix.len())
            .is_some_and(|affixes| affixes <= LONGEST_NAME - RANDOM_DIGITS);
        let valid = fits
            && !prefix.starts_with(['.', '-'])
            && !suffix.ends_with(['.', ' '])
            && !prefix.contains(forbidden)
            && !suffix.contains(forbidden);
        if valid { Ok(this) } else { Err(ErrorCode::Invalid) }
    }

    /// A new name, never the same twice.
    pub(crate) fn draw(&self) -> String {
        let (prefix, suffix) = (self.prefix(), self.suffix());
        let mut name = String::with_capacity(prefix.len() + RANDOM_DIGITS + suffix.len());
        name.push_str(prefix);
        push_random(&mut name);
        name.push_str(suffix);
        name
    }

    fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or(DEFAULT_PREFIX)
    }

    fn suffix(&self) -> &str {
        self.suffix.as_deref().unwrap_or_default()
    }
}

/// A new name without prefix and suffix.
pub(crate) fn random() -> String {
    let mut name = String::with_capacity(RANDOM_DIGITS);
    push_random(&mut name);
    name
}

/// A new name that sorts beside `name`: as much of it as fits, a full stop, and random characters.
pub(crate) fn beside(name: &str) -> String {
    let room = LONGEST_NAME - RANDOM_DIGITS - 1;
    let mut beside = String::from(name.get(..name.floor_char_boundary(room)).unwrap_or_default());
    beside.push('.');
    push_random(&mut beside);
    beside
}

/// Checks the name that an entry is to have after `persist`.
///
/// # Errors
///
/// `invalid`: not one component of a path, or one that not every system can hold.
pub(crate) fn check_component(name: &str) -> Result<(), ErrorCode> {
    let valid = !matches!(name, "" | "." | "..") && name.len() <= LONGEST_NAME && !name.contains(forbidden);
    if valid { Ok(()) } else { Err(ErrorCode::Invalid) }
}

/// Separators anywhere, a Windows stream or drive, and what could rewrite a terminal.
fn forbidden(character: char) -> bool {
    matches!(character, '/' | '\\' | ':') || character.is_control()
}

fn push_random(name: &mut String) {
    let mut bits = get_random_u64();
    for _ in 0..RANDOM_DIGITS {
        let digit = usize::try_from(bits % 36).unwrap_or_default();
        name.push(char::from(DIGITS[digit]));
        bits /= 36;
    }
}
