//! Reading a file of known alleles: VCF or BCF, each alternative of each record as an allele of its own.

pub(crate) mod fields;

use std::io::{self, Read};

use crate::genes::account::Account;
use crate::known::build::KnownCount;
use crate::known::info_field::escaped;
use crate::known::source::fields::{Field, Fields};
use crate::known::store::draft::{Draft, join};
use crate::reference::plan::KnownSource;
use crate::variant::{Alternative, Change, Kind, Normalised, agrees};
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::{Line, cut_ending, read};
use crate::vcf::open::{Input, Limits, Packing};

const BATCH_BYTES: usize = 1 << 20;
/// Records that are compared before a file may be said to be of another assembly; at its end any number will do.
const JUDGED_FROM: u64 = 10_000;

/// Gives index and sequence of a contig by any of its names.
pub(crate) type FindContig<'s> = dyn Fn(&[u8]) -> Option<(usize, &'s [u8])> + 's;

/// Takes alleles as they are read.
pub(crate) type Take<'t> = dyn FnMut(Draft) -> io::Result<()> + 't;

/// Why reading a file had to stop.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The file is not what it should be: why, as a clause, and on which line.
    Source { line: Option<u64>, reason: String },
    /// What was read could not be written.
    Write(io::Error),
}

impl Stop {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self::Source { line: None, reason: reason.into() }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

/// Why an alternative is no known allele.
#[derive(Clone, Copy, Debug)]
enum Reason {
    NoContig,
    ReferenceDiffers,
    NoBases,
    Unchanged,
}

impl Reason {
    const ALL: [Self; 4] = [Self::NoContig, Self::ReferenceDiffers, Self::NoBases, Self::Unchanged];

    fn explain(self, id: &str) -> String {
        let reason = match self {
            Self::NoContig => "on a sequence that the FASTA lacks",
            Self::ReferenceDiffers => "whose REF is not the sequence's",
            Self::NoBases => "that is no sequence of bases",
            Self::Unchanged => "that equals its REF",
        };
        format!("known allele {reason} ({id})")
    }
}

/// A file that is being read.
pub(crate) struct SourceReader<'r, 's> {
    id: &'r str,
    find_contig: &'r FindContig<'s>,
    account: &'r mut Account,
    reasons: [String; Reason::ALL.len()],
    fields: Fields,
    count: KnownCount,
    /// Records on contigs that are there, and those of them whose REF is not the sequence's.
    compared: u64,
    differing: u64,
    /// The first record on a contig that is not there.
    first_without_contig: Option<String>,
    last: Option<(usize, u64)>,
    /// Contigs whose records ended, since another's came.
    left_behind: Vec<usize>,
    /// Names and fields of the allele at hand.
    values: Vec<Vec<u8>>,
}

impl<'r, 's> SourceReader<'r, 's> {
    /// A reader of a file whose drafts have so many values: names, and the fields of its collection.
    pub(crate) fn new(
        source: &'r KnownSource,
        fields: Vec<Field>,
        values: usize,
        find_contig: &'r FindContig<'s>,
        account: &'r mut Account,
    ) -> Self {
        let file = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self {
            id: &source.id,
            find_contig,
            account,
            reasons: Reason::ALL.map(|reason| reason.explain(&source.id)),
            fields: Fields::new(fields),
            count: KnownCount { source: source.id.clone(), file, ..KnownCount::default() },
            compared: 0,
            differing: 0,
            first_without_contig: None,
            last: None,
            left_behind: Vec::new(),
            values: vec![Vec::new(); values],
        }
    }

    /// Hands all alleles of the file to `take`. Returns what there was, and the fields with what the header says of them.
    pub(crate) fn read(
        mut self,
        file: impl Read,
        take: &mut Take<'_>,
    ) -> Result<(KnownCount, Vec<Field>), Stop> {
        // A file that somebody chose to build from may unpack to any size.
        let limits = Limits { max_unpack_ratio: u64::MAX, ..Limits::default() };
        let input = Input::open(file, &limits).map_err(|fault| Stop::because(fault.to_string()))?;
        let mut batches = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
        let mut batch = Batch::default();
        let mut ends_well = true;
        let unreadable = |misfit: crate::error::Misfit| Stop::Source {
            line: misfit.place.line,
            reason: misfit.fault.to_string(),
        };
        while batches.fill(&mut batch).map_err(unreadable)? {
            ends_well = batch.bytes.ends_with(b"\n");
            for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
                self.read_line(cut_ending(line).0, number, take)?;
            }
        }
        if batches.packing() == Packing::Bgzf && batches.lacks_end_block() {
            return Err(Stop::because("its last block is missing: the file was cut off. Copy it again"));
        }
        if !ends_well {
            let reason = format!("end of a last line, where the file may have been cut off ({})", self.id);
            self.account.add(&reason, &self.count.file);
        }
        self.fields.check()?;
        self.judge()?;
        Ok((self.count, self.fields.into_fields()))
    }

    fn read_line(&mut self, text: &[u8], number: u64, take: &mut Take<'_>) -> Result<(), Stop> {
        if text.starts_with(b"#") {
            self.fields.read_header(text);
            return Ok(());
        }
        if text.is_empty() {
            return Ok(());
        }
        if self.count.records == 0 {
            self.fields.check()?;
        }
        let (line, position) = read(text, number, None)
            .map_err(|misfit| Stop::Source { line: Some(number), reason: misfit.fault.to_string() })?;
        self.count.records += 1;
        self.read_record(&line, position, take)?;
        if self.compared == JUDGED_FROM { self.judge() } else { Ok(()) }
    }

    /// Whether the file is of this assembly.
    fn judge(&self) -> Result<(), Stop> {
        let Self { compared, differing, .. } = self;
        if *differing * 2 > *compared {
            return Err(Stop::because(format!(
                "the REF of {differing} of {compared} records is not the sequence's: the file is of another assembly"
            )));
        }
        match &self.first_without_contig {
            Some(first) if *compared == 0 => Err(Stop::because(format!(
                "none of its {} records is on a sequence of the FASTA; the first is {first}",
                self.count.records
            ))),
            _ => Ok(()),
        }
    }

    fn read_record(&mut self, line: &Line<'_>, position: u64, take: &mut Take<'_>) -> Result<(), Stop> {
        let alternatives = || line.alternatives().split(|byte| *byte == b',');
        let count = alternatives().count();
        let Some((contig, sequence)) = (self.find_contig)(line.contig()) else {
            self.first_without_contig.get_or_insert_with(|| name_of(line));
            self.leave_out(Reason::NoContig, line, count);
            return Ok(());
        };
        self.note_order(contig, position);
        self.compared += 1;
        let reference = line.reference_allele();
        if !stretch(sequence, position, reference.len()).is_some_and(|stretch| agrees(reference, stretch)) {
            self.differing += 1;
            self.leave_out(Reason::ReferenceDiffers, line, count);
            return Ok(());
        }
        let number = u32::try_from(contig).map_err(io::Error::other)?;
        self.fields.find(line.info());
        for (index, alternative) in alternatives().enumerate() {
            let change = Change::trimmed(position, reference, alternative);
            if Alternative::of(alternative) != Alternative::Bases {
                self.leave_out(Reason::NoBases, line, 1);
            } else if change.kind() == Kind::Unchanged {
                self.leave_out(Reason::Unchanged, line, 1);
            } else {
                let mut allele = Normalised::default();
                allele.set(change, sequence);
                self.read_values(line, index, count);
                self.count.alleles += 1;
                take(Draft::new(number, allele, &self.values))?;
            }
        }
        Ok(())
    }

    /// Reads names and fields of an alternative into the memory at hand.
    fn read_values(&mut self, line: &Line<'_>, index: usize, count: usize) {
        self.values.iter_mut().for_each(Vec::clear);
        if let Some(names) = self.values.first_mut().filter(|_| !matches!(line.id(), b"." | b"")) {
            names.extend(escaped(&String::from_utf8_lossy(line.id()).replace(';', "&")).bytes());
        }
        for field in self.fields.iter_mut() {
            let Some(value) = field.value(line.info(), index, count) else { continue };
            match value {
                Ok(value) => {
                    if !field.judge_type(&value) {
                        self.account.add(&field.untyped_reason(self.id), &name_of(line));
                    }
                    if let Some(cell) = self.values.get_mut(field.column) {
                        join(cell, value.as_bytes());
                    }
                }
                Err(_) => self.account.add(&field.uncounted_reason(self.id), &name_of(line)),
            }
        }
    }

    fn leave_out(&mut self, reason: Reason, line: &Line<'_>, alleles: usize) {
        let alleles = alleles as u64;
        self.count.left_out += alleles;
        self.account.add_lazily(&self.reasons[reason as usize], alleles, || name_of(line));
    }

    /// Counts records that do not stand behind the one before them.
    fn note_order(&mut self, contig: usize, position: u64) {
        let goes_back = match self.last {
            Some((last, _)) if last != contig => {
                self.left_behind.push(last);
                self.left_behind.contains(&contig)
            }
            Some((_, last)) => position < last,
            None => false,
        };
        self.count.unsorted += u64::from(goes_back);
        self.last = Some((contig, position));
        if goes_back {
            self.left_behind.retain(|left| *left != contig);
        }
    }
}

/// The bases of a REF's place, when the contig reaches that far.
pub(crate) fn stretch(sequence: &[u8], position: u64, length: usize) -> Option<&[u8]> {
    let start = usize::try_from(position.checked_sub(1)?).ok()?;
    sequence.get(start..start.checked_add(length)?)
}

/// A record, for the account.
fn name_of(line: &Line<'_>) -> String {
    const LONGEST: usize = 100;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let position =
        line.position().map_or_else(|text| String::from_utf8_lossy(text).into_owned(), |it| it.to_string());
    let (reference, alternatives) = (text(line.reference_allele()), text(line.alternatives()));
    let name = format!("{}:{position} {reference}>{alternatives}", text(line.contig()));
    if name.chars().count() <= LONGEST { name } else { name.chars().take(LONGEST).chain(['…']).collect() }
}
