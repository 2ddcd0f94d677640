use memchr::memchr2_iter;

use super::{
    AlleleKind, FieldNames, Impact,
    annotation::{Row, Severity},
    record::Record,
};

/// What rows must have in common; what is left out does not matter.
///
/// What is asked of annotations must hold for one and the same annotation: with `gene` and `terms` given, an
/// allele matches if it has one of the terms in that gene.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VariantFilter {
    /// Name of the sequence; with or without `chr`, and `M` as good as `MT`.
    pub contig: Option<String>,
    /// The record reaches this position, counted from 1, or lies after it.
    pub from: Option<u64>,
    /// The record begins at this position or before it.
    pub to: Option<u64>,
    /// One of these kinds.
    pub kinds: Vec<AlleleKind>,
    /// One of these terms, see [`TERMS`](super::TERMS).
    pub terms: Vec<String>,
    /// This impact or a more severe one.
    pub impact: Option<Impact>,
    /// Symbol or identifier of the gene, in either case.
    pub gene: Option<String>,
    /// Whether the allele is known from elsewhere (`Existing_variation`).
    pub known: Option<bool>,
    /// Found, in either case, in `contig:position`, ID, REF, ALT or an annotation.
    pub text: Option<String>,
}

/// An allele that matches: its number from 0, and its annotations, those that match first, each part with the
/// most severe first.
pub(super) struct Match<'a> {
    pub(super) number: usize,
    pub(super) allele: &'a [u8],
    pub(super) rows: Vec<Row<'a>>,
    pub(super) severity: Severity,
}

impl VariantFilter {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The alleles of a record that match, beginning with the one of that number.
    pub(super) fn matches<'a>(
        &self,
        record: &Record<'a>,
        names: &FieldNames,
        first: usize,
    ) -> Vec<Match<'a>> {
        if !self.holds_for(record) {
            return Vec::new();
        }
        let alleles = record.alleles();
        let rows = record.rows(names, &alleles);
        let numbered = alleles.iter().copied().enumerate().skip(first);
        numbered.filter_map(|(number, allele)| self.match_of(record, number, allele, &rows, names)).collect()
    }

    fn holds_for(&self, record: &Record<'_>) -> bool {
        self.contig.as_ref().is_none_or(|contig| plain_name(contig.as_bytes()) == plain_name(record.contig))
            && self.from.is_none_or(|from| record.last() >= from)
            && self.to.is_none_or(|to| record.position <= to)
    }

    fn match_of<'a>(
        &self,
        record: &Record<'a>,
        number: usize,
        allele: &'a [u8],
        rows: &[(usize, Row<'a>)],
        names: &FieldNames,
    ) -> Option<Match<'a>> {
        if !self.kinds.is_empty() && !self.kinds.contains(&AlleleKind::of(record.reference, allele)) {
            return None;
        }
        let own = || rows.iter().filter(|(of, _)| *of == number).map(|(_, row)| *row);
        if self.known.is_some_and(|known| own().any(|row| row.is_known(names)) != known) {
            return None;
        }
        if self.text.as_ref().is_some_and(|text| !found(text, record, allele, own())) {
            return None;
        }
        let mut sorted: Vec<_> =
            own().map(|row| (!self.holds_for_row(row, names), row.severity(names), row)).collect();
        // The sort is stable: equals stay in the file's order.
        sorted.sort_by_key(|(apart, severity, _)| (*apart, *severity));
        let matched = sorted.first().is_some_and(|(apart, _, _)| !apart);
        if self.asks_of_rows() && !matched {
            return None;
        }
        let severity = sorted.first().map_or(Severity::NONE, |(_, severity, _)| *severity);
        Some(Match { number, allele, rows: sorted.into_iter().map(|(_, _, row)| row).collect(), severity })
    }

    fn asks_of_rows(&self) -> bool {
        !self.terms.is_empty() || self.impact.is_some() || self.gene.is_some()
    }

    fn holds_for_row(&self, row: Row<'_>, names: &FieldNames) -> bool {
        (self.terms.is_empty() || row.has_term(names, &self.terms))
            && self.impact.is_none_or(|least| row.impact(names).is_some_and(|impact| impact >= least))
            && self.gene.as_ref().is_none_or(|gene| row.is_of_gene(names, gene))
    }
}

/// A contig's name as compared: in lower case, without `chr`, the mitochondrion as `mt`.
fn plain_name(name: &[u8]) -> Vec<u8> {
    let lower = name.to_ascii_lowercase();
    let plain = lower.strip_prefix(b"chr").filter(|rest| !rest.is_empty()).unwrap_or(&lower);
    if plain == b"m" { b"mt".to_vec() } else { plain.to_vec() }
}

fn found<'a>(
    text: &str,
    record: &Record<'_>,
    allele: &[u8],
    mut rows: impl Iterator<Item = Row<'a>>,
) -> bool {
    let has = |hay: &[u8]| contains(hay, text.as_bytes());
    let locus = || [record.contig, b":", record.position.to_string().as_bytes()].concat();
    has(record.identifier)
        || has(&locus())
        || has(record.reference)
        || has(allele)
        || rows.any(|row| has(row.0))
}

/// Whether the text occurs, in either case of ASCII letters.
fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    let starts = memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), hay);
    starts.into_iter().any(|start| {
        hay.get(start..start + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("MT-ND1", true)]
    #[case("mt-nd1", true)]
    #[case("T-ND12", false)]
    #[case("", true)]
    fn text_is_found_in_either_case(#[case] needle: &str, #[case] is_found: bool) {
        assert_eq!(contains(b"A|upstream_gene_variant|MODIFIER|MT-ND1", needle.as_bytes()), is_found);
    }

    #[rstest]
    #[case("chrM", "MT", true)]
    #[case("1", "chr1", true)]
    #[case("1", "chr11", false)]
    #[case("chr", "chr", true)]
    fn contigs_have_several_names(#[case] one: &str, #[case] other: &str, #[case] same: bool) {
        assert_eq!(plain_name(one.as_bytes()) == plain_name(other.as_bytes()), same);
    }
}
