//! Bytes are bytes: each value comes back as it was, whatever it means in text.
#![forbid(unsafe_code)]

use scratch_conformance_cases::{assert_holds, file_with, new_file, passed};

pub(crate) fn main() {
    let all: Vec<u8> = (0..=255).collect();
    assert_holds(&file_with(&all), &all);

    // Each pair of values, as an append for each first one.
    let file = new_file();
    let mut bytes = Vec::new();
    for first in 0..=255 {
        let pairs: Vec<u8> = (0..=255).flat_map(|second| [first, second]).collect();
        file.append(&pairs).expect("append");
        bytes.extend(pairs);
    }
    assert_holds(&file, &bytes);

    for text in [
        "\0\0\0",
        "\r\n\n\r",
        "\u{feff}a byte-order mark",
        "ä\u{0301}",
        "\x1a",
        "\n",
    ] {
        assert_holds(&file_with(text.as_bytes()), text.as_bytes());
    }
    let not_text: &[u8] = b"\xff\xfe\x80\xc0\xed\xa0\x80";
    assert_holds(&file_with(not_text), not_text);
    passed();
}
