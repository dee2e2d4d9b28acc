//! Random names: 13 characters of 36, over 64 bits, from the system's CSPRNG.

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// How many characters such a name has.
pub(crate) const LENGTH: usize = 13;

/// How long a name may be in bytes: `NAME_MAX` of every file system in common use.
pub(crate) const LONGEST: usize = 255;

/// Returns a fresh name that sorts beside `name`: as much of it as fits, a full stop, and random characters.
pub(crate) fn beside(name: &str) -> String {
    let room = LONGEST - LENGTH - 1;
    let start = name.get(..name.floor_char_boundary(room)).unwrap_or_default();
    format!("{start}.{}", random())
}

/// A fresh name of lower-case letters and digits.
///
/// # Panics
///
/// Where the kernel has no random numbers: it has them since Linux 3.17.
pub(crate) fn random() -> String {
    let mut bytes = [0; 32];
    let mut filled = 0;
    while filled < bytes.len() {
        match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
            Ok(n) => filled += n,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => panic!("the system has no random numbers: {error}"),
        }
    }
    // 252 is the largest multiple of 36 in a byte: above it the first four letters would come up more often.
    let mut name = String::with_capacity(LENGTH);
    for byte in bytes.into_iter().filter(|byte| *byte < 252).take(LENGTH) {
        name.push(char::from(ALPHABET[usize::from(byte % 36)]));
    }
    if name.len() < LENGTH { random() } else { name }
}

/// Whether `name` may be one of [`random`].
pub(crate) fn is_random(name: &str) -> bool {
    name.len() == LENGTH && name.bytes().all(|byte| ALPHABET.contains(&byte))
}
