//! What a run with joint consequences says of them.

use serde::{Deserialize, Serialize};

use crate::phased::PhasedCounts;

/// Joint consequences of the alleles of one haplotype.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaplotypesSummary {
    /// Joint consequences that were told.
    pub entries: u64,
    /// Lines with one, or with the place of one.
    pub records: u64,
    /// Alleles in coding sequences and 3' UTRs whose haplotype is known, counted for each haplotype.
    pub carried: u64,
    /// Heterozygous genotypes in coding sequences and 3' UTRs without a phase; they are in no haplotype.
    pub unphased: u64,
    /// Alleles for which another one of the same haplotype leaves no place.
    pub overlapping: u64,
    /// Transcripts whose records were seen together in parts only.
    pub cut: u64,
}

impl From<&PhasedCounts> for HaplotypesSummary {
    fn from(counts: &PhasedCounts) -> Self {
        Self {
            entries: counts.entries,
            records: counts.lines,
            carried: counts.carried,
            unphased: counts.unphased,
            overlapping: counts.overlapping,
            cut: counts.cut,
        }
    }
}

/// What must be said loudly.
pub(crate) fn notes(counts: &PhasedCounts) -> Vec<String> {
    let mut notes = Vec::new();
    if counts.carried == 0 {
        notes.push(
            "No joint consequences: no allele in a coding sequence stands on a known haplotype. That takes samples with \
             phased (0|1), homozygous or haploid genotypes."
                .to_owned(),
        );
    }
    if counts.unphased > 0 {
        notes.push(format!(
            "Joint consequences leave out {} heterozygous genotypes in and behind coding sequences, which are not phased.",
            counts.unphased
        ));
    }
    if counts.overlapping > 0 {
        notes.push(format!(
            "Joint consequences leave out {} alleles that overlap an earlier one of the same haplotype.",
            counts.overlapping
        ));
    }
    if let Some(first) = &counts.first_cut {
        notes.push(format!(
            "Joint consequences are of parts only on {} transcripts, first on {first}: more lines wait there for the \
             transcript's end than there is memory for.",
            counts.cut
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_is_told() {
        let counts = PhasedCounts {
            unphased: 3,
            overlapping: 2,
            cut: 4,
            first_cut: Some("T1 at 1:77".to_owned()),
            ..PhasedCounts::default()
        };
        let notes = notes(&counts).join("\n");
        for words in ["No joint", "out 3 het", "out 2 alleles", "on 4 transcripts, first on T1 at 1:77"] {
            assert!(notes.contains(words), "{notes}");
        }
        assert!(super::notes(&PhasedCounts { carried: 1, ..PhasedCounts::default() }).is_empty());
    }
}
