//! Names for known alleles whose source gives none: the allele in the words of HGVS.

use crate::variant::{Change, Kind};

/// Appends the genomic name without its reference, such as `m.73A>G` or `g.310_311insC`.
///
/// Deletions and insertions are moved to the 3' end of a repeat, and an insertion that repeats what is
/// before it is a duplication, as HGVS asks. `prefix` is `m` for a mitochondrion, else `g`; `sequence`
/// the whole contig in upper case.
pub(crate) fn append_name(prefix: char, change: Change<'_>, sequence: &[u8], name: &mut String) {
    let first = change.position;
    let last = first + change.deleted.len() as u64 - 1;
    let inserted = String::from_utf8_lossy(change.inserted).to_ascii_uppercase();
    let description = match change.kind() {
        Kind::Snv => {
            let deleted = String::from_utf8_lossy(change.deleted).to_ascii_uppercase();
            format!("{first}{deleted}>{inserted}")
        }
        Kind::Deletion => {
            let shift = shift_right(first, last, sequence);
            format!("{}del", range(first + shift, last + shift))
        }
        Kind::Insertion => insertion(change, sequence),
        _ => format!("{}delins{inserted}", range(first, last)),
    };
    name.push(prefix);
    name.push('.');
    name.push_str(&description);
}

fn range(first: u64, last: u64) -> String {
    if first == last { first.to_string() } else { format!("{first}_{last}") }
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

fn insertion(change: Change<'_>, sequence: &[u8]) -> String {
    let mut unit = change.inserted.to_ascii_uppercase();
    let mut before = change.position;
    while base(sequence, before) == unit.first().copied() {
        unit.rotate_left(1);
        before += 1;
    }
    let length = unit.len() as u64;
    let start = before.saturating_sub(length);
    let repeats = start >= 1
        && (0..length).all(|step| {
            base(sequence, start + step)
                == usize::try_from(step).ok().and_then(|step| unit.get(step)).copied()
        });
    if repeats {
        format!("{}dup", range(start, before - 1))
    } else {
        format!("{}_{before}ins{}", before - 1, String::from_utf8_lossy(&unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::substitution(2, "A", "g", "m.2A>G")]
    #[case::deletion_in_a_run(3, "TC", "T", "m.7del")]
    #[case::deletion_of_two(3, "TCC", "T", "m.6_7del")]
    #[case::duplication_in_a_run(3, "T", "TC", "m.7dup")]
    #[case::duplication_of_two(3, "T", "TCC", "m.6_7dup")]
    #[case::insertion(3, "T", "TG", "m.3_4insG")]
    #[case::several(2, "AT", "GG", "m.2_3delinsGG")]
    #[case::one_for_two(2, "A", "GG", "m.2delinsGG")]
    fn names(
        #[case] position: u64,
        #[case] reference: &str,
        #[case] alternative: &str,
        #[case] expected: &str,
    ) {
        let mut name = String::new();
        let change = Change::trimmed(position, reference.as_bytes(), alternative.as_bytes());
        append_name('m', change, b"GATCCCCTA", &mut name);
        assert_eq!(name, expected);
    }
}
