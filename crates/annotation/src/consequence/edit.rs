//! An allele as Ensembl VEP writes it: what it shows in the field `Allele` and counts coordinates from.
//!
//! Source: Ensembl VEP `Parser/VCF.pm`, `create_VariationFeatures`, and `Parser.pm`, `post_process_vfs` and
//! `minimise_alleles` (release 115).

use std::ops::Range;

use memchr::memchr_iter;

use crate::record::no_rows::NoRows;
use crate::variant::{Alternative, bases_of};

/// What a record's alleles together are; only pure insertions and deletions are shifted in HGVS.
///
/// Source: Ensembl Variation `Utils/Sequence.pm`, `SO_variation_class`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// All alleles are single bases.
    Snv,
    /// REF is empty, the alternatives are not.
    Insertion,
    /// The alternatives are empty.
    Deletion,
    /// Anything else.
    Other,
}

/// One alternative with the REF it replaces; an empty allele is what VEP writes as `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edit<'a> {
    /// First replaced base, counted from 1; for an insertion the base after it.
    pub(crate) start: i64,
    /// Last replaced base; for an insertion `start - 1`.
    pub(crate) end: i64,
    /// Bases that go, as the record gives them, upper case.
    pub(crate) reference: &'a [u8],
    /// Bases that come, upper case.
    pub(crate) alternative: &'a [u8],
    /// What the record's alleles together are.
    pub(crate) class: Class,
}

impl Edit<'_> {
    /// Whether nothing goes.
    pub(crate) fn is_insertion(&self) -> bool {
        self.start == self.end + 1
    }

    /// Smaller and larger of start and end: an insertion touches the bases on both its sides.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        (self.start.min(self.end), self.start.max(self.end))
    }

    /// Whether an interval of the contig and the edit share a base (`VariationEffect.pm`, `overlap`).
    ///
    /// An insertion overlaps only what lies on both its sides.
    pub(crate) fn overlaps(&self, first: i64, last: i64) -> bool {
        overlap(self.start, self.end, first, last)
    }

    /// REF's length minus ALT's is what the terms for lengths look at.
    pub(crate) fn lengths(&self) -> (usize, usize) {
        (self.reference.len(), self.alternative.len())
    }
}

/// `VariationEffect.pm`, `overlap`.
pub(crate) fn overlap(first_start: i64, first_end: i64, second_start: i64, second_end: i64) -> bool {
    first_end >= second_start && first_start <= second_end
}

/// Whether an allele is made of A, C, G, T only (`VariationFeatureOverlapAllele.pm`, `seq_is_unambiguous_dna`).
pub(crate) fn is_unambiguous(bases: &[u8]) -> bool {
    bases.iter().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T'))
}

/// Whether VEP takes an allele for bases at all, letters for several of them and `X` included (`seq_is_dna`); a word such as
/// `<*>` is none.
pub(crate) fn is_nucleotides(allele: &[u8]) -> bool {
    allele.iter().all(|letter| bases_of(*letter) != 0 || letter.eq_ignore_ascii_case(&b'X'))
}

/// An alternative of the record at hand, as places in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    index: usize,
    /// As ALT has it.
    whole: Range<usize>,
    /// As VEP shows it.
    range: Range<usize>,
    form: Alternative,
    /// What it is by itself, when alternatives are read apart.
    own: Option<Own>,
}

/// An alternative with the REF it replaces, whatever the record's others are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    range: Range<usize>,
    reference: Range<usize>,
    start: i64,
}

/// The alleles of one record; holds its memory from record to record.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    text: Vec<u8>,
    reference: Range<usize>,
    places: Vec<Place>,
    start: i64,
    class: Option<Class>,
    /// Bases of the REF column.
    reference_length: usize,
    /// Whether each alternative is read as if it stood alone. VEP reads them together: what one is depends on the
    /// others, an insertion beside a substitution is neither moved nor named as one.
    apart: bool,
}

impl Edits {
    /// Edits that are read apart, or together as VEP does.
    pub(crate) fn new(apart: bool) -> Self {
        Self { apart, ..Self::default() }
    }

    /// Reads the REF and ALT columns.
    pub(crate) fn set(&mut self, position: u64, reference: &[u8], alternatives: &[u8]) {
        self.read(position, reference, alternatives);
        if self.counted().count() == 1 {
            self.trim_one();
        } else {
            self.strip_shared_base();
        }
        self.finish(position, reference);
    }

    /// Reads alleles that a record does not spell out itself: no base stands before all of them.
    pub(crate) fn set_spelled(&mut self, position: u64, reference: &[u8], alternatives: &[u8]) {
        self.read(position, reference, alternatives);
        if self.counted().count() == 1 {
            self.trim_one();
        }
        self.finish(position, reference);
    }

    fn read(&mut self, position: u64, reference: &[u8], alternatives: &[u8]) {
        self.text.clear();
        self.text.extend(reference.iter().chain(alternatives).map(u8::to_ascii_uppercase));
        self.reference = 0..reference.len();
        self.reference_length = reference.len();
        self.start = i64::try_from(position).unwrap_or(i64::MAX / 2);
        self.read_places(reference.len());
    }

    fn finish(&mut self, position: u64, reference: &[u8]) {
        self.class = Some(self.classify());
        if self.apart && self.places.len() > 1 {
            let position = i64::try_from(position).unwrap_or(i64::MAX / 2);
            for place in self.places.iter_mut().filter(|place| place.form == Alternative::Bases) {
                let own = Own { range: place.whole.clone(), reference: 0..reference.len(), start: position };
                place.own = Some(trimmed(own, &self.text));
            }
        }
    }

    fn read_places(&mut self, offset: usize) {
        self.places.clear();
        let column = &self.text[offset..];
        let mut begin = 0;
        for (index, end) in memchr_iter(b',', column).chain([column.len()]).enumerate() {
            let allele = &column[begin..end];
            let is_word = !self.apart && is_word_to_vep(allele);
            let form = if is_word { Alternative::Bases } else { Alternative::of(allele) };
            let range = offset + begin..offset + end;
            self.places.push(Place { index, whole: range.clone(), range, form, own: None });
            begin = end + 1;
        }
    }

    /// The alternatives that VEP keeps in its allele string: sequences and `*`.
    fn counted(&self) -> impl Iterator<Item = &Place> {
        self.places
            .iter()
            .filter(|place| matches!(place.form, Alternative::Bases | Alternative::OverlappingDeletion))
    }

    fn sequences(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.form == Alternative::Bases)
    }

    /// One alternative of another length than REF: what both share goes, first at the start, then at the end.
    fn trim_one(&mut self) {
        let Some(place) = self.places.iter_mut().find(|place| place.form == Alternative::Bases) else {
            return;
        };
        let own = Own { range: place.range.clone(), reference: self.reference.clone(), start: self.start };
        let Own { range, reference, start } = trimmed(own, &self.text);
        place.range = range;
        self.reference = reference;
        self.start = start;
    }

    /// Several alternatives: the first base goes when all share it and some length differs; `*` has no say.
    fn strip_shared_base(&mut self) {
        let length = self.reference.len();
        let first = self.text.get(self.reference.start).copied();
        let differs = self.counted().any(|place| place.range.len() != length);
        let has_say = |text: &[u8], place: &Place| !text[place.whole.clone()].contains(&b'*');
        let begins_alike =
            |place: &Place| !has_say(&self.text, place) || self.text.get(place.range.start).copied() == first;
        let shared = self.sequences().all(begins_alike);
        if differs && shared {
            self.reference.start += 1;
            self.start += 1;
            let (text, places) = (&self.text, &mut self.places);
            let sequences = places.iter_mut().filter(|place| place.form == Alternative::Bases);
            for place in sequences.filter(|place| has_say(text, place)) {
                place.range.start += 1;
            }
        }
    }

    fn classify(&self) -> Class {
        let all = |test: &dyn Fn(&Place) -> bool| self.counted().all(test);
        let is_sequence = |place: &Place| {
            place.form == Alternative::Bases
                && !place.range.is_empty()
                && self.text[place.range.clone()].iter().all(u8::is_ascii_alphanumeric)
        };
        if self.reference.len() == 1 && all(&|place| is_sequence(place) && place.range.len() == 1) {
            Class::Snv
        } else if self.reference.is_empty() && all(&is_sequence) {
            Class::Insertion
        } else if !self.reference.is_empty()
            && all(&|place| place.form == Alternative::Bases && place.range.is_empty())
        {
            Class::Deletion
        } else {
            Class::Other
        }
    }

    /// The number of alternatives in ALT.
    pub(crate) fn count(&self) -> usize {
        self.places.len()
    }

    /// Counts the alternatives that are no structural variants and that get no rows, by reason.
    pub(crate) fn count_without_rows(&self, counts: &mut [u64; NoRows::ALL.len()]) {
        let reference = &self.text[..self.reference_length];
        for (rank, place) in self.places.iter().enumerate() {
            let text = |place: &Place| &self.text[place.whole.clone()];
            let is_repeated = || self.places[..rank].iter().any(|earlier| text(earlier) == text(place));
            let reason = match place.form {
                Alternative::None => NoRows::NoAlternative,
                Alternative::OverlappingDeletion => NoRows::OverlappingDeletion,
                Alternative::Malformed => NoRows::NotUnderstood,
                Alternative::Bases if text(place) == reference => NoRows::Unchanged,
                Alternative::Bases if is_repeated() => NoRows::Repeated,
                Alternative::Bases | Alternative::Symbolic | Alternative::Breakend => continue,
            };
            counts[reason as usize] += 1;
        }
    }

    /// First start and last end of the edits; for an insertion the end is the base before the start.
    pub(crate) fn place(&self) -> (u64, u64) {
        let place = |position: i64| u64::try_from(position).unwrap_or(0);
        let ends = self.iter().map(|(_, edit)| (edit.start, edit.end));
        let (start, end) = ends
            .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
            .unwrap_or((self.start, self.start));
        (place(start), place(end))
    }

    /// The alternatives that get rows, each with its number in ALT: sequences that differ from REF, each once.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Edit<'_>)> {
        self.with_rows().map(|place| (place.index, self.edit(place)))
    }

    /// How VEP writes each of the alternatives that get rows.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &[u8]> {
        self.with_rows().map(|place| &self.text[place.range.clone()])
    }

    /// First and last base of the record, as all its alternatives share it.
    pub(crate) fn shared_place(&self) -> (i64, i64) {
        (self.start, self.start + i64::try_from(self.reference.len()).unwrap_or(0) - 1)
    }

    /// Appends REF and all alternatives as VEP writes them together, with `/` between them.
    pub(crate) fn append_alleles(&self, text: &mut Vec<u8>) {
        let mut append =
            |allele: &[u8]| text.extend_from_slice(if allele.is_empty() { b"-" } else { allele });
        append(&self.text[self.reference.clone()]);
        for place in &self.places {
            append(b"/");
            append(&self.text[place.range.clone()]);
        }
    }

    fn with_rows(&self) -> impl Iterator<Item = &Place> {
        let text = |place: &Place| &self.text[place.whole.clone()];
        let reference = &self.text[..self.reference_length];
        self.sequences().enumerate().filter_map(move |(rank, place)| {
            let is_repeated = || self.sequences().take(rank).any(|earlier| text(earlier) == text(place));
            (text(place) != reference && !is_repeated()).then_some(place)
        })
    }

    fn edit(&self, place: &Place) -> Edit<'_> {
        let (range, reference, start, class) = match &place.own {
            Some(own) => {
                (&own.range, &own.reference, own.start, class_of(own.reference.len(), own.range.len()))
            }
            None => (&place.range, &self.reference, self.start, self.class.unwrap_or(Class::Other)),
        };
        let end = start + i64::try_from(reference.len()).unwrap_or(0) - 1;
        let (reference, alternative) = (&self.text[reference.clone()], &self.text[range.clone()]);
        Edit { start, end, reference, alternative, class }
    }
}

/// Takes off what both share, first at the start, then at the end, when their lengths differ.
fn trimmed(own: Own, text: &[u8]) -> Own {
    let Own { mut range, mut reference, mut start } = own;
    if range.len() == reference.len() {
        return Own { range, reference, start };
    }
    let some_left = |range: &Range<usize>| range.start < range.end;
    while some_left(&reference) && some_left(&range) && text[reference.start] == text[range.start] {
        reference.start += 1;
        range.start += 1;
        start += 1;
    }
    while some_left(&reference) && some_left(&range) && text[reference.end - 1] == text[range.end - 1] {
        reference.end -= 1;
        range.end -= 1;
    }
    Own { range, reference, start }
}

/// Whether VEP takes an allele for a sequence like any other though it has no bases: the `D3` and `IACG` of VCF 3, and
/// `<*>`, whose `*` keeps it from being structural.
pub(crate) fn is_word_to_vep(allele: &[u8]) -> bool {
    allele == b"<*>" || (!allele.starts_with(b"<") && Alternative::of(allele) == Alternative::Symbolic)
}

fn class_of(reference: usize, alternative: usize) -> Class {
    match (reference, alternative) {
        (1, 1) => Class::Snv,
        (0, _) => Class::Insertion,
        (_, 0) => Class::Deletion,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn shown(position: u64, reference: &str, alternatives: &str) -> Vec<String> {
        shown_by(Edits::default(), position, reference, alternatives)
    }

    fn shown_by(mut edits: Edits, position: u64, reference: &str, alternatives: &str) -> Vec<String> {
        edits.set(position, reference.as_bytes(), alternatives.as_bytes());
        let word = |bases: &[u8]| {
            if bases.is_empty() { "-".into() } else { String::from_utf8_lossy(bases).into_owned() }
        };
        edits
            .iter()
            .map(|(index, edit)| {
                let (reference, alternative) = (word(edit.reference), word(edit.alternative));
                format!("{index}:{}-{} {reference}/{alternative} {:?}", edit.start, edit.end, edit.class)
            })
            .collect()
    }

    #[rstest]
    #[case::snv("A", "G", &["0:10-10 A/G Snv"])]
    #[case::lower_case("a", "g", &["0:10-10 A/G Snv"])]
    #[case::insertion("A", "AT", &["0:11-10 -/T Insertion"])]
    #[case::deletion("CAG", "C", &["0:11-12 AG/- Deletion"])]
    #[case::deletion_from_the_left("TTTAAA", "CGTAAAA", &["0:10-12 TTT/CGTA Other"])]
    #[case::mnv_is_not_trimmed("ACT", "AGA", &["0:10-12 ACT/AGA Other"])]
    #[case::two_snvs("A", "G,T", &["0:10-10 A/G Snv", "1:10-10 A/T Snv"])]
    #[case::all_share_a_base("GA", "G,GGG", &["0:11-11 A/- Other", "1:11-11 A/GG Other"])]
    #[case::two_insertions("G", "GA,GTT", &["0:11-10 -/A Insertion", "1:11-10 -/TT Insertion"])]
    #[case::not_all_share_a_base("GA", "G,TA", &["0:10-11 GA/G Other", "1:10-11 GA/TA Other"])]
    #[case::star_has_no_say("GA", "G,*", &["0:11-11 A/- Other"])]
    #[case::star_beside_snv("A", "G,*", &["0:10-10 A/G Other"])]
    #[case::no_reference_call("A", "G,<NON_REF>", &["0:10-10 A/G Snv"])]
    #[case::same_as_reference("A", "A", &[])]
    #[case::said_twice("A", "G,G", &["0:10-10 A/G Snv"])]
    #[case::symbolic("A", "<DEL>", &[])]
    #[case::words_of_vcf_3("A", "D3,IAC", &["0:10-10 A/D3 Other", "1:10-10 A/IAC Other"])]
    #[case::any_allele("A", "<*>", &["0:10-10 A/<*> Other"])]
    #[case::any_allele_has_no_say("GA", "G,<*>", &["0:11-11 A/- Other", "1:11-11 A/<*> Other"])]
    fn forms(#[case] reference: &str, #[case] alternatives: &str, #[case] expected: &[&str]) {
        assert_eq!(shown(10, reference, alternatives), expected);
    }
    #[rstest]
    #[case::one_is_as_before("CAG", "C", &["0:11-12 AG/- Deletion"])]
    #[case::each_its_own("GA", "G,GGG", &["0:11-11 A/- Deletion", "1:11-11 A/GG Other"])]
    #[case::substitution_beside_deletion("GAA", "G,GCA", &["0:11-12 AA/- Deletion", "1:10-12 GAA/GCA Other"])]
    #[case::star_beside_snv("A", "G,*", &["0:10-10 A/G Snv"])]
    fn forms_of_alternatives_apart(
        #[case] reference: &str,
        #[case] alternatives: &str,
        #[case] expected: &[&str],
    ) {
        assert_eq!(shown_by(Edits::new(true), 10, reference, alternatives), expected);
    }
}
