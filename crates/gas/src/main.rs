//! The `gas` executable.

fn main() {}
