//! c. and n. names.
//!
//! Source: HGVS, "DNA recommendations"; Ensembl Variation `TranscriptVariationAllele.pm`, `hgvs_transcript` and
//! `_clip_alleles`, `Utils/Sequence.pm`, `hgvs_variant_notation` and `format_hgvs_string`.

use crate::consequence::edit::{Class, Edit, is_unambiguous};
use crate::consequence::place::{Coordinates, TranscriptSite};
use crate::consequence::sequence::complement;
use crate::hgvs::position::Position;

/// How a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Substitution,
    Deletion,
    Insertion,
    Duplication,
    Inversion,
    Delins,
    /// Several copies of REF.
    Copies,
}

/// A change in the transcript's direction; positions count from 1 at the transcript's 5' end, introns included.
#[derive(Clone, Copy, Debug)]
struct Change<'a> {
    form: Form,
    start: i64,
    end: i64,
    reference: &'a [u8],
    alternative: &'a [u8],
}

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
        csq.extend_from_slice(self.site.transcript.names.transcript_with_version.as_bytes());
        csq.extend_from_slice(if self.site.transcript.coding.is_some() { b":c." } else { b":n." });
        write(&change, start, end, csq);
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
            return Some(self.insertion(change));
        }
        let form = form_of(reference, self.shifted);
        let change = Change { form, ..change };
        Some(if form == Form::Duplication { change } else { clip(change) })
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

    /// An insertion of what stands right after, or right before, is a duplication.
    fn insertion<'a>(&self, change: Change<'a>) -> Change<'a> {
        let length = i64::try_from(change.alternative.len()).unwrap_or(0);
        let length_of_span = self.site.end() - self.site.start() + 1;
        let same = |from: i64| {
            from >= 1
                && from + length - 1 <= length_of_span
                && (from..).zip(change.alternative).all(|(index, base)| self.base(index) == Some(*base))
        };
        let duplication = Change { form: Form::Duplication, ..change };
        if same(change.start) {
            Change { end: change.start + length - 1, ..duplication }
        } else if same(change.end - length + 1) {
            Change { start: change.end - length + 1, ..duplication }
        } else {
            Change { form: Form::Insertion, start: change.end, end: change.start, ..change }
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

fn form_of(reference: &[u8], alternative: &[u8]) -> Form {
    if reference.len() == alternative.len() {
        let inverted = reference.iter().rev().map(|base| complement(*base)).eq(alternative.iter().copied());
        return match (reference.len(), inverted) {
            (1, _) => Form::Substitution,
            (_, true) => Form::Inversion,
            _ => Form::Delins,
        };
    }
    let copies = alternative.len().is_multiple_of(reference.len())
        && alternative.chunks(reference.len()).all(|copy| copy == reference);
    match (copies, alternative.len() / reference.len()) {
        (true, 2) => Form::Duplication,
        (true, _) => Form::Copies,
        _ => Form::Delins,
    }
}

/// Takes off what REF and ALT share at their ends; the form may become a simpler one.
fn clip(change: Change<'_>) -> Change<'_> {
    let Change { form, start, end, reference, alternative } = change;
    let before = reference.iter().zip(alternative).take_while(|(one, other)| one == other).count();
    let (reference, alternative) = (&reference[before..], &alternative[before..]);
    let after =
        reference.iter().rev().zip(alternative.iter().rev()).take_while(|(one, other)| one == other).count();
    let reference = &reference[..reference.len() - after];
    let alternative = &alternative[..alternative.len() - after];
    let form = match (reference.len(), alternative.len()) {
        (1, 1) => Form::Substitution,
        (0, 1..) => Form::Insertion,
        (1.., 0) => Form::Deletion,
        _ => form,
    };
    let length = |count: usize| i64::try_from(count).unwrap_or(0);
    Change { form, start: start + length(before), end: end - length(after), reference, alternative }
}

fn write(change: &Change<'_>, start: Position, end: Position, csq: &mut Vec<u8>) {
    let Change { form, reference, alternative, .. } = *change;
    start.append(csq);
    if form == Form::Substitution {
        csq.extend_from_slice(reference);
        csq.push(b'>');
        csq.extend_from_slice(alternative);
        return;
    }
    if start != end {
        csq.push(b'_');
        end.append(csq);
    }
    let (word, shown): (&[u8], &[u8]) = match form {
        Form::Deletion => (b"del", b""),
        Form::Duplication => (b"dup", b""),
        Form::Inversion => (b"inv", b""),
        Form::Insertion => (b"ins", alternative),
        Form::Substitution | Form::Delins | Form::Copies => (b"delins", alternative),
    };
    csq.extend_from_slice(word);
    csq.extend_from_slice(shown);
}
