//! The text of a joint consequence.

use crate::consequence::edit::{Edit, Edits};
use crate::consequence::place::TranscriptSite;
use crate::consequence::predict::Meeting;
use crate::consequence::sequence::orient;
use crate::consequence::term::Terms;
use crate::hgvs::shift::{rotate, shift_within};
use crate::hgvs::transcript::TranscriptNaming;
use crate::output::csq::{append_escaped, append_number, append_terms};
use crate::phased::effect::Effect;
use crate::phased::haplotypes::Holder;
use crate::vcf::line::Line;

/// The key of INFO that holds joint consequences.
pub(crate) const KEY: &str = "HAPCSQ";

/// Names of its fields, in their order.
pub(crate) const FIELDS: &str = "Consequence|IMPACT|SYMBOL|Gene|Feature|HGVSc|HGVSp|Protein_position|Amino_acids|\
    Variants|FLAGS|Haplotypes|Carriers";

/// The flag of changes that come behind a stop which the haplotype brings.
const BEHIND_STOP: &[u8] = b"behind_stop";
/// Most haplotypes that an entry names; it always counts all.
const MOST_HOLDERS: usize = 5;

/// The names of the samples, in the order of the columns.
#[derive(Debug, Default)]
pub(crate) struct SampleNames(Vec<Box<[u8]>>);

impl SampleNames {
    /// Reads them from the `#CHROM` line.
    pub(crate) fn of(column_line: &[u8]) -> Self {
        Self(column_line.split(|byte| *byte == b'\t').skip(9).map(escape).collect())
    }

    fn append(&self, sample: u32, text: &mut Vec<u8>) {
        match self.0.get(sample as usize) {
            Some(name) => text.extend_from_slice(name),
            None => append_number(text, u64::from(sample) + 1),
        }
    }
}

/// As VCF 4.3, 1.2, has it, with the marks of this field too.
fn escape(name: &[u8]) -> Box<[u8]> {
    let mut escaped = Vec::with_capacity(name.len());
    for byte in name {
        if matches!(byte, b'%' | b',' | b';' | b'=' | b'|' | b'&' | b':') || *byte <= b' ' {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            escaped.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        } else {
            escaped.push(*byte);
        }
    }
    escaped.into_boxed_slice()
}

/// A record of a group, with the allele that the group has of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    pub(crate) line: Line<'a>,
    pub(crate) position: u64,
    /// Number in ALT, from 1.
    pub(crate) allele: u16,
}

impl<'a> Part<'a> {
    fn alternative(&self) -> &'a [u8] {
        let mut alternatives = self.line.alternatives().split(|byte| *byte == b',');
        alternatives.nth(usize::from(self.allele).saturating_sub(1)).unwrap_or_default()
    }
}

/// Names changes on the transcript as the rows of CSQ do; holds the memory that this takes.
#[derive(Debug)]
pub(crate) struct Names {
    edits: Edits,
    oriented: Vec<u8>,
    shifted: Vec<u8>,
    bases: Vec<u8>,
    name: Vec<u8>,
}

impl Default for Names {
    fn default() -> Self {
        let (oriented, shifted, bases, name) = Default::default();
        // Each allele by itself, as the rows of CSQ have it.
        Self { edits: Edits::new(true), oriented, shifted, bases, name }
    }
}

impl Names {
    /// Appends `T.1:c.[4G>A%3B6del]`, or nothing when one of the changes has no name.
    fn append_joined(
        &mut self,
        parts: &[Part<'_>],
        site: &TranscriptSite<'_>,
        contig: &[u8],
        text: &mut Vec<u8>,
    ) {
        let begin = text.len();
        for (index, part) in parts.iter().enumerate() {
            self.name_one(part, site, contig);
            let Some(colon) = memchr::memmem::find(&self.name, b":c.") else {
                text.truncate(begin);
                return;
            };
            let (prefix, change) = self.name.split_at(colon + 3);
            if index == 0 {
                text.extend_from_slice(prefix);
                text.push(b'[');
            } else {
                // A bare semicolon would end the entry of INFO.
                text.extend_from_slice(b"%3B");
            }
            text.extend_from_slice(change);
        }
        text.push(b']');
    }

    fn name_one(&mut self, part: &Part<'_>, site: &TranscriptSite<'_>, contig: &[u8]) {
        self.name.clear();
        set_edits(&mut self.edits, part);
        let Some(edit) = edit_of(&self.edits, part) else { return };
        let coordinates = site.coordinates(edit.start, edit.end);
        orient(edit.alternative, site.is_forward(), &mut self.oriented);
        let shift = shift_within(&edit, site, contig);
        rotate(&self.oriented, shift, &mut self.shifted);
        let naming = TranscriptNaming {
            site,
            edit: &edit,
            shifted: &self.shifted,
            shift,
            coordinates: &coordinates,
            in_exon: true,
            contig,
        };
        naming.append(&mut self.bases, &mut self.name);
    }

    /// The terms of splice sites that any of the changes has.
    pub(crate) fn splice_terms(&mut self, parts: &[Part<'_>], site: &TranscriptSite<'_>) -> Terms {
        parts.iter().fold(Terms::default(), |terms, part| {
            set_edits(&mut self.edits, part);
            let found = edit_of(&self.edits, part).map(|edit| Meeting::of(&edit, site).splice_terms(site));
            terms.union(found.unwrap_or_default())
        })
    }
}

fn set_edits(edits: &mut Edits, part: &Part<'_>) {
    edits.set(part.position, part.line.reference_allele(), part.line.alternatives());
}

/// The edit of the allele that a group has of a record.
fn edit_of<'e>(edits: &'e Edits, part: &Part<'_>) -> Option<Edit<'e>> {
    let wanted = usize::from(part.allele).saturating_sub(1);
    let same = |bases: &[u8]| bases.eq_ignore_ascii_case(part.alternative());
    // An allele that is said twice has an edit once.
    let first = part.line.alternatives().split(|byte| *byte == b',').position(same).unwrap_or(wanted);
    edits.iter().find(|(index, _)| *index == first).map(|(_, edit)| edit)
}

/// What an entry is made from.
pub(crate) struct Entry<'a> {
    pub(crate) site: &'a TranscriptSite<'a>,
    pub(crate) contig: &'a [u8],
    pub(crate) terms: Terms,
    /// Nothing for changes behind a stop.
    pub(crate) effect: Option<&'a Effect>,
    /// In the transcript's order.
    pub(crate) parts: &'a [Part<'a>],
    /// In order, each once.
    pub(crate) holders: &'a [Holder],
    pub(crate) samples: &'a SampleNames,
    /// Whether HGVS names are wanted.
    pub(crate) hgvs: bool,
}

impl Entry<'_> {
    pub(crate) fn append(&self, names: &mut Names, text: &mut Vec<u8>) {
        append_terms(text, self.terms);
        let transcript = &self.site.transcript.names;
        for words in [transcript.symbol, transcript.gene, transcript.transcript] {
            text.push(b'|');
            append_escaped(text, words, b"_");
        }
        text.push(b'|');
        if self.hgvs {
            names.append_joined(self.parts, self.site, self.contig, text);
        }
        text.push(b'|');
        if let Some(effect) = self.effect {
            text.extend_from_slice(&effect.protein_name);
            text.push(b'|');
            text.extend_from_slice(&effect.protein_position);
            text.push(b'|');
            text.extend_from_slice(&effect.amino_acids);
        } else {
            text.extend_from_slice(b"||");
        }
        text.push(b'|');
        self.append_variants(text);
        text.push(b'|');
        if self.effect.is_none() {
            text.extend_from_slice(BEHIND_STOP);
        }
        text.push(b'|');
        append_number(text, self.holders.len());
        text.push(b'|');
        self.append_holders(text);
    }

    /// `1021A>G&1023C>T`, by position.
    fn append_variants(&self, text: &mut Vec<u8>) {
        let mut parts = self.parts.to_vec();
        parts.sort_by_key(|part| part.position);
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                text.push(b'&');
            }
            append_number(text, part.position);
            text.extend_from_slice(part.line.reference_allele());
            text.push(b'>');
            text.extend_from_slice(part.alternative());
        }
    }

    /// `NA12878:1&NA12891:2`: the first of those who have it.
    fn append_holders(&self, text: &mut Vec<u8>) {
        for (index, (sample, haplotype)) in self.holders.iter().take(MOST_HOLDERS).enumerate() {
            if index > 0 {
                text.push(b'&');
            }
            self.samples.append(*sample, text);
            text.push(b':');
            append_number(text, haplotype + 1);
        }
    }
}
