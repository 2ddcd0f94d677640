//! Names for known alleles whose source gives none: the allele in the words of HGVS.

use crate::variant::Normalised;

/// Appends the genomic name without its reference, such as `m.73A>G` or `g.310_311insC`.
///
/// Deletions and insertions are moved to the 3' end of a repeat, and an insertion that repeats what is
/// before it is a duplication, as HGVS asks. `prefix` is `m` for a mitochondrion, else `g`; `sequence`
/// the whole contig in upper case.
pub(crate) fn append_name(prefix: u8, allele: &Normalised, sequence: &[u8], name: &mut Vec<u8>) {
    name.extend([prefix, b'.']);
    let first = allele.position;
    let last = (first + allele.deleted).saturating_sub(1);
    match (allele.deleted, &allele.inserted[..]) {
        (0, _) => append_insertion(allele, sequence, name),
        (1, [inserted]) => {
            append_number(first, name);
            name.extend([base(sequence, first).unwrap_or(b'N'), b'>', *inserted]);
        }
        (_, []) => {
            let shift = shift_right(first, last, sequence);
            append_range(first + shift, last + shift, name);
            name.extend_from_slice(b"del");
        }
        (_, inserted) => {
            append_range(first, last, name);
            name.extend_from_slice(b"delins");
            name.extend_from_slice(inserted);
        }
    }
}

fn append_number(number: u64, name: &mut Vec<u8>) {
    name.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn append_range(first: u64, last: u64, name: &mut Vec<u8>) {
    append_number(first, name);
    if first != last {
        name.push(b'_');
        append_number(last, name);
    }
}

fn base(sequence: &[u8], position: u64) -> Option<u8> {
    sequence.get(usize::try_from(position.checked_sub(1)?).ok()?).copied()
}

/// How many bases a deletion of `first..=last` can move to the right without changing its result.
fn shift_right(first: u64, last: u64, sequence: &[u8]) -> u64 {
    (0..sequence.len() as u64)
        .take_while(|step| {
            let gained = base(sequence, last + 1 + step);
            gained.is_some() && gained == base(sequence, first + step)
        })
        .count() as u64
}

fn append_insertion(allele: &Normalised, sequence: &[u8], name: &mut Vec<u8>) {
    // Moving an insertion by a base turns its unit by one.
    let mut unit = allele.inserted.iter().cycle().peekable();
    let mut before = allele.position;
    while base(sequence, before).is_some_and(|next| unit.peek() == Some(&&next)) {
        unit.next();
        before += 1;
    }
    let length = allele.inserted.len();
    let start = before.saturating_sub(length as u64);
    let is_repeat = start >= 1
        && (start..before)
            .zip(unit.clone())
            .all(|(place, inserted)| base(sequence, place) == Some(*inserted));
    if is_repeat {
        append_range(start, before - 1, name);
        name.extend_from_slice(b"dup");
    } else {
        append_range(before.saturating_sub(1), before, name);
        name.extend_from_slice(b"ins");
        name.extend(unit.take(length));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::Change;
    use rstest::rstest;

    #[rstest]
    #[case::substitution(2, "A", "g", "m.2A>G")]
    #[case::deletion_in_a_run(3, "TC", "T", "m.7del")]
    #[case::deletion_of_two(3, "TCC", "T", "m.6_7del")]
    #[case::duplication_in_a_run(3, "T", "TC", "m.7dup")]
    #[case::duplication_of_two(3, "T", "TCC", "m.6_7dup")]
    #[case::insertion(3, "T", "TG", "m.3_4insG")]
    #[case::turned_insertion(3, "T", "TCG", "m.4_5insGC")]
    #[case::several(2, "AT", "GG", "m.2_3delinsGG")]
    #[case::one_for_two(2, "A", "GG", "m.2delinsGG")]
    #[case::before_the_first(1, "G", "TG", "m.0_1insT")]
    fn names(
        #[case] position: u64,
        #[case] reference: &str,
        #[case] alternative: &str,
        #[case] expected: &str,
    ) {
        let mut allele = Normalised::default();
        let change = Change::trimmed(position, reference.as_bytes(), alternative.as_bytes());
        allele.set(change, b"GATCCCCTA");
        let mut name = Vec::new();
        append_name(b'm', &allele, b"GATCCCCTA", &mut name);
        assert_eq!(String::from_utf8(name).unwrap(), expected);
    }
}
