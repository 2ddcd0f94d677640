//! How far the downloads are: bars on a terminal, a line for each file elsewhere.

use std::io::IsTerminal as _;

use bytesize::ByteSize;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal;

const BAR: &str =
    "{prefix:>24.24} {bar:24} {bytes:>11} of {total_bytes:<11} {bytes_per_sec:>13} {eta:>4} {msg}";
const UNKNOWN_LENGTH: &str = "{prefix:>24.24} {spinner} {bytes:>11} {bytes_per_sec:>13} {msg}";

/// All bars.
pub(super) struct Board {
    bars: Option<MultiProgress>,
}

/// One file's.
pub(super) struct Bar {
    drawn: ProgressBar,
    name: String,
    on_terminal: bool,
}

impl Board {
    pub(super) fn new() -> Self {
        Self { bars: std::io::stderr().is_terminal().then(MultiProgress::new) }
    }

    /// Leaves the bars behind: what is said next has a line of its own.
    pub(super) fn end(self) {
        if self.bars.is_some() {
            terminal::say("");
        }
    }

    pub(super) fn file(&self, name: &str) -> Bar {
        let bar =
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_prefix(name.to_owned());
        set_style(&bar, UNKNOWN_LENGTH);
        let bar = match &self.bars {
            Some(bars) => bars.add(bar),
            None => bar,
        };
        Bar { drawn: bar, name: name.to_owned(), on_terminal: self.bars.is_some() }
    }
}

impl Bar {
    /// So many bytes are there, of so many if that is known.
    pub(super) fn begin(&self, there: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.drawn.set_length(total);
            set_style(&self.drawn, BAR);
        }
        self.drawn.set_position(there);
        self.drawn.reset_eta();
    }

    pub(super) fn add(&self, bytes: u64) {
        self.drawn.inc(bytes);
    }

    /// Says what is going on.
    pub(super) fn say(&self, text: &str) {
        self.drawn.set_message(text.to_owned());
    }

    /// The file is whole and checked.
    pub(super) fn done(&self, size: u64, published: &str) {
        self.drawn.finish_with_message("checked");
        if !self.on_terminal {
            terminal::say(&format!("{}: {}, {published}", self.name, ByteSize::b(size)));
        }
    }
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A style that cannot be read would leave the bars of a terminal without a word.
    #[test]
    fn the_styles_can_be_read() {
        for template in [BAR, UNKNOWN_LENGTH] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
