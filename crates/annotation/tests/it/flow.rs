//! How a run ends when something goes wrong.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use gas_annotation::{Fault, Limits, Options, Progress, annotate};

use crate::support::{HEADER, HUMAN_MT, options, run};

/// A line that is quickly done with: the reference has no such contig.
const LINE: &str = "X\t73\t.\tA\tG\t.\t.\t.\n";

#[test]
fn the_first_error_of_the_file_is_told_whatever_the_threads() {
    let text =
        format!("{HEADER}{}MT\tseven\t.\tA\tG\t.\t.\t.\n{}MT\t1\n", LINE.repeat(9000), LINE.repeat(9000));
    for threads in [1, 4] {
        let error = run(text.as_bytes(), &Options { threads, ..options() }).unwrap_err();
        assert_eq!(
            (error.code(), error.line(), error.column()),
            ("position_not_a_number", Some(9003), Some(2))
        );
        assert_eq!(error.file(), "x.vcf");
    }
}

#[test]
fn what_the_specification_forbids_is_named_by_line_and_column() {
    for (line, code, column) in [
        ("MT\t73\t.\tA\tG\t.\t.\n", "column_count", None),
        ("MT\t73\t.\tA\tG\t.\t.\t.\tGT\n", "column_count", None),
        ("MT 73 . A G . . .\n", "spaces_for_tabs", None),
        ("M T\t73\t.\tA\tG\t.\t.\t.\n", "chromosome_name", Some(1)),
        ("MT\t73\t.\t-\tG\t.\t.\t.\n", "reference_allele", Some(4)),
    ] {
        let error = run(format!("{HEADER}{LINE}{line}").as_bytes(), &options()).unwrap_err();
        assert_eq!((error.code(), error.line(), error.column()), (code, Some(4), column), "{line}");
    }
    let strict = Options { strict: true, ..options() };
    let error = run(format!("{HEADER}MT\t73\t.\tA\tG,-\t.\t.\t.\n").as_bytes(), &strict).unwrap_err();
    assert_eq!((error.code(), error.column()), ("alternative_allele", Some(5)));
}

#[test]
fn a_line_beyond_the_limit_stops_the_run() {
    let limits = Limits { max_line_bytes: 100_000, ..Limits::default() };
    let text = format!("{HEADER}{LINE}MT\t73\t.\tA\t{}", "G".repeat(300_000));
    let error = run(text.as_bytes(), &Options { limits, ..options() }).unwrap_err();
    assert_eq!((error.code(), error.line()), ("line_too_long", Some(4)));
}

#[test]
fn giant_lines_go_through_in_their_order() {
    let giant = |letter: &str| format!("MT\t73\t.\tA\tG\t.\t.\tX={}\n", letter.repeat(3 << 20));
    let text =
        format!("{HEADER}{}{}{}{}{LINE}", LINE.repeat(5000), giant("a"), giant("b"), LINE.repeat(5000));
    let (output, summary) = run(text.as_bytes(), &options()).unwrap();
    assert_eq!(summary.records.read, 10_003);
    let places = [b"X=aaa", b"X=bbb"].map(|letters| memchr::memmem::find(&output, letters).unwrap());
    assert!(places[0] < places[1]);
}

/// Fails, or panics, after some bytes.
struct Breaks {
    text: Vec<u8>,
    given: usize,
    panics: bool,
}

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.text[self.given..];
        if rest.is_empty() {
            assert!(!self.panics, "a reader that panics");
            return Err(io::Error::other("the disk is gone"));
        }
        let count = rest.len().min(buffer.len()).min(10_000);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[test]
fn a_reader_that_fails_or_panics_ends_the_run() {
    for (panics, code) in [(false, "read_failed"), (true, "internal")] {
        let input =
            Breaks { text: format!("{HEADER}{}", LINE.repeat(50_000)).into_bytes(), given: 0, panics };
        let error = annotate(input, "x.vcf", io::sink(), &HUMAN_MT, &options(), &|_| {}).unwrap_err();
        assert_eq!(error.code(), code);
    }
}

/// Takes some bytes and then no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        let count = bytes.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_takes_no_more_ends_the_run_while_input_is_endless() {
    let start = format!("{HEADER}{LINE}");
    for room in [10, 1_000_000] {
        let error =
            annotate(start.as_bytes().chain(Endless(0)), "x.vcf", Full(room), &HUMAN_MT, &options(), &|_| {});
        let error = error.unwrap_err();
        assert!(error.is_broken_pipe() && matches!(error.fault(), Fault::Write { .. }));
    }
}

/// Lines without end.
struct Endless(usize);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = LINE.as_bytes()[self.0 % LINE.len()];
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn progress_grows_and_ends_at_the_whole() {
    let text = format!("{HEADER}{}", LINE.repeat(20_000));
    let (bytes, records, calls) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let watch = |progress: Progress| {
        assert!(progress.bytes_read >= bytes.swap(progress.bytes_read, Ordering::Relaxed));
        assert!(progress.records > records.swap(progress.records, Ordering::Relaxed));
        calls.fetch_add(1, Ordering::Relaxed);
    };
    annotate(text.as_bytes(), "x.vcf", io::sink(), &HUMAN_MT, &options(), &watch).unwrap();
    assert_eq!((bytes.into_inner(), records.into_inner()), (text.len() as u64, 20_000));
    assert!(calls.into_inner() > 3);
}
