use serde::Serialize;

/// What kind of change an alternative allele is; the names are those of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlleleKind {
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
    /// Joined to another place.
    Breakend,
    /// `*`: missing because of a deletion that begins before.
    OverlappingDeletion,
    /// The same as the reference, or none at all.
    Unchanged,
}

impl AlleleKind {
    /// All of them.
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

    /// The name as sent and shown.
    pub fn as_str(self) -> &'static str {
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

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    pub(super) fn of(reference: &[u8], alternative: &[u8]) -> Self {
        match alternative {
            b"." | b"<NON_REF>" | b"<*>" | b"<X>" | b"" => Self::Unchanged,
            b"*" => Self::OverlappingDeletion,
            [b'<', .., b'>'] => Self::Symbolic,
            // `I...` and `D...` of VCF 3; neither is a letter for bases at that place.
            [b'I', ..] => Self::Insertion,
            [b'D', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                Self::Deletion
            }
            _ if alternative.iter().any(|byte| matches!(byte, b'[' | b']' | b'.')) => Self::Breakend,
            _ => Self::of_bases(reference, alternative),
        }
    }

    fn of_bases(reference: &[u8], alternative: &[u8]) -> Self {
        let same = |(one, other): &(&u8, &u8)| one.eq_ignore_ascii_case(other);
        let suffix = reference.iter().rev().zip(alternative.iter().rev()).take_while(same).count();
        let (deleted, inserted) = (reference.len() - suffix, alternative.len() - suffix);
        let prefix =
            reference.iter().take(deleted).zip(alternative.iter().take(inserted)).take_while(same).count();
        match (deleted - prefix, inserted - prefix) {
            (0, 0) => Self::Unchanged,
            (0, _) => Self::Insertion,
            (_, 0) => Self::Deletion,
            (1, 1) => Self::Snv,
            (deleted, inserted) if deleted == inserted => Self::Mnv,
            _ => Self::Indel,
        }
    }
}

/// How the annotations of a record name its alleles. Only bases and `*` are looked at. One alternative of another
/// length than REF stands without what both share at their starts, then at their ends; of several the first base goes
/// where all share it and any is longer or shorter than REF. Nothing left is `-`.
pub(super) fn names<'a>(reference: &[u8], alternatives: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let is_sequence = |allele: &[u8]| !allele.is_empty() && allele.iter().all(u8::is_ascii_alphabetic);
    let sequences = || alternatives.iter().filter(|allele| is_sequence(allele));
    let counted = || alternatives.iter().filter(|allele| is_sequence(allele) || **allele == b"*");
    let is_alone = counted().count() == 1;
    let first = reference.first();
    let shared = first.is_some() && sequences().all(|allele| allele.first() == first);
    let lengths_differ = counted().any(|allele| allele.len() != reference.len());
    let name = |allele: &&'a [u8]| {
        let whole = *allele;
        let left = match whole {
            _ if !is_sequence(whole) || !lengths_differ => whole,
            _ if is_alone => trimmed(reference, whole),
            [_, rest @ ..] if shared => rest,
            _ => whole,
        };
        if left.is_empty() { &b"-"[..] } else { left }
    };
    alternatives.iter().map(name).collect()
}

/// An alternative without what it shares with REF, first at the start, then at the end.
fn trimmed<'a>(reference: &[u8], alternative: &'a [u8]) -> &'a [u8] {
    let same = |(one, other): &(&u8, &u8)| one.eq_ignore_ascii_case(other);
    let start = reference.iter().zip(alternative).take_while(same).count();
    let (reference, alternative) = (&reference[start..], &alternative[start..]);
    let end = reference.iter().rev().zip(alternative.iter().rev()).take_while(same).count();
    &alternative[..alternative.len() - end]
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("A", "G", AlleleKind::Snv)]
    #[case("AT", "GC", AlleleKind::Mnv)]
    #[case("AT", "AC", AlleleKind::Snv)]
    #[case("A", "AT", AlleleKind::Insertion)]
    #[case("CCT", "CT", AlleleKind::Deletion)]
    #[case("ACG", "AT", AlleleKind::Indel)]
    #[case("a", "A", AlleleKind::Unchanged)]
    #[case("A", ".", AlleleKind::Unchanged)]
    #[case("A", "*", AlleleKind::OverlappingDeletion)]
    #[case("A", "<DEL>", AlleleKind::Symbolic)]
    #[case("G", "G]17:198982]", AlleleKind::Breakend)]
    #[case("G", ".G", AlleleKind::Breakend)]
    #[case("A", "D3", AlleleKind::Deletion)]
    #[case("A", "ITT", AlleleKind::Insertion)]
    fn kinds(#[case] reference: &str, #[case] alternative: &str, #[case] kind: AlleleKind) {
        assert_eq!(AlleleKind::of(reference.as_bytes(), alternative.as_bytes()), kind);
    }

    #[rstest]
    #[case("A", "G,C", "G,C")]
    #[case("CT", "C,CTT", "-,TT")]
    #[case("CT", "C,*", "-,*")]
    #[case("CT", "GA", "GA")]
    #[case("CT", "CA", "CA")]
    #[case("CT", "C,GT", "C,GT")]
    #[case("CT", "C,<NON_REF>", "-,<NON_REF>")]
    #[case("TTTAAA", "CGTAAAA,<DEL>", "CGTA,<DEL>")]
    #[case("C", "G,G]17:198982]", "G,G]17:198982]")]
    fn names_as_annotations_have_them(#[case] reference: &str, #[case] column: &str, #[case] expected: &str) {
        let split =
            |text: &'static str| -> Vec<&'static [u8]> { text.split(',').map(str::as_bytes).collect() };
        let column = split(Box::leak(column.to_owned().into_boxed_str()));
        let expected = split(Box::leak(expected.to_owned().into_boxed_str()));
        assert_eq!(names(reference.as_bytes(), &column), expected);
    }
}
