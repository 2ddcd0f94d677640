//! Has a new migration noticed; those that exist are noticed by themselves.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
