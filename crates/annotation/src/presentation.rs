//! Which rows and fields are shown, and in which entries of INFO.

pub(crate) mod ann;
pub(crate) mod fields;
pub(crate) mod known_only;
pub(crate) mod pick;

use std::ops::Range;

use crate::consequence::term::{Term, Terms};
use crate::genes::transcript::Transcript;
use crate::output::csq::append_number;
use crate::output::header::KEY;
use crate::pipeline::options::Options;
use crate::presentation::ann::AnnWriter;
use crate::presentation::fields::{Column, Fields, place_of_allele_number};
use crate::presentation::known_only::KnownEntries;
use crate::presentation::pick::{Pick, Picker};
use crate::record::tally::{RowTally, Tally};
use crate::reference::Reference;
use crate::vcf::insert_info::{insert_all, insert_info};
use crate::vcf::line::Line;

/// The entries of INFO that hold the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entries {
    /// Ensembl VEP's `CSQ`.
    #[default]
    Csq,
    /// `CSQ`, and `ANN` as `SnpEff` writes it.
    CsqAndAnn,
    /// `ANN` instead of `CSQ`.
    Ann,
}

impl Entries {
    /// Whether there is a `CSQ`.
    pub(crate) fn has_csq(self) -> bool {
        self != Self::Ann
    }

    /// Whether there is an `ANN`.
    pub(crate) fn has_ann(self) -> bool {
        self != Self::Csq
    }
}

/// What is shown of the rows that were found.
#[derive(Clone, Debug, Default)]
pub struct Presentation {
    /// Which rows.
    pub pick: Pick,
    /// Whether rows of alleles that no transcript is near of are left out.
    pub no_intergenic: bool,
    /// Which fields of `CSQ`, in which order; none for all in Ensembl VEP's order.
    pub fields: Option<Fields>,
    /// Whether the field `ALLELE_NUM` tells each alternative's number in ALT, as Ensembl VEP's `--allele_number` does.
    pub allele_number: bool,
    /// In which entries.
    pub entries: Entries,
}

/// Shows the rows of records; one for each thread.
#[derive(Debug)]
pub(crate) struct Presenter<'r> {
    reference: &'r Reference,
    pick: Pick,
    picker: Picker<'r>,
    no_intergenic: bool,
    columns: Option<Vec<Column>>,
    /// How many fields stand before the allele's number, if that is shown beside all fields.
    before_number: Option<usize>,
    entries: Entries,
    ann: AnnWriter,
    known_only: Option<KnownEntries>,
    rows: Vec<Range<usize>>,
    shown: Vec<usize>,
    csq_value: Vec<u8>,
    ann_value: Vec<u8>,
}

impl<'r> Presenter<'r> {
    pub(crate) fn new(reference: &'r Reference, options: &Options) -> Self {
        let names = fields::all(reference, options);
        let Presentation { pick, no_intergenic, fields, allele_number, entries } = &options.presentation;
        Self {
            reference,
            pick: *pick,
            picker: Picker::new(reference),
            no_intergenic: *no_intergenic,
            columns: fields.as_ref().map(|fields| fields.columns(&names)),
            before_number: allele_number.then(|| place_of_allele_number(&names)),
            entries: *entries,
            ann: AnnWriter::new(&names),
            known_only: options.known_only.then(|| KnownEntries::of(reference)),
            rows: Vec::new(),
            shown: Vec::new(),
            csq_value: Vec::new(),
            ann_value: Vec::new(),
        }
    }

    fn shows_all(&self) -> bool {
        self.pick == Pick::All
            && !self.no_intergenic
            && self.columns.is_none()
            && self.before_number.is_none()
            && self.entries == Entries::Csq
    }

    /// Appends a line with what is shown of its rows. Rows that are not shown leave the tally too.
    pub(crate) fn present(&mut self, line: &Line<'_>, csq: &[u8], tally: &mut Tally, out: &mut Vec<u8>) {
        if let Some(known_only) = &mut self.known_only {
            return known_only.write(line, csq, tally, out);
        }
        if self.shows_all() {
            return insert_info(line, KEY.as_bytes(), csq, out);
        }
        self.cut(csq);
        self.select(&tally.rows);
        self.csq_value.clear();
        self.ann_value.clear();
        if self.entries.has_csq() {
            self.write_csq(csq, &tally.rows);
        }
        if self.entries.has_ann() {
            let Self { ann, ann_value, rows, shown, reference, .. } = self;
            ann.write(line, csq, rows, &tally.rows, shown, reference, ann_value);
        }
        let mut index = 0;
        tally.rows.retain(|_| {
            index += 1;
            self.shown.contains(&(index - 1))
        });
        if self.entries == Entries::Csq && !self.csq_value.is_empty() {
            return insert_info(line, KEY.as_bytes(), &self.csq_value, out);
        }
        let entries = [(KEY.as_bytes(), &self.csq_value[..]), (ann::KEY.as_bytes(), &self.ann_value[..])];
        // An ANN that another program left is none of this run's business, if this run writes none.
        insert_all(line, if self.entries.has_ann() { &entries } else { &entries[..1] }, out);
    }

    fn cut(&mut self, csq: &[u8]) {
        self.rows.clear();
        let mut begin = 0;
        for end in memchr::memchr_iter(b',', csq).chain([csq.len()]) {
            self.rows.push(begin..end);
            begin = end + 1;
        }
    }

    /// Finds the indexes of the rows to show, in their order.
    fn select(&mut self, rows: &[RowTally]) {
        self.shown.clear();
        let intergenic = Terms::of(Term::Intergenic);
        let is_shown =
            |row: &RowTally| !self.no_intergenic || row.transcript.is_some() || row.terms != intergenic;
        let candidates = rows.iter().enumerate().filter(|(_, row)| is_shown(row));
        self.picker.choose(self.pick, candidates, &mut self.shown);
    }

    fn write_csq(&mut self, csq: &[u8], tallies: &[RowTally]) {
        let Self { rows, shown, csq_value: value, columns, before_number, pick, .. } = self;
        for (number, index) in shown.iter().enumerate() {
            if number > 0 {
                value.push(b',');
            }
            let Some(row) = rows.get(*index).map(|range| &csq[range.clone()]) else { continue };
            let bare;
            let row = if *pick == Pick::MostSevere {
                bare = pick::most_severe_row(row, tallies[*index].terms);
                &bare[..]
            } else {
                row
            };
            let alternative = tallies.get(*index).and_then(|tally| tally.alternative);
            match (&*columns, &*before_number) {
                (Some(columns), _) => append_columns(row, columns, alternative, value),
                (None, Some(before)) => append_with_number(row, *before, alternative, value),
                (None, None) => value.extend_from_slice(row),
            }
        }
    }
}

fn append_columns(row: &[u8], columns: &[Column], alternative: Option<u32>, value: &mut Vec<u8>) {
    for (number, column) in columns.iter().enumerate() {
        if number > 0 {
            value.push(b'|');
        }
        match column {
            Column::Field(place) => {
                value.extend_from_slice(row.split(|byte| *byte == b'|').nth(*place).unwrap_or_default());
            }
            Column::AlleleNumber => append_allele_number(alternative, value),
            Column::Missing => {}
        }
    }
}

/// Appends a row with the allele's number behind so many fields.
fn append_with_number(row: &[u8], before: usize, alternative: Option<u32>, value: &mut Vec<u8>) {
    let mut ends = memchr::memchr_iter(b'|', row);
    let end = before.checked_sub(1).and_then(|last| ends.nth(last)).unwrap_or(row.len());
    value.extend_from_slice(&row[..end]);
    value.push(b'|');
    append_allele_number(alternative, value);
    value.extend_from_slice(&row[end..]);
}

/// From 1; nothing for a row that speaks of several.
fn append_allele_number(alternative: Option<u32>, value: &mut Vec<u8>) {
    if let Some(alternative) = alternative {
        append_number(value, u64::from(alternative) + 1);
    }
}

/// Bases of a transcript without its introns.
pub(crate) fn cdna_length(transcript: &Transcript<'_>) -> u32 {
    transcript.exons.last().map_or(0, |exon| exon.cdna_start + (exon.end - exon.start))
}
