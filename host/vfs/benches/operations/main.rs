//! Operations of a space beside those of tmpfs.

fn main() {}
