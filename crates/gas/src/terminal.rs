//! The one place that writes to the terminal: data to standard output, talk to standard error.
#![expect(clippy::print_stderr, reason = "this module is where the program prints")]

use std::io::{IsTerminal as _, Write as _};

/// A line of what was asked for.
pub(crate) fn line(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Something said beside the data.
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Whether somebody looks on, rather than a file or another program.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// What went wrong.
pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}

/// Replaces the present line of a terminal; says nothing where there is none.
pub(crate) fn progress(text: &str) {
    if is_watched() {
        eprint!("\r\x1b[K{text}");
    }
}

/// Ends a line of progress.
pub(crate) fn progress_done() {
    progress("");
}
