//! The variants of a result as rows for tables, read from the annotated VCF itself.
//!
//! A row is one alternative allele of one record, with its most severe annotation first. Rows are filtered while
//! the file streams by; memory does not grow with the file, and the time spent is bounded: what could not be
//! counted in time is reported as unknown rather than awaited.

mod allele;
mod annotation;
mod cursor;
mod describe;
mod filter;
mod page;
mod record;
mod severity;
mod sorted;
mod source;
#[cfg(test)]
mod tests;
mod text;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::io::SyncIoBridge;

use self::source::{Open, Source};
pub use self::{
    allele::AlleleKind,
    annotation::{Annotation, FieldNames},
    cursor::VariantCursor,
    filter::VariantFilter,
    severity::{Impact, TERMS},
};
use crate::{job::StoredFile, ports::ObjectStore};

/// Most rows of a page.
pub const MAX_LIMIT: usize = 500;
/// Most rows of a page whose rows come with all their annotations.
pub const MAX_LIMIT_ALL_ANNOTATIONS: usize = 100;
/// How many of the first rows by impact can be had.
pub const MAX_SORTED: usize = 10_000;

/// How many files are read for tables at the same time in this process.
const AT_ONCE: usize = 4;
static READERS: Semaphore = Semaphore::const_new(AT_ONCE);

/// The order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VariantSort {
    /// As in the file, which is by position where the input was.
    #[default]
    Position,
    /// Most severe first; the first [`MAX_SORTED`] rows only.
    Impact,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct VariantQuery {
    /// What the rows have in common.
    pub filter: VariantFilter,
    /// In which order.
    pub sort: VariantSort,
    /// Where to go on: [`VariantPage::next`] of the page before, asked for with the same filter and order.
    pub cursor: Option<VariantCursor>,
    /// How many at most, up to [`MAX_LIMIT`].
    pub limit: usize,
    /// Whether each row has all its annotations, or only the most severe one.
    pub all_annotations: bool,
}

/// One alternative allele of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Name of the sequence, as the file has it.
    pub contig: String,
    /// From 1.
    pub position: u64,
    /// The file's ID column, if it says anything.
    pub identifier: Option<String>,
    /// REF; cut after 256 characters, then ending in `…`.
    pub reference_allele: String,
    /// Its length in bytes.
    pub reference_length: usize,
    /// This entry of ALT; cut likewise.
    pub alternative_allele: String,
    /// Its length in bytes.
    pub alternative_length: usize,
    /// Which entry of ALT, from 1.
    pub allele_number: usize,
    /// What kind of change it is.
    pub kind: AlleleKind,
    /// QUAL, if given.
    pub quality: Option<f64>,
    /// FILTER, if given.
    pub filter: Option<String>,
    /// Those that match the filter first, then the most severe first. Empty where the line was kept as it was.
    pub annotations: Vec<Annotation>,
    /// How many annotations the allele has; `annotations` may hold fewer.
    pub annotation_count: usize,
}

/// Some rows, and where to go on.
#[derive(Clone, Debug)]
pub struct VariantPage {
    /// The names of the annotations' fields, in the file's order.
    pub fields: Arc<FieldNames>,
    /// The rows. There may be fewer than wanted, or none, although more follow: when matches are rare.
    pub rows: Vec<Variant>,
    /// How many rows come before these.
    pub rows_before: u64,
    /// How many rows match in all; none when counting them would have taken too long.
    pub total: Option<u64>,
    /// Whether more rows match, or may match.
    pub more: bool,
    /// Where the next page begins; none at the end, and where sorting ends.
    pub next: Option<VariantCursor>,
    /// What else the reader should know, as a sentence.
    pub note: Option<&'static str>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VariantsError {
    /// The cursor is not one of ours, or belongs to another query.
    #[error("the cursor does not belong to this query")]
    Cursor,
    /// More than can be read in the time that sorting may take.
    #[error("the result is too large to be sorted")]
    TooLargeToSort,
    /// The file could not be read.
    #[error("the result could not be read")]
    Read(#[from] io::Error),
}

/// An end to work: so many bytes of text, or so much time once `at_least` so many were read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// Of unpacked text, whatever the time.
    pub(crate) at_least: u64,
    /// Of unpacked text, at most.
    pub(crate) bytes: u64,
    /// Since the request came.
    pub(crate) time: Duration,
}

/// How long is read for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// To fill a page.
    pub(crate) page: Bound,
    /// To count the matches once the page is full.
    pub(crate) count: Bound,
    /// To sort.
    pub(crate) sort: Bound,
}

impl Default for Bounds {
    fn default() -> Self {
        let bound = |mebibytes: u64, milliseconds| Bound {
            at_least: 0,
            bytes: mebibytes << 20,
            time: Duration::from_millis(milliseconds),
        };
        // Small results are always counted, however slow the machine.
        let count = Bound { at_least: 16 << 20, ..bound(256, 100) };
        Self { page: bound(4096, 5_000), count, sort: bound(16_384, 15_000) }
    }
}

/// Stops the reader when nobody waits for it any more.
struct Abandon(Arc<AtomicBool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads a page from a result.
pub(crate) async fn read(
    objects: Arc<dyn ObjectStore>,
    file: StoredFile,
    query: VariantQuery,
    bounds: Bounds,
) -> Result<VariantPage, VariantsError> {
    let permit = READERS.acquire().await.map_err(io::Error::other)?;
    let abandoned = Arc::new(AtomicBool::new(false));
    let abandon = Abandon(Arc::clone(&abandoned));
    let size = file.size;
    let source = Source::new(opener(objects, file), size, abandoned);
    let reading = tokio::task::spawn_blocking(move || {
        // Held by the reader, not by whoever waits for it.
        let _permit = permit;
        match query.sort {
            VariantSort::Position => page::read(&source, &query, bounds),
            VariantSort::Impact => sorted::read(&source, &query, bounds),
        }
    });
    let page = reading.await.map_err(io::Error::other)?;
    drop(abandon);
    page
}

/// Opens the file for a thread that may wait.
fn opener(objects: Arc<dyn ObjectStore>, file: StoredFile) -> Open {
    let runtime = Handle::current();
    Box::new(move |offset| {
        let opened = runtime.block_on(objects.open(&file, offset)).map_err(io::Error::other)?;
        Ok(Box::new(SyncIoBridge::new_with_handle(opened, runtime.clone())))
    })
}
