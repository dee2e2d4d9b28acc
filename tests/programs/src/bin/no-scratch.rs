//! Says hello and never uses a temporary file. Built as a WASI p1 module too.
#![forbid(unsafe_code)]

fn main() {
    println!("Hello, world!");
}
