//! A change of a sequence of bases while its name is found, on a transcript or on a contig.
//!
//! Source: HGVS, "DNA recommendations"; Ensembl Variation `Utils/Sequence.pm`, `hgvs_variant_notation` and
//! `format_hgvs_string`, `VariationFeature.pm`, `_clip_alleles`.

use crate::consequence::sequence::complement;

/// How a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Substitution,
    Deletion,
    Insertion,
    Duplication,
    Inversion,
    Delins,
    /// Several copies of REF.
    Copies,
}

/// A change in the direction of the sequence that names it; positions count from 1 at its first base, on a transcript at
/// its 5' end with introns included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) form: Form,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) reference: &'a [u8],
    pub(super) alternative: &'a [u8],
}

impl<'a> Change<'a> {
    /// An insertion of what stands right after, or right before, is a duplication. `base` gives the bases of a sequence of
    /// `length`.
    pub(super) fn as_insertion(self, length: i64, base: impl Fn(i64) -> Option<u8>) -> Change<'a> {
        let added = i64::try_from(self.alternative.len()).unwrap_or(0);
        let same = |from: i64| {
            from >= 1
                && from + added - 1 <= length
                && (from..).zip(self.alternative).all(|(index, letter)| base(index) == Some(*letter))
        };
        let duplication = Change { form: Form::Duplication, ..self };
        if same(self.start) {
            Change { end: self.start + added - 1, ..duplication }
        } else if same(self.end - added + 1) {
            Change { start: self.end - added + 1, ..duplication }
        } else {
            Change { form: Form::Insertion, start: self.end, end: self.start, ..self }
        }
    }

    /// Takes off what REF and ALT share at their ends; the form may become a simpler one.
    pub(super) fn clipped(self) -> Change<'a> {
        let Change { form, start, end, reference, alternative } = self;
        let before = reference.iter().zip(alternative).take_while(|(one, other)| one == other).count();
        let (reference, alternative) = (&reference[before..], &alternative[before..]);
        let after = reference
            .iter()
            .rev()
            .zip(alternative.iter().rev())
            .take_while(|(one, other)| one == other)
            .count();
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

    /// An inversion, if that is what remains after clipping: VEP looks for one only before.
    pub(super) fn as_inversion(self) -> Change<'a> {
        let is_one = self.form == Form::Delins && is_inversion(self.reference, self.alternative);
        if is_one { Change { form: Form::Inversion, ..self } } else { self }
    }

    /// Appends `12del` or `12_14delinsAC` with positions that `append` writes; `is_one_place` tells whether both ends are
    /// the same.
    pub(super) fn write(&self, is_one_place: bool, append: impl Fn(bool, &mut Vec<u8>), text: &mut Vec<u8>) {
        let Change { form, reference, alternative, .. } = *self;
        append(false, text);
        if form == Form::Substitution {
            text.extend_from_slice(reference);
            text.push(b'>');
            text.extend_from_slice(alternative);
            return;
        }
        if !is_one_place {
            text.push(b'_');
            append(true, text);
        }
        let (word, shown): (&[u8], &[u8]) = match form {
            Form::Deletion => (b"del", b""),
            Form::Duplication => (b"dup", b""),
            Form::Inversion => (b"inv", b""),
            Form::Insertion => (b"ins", alternative),
            Form::Substitution | Form::Delins | Form::Copies => (b"delins", alternative),
        };
        text.extend_from_slice(word);
        text.extend_from_slice(shown);
    }
}

/// The form of a change that neither only takes nor only adds bases.
pub(super) fn form_of(reference: &[u8], alternative: &[u8]) -> Form {
    if reference.len() == alternative.len() {
        return match (reference.len(), is_inversion(reference, alternative)) {
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

/// Whether more than one base is replaced by the other strand's.
fn is_inversion(reference: &[u8], alternative: &[u8]) -> bool {
    reference.len() > 1
        && reference.iter().rev().map(|base| complement(*base)).eq(alternative.iter().copied())
}
