//! One row: an allele on a transcript, field by field.
//!
//! Source: Ensembl VEP `OutputFactory.pm`, `TranscriptVariationAllele_to_output_hash` and what it calls: which field
//! is shown behind which gate.

mod structural;

use crate::consequence::coding::ProteinFacts;
use crate::consequence::coding::window::Window;
use crate::consequence::edit::Edit;
use crate::consequence::genetic_code::GeneticCode;
use crate::consequence::place::{Coordinates, TranscriptSite};
use crate::consequence::predict::{Gates, Meeting, distance_to};
use crate::consequence::sequence::{SequenceCache, orient};
use crate::consequence::term::{Term, Terms};
use crate::hgvs::protein::{ProteinChange, ProteinNaming};
use crate::hgvs::shift::{rotate, shift_length, shift_within};
use crate::hgvs::transcript::TranscriptNaming;
use crate::known::lookup::Hit;
use crate::output::csq::{TermTexts, append_number, append_ordinals, append_stretch, append_terms};
use crate::pipeline::options::Options;
use crate::record::near::NearTranscript;
use crate::record::transcript_fields::{TranscriptField, append_varying};

/// Writes rows; holds the memory that they take.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Rows {
    distance: i64,
    hgvs: bool,
    exact_vep: bool,
    transcript_fields: Vec<TranscriptField>,
    term_texts: TermTexts,
    /// Whether there is a field for names on the contig.
    has_genomic_name: bool,
    /// Whether the reference's known alleles add fields.
    has_known_fields: bool,
    sequences: SequenceCache,
    oriented: Vec<u8>,
    shifted: Vec<u8>,
    bases: Vec<u8>,
    window: Window,
    shifted_window: Window,
    protein_change: ProteinChange,
    /// CDS and protein coordinates that VEP goes on to use for the record's next allele on the transcript, after it
    /// has shifted this one to name its protein change.
    left_behind: Option<Coordinates>,
}

/// The edit of a row, and how it was found.
struct Found<'a> {
    edit: &'a Edit<'a>,
    site: &'a TranscriptSite<'a>,
    contig: &'a [u8],
    meeting: Meeting,
    facts: ProteinFacts,
}

/// An allele as VEP writes it, at the place that all of its record share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) allele: &'a [u8],
    pub(crate) place: (i64, i64),
    /// Its name on the contig, if that is asked.
    pub(crate) genomic_name: &'a [u8],
}

impl Rows {
    pub(crate) fn new(
        options: &Options,
        transcript_fields: Vec<TranscriptField>,
        has_known_fields: bool,
    ) -> Self {
        Self {
            distance: i64::try_from(options.distance).unwrap_or(i64::MAX / 4),
            hgvs: options.hgvs,
            exact_vep: options.exact_vep,
            transcript_fields,
            term_texts: TermTexts::default(),
            has_genomic_name: options.hgvsg && !options.known_only,
            has_known_fields,
            sequences: SequenceCache::new(options.exact_vep),
            oriented: Vec::new(),
            shifted: Vec::new(),
            bases: Vec::new(),
            window: Window::default(),
            shifted_window: Window::default(),
            protein_change: ProteinChange::default(),
            left_behind: None,
        }
    }

    /// The fields that say more of a transcript.
    pub(crate) fn transcript_fields(&self) -> &[TranscriptField] {
        &self.transcript_fields
    }

    /// Before the first allele of a record on a transcript.
    pub(crate) fn begin(&mut self) {
        self.left_behind = None;
    }

    /// Appends a row and tells its terms; `shown` is how VEP has the allele.
    pub(crate) fn write(
        &mut self,
        edit: &Edit<'_>,
        shown: Shown<'_>,
        near: &NearTranscript<'_>,
        contig: &[u8],
        hit: Hit<'_>,
        csq: &mut Vec<u8>,
    ) -> Terms {
        let site = &near.site;
        let mut meeting = Meeting::of(edit, site);
        if let Some(left_behind) = self.left_behind {
            meeting.coordinates.cds = left_behind.cds;
            meeting.coordinates.protein = left_behind.protein;
        }
        let mut terms = meeting.terms(edit, site, self.distance);
        let mut found = Found { edit, site, contig, meeting, facts: ProteinFacts::default() };
        if meeting.gates.within {
            orient(edit.alternative, site.is_forward(), &mut self.oriented);
            if meeting.gates.coding {
                terms = terms.union(self.read_protein(&mut found));
            }
        }
        if terms.is_empty() {
            terms = Terms::of(Term::Intergenic);
        }
        self.append_head(shown.allele, terms, near, csq);
        let mut offset = 0;
        if meeting.gates.within {
            offset = self.write_places(&found, csq);
        } else {
            csq.extend_from_slice(b"|||||||||");
        }
        let is_beside = terms.contains(Term::UpstreamGene) || terms.contains(Term::DownstreamGene);
        self.append_tail(near, hit, is_beside.then(|| distance_to(edit, shown.place, site)), offset, csq);
        self.append_fields(shown.genomic_name, hit, csq);
        terms
    }

    /// `Existing_variation` to `HGVS_OFFSET`; `offset` is how far HGVS moved the change.
    fn append_tail(
        &self,
        near: &NearTranscript<'_>,
        hit: Hit<'_>,
        distance: Option<i64>,
        offset: i64,
        csq: &mut Vec<u8>,
    ) {
        csq.push(b'|');
        csq.extend_from_slice(hit.existing);
        csq.push(b'|');
        if let Some(distance) = distance {
            append_number(csq, distance);
        }
        csq.extend_from_slice(near.tail());
        append_varying(&self.transcript_fields, offset, csq);
    }

    /// Appends the row of an allele that no transcript is near of.
    pub(crate) fn write_intergenic(&self, shown: Shown<'_>, hit: Hit<'_>, csq: &mut Vec<u8>) -> Terms {
        let terms = Terms::of(Term::Intergenic);
        append_allele(csq, shown.allele);
        csq.push(b'|');
        append_terms(csq, terms);
        csq.extend_from_slice(b"|||||||||||||||");
        csq.extend_from_slice(hit.existing);
        csq.extend_from_slice(b"|||");
        csq.extend(self.transcript_fields.iter().map(|_| b'|'));
        self.append_fields(shown.genomic_name, hit, csq);
        terms
    }

    /// Allele to BIOTYPE.
    fn append_head(&mut self, allele: &[u8], terms: Terms, near: &NearTranscript<'_>, csq: &mut Vec<u8>) {
        append_allele(csq, allele);
        csq.push(b'|');
        csq.extend_from_slice(self.term_texts.get(terms));
        csq.extend_from_slice(near.head());
    }

    /// Appends the row of an allele of which no consequences are told.
    pub(crate) fn write_known(&self, allele: &[u8], hit: Hit<'_>, csq: &mut Vec<u8>) {
        append_allele(csq, allele);
        csq.push(b'|');
        csq.extend_from_slice(hit.existing);
        self.append_fields(b"", hit, csq);
    }

    /// The fields of the allele itself.
    fn append_fields(&self, genomic_name: &[u8], hit: Hit<'_>, csq: &mut Vec<u8>) {
        if self.has_genomic_name {
            csq.push(b'|');
            csq.extend_from_slice(genomic_name);
        }
        if self.has_known_fields {
            csq.push(b'|');
            csq.extend_from_slice(hit.fields);
        }
    }

    fn read_protein(&mut self, found: &mut Found<'_>) -> Terms {
        let Found { edit, site, contig, meeting, .. } = *found;
        let Some(coding) = site.transcript.coding else { return Terms::default() };
        let sequence = self.sequences.get(&site.transcript, &coding, contig);
        let code = GeneticCode::of_table(coding.genetic_code);
        self.window.set(sequence, &meeting.coordinates, edit, &self.oriented, code);
        let (terms, facts) = meeting.coding_terms(edit, &self.oriented, site, sequence, &self.window);
        found.facts = facts;
        terms
    }

    /// EXON to Codons. Tells how far HGVS moved the change, along the contig.
    fn write_places(&mut self, found: &Found<'_>, csq: &mut Vec<u8>) -> i64 {
        let Found { edit, site, meeting, .. } = *found;
        let gates = meeting.gates;
        append_exon_and_intron(csq, edit, site, gates);
        csq.push(b'|');
        let shift = match (self.hgvs, self.exact_vep) {
            (false, _) => 0,
            (true, true) => shift_length(edit, site.is_forward(), found.contig, true),
            (true, false) => shift_within(edit, site, found.contig),
        };
        if self.hgvs {
            self.name_on_transcript(found, shift, csq);
        }
        let is_named = csq.last() != Some(&b'|');
        csq.push(b'|');
        if self.hgvs && gates.coding {
            self.name_on_protein(found, shift, csq);
        }
        csq.push(b'|');
        if gates.exon {
            append_stretch(csq, meeting.coordinates.cdna);
        }
        csq.push(b'|');
        if gates.coding {
            append_stretch(csq, meeting.coordinates.cds);
            csq.push(b'|');
            append_stretch(csq, meeting.coordinates.protein);
            csq.push(b'|');
            self.window.append_amino_acids(csq);
            csq.push(b'|');
            self.window.append_codons(edit, place_in_codon(site, &meeting.coordinates), csq);
        } else {
            csq.extend_from_slice(b"|||");
        }
        match (is_named, site.is_forward()) {
            (false, _) => 0,
            (true, true) => shift,
            (true, false) => -shift,
        }
    }

    fn name_on_transcript(&mut self, found: &Found<'_>, shift: i64, csq: &mut Vec<u8>) {
        rotate(&self.oriented, shift, &mut self.shifted);
        let naming = TranscriptNaming {
            site: found.site,
            edit: found.edit,
            shifted: &self.shifted,
            shift,
            coordinates: &found.meeting.coordinates,
            in_exon: found.meeting.gates.exon,
            contig: found.contig,
        };
        naming.append(&mut self.bases, csq);
    }

    /// `hgvs_protein`: reads the codons again where the shift leads.
    fn name_on_protein(&mut self, found: &Found<'_>, shift: i64, csq: &mut Vec<u8>) {
        let Found { edit, site, contig, meeting, facts } = *found;
        let Some(coding) = site.transcript.coding else { return };
        if facts.keeps_coding_sequence {
            return;
        }
        let sequence = self.sequences.get(&site.transcript, &coding, contig);
        let mut coordinates = meeting.coordinates;
        let mut window = &self.window;
        let mut oriented = &self.oriented;
        if shift != 0 {
            let steps = if site.is_forward() { shift } else { -shift };
            coordinates = site.coordinates(edit.start + steps, edit.end + steps);
            self.left_behind = Some(coordinates).filter(|_| self.exact_vep);
            // On the reverse strand VEP forgets to turn an insertion that moves further than it is long.
            let length = i64::try_from(self.oriented.len()).unwrap_or(0);
            let forgets = self.exact_vep && !site.is_forward() && shift > length;
            let turns = if forgets { 0 } else { shift };
            rotate(&self.oriented, turns, &mut self.shifted);
            oriented = &self.shifted;
            let code = GeneticCode::of_table(coding.genetic_code);
            self.shifted_window.set(sequence, &coordinates, edit, oriented, code);
            window = &self.shifted_window;
        }
        let names = &site.transcript.names;
        // Of a protein without a name VEP has the version only.
        let is_unnamed = self.exact_vep && site.transcript.tags.protein_id.is_empty();
        let naming = ProteinNaming {
            name: if is_unnamed { ".1" } else { names.protein },
            first_version: self.exact_vep && names.transcript != names.transcript_with_version && !is_unnamed,
            edit,
            oriented,
            coordinates: &coordinates,
            sequence,
            window,
            facts,
        };
        naming.append(&mut self.protein_change, csq);
    }
}

/// `codon_position`, counted from 0.
fn place_in_codon(site: &TranscriptSite<'_>, coordinates: &Coordinates) -> Option<usize> {
    let first = coordinates.cdna.first?;
    let start = i64::from(site.transcript.coding?.cdna_start);
    usize::try_from((first - start + site.phase).rem_euclid(3)).ok()
}

fn append_allele(csq: &mut Vec<u8>, allele: &[u8]) {
    if allele.is_empty() {
        csq.push(b'-');
    } else {
        csq.extend_from_slice(allele);
    }
}

/// EXON and INTRON, each behind its separator.
fn append_exon_and_intron(csq: &mut Vec<u8>, edit: &Edit<'_>, site: &TranscriptSite<'_>, gates: Gates) {
    csq.push(b'|');
    if gates.exon {
        append_ordinals(csq, site.exon_numbers(edit), site.exon_count());
    }
    csq.push(b'|');
    if gates.intron {
        append_ordinals(csq, site.intron_numbers(edit), site.exon_count().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consequence::edit::Class;
    use crate::consequence::sequence::complement;
    use crate::genes::transcript::{Coding, Exon, Names, Strand, Tags, Transcript};
    use rstest::rstest;

    /// Ten bases, an exon (UTR of 4 bases, then M A W K P and a third of S), an intron of 30 bases, an exon (the rest
    /// of S, L, a stop and a UTR of 12 bases), twenty bases.
    const CONTIG: &str = "TTTTTTTTTT\
        CACAATGGCTTGGAAACCGA\
        GTAAGTCCCCGGGGTTTTCCCCTTTTTCAG\
        GTCTGTAAGCATGACATGCA\
        TTTTTTTTTTTTTTTTTTTT";

    pub(super) const NAMES: Names<'static> = Names {
        symbol: "S",
        gene: "G",
        transcript: "T",
        transcript_with_version: "T.1",
        protein: "P.1",
        biotype: "protein_coding",
    };

    pub(super) fn transcript(exons: &[Exon], strand: Strand) -> Transcript<'_> {
        let coding = Coding {
            cdna_start: 5,
            cdna_end: 28,
            missing_bases: 0,
            genetic_code: 1,
            start_not_found: false,
            end_not_found: false,
        };
        let bounds = exons.iter().map(|exon| (u64::from(exon.start), u64::from(exon.end)));
        let start = bounds.clone().map(|(start, _)| start).min().unwrap();
        let end = bounds.map(|(_, end)| end).max().unwrap();
        let coding = Some(coding);
        Transcript {
            ordinal: 0,
            start,
            end,
            strand,
            exons,
            coding,
            names: NAMES,
            tags: Tags::default(),
            slip: None,
            selenocysteines: &[],
            read_by_vep: true,
        }
    }

    /// Consequence, `HGVSc` and `HGVSp` of the row of an edit.
    fn row(
        transcript: Transcript<'_>,
        contig: &[u8],
        start: i64,
        reference: &[u8],
        alternative: &[u8],
    ) -> String {
        let class = match (reference.len(), alternative.len()) {
            (1, 1) => Class::Snv,
            (0, _) => Class::Insertion,
            (_, 0) => Class::Deletion,
            _ => Class::Other,
        };
        let end = start + i64::try_from(reference.len()).unwrap() - 1;
        let edit = Edit { start, end, reference, alternative, class };
        let hit = Hit { existing: b"", fields: b"", sources: 0 };
        let mut csq = Vec::new();
        Rows::new(&Options::default(), Vec::new(), false).write(
            &edit,
            Shown { allele: edit.alternative, place: (edit.start, edit.end), genomic_name: b"" },
            &NearTranscript::new(&TranscriptSite::new(transcript), &[]),
            contig,
            hit,
            &mut csq,
        );
        let csq = String::from_utf8(csq).unwrap();
        let fields: Vec<&str> = csq.split('|').collect();
        assert_eq!(fields.len(), 21, "{csq}");
        [1, 10, 11, 14, 16, 18].map(|field| fields[field]).join(" ")
    }

    /// The same row, were the contig written from its other end.
    fn mirrored(start: i64, reference: &[u8], alternative: &[u8]) -> String {
        let turned = |bases: &[u8]| bases.iter().rev().map(|base| complement(*base)).collect::<Vec<u8>>();
        let length = i64::try_from(CONTIG.len()).unwrap();
        let end = start + i64::try_from(reference.len()).unwrap() - 1;
        let exons = [Exon { start: 71, end: 90, cdna_start: 1 }, Exon { start: 21, end: 40, cdna_start: 21 }];
        let transcript = transcript(&exons, Strand::Reverse);
        let contig = turned(CONTIG.as_bytes());
        row(transcript, &contig, length + 1 - end, &turned(reference), &turned(alternative))
    }

    #[rstest]
    #[case::upstream(5, "T", "A", "upstream_gene_variant     6")]
    #[case::five_prime(14, "A", "C", "5_prime_UTR_variant T.1:c.-1A>C    ")]
    #[case::start(15, "A", "G", "start_lost T.1:c.1A>G P.1:p.Met1? 1 Atg/Gtg ")]
    #[case::missense(18, "G", "A", "missense_variant T.1:c.4G>A P.1:p.Ala2Thr 2 Gct/Act ")]
    #[case::synonymous(20, "T", "C", "synonymous_variant T.1:c.6T>C P.1:p.Ala2%3D 2 gcT/gcC ")]
    #[case::stop(22, "G", "A", "stop_gained T.1:c.8G>A P.1:p.Trp3Ter 3 tGg/tAg ")]
    #[case::edge(30, "A", "G", "missense_variant&splice_region_variant T.1:c.16A>G P.1:p.Ser6Gly 6 Agt/Ggt ")]
    #[case::donor(31, "G", "A", "splice_donor_variant T.1:c.16+1G>A    ")]
    #[case::fifth(35, "G", "A", "splice_donor_5th_base_variant&intron_variant T.1:c.16+5G>A    ")]
    #[case::tract(50, "C", "A", "splice_polypyrimidine_tract_variant&intron_variant T.1:c.17-11C>A    ")]
    #[case::acceptor(60, "G", "A", "splice_acceptor_variant T.1:c.17-1G>A    ")]
    #[case::codon_out(24, "AAA", "", "inframe_deletion T.1:c.10_12del P.1:p.Lys4del 4 AAA/- ")]
    #[case::base_out(24, "A", "", "frameshift_variant T.1:c.12del P.1:p.Lys4AsnfsTer? 4 Aaa/aa ")]
    #[case::codon_in(24, "", "AAA", "inframe_insertion T.1:c.10_12dup P.1:p.Lys4dup 3-4 -/AAA ")]
    #[case::stop_in(24, "", "T", "frameshift_variant T.1:c.9_10insT P.1:p.Lys4Ter 3-4 -/T ")]
    #[case::two(18, "GC", "TT", "missense_variant T.1:c.4_5delinsTT P.1:p.Ala2Phe 2 GCt/TTt ")]
    #[case::stop_lost(66, "T", "C", "stop_lost T.1:c.22T>C P.1:p.Ter8GlnextTer2 8 Taa/Caa ")]
    #[case::three_prime(69, "G", "T", "3_prime_UTR_variant T.1:c.*1G>T    ")]
    #[case::downstream(85, "T", "A", "downstream_gene_variant     5")]
    #[case::all(11, &CONTIG[10..80], "", "transcript_ablation T.1:c.-4_*12del    ")]
    fn rows_are_the_same_on_both_strands(
        #[case] start: i64,
        #[case] reference: &str,
        #[case] alternative: &str,
        #[case] expected: &str,
    ) {
        let (reference, alternative) = (reference.as_bytes(), alternative.as_bytes());
        let exons = [Exon { start: 11, end: 30, cdna_start: 1 }, Exon { start: 61, end: 80, cdna_start: 21 }];
        let forward =
            row(transcript(&exons, Strand::Forward), CONTIG.as_bytes(), start, reference, alternative);
        assert_eq!(forward, expected);
        assert_eq!(mirrored(start, reference, alternative), expected);
    }
}
