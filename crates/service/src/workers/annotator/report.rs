//! What the child says on its standard output, one JSON value a line.

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    sync::watch,
};

use crate::job::{Failure, Progress};

/// A longer line is not one of ours.
const LONGEST_LINE: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(Counts),
    Done(Done),
    Failure(Failure),
}

#[derive(Deserialize)]
struct Counts {
    bytes_read: u64,
    records: u64,
}

/// The child's good end.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    pub(super) annotated_by: String,
    pub(super) records: u64,
}

/// How the child says that it ended, if it did.
#[derive(Debug)]
pub(super) enum Verdict {
    Done(Done),
    Failure(Failure),
}

/// Reads to the end, passes progress on, and gives the verdict. What is not of our shape is skipped; memory does
/// not grow with it.
pub(super) async fn read_reports(
    output: impl AsyncRead + Unpin,
    progress: &watch::Sender<Progress>,
) -> Option<Verdict> {
    let mut output = BufReader::new(output);
    let mut verdict = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limited = (&mut output).take(LONGEST_LINE as u64).read_until(b'\n', &mut line).await;
        if !matches!(limited, Ok(1..)) {
            return verdict;
        }
        match serde_json::from_slice(&line) {
            Ok(Line::Progress(counts)) => progress.send_modify(|progress| {
                progress.bytes_read = counts.bytes_read;
                progress.records = counts.records;
            }),
            Ok(Line::Done(done)) => verdict = Some(Verdict::Done(done)),
            Ok(Line::Failure(failure)) => verdict = Some(Verdict::Failure(failure)),
            Err(error) => tracing::debug!(%error, "a line of the child is not a report"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn garbage_between_reports_is_skipped() {
        let mut text = b"{\"progress\":{\"bytes_read\":5,\"records\":2}}\n\xff\xfe\n".to_vec();
        text.extend(vec![b'x'; 200_000]);
        text.extend(b"\n{\"done\":{\"annotated_by\":\"gas\",\"records\":3}}");
        let (sender, progress) = watch::channel(Progress { bytes_total: 9, ..Progress::default() });
        let verdict = read_reports(text.as_slice(), &sender).await;
        assert!(matches!(verdict, Some(Verdict::Done(done)) if done.records == 3));
        assert_eq!(*progress.borrow(), Progress { bytes_read: 5, bytes_total: 9, records: 2 });
    }

    #[tokio::test]
    async fn silence_is_no_verdict() {
        let (sender, _progress) = watch::channel(Progress::default());
        assert!(read_reports(b"".as_slice(), &sender).await.is_none());
    }
}
