//! The spliced sequences of transcripts: cut out once, kept for the variants that follow.

use std::ops::Range;

use crate::consequence::genetic_code::GeneticCode;
use crate::genes::transcript::{Coding, Exon, Strand, Transcript};

/// The sequences of one coding transcript.
#[derive(Clone, Debug, Default)]
pub(crate) struct TranscriptSequence {
    ordinal: Option<u32>,
    /// 5' UTR, then the CDS with an N for each missing base, then 3' UTR.
    bases: Vec<u8>,
    coding_start: usize,
    coding_end: usize,
    /// The code that whole sequences are translated with.
    pub(crate) code: GeneticCode,
    /// Numbers of the residues, from 0, whose UGA is read as selenocysteine. VEP knows none in GFF.
    pub(crate) selenocysteines: Vec<usize>,
    /// Number of the first residue, from 0, whose codon is a stop.
    pub(crate) first_stop: Option<usize>,
    /// The protein without its final stop, as VEP's `_peptide` has it; used to compare and to show neighbours.
    pub(crate) protein: Vec<u8>,
}

impl TranscriptSequence {
    /// The bases before the CDS.
    pub(crate) fn five_prime(&self) -> &[u8] {
        &self.bases[..self.coding_start]
    }

    /// The CDS with an N for each missing base (`translateable_seq`).
    pub(crate) fn coding(&self) -> &[u8] {
        &self.bases[self.coding_start..self.coding_end]
    }

    /// 5' UTR and CDS.
    pub(crate) fn five_prime_and_coding(&self) -> &[u8] {
        &self.bases[..self.coding_end]
    }

    /// CDS and 3' UTR.
    pub(crate) fn coding_and_three_prime(&self) -> &[u8] {
        &self.bases[self.coding_start..]
    }

    /// The sequences with other bases in the 3' UTR: places count from the first base of the CDS, and go up.
    pub(crate) fn with_three_prime<'e>(
        &self,
        edits: impl DoubleEndedIterator<Item = (Range<usize>, &'e [u8])>,
    ) -> Self {
        let mut altered = self.clone();
        for (place, inserted) in edits.rev() {
            let (start, end) = (place.start + self.coding_start, place.end + self.coding_start);
            if self.coding_end <= start && start <= end && end <= self.bases.len() {
                altered.bases.splice(start..end, inserted.iter().copied());
            }
        }
        altered
    }

    fn fill(&mut self, transcript: &Transcript<'_>, coding: &Coding, contig: &[u8], exact_vep: bool) {
        self.ordinal = Some(transcript.ordinal);
        // In a GFF run VEP translates whole sequences with the standard code, whatever code it uses for codons
        // (`BaseGXF.pm`, `_add_translation`, takes away the slice, which knows the code; HGVS never asks for it).
        self.code =
            if exact_vep { GeneticCode::STANDARD } else { GeneticCode::of_table(coding.genetic_code) };
        self.bases.clear();
        append_spliced(transcript.exons, transcript.strand, contig, &mut self.bases);
        let start = (coding.cdna_start as usize).saturating_sub(1).min(self.bases.len());
        let end = (coding.cdna_end as usize).clamp(start, self.bases.len());
        if exact_vep && transcript.strand == Strand::Reverse && transcript.exons.len() > 1 {
            self.mirror_untranslated(transcript, start, end, contig);
        }
        let missing = usize::from(coding.missing_bases);
        self.bases.splice(start..start, std::iter::repeat_n(b'N', missing));
        self.coding_start = start;
        self.coding_end = end + missing;
        self.selenocysteines.clear();
        if !exact_vep {
            let residue =
                |cdna: &u32| cdna.checked_sub(coding.cdna_start).map(|place| (place as usize + missing) / 3);
            self.selenocysteines.extend(transcript.selenocysteines.iter().filter_map(residue));
        }
        self.translate(exact_vep);
    }

    /// Reading from FASTA, VEP takes the untranslated regions of a reverse-strand transcript from its mirror image:
    /// each exon from as far behind the transcript's start as it lies before its end (`FastaSequence.pm`,
    /// `_new_slice_seq`, adds a place on a reverse slice to the slice's start; `_generic_utr` asks for such places).
    fn mirror_untranslated(&mut self, transcript: &Transcript<'_>, start: usize, end: usize, contig: &[u8]) {
        let ends = usize::try_from(transcript.start + transcript.end).unwrap_or(0);
        let mut place = 0;
        for exon in transcript.exons {
            let (first, last) = (ends - exon.end as usize, ends - exon.start as usize);
            for base in contig.get(first - 1..last).unwrap_or_default().iter().rev() {
                if (place < start || place >= end) && place < self.bases.len() {
                    self.bases[place] = complement(*base);
                }
                place += 1;
            }
        }
    }

    /// Ensembl core `Transcript.pm`, `translate`.
    fn translate(&mut self, exact_vep: bool) {
        let code = self.code;
        let mut protein = std::mem::take(&mut self.protein);
        protein.clear();
        let coding = self.coding();
        code.translate(coding, &mut protein);
        let first_stop = memchr::memchr(b'*', &protein);
        for residue in &self.selenocysteines {
            if let Some(stop) = protein.get_mut(*residue).filter(|residue| **residue == b'*') {
                *stop = SELENOCYSTEINE;
            }
        }
        if protein.last() == Some(&b'*') {
            protein.pop();
        }
        let is_start = |codon: &[u8; 3]| {
            if exact_vep { code.has_reading_as_start(*codon) } else { code.is_start(*codon) }
        };
        if let (Some(first), Some(codon)) = (protein.first_mut(), coding.first_chunk::<3>())
            && is_start(codon)
        {
            *first = b'M';
        }
        (self.protein, self.first_stop) = (protein, first_stop);
    }
}

/// Appends the bases of exons as their strand reads them.
pub(crate) fn append_spliced(exons: &[Exon], strand: Strand, contig: &[u8], bases: &mut Vec<u8>) {
    for exon in exons {
        let (first, last) = ((exon.start as usize).saturating_sub(1), exon.end as usize);
        let exon = contig.get(first..last.min(contig.len())).unwrap_or_default();
        match strand {
            Strand::Forward => bases.extend_from_slice(exon),
            Strand::Reverse => bases.extend(exon.iter().rev().map(|base| complement(*base))),
        }
    }
}

/// The residue that a UGA makes where the annotation says so.
pub(crate) const SELENOCYSTEINE: u8 = b'U';

/// How many transcripts are kept; a power of two.
const KEPT: usize = 64;

/// The sequences of the transcripts met last.
#[derive(Debug)]
pub(crate) struct SequenceCache {
    kept: Vec<TranscriptSequence>,
    exact_vep: bool,
}

impl SequenceCache {
    pub(crate) fn new(exact_vep: bool) -> Self {
        Self { kept: std::iter::repeat_with(TranscriptSequence::default).take(KEPT).collect(), exact_vep }
    }

    /// The sequences of a transcript of this contig.
    pub(crate) fn get(
        &mut self,
        transcript: &Transcript<'_>,
        coding: &Coding,
        contig: &[u8],
    ) -> &TranscriptSequence {
        let kept = &mut self.kept[transcript.ordinal as usize % KEPT];
        if kept.ordinal != Some(transcript.ordinal) {
            kept.fill(transcript, coding, contig, self.exact_vep);
        }
        kept
    }
}

/// The other strand's letter.
pub(crate) const fn complement(base: u8) -> u8 {
    match base {
        b'A' => b'T',
        b'T' | b'U' => b'A',
        b'C' => b'G',
        b'G' => b'C',
        b'M' => b'K',
        b'K' => b'M',
        b'R' => b'Y',
        b'Y' => b'R',
        b'V' => b'B',
        b'B' => b'V',
        b'H' => b'D',
        b'D' => b'H',
        other => other,
    }
}

/// Writes a sequence as its strand reads it.
pub(crate) fn orient(bases: &[u8], forward: bool, oriented: &mut Vec<u8>) {
    oriented.clear();
    if forward {
        oriented.extend_from_slice(bases);
    } else {
        oriented.extend(bases.iter().rev().map(|base| complement(*base)));
    }
}
