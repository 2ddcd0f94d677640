//! Selenocysteines that a file does not tell.
//!
//! Ensembl's GFF3 has the whole coding sequence of a selenoprotein and says nothing of its UGA. All other stops within a
//! complete coding sequence of Ensembl's vertebrates would be an error, so there such a UGA is read as selenocysteine. Other
//! genomes have readthrough, or no selenocysteine at all; the files of GENCODE and NCBI, and GTF, tell it.

use crate::consequence::genetic_code::GeneticCode;
use crate::consequence::sequence::append_spliced;
use crate::genes::account::Account;
use crate::genes::assemble::Draft;
use crate::genes::transcript::Coding;

/// Finds them in the drafts whose file does not tell them; `bases` gives the bases of a contig by its number.
pub(crate) fn infer<'b>(drafts: &mut [Draft], bases: impl Fn(usize) -> &'b [u8], account: &mut Account) {
    let mut spliced = Vec::new();
    for draft in drafts.iter_mut().filter(|draft| !draft.tells_selenocysteines) {
        let is_of_vertebrate = draft.names.transcript.starts_with("ENS");
        let Some(coding) = draft.coding.filter(|coding| is_of_vertebrate && seems_complete(coding, draft))
        else {
            continue;
        };
        spliced.clear();
        append_spliced(&draft.exons, draft.strand, bases(draft.contig), &mut spliced);
        let (first, last) = (coding.cdna_start as usize - 1, coding.cdna_end as usize);
        let codons = spliced.get(first..last).unwrap_or_default().as_chunks::<3>().0;
        let found = within(codons, GeneticCode::of_table(coding.genetic_code));
        draft.selenocysteines = found.map(|index| coding.cdna_start + 3 * index).collect();
        if !draft.selenocysteines.is_empty() {
            account.add("coding sequence with UGA within, read as selenocysteine", &draft.names.transcript);
        }
    }
}

fn seems_complete(coding: &Coding, draft: &Draft) -> bool {
    draft.slip.is_none()
        && draft.names.biotype == "protein_coding"
        && coding.missing_bases == 0
        && !coding.start_not_found
        && !coding.end_not_found
        && (coding.cdna_end - coding.cdna_start + 1).is_multiple_of(3)
}

/// Indexes of the codons, when they are from start to stop and have no stop within but UGA.
fn within(codons: &[[u8; 3]], code: GeneticCode) -> impl Iterator<Item = u32> + use<'_> {
    let is_stop = move |codon: &[u8; 3]| code.residue(*codon) == b'*';
    let inner = match codons {
        [first, inner @ .., last] if code.is_start(*first) && is_stop(last) => inner,
        _ => &[],
    };
    let is_fit = inner.iter().all(|codon| !is_stop(codon) || codon == b"TGA");
    let inner = if is_fit { inner } else { &[] };
    (1..).zip(inner).filter(move |(_, codon)| is_stop(codon)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::one("ATGTGAGCTTAA", 1, &[1])]
    #[case::several("ATGTGAGCTTGATGA", 1, &[1, 3])]
    #[case::final_stop_only("ATGGCTTGA", 1, &[])]
    #[case::another_stop_within("ATGTGATAGTAA", 1, &[])]
    #[case::no_start("GCTTGAGCTTAA", 1, &[])]
    #[case::no_stop("ATGTGAGCT", 1, &[])]
    #[case::tryptophan("ATGTGAGCTTAA", 2, &[])]
    fn uga_within(#[case] bases: &str, #[case] table: u8, #[case] expected: &[u32]) {
        let codons = bases.as_bytes().as_chunks::<3>().0;
        assert_eq!(within(codons, GeneticCode::of_table(table)).collect::<Vec<_>>(), expected);
    }
}
