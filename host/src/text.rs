//! Names that a program chose, in text for people.

use std::fmt;

/// Text of a program's in one line that a terminal can show: control characters, newlines, and what changes the direction of text
/// or is not visible are escaped as in Rust's string literals.
///
/// Names of functions, modules, imports and files are a program's own choice. A terminal would obey an escape sequence in
/// them, and a bidirectional mark makes them read as another name.
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            // Quotes and backslashes are harmless, and common in names.
            match matches!(char, '\'' | '"' | '\\') {
                true => fmt::Write::write_char(f, char)?,
                false => char.escape_debug().fmt(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn nothing_that_a_terminal_would_obey_is_left() {
        for (name, shown) in [
            ("plain::name<'a>(\"x\")", "plain::name<'a>(\"x\")"),
            ("größe.日本", "größe.日本"),
            ("a\u{1b}[2Jb", r"a\u{1b}[2Jb"),
            ("a\u{9b}2Jb", r"a\u{9b}2Jb"),
            ("two\nlines\r", r"two\nlines\r"),
            ("exe\u{202e}txt.mp3", r"exe\u{202e}txt.mp3"),
            ("zero\u{200b}width", r"zero\u{200b}width"),
            ("nul\0", r"nul\0"),
        ] {
            assert_eq!(Escaped(name).to_string(), shown);
        }
    }
}
