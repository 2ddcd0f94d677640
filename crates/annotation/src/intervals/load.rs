//! Reading the files of intervals that a reference lists.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;

use serde::Serialize;

use crate::error::quoted;
use crate::genes::account::Account;
use crate::intervals::columns::Columns;
use crate::intervals::format::Beginning;
use crate::intervals::row::{Place, Row, Side, Span};
use crate::intervals::source::{IntervalFormat, IntervalSource};
use crate::intervals::store::IntervalDrafts;
use crate::reference::build::BuildError;
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::cut_ending;
use crate::vcf::open::{Input, Limits};

const BATCH_BYTES: usize = 1 << 20;
/// Sequences past whose ends intervals may lie before the file is taken for another assembly's: UCSC's hg19 has a
/// mitochondrion of its own beside the chromosomes of `GRCh37`.
const MOST_OVERRUN: usize = 1;

/// What a file of intervals gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IntervalCount {
    /// Name of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// The format that the file turned out to have.
    pub format: &'static str,
    /// Intervals taken.
    pub intervals: u64,
    /// Those of them that lie between two bases; they count as the two.
    pub between_bases: u64,
    /// Features of kinds that were not asked for.
    pub passed_over: u64,
    /// Lines whose interval cannot be used: its sequence is unknown, it ends before it starts or past the sequence's end, or
    /// it has no position.
    pub left_out: u64,
}

/// Finds a contig by any of its names, and tells its length.
pub(crate) type FindContig<'f> = dyn Fn(&str) -> Option<(usize, u64)> + 'f;

/// A line, when it is one line's fault, and a clause.
type Unreadable = (Option<u64>, String);

/// Reads all files of intervals of a reference. What cannot be used is counted in `account`.
pub(crate) fn collect(
    sources: &[IntervalSource],
    contig: &FindContig<'_>,
    account: &mut Account,
) -> Result<(IntervalDrafts, Vec<IntervalCount>), BuildError> {
    let mut drafts = IntervalDrafts::default();
    let mut counts = Vec::new();
    for source in sources {
        let fault = |(line, reason)| BuildError::Source { path: source.path.clone(), line, reason };
        let file = File::open(&source.path)
            .map_err(|error| fault((None, format!("it cannot be opened ({error})"))))?;
        drafts.begin(source);
        let mut reader = Reader::new(source, contig, account, &mut drafts);
        reader.read(file).and_then(|()| reader.judge()).map_err(fault)?;
        counts.push(reader.count);
    }
    Ok((drafts, counts))
}

/// Reads one file.
struct Reader<'r> {
    source: &'r IntervalSource,
    contig: &'r FindContig<'r>,
    account: &'r mut Account,
    drafts: &'r mut IntervalDrafts,
    beginning: Beginning,
    columns: Option<Columns>,
    count: IntervalCount,
    /// Contigs past whose ends intervals lie, by name.
    overrun: BTreeSet<String>,
    values: Vec<u8>,
}

impl<'r> Reader<'r> {
    fn new(
        source: &'r IntervalSource,
        contig: &'r FindContig<'r>,
        account: &'r mut Account,
        drafts: &'r mut IntervalDrafts,
    ) -> Self {
        let file = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self {
            source,
            contig,
            account,
            drafts,
            beginning: Beginning::default(),
            columns: None,
            count: IntervalCount { source: source.id.clone(), file, ..IntervalCount::default() },
            overrun: BTreeSet::new(),
            values: Vec::new(),
        }
    }

    fn read(&mut self, file: impl Read) -> Result<(), Unreadable> {
        let limits = Limits { max_unpack_ratio: u64::MAX, ..Limits::default() };
        let input = Input::open(file, &limits).map_err(|fault| (None, fault.to_string()))?;
        let mut batches = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
        let mut batch = Batch::default();
        while batches.fill(&mut batch).map_err(|misfit| (misfit.place.line, misfit.fault.to_string()))? {
            for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
                let (text, _) = cut_ending(line);
                let text = String::from_utf8_lossy(text);
                // Sequences may follow the features (GFF3, "Other Syntax").
                if text == "##FASTA" || text.starts_with('>') {
                    return Ok(());
                }
                if is_remark(&text) {
                    self.beginning.read(&text);
                } else {
                    self.take(&text).map_err(|reason| (Some(number), reason))?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, text: &str) -> Result<(), String> {
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None if self.beginning.is_heading(text, self.source) => {
                self.beginning.read_heading(text);
                return Ok(());
            }
            None => {
                let is_contig = |name: &str| (self.contig)(name).is_some();
                let columns = self.beginning.columns(text, self.source, is_contig)?;
                self.count.format = columns.format.name();
                columns
            }
        };
        let taken = Row::read(text, &columns).and_then(|row| self.take_row(&row, columns.format));
        self.columns = Some(columns);
        taken
    }

    fn take_row(&mut self, row: &Row<'_>, format: IntervalFormat) -> Result<(), String> {
        let types = &self.source.types;
        let is_feature = matches!(format, IntervalFormat::Gff3 | IntervalFormat::Gtf);
        if is_feature && !types.is_empty() && types.iter().all(|kind| kind != row.kind()) {
            self.count.passed_over += 1;
            return Ok(());
        }
        let place = row.place()?;
        let (contig, length, span) = match self.locate(row.contig(), place) {
            Ok(located) => located,
            Err((reason, example)) => {
                self.leave_out(reason, &example);
                return Ok(());
            }
        };
        self.count.intervals += 1;
        self.count.between_bases += u64::from(matches!(place, Place::Between(_)));
        self.values.clear();
        let unnamed = format!("{}:{}-{}", row.contig(), span.first, span.last);
        row.append_values(&unnamed, &mut self.values);
        let span = self.extended(span, row.begins(), length);
        self.drafts.add(contig, span, &self.values)
    }

    /// The contig of a line, its length, and the bases there; or why the line cannot be used, and an example.
    fn locate(&mut self, name: &str, place: Place) -> Result<(usize, u64, Span), (&'static str, String)> {
        let (span, reach) = match place {
            Place::Bases(span) => (span, span.last),
            Place::Between(before) => (Span { first: before, last: before + 1 }, before),
            Place::Nowhere => return Err(("line without a position", name.to_owned())),
            Place::Backwards => return Err(("interval that ends before it starts", name.to_owned())),
        };
        let Some((contig, length)) = (self.contig)(name) else {
            return Err(("interval on a sequence that the FASTA lacks", name.to_owned()));
        };
        if reach > length {
            self.overrun.insert(quoted(name.as_bytes()));
            let example = format!("{name} {}-{} of {length}", span.first, span.last);
            return Err(("interval that ends past the end of its sequence", example));
        }
        Ok((contig, length, span))
    }

    /// An interval with what counts as its own, within its sequence.
    fn extended(&self, span: Span, begins: Side, length: u64) -> Span {
        let (upstream, downstream) = (u64::from(self.source.upstream), u64::from(self.source.downstream));
        let (before, after) = match begins {
            Side::Left => (upstream, downstream),
            Side::Right => (downstream, upstream),
            Side::Unknown => (upstream.max(downstream), upstream.max(downstream)),
        };
        Span { first: span.first.saturating_sub(before).max(1), last: (span.last + after).min(length) }
    }

    fn leave_out(&mut self, reason: &str, example: &str) {
        self.count.left_out += 1;
        self.account.add(&format!("{reason} ({})", self.source.id), &quoted(example.as_bytes()));
    }

    /// Whether the file as a whole can be what it should be.
    fn judge(&self) -> Result<(), Unreadable> {
        if self.overrun.len() > MOST_OVERRUN {
            let first: Vec<&str> = self.overrun.iter().take(5).map(String::as_str).collect();
            return Err((
                None,
                format!(
                    "it is of another assembly: intervals end past the ends of {} sequences, such as {}",
                    self.overrun.len(),
                    first.join(", ")
                ),
            ));
        }
        if self.count.intervals > 0 {
            return Ok(());
        }
        let reasons =
            self.account.iter().filter(|(reason, _)| reason.ends_with(&format!(" ({})", self.source.id)));
        let reasons: Vec<String> = reasons
            .map(|(reason, left_out)| {
                format!("{} {reason}, such as {}", left_out.count, left_out.examples.join(", "))
            })
            .collect();
        let passed_over = match self.count.passed_over {
            0 => String::new(),
            number => format!("; {number} features are of other types than {}", self.source.types.join(", ")),
        };
        Err((
            None,
            format!("there is no interval in it that can be used{passed_over}: {}", reasons.join("; ")),
        ))
    }
}

/// Comments, and the lines by which UCSC's browser shows a file.
fn is_remark(text: &str) -> bool {
    text.trim().is_empty()
        || text.starts_with('#')
        || text.starts_with("track ")
        || text.starts_with("browser ")
}
