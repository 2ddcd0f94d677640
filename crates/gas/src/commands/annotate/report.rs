//! What a run says of itself: to people on standard error, to the annotator as lines of JSON on standard output.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use gas_annotation::{Error, Progress, Summary};
use serde_json::json;

use crate::terminal;

/// Least time between two signs of progress.
const PACE: Duration = Duration::from_millis(200);

/// Tells how a run goes.
pub(super) struct Reporter {
    for_program: bool,
    last: Mutex<Option<Instant>>,
}

impl Reporter {
    pub(super) fn new(for_program: bool) -> Self {
        Self { for_program, last: Mutex::new(None) }
    }

    /// Tells how far the run has come, unless it just did.
    pub(super) fn progress(&self, progress: Progress) {
        let Ok(mut last) = self.last.lock() else { return };
        if last.is_some_and(|last| last.elapsed() < PACE) {
            return;
        }
        *last = Some(Instant::now());
        if self.for_program {
            let line =
                json!({ "progress": { "bytes_read": progress.bytes_read, "records": progress.records } });
            if terminal::line(&line.to_string()).is_err() {
                // The annotator that waited for this run is gone, and another has the job.
                std::process::exit(1);
            }
        } else {
            terminal::progress(&format!("{} records", progress.records));
        }
    }

    /// Tells the good end.
    pub(super) fn done(&self, annotated_by: &str, summary: &Summary) -> std::io::Result<()> {
        if self.for_program {
            let done = json!({ "done": { "annotated_by": annotated_by, "records": summary.records.read } });
            return terminal::line(&done.to_string());
        }
        terminal::progress_done();
        terminal::say(&format!(
            "{} records read, {} annotated, {} kept as they were",
            summary.records.read,
            summary.records.annotated,
            summary.records.read - summary.records.annotated
        ));
        for note in &summary.notes {
            terminal::say(&format!("note: {note}"));
        }
        Ok(())
    }

    /// Tells what is wrong with the input.
    pub(super) fn failure(&self, error: &Error) -> std::io::Result<()> {
        if self.for_program {
            let failure = json!({ "failure": {
                "code": error.code(), "line": error.line(), "column": error.column(),
                "cause": error.reason(), "remedy": error.remedy(),
            } });
            return terminal::line(&failure.to_string());
        }
        terminal::progress_done();
        terminal::error(&error.to_string());
        Ok(())
    }
}
