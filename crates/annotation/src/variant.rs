//! An allele: its kind, its trimmed form, and the one form that all spellings of it share.

use std::fmt;

/// A change of a sequence in its smallest form: shared bases at either end are gone.
///
/// An insertion has no deleted bases and stands before `position`; a deletion has no inserted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// First changed base, counted from 1.
    pub position: u64,
    /// Bases that go.
    pub deleted: &'a [u8],
    /// Bases that come instead.
    pub inserted: &'a [u8],
}

impl<'a> Change<'a> {
    /// Trims a REF and an ALT: first the shared end, then the shared start, in either case of letters.
    ///
    /// ```
    /// use gas_annotation::variant::Change;
    /// let change = Change::trimmed(309, b"CT", b"CCT");
    /// assert_eq!((change.position, change.deleted, change.inserted), (309, &b""[..], &b"C"[..]));
    /// ```
    pub fn trimmed(position: u64, reference: &'a [u8], alternative: &'a [u8]) -> Self {
        let same = |(one, other): &(&u8, &u8)| one.eq_ignore_ascii_case(other);
        let suffix = reference.iter().rev().zip(alternative.iter().rev()).take_while(same).count();
        let (reference, alternative) =
            (&reference[..reference.len() - suffix], &alternative[..alternative.len() - suffix]);
        let prefix = reference.iter().zip(alternative).take_while(same).count();
        Self {
            position: position + prefix as u64,
            deleted: &reference[prefix..],
            inserted: &alternative[prefix..],
        }
    }

    /// What kind of change it is.
    pub fn kind(&self) -> Kind {
        match (self.deleted.len(), self.inserted.len()) {
            (0, 0) => Kind::Unchanged,
            (0, _) => Kind::Insertion,
            (_, 0) => Kind::Deletion,
            (1, 1) => Kind::Snv,
            (deleted, inserted) if deleted == inserted => Kind::Mnv,
            _ => Kind::Indel,
        }
    }
}

/// Kinds of alleles, as the summary counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One base for another.
    Snv,
    /// Several bases for as many others.
    Mnv,
    /// Bases come, none goes.
    Insertion,
    /// Bases go, none comes.
    Deletion,
    /// Bases go and another number of bases comes.
    Indel,
    /// `<DEL>` and its like.
    Symbolic,
    /// A breakend, such as `G]17:198982]` or `.A`.
    Breakend,
    /// `*`: the allele is missing because of a deletion that begins before it.
    OverlappingDeletion,
    /// ALT equals REF.
    Unchanged,
}

impl Kind {
    /// All kinds, in the order of the summary.
    pub const ALL: [Self; 9] = [
        Self::Snv,
        Self::Mnv,
        Self::Insertion,
        Self::Deletion,
        Self::Indel,
        Self::Symbolic,
        Self::Breakend,
        Self::OverlappingDeletion,
        Self::Unchanged,
    ];

    /// The kind's name in summaries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Snv => "snv",
            Self::Mnv => "mnv",
            Self::Insertion => "insertion",
            Self::Deletion => "deletion",
            Self::Indel => "indel",
            Self::Symbolic => "symbolic",
            Self::Breakend => "breakend",
            Self::OverlappingDeletion => "overlapping_deletion",
            Self::Unchanged => "unchanged",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One entry of ALT by its form (VCF 4.3, 1.6.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alternative {
    /// Bases.
    Bases,
    /// `.`, `<NON_REF>` or `<*>`: nothing that differs is known here.
    None,
    /// `<DEL>` and its like, and the `I...`, `D...` of VCF 3.
    Symbolic,
    /// A breakend.
    Breakend,
    /// `*`
    OverlappingDeletion,
    /// None of them.
    Malformed,
}

impl Alternative {
    pub(crate) fn of(allele: &[u8]) -> Self {
        match allele {
            b"." | b"<NON_REF>" | b"<*>" | b"<X>" => Self::None,
            b"*" | b"<DEL:*>" => Self::OverlappingDeletion,
            [] => Self::Malformed,
            _ if is_bases(allele) => Self::Bases,
            [b'<', .., b'>'] => Self::Symbolic,
            _ if allele.iter().any(|byte| matches!(byte, b'[' | b']')) => Self::Breakend,
            [b'.', bases @ ..] | [bases @ .., b'.'] if is_bases(bases) => Self::Breakend,
            // VCF 3.3: `D3` deletes three bases, `ITT` inserts two.
            [b'D', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                Self::Symbolic
            }
            [b'I', bases @ ..] if is_bases(bases) => Self::Symbolic,
            _ => Self::Malformed,
        }
    }
}

/// Which of A, C, G, T an IUPAC letter may stand for, as bits; 0 for what is no such letter.
pub(crate) const fn bases_of(letter: u8) -> u8 {
    match letter.to_ascii_uppercase() {
        b'A' => 1,
        b'C' => 2,
        b'G' => 4,
        b'T' | b'U' => 8,
        b'M' => 1 | 2,
        b'R' => 1 | 4,
        b'W' => 1 | 8,
        b'S' => 2 | 4,
        b'Y' => 2 | 8,
        b'K' => 4 | 8,
        b'V' => 1 | 2 | 4,
        b'H' => 1 | 2 | 8,
        b'D' => 1 | 4 | 8,
        b'B' => 2 | 4 | 8,
        b'N' => 15,
        _ => 0,
    }
}

/// Whether an allele is one or more bases, IUPAC letters of several bases included, in either case.
pub(crate) fn is_bases(allele: &[u8]) -> bool {
    !allele.is_empty() && allele.iter().all(|letter| bases_of(*letter) != 0)
}

/// Whether a REF can be this stretch of the reference: letters that may stand for the same base agree.
///
/// So `N` in either agrees with any base: the human mitochondrion has one at 3107.
pub(crate) fn agrees(given: &[u8], sequence: &[u8]) -> bool {
    given.len() == sequence.len()
        && given.iter().zip(sequence).all(|(one, other)| bases_of(*one) & bases_of(*other) != 0)
}

/// Whether a change of one base is a transition (A<->G, C<->T); `None` when it is not A, C, G, T for another.
pub(crate) fn is_transition(from: u8, to: u8) -> Option<bool> {
    let plain = |base: u8| matches!(base, b'A' | b'C' | b'G' | b'T').then_some(base);
    let (from, to) = (plain(from.to_ascii_uppercase())?, plain(to.to_ascii_uppercase())?);
    (from != to).then_some(matches!((from, to), (b'A', b'G') | (b'G', b'A') | (b'C', b'T') | (b'T', b'C')))
}

/// The one form that all spellings of a change share: trimmed, as far left as it goes, upper case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Normalised {
    /// First changed base, counted from 1.
    pub(crate) position: u64,
    /// Bases that go.
    pub(crate) deleted: u64,
    /// Bases that come, upper case.
    pub(crate) inserted: Vec<u8>,
}

impl Normalised {
    /// Normalises into the memory at hand. `sequence` is the whole contig, upper case.
    pub(crate) fn set(&mut self, change: Change<'_>, sequence: &[u8]) {
        self.position = change.position;
        self.deleted = change.deleted.len() as u64;
        self.inserted.clear();
        self.inserted.extend(change.inserted.iter().map(u8::to_ascii_uppercase));
        match change.kind() {
            Kind::Insertion => self.shift_insertion_left(sequence),
            Kind::Deletion => self.shift_deletion_left(sequence),
            _ => {}
        }
    }

    fn shift_insertion_left(&mut self, sequence: &[u8]) {
        let length = self.inserted.len();
        let mut steps = 0;
        while let Some(before) = base_before(sequence, self.position)
            && before == self.inserted[length - 1 - steps % length]
        {
            steps += 1;
            self.position -= 1;
        }
        self.inserted.rotate_right(steps % length);
    }

    fn shift_deletion_left(&mut self, sequence: &[u8]) {
        while let Some(before) = base_before(sequence, self.position)
            && base_before(sequence, self.position + self.deleted) == Some(before)
        {
            self.position -= 1;
        }
    }
}

/// The base before a 1-based position, unless it is unknown: a stretch of N is not walked.
fn base_before(sequence: &[u8], position: u64) -> Option<u8> {
    let index = usize::try_from(position.checked_sub(2)?).ok()?;
    sequence.get(index).copied().filter(|base| *base != b'N')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"A", b"G", 10, b"A", b"G", Kind::Snv)]
    #[case(b"CC", b"C", 10, b"C", b"", Kind::Deletion)]
    #[case(b"C", b"CC", 10, b"", b"C", Kind::Insertion)]
    #[case(b"TGC", b"CAC", 10, b"TG", b"CA", Kind::Mnv)]
    #[case(b"ACG", b"ATTG", 11, b"C", b"TT", Kind::Indel)]
    #[case(b"acg", b"ACG", 10, b"", b"", Kind::Unchanged)]
    #[case(b"ACGT", b"AGGT", 11, b"C", b"G", Kind::Snv)]
    fn trimming(
        #[case] reference: &[u8],
        #[case] alternative: &[u8],
        #[case] position: u64,
        #[case] deleted: &[u8],
        #[case] inserted: &[u8],
        #[case] kind: Kind,
    ) {
        let change = Change::trimmed(10, reference, alternative);
        assert_eq!(change, Change { position, deleted, inserted });
        assert_eq!(change.kind(), kind);
    }

    #[rstest]
    #[case("A", Alternative::Bases)]
    #[case("acgtn", Alternative::Bases)]
    #[case(".", Alternative::None)]
    #[case("<NON_REF>", Alternative::None)]
    #[case("*", Alternative::OverlappingDeletion)]
    #[case("<DEL:*>", Alternative::OverlappingDeletion)]
    #[case("<DEL>", Alternative::Symbolic)]
    #[case("<DUP:TANDEM>", Alternative::Symbolic)]
    #[case("D4", Alternative::Symbolic)]
    #[case("IACG", Alternative::Symbolic)]
    #[case("G]17:198982]", Alternative::Breakend)]
    #[case(".A", Alternative::Breakend)]
    #[case("A.", Alternative::Breakend)]
    #[case("-", Alternative::Malformed)]
    #[case("", Alternative::Malformed)]
    #[case("<DEL", Alternative::Malformed)]
    #[case("A/G", Alternative::Malformed)]
    fn forms_of_alt(#[case] allele: &str, #[case] expected: Alternative) {
        assert_eq!(Alternative::of(allele.as_bytes()), expected);
    }

    #[rstest]
    #[case("A", "A", true)]
    #[case("a", "A", true)]
    #[case("N", "A", true)]
    #[case("C", "N", true)]
    #[case("R", "G", true)]
    #[case("R", "C", false)]
    #[case("A", "G", false)]
    #[case("AC", "A", false)]
    fn reference_check(#[case] given: &str, #[case] sequence: &str, #[case] expected: bool) {
        assert_eq!(agrees(given.as_bytes(), sequence.as_bytes()), expected);
    }

    #[test]
    fn all_spellings_of_an_insertion_normalise_to_one() {
        //                 12345678
        let sequence = b"GATCCCCTA";
        let spellings: [(u64, &[u8], &[u8]); 4] =
            [(3, b"T", b"TC"), (4, b"C", b"CC"), (7, b"CT", b"CCT"), (3, b"TCCCCT", b"TCCCCCT")];
        for (position, reference, alternative) in spellings {
            let mut normalised = Normalised::default();
            normalised.set(Change::trimmed(position, reference, alternative), sequence);
            let expected = Normalised { position: 4, deleted: 0, inserted: b"C".to_vec() };
            assert_eq!(normalised, expected, "{position}");
        }
    }

    #[test]
    fn a_repeated_unit_turns_as_it_moves() {
        let mut normalised = Normalised::default();
        normalised.set(Change { position: 8, deleted: b"", inserted: b"AC" }, b"GTACACACG");
        //  inserting AC before the 8th base, an A->C...: the unit is read from its new place
        assert_eq!(apply(b"GTACACACG", &normalised), apply_change(b"GTACACACG", 8, 0, b"AC"));
    }

    fn apply(sequence: &[u8], change: &Normalised) -> Vec<u8> {
        apply_change(sequence, change.position, change.deleted, &change.inserted)
    }

    fn apply_change(sequence: &[u8], position: u64, deleted: u64, inserted: &[u8]) -> Vec<u8> {
        let start = usize::try_from(position - 1).unwrap();
        let end = start + usize::try_from(deleted).unwrap();
        [&sequence[..start], inserted, &sequence[end..]].concat()
    }

    proptest! {
        /// Normalising keeps what the change does, and is the same for every spelling that does it.
        #[test]
        fn normalising_keeps_the_haplotype(
            sequence in "[AC]{4,30}", start in 0_usize..30, length in 0_usize..5, inserted in "[AC]{0,5}",
        ) {
            let sequence = sequence.as_bytes();
            let start = start % sequence.len();
            let end = (start + length).min(sequence.len());
            let position = start as u64 + 1;
            let mut normalised = Normalised::default();
            let change = Change::trimmed(position, &sequence[start..end], inserted.as_bytes());
            prop_assume!(change.kind() != Kind::Unchanged);
            normalised.set(change, sequence);
            let expected = apply_change(sequence, position, (end - start) as u64, inserted.as_bytes());
            prop_assert_eq!(apply(sequence, &normalised), expected.clone());

            // The widest spelling: the whole sequence against the whole result.
            let mut widest = Normalised::default();
            widest.set(Change::trimmed(1, sequence, &expected), sequence);
            if matches!(change.kind(), Kind::Insertion | Kind::Deletion) {
                prop_assert_eq!(widest, normalised);
            }
        }
    }
}
