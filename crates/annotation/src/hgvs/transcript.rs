//! c. and n. names.
//!
//! Source: HGVS, "DNA recommendations"; Ensembl Variation `TranscriptVariationAllele.pm`, `hgvs_transcript`.

use crate::consequence::edit::{Class, Edit, is_unambiguous};
use crate::consequence::place::{Coordinates, TranscriptSite};
use crate::consequence::sequence::complement;
use crate::hgvs::change::{Change, Form, form_of};
use crate::hgvs::position::Position;
use crate::output::csq::append_escaped;

/// What a name is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TranscriptNaming<'a> {
    pub(crate) site: &'a TranscriptSite<'a>,
    pub(crate) edit: &'a Edit<'a>,
    /// The alternative as the transcript reads it, turned by the shift.
    pub(crate) shifted: &'a [u8],
    pub(crate) shift: i64,
    pub(crate) coordinates: &'a Coordinates,
    /// VEP's gate `exon`.
    pub(crate) in_exon: bool,
    pub(crate) contig: &'a [u8],
}

impl TranscriptNaming<'_> {
    /// Appends `ENST00000361390.2:c.4T>C`; says nothing where VEP says nothing. `reference` is working memory.
    pub(crate) fn append(&self, reference: &mut Vec<u8>, csq: &mut Vec<u8>) {
        let Some(change) = self.change(reference) else { return };
        let Some((start, end)) = self.positions(&change) else { return };
        append_escaped(csq, self.site.transcript.names.transcript_with_version, b"_");
        csq.extend_from_slice(if self.site.transcript.coding.is_some() { b":c." } else { b":n." });
        change.write(
            start == end,
            |is_end, text| if is_end { end.append(text) } else { start.append(text) },
            csq,
        );
    }

    fn change<'a>(&'a self, reference: &'a mut Vec<u8>) -> Option<Change<'a>> {
        if !is_unambiguous(self.edit.alternative) {
            return None;
        }
        let (start, end) = self.span()?;
        let (start, end) = (start + self.shift, end + self.shift);
        reference.clear();
        if !self.shifted.is_empty() {
            reference.extend((start..=end).filter_map(|index| self.base(index)));
        }
        let reference = &reference[..];
        let change = Change { form: Form::Delins, start, end, reference, alternative: self.shifted };
        if self.shifted.is_empty() {
            return Some(Change { form: Form::Deletion, ..change });
        }
        if reference == self.shifted {
            return None;
        }
        if end < start {
            let length = self.site.end() - self.site.start() + 1;
            return Some(change.as_insertion(length, |index| self.base(index)));
        }
        let form = form_of(reference, self.shifted);
        let change = Change { form, ..change };
        Some(match (form, self.site.exact_vep) {
            (Form::Duplication, _) => change,
            (_, true) => change.clipped(),
            (_, false) => change.clipped().as_inversion(),
        })
    }

    /// The edit within the transcript's span; none when it reaches beyond, before or after the shift.
    fn span(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.site.start(), self.site.end());
        let (start, end) = if self.site.is_forward() {
            (self.edit.start - first + 1, self.edit.end - first + 1)
        } else {
            (last - self.edit.end + 1, last - self.edit.start + 1)
        };
        let length = last - first + 1;
        let inside = |place: i64| (1..=length).contains(&place);
        (inside(start) && inside(end) && end + self.shift <= length).then_some((start, end))
    }

    /// A base of the transcript's span, introns included.
    fn base(&self, index: i64) -> Option<u8> {
        let at = |position: i64| self.contig.get(usize::try_from(position - 1).ok()?).copied();
        if self.site.is_forward() {
            at(self.site.start() + index - 1)
        } else {
            at(self.site.end() - index + 1).map(complement)
        }
    }

    fn positions(&self, change: &Change<'_>) -> Option<(Position, Position)> {
        // VEP counts substitutions of one base, and nothing else, with the bases that a partial CDS lacks.
        if let (Class::Snv, true, true, Some((first, _))) =
            (self.edit.class, self.in_exon, self.site.exact_vep, self.coordinates.cds.whole())
        {
            return Some((Position::coding(first), Position::coding(first)));
        }
        let start = self.position(change.start)?;
        if change.start == change.end {
            return Some((start, start));
        }
        let end = self.position(change.end)?;
        let swapped = start.order() > end.order() && !end.is_after_stop();
        Some(if swapped { (end, start) } else { (start, end) })
    }

    fn position(&self, index: i64) -> Option<Position> {
        let place =
            if self.site.is_forward() { self.site.start() + index - 1 } else { self.site.end() - index + 1 };
        Position::of(self.site, place)
    }
}
