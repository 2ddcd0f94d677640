//! Making transcripts of the features of a file of genes.

use std::collections::HashSet;

use crate::genes::account::Account;
use crate::genes::features::{CodingPart, CodingSequence, Features, Node};
use crate::genes::format::Format;
use crate::genes::naming::{self, DraftNames};
use crate::genes::read_by_vep;
use crate::genes::slip::{self, DraftSlip};
use crate::genes::tags::{self, DraftTags};
use crate::genes::transcript::{Coding, Exon, Strand};

/// A transcript on its way into a reference.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) contig: usize,
    pub(crate) strand: Strand,
    /// In the transcript's own order.
    pub(crate) exons: Vec<Exon>,
    pub(crate) coding: Option<Coding>,
    /// How it is read, where the ribosome slips.
    pub(crate) slip: Option<DraftSlip>,
    pub(crate) selenocysteines: Vec<u32>,
    /// Whether the file would say that a codon is one.
    pub(crate) tells_selenocysteines: bool,
    pub(crate) names: DraftNames,
    pub(crate) tags: DraftTags,
    /// Whether Ensembl VEP would read it too.
    pub(crate) read_by_vep: bool,
}

impl Draft {
    pub(crate) fn start(&self) -> u32 {
        self.exons.iter().map(|exon| exon.start).min().unwrap_or_default()
    }

    pub(crate) fn end(&self) -> u32 {
        self.exons.iter().map(|exon| exon.end).max().unwrap_or_default()
    }
}

/// What the sequences say that genes need.
pub(crate) struct Sequences<'s> {
    /// Length of each contig.
    pub(crate) lengths: &'s [u64],
    /// NCBI translation table of each contig, where the file of genes does not say.
    pub(crate) genetic_codes: &'s [u8],
}

/// Makes all transcripts of a file. What cannot be one is counted in `account`.
pub(crate) fn assemble(features: &Features, sequences: &Sequences<'_>, account: &mut Account) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut used = HashSet::new();
    let is_gff3 = features.format == Some(Format::Gff3);
    let tells_selenocysteines = features.format == Some(Format::Gtf)
        || features.nodes.iter().any(|node| !node.selenocysteines.is_empty());
    for node in features.nodes.iter().filter(|node| !node.exons.is_empty() || !node.coding.is_empty()) {
        match place_of(node, features) {
            Place::Transcript(gene) => {
                used.extend(gene.map(|gene| (gene.contig, gene.id.as_str())));
                used.insert((node.contig, node.id.as_str()));
                let read_by_vep = !is_gff3 || read_by_vep::is_read(node, gene);
                let draft = transcript(node, gene, sequences, account);
                drafts.extend(draft.map(|draft| Draft { read_by_vep, ..draft }));
            }
            Place::Gene if node.coding.is_empty() => {
                account.add("exons of a gene without a transcript", &node.id);
            }
            Place::Gene => {
                used.insert((node.contig, node.id.as_str()));
                let each = node.coding.iter();
                let each = each.filter_map(|coding| transcript_of_gene(node, coding, sequences, account));
                drafts.extend(each.map(|draft| Draft { read_by_vep: !is_gff3, ..draft }));
            }
            Place::WithinTranscript => account.add("part of another transcript", &node.id),
            Place::Nowhere => account.add("exons of a feature that is not in the file", &node.id),
        }
    }
    for draft in &mut drafts {
        draft.tells_selenocysteines |= tells_selenocysteines;
    }
    for (kind, count) in &features.unused {
        account.add_many("feature of a kind that has no use here", kind, *count);
    }
    for node in features.nodes.iter().filter(|node| node.exons.is_empty() && node.coding.is_empty()) {
        if let Some(feature) = &node.feature
            && !used.contains(&(node.contig, node.id.as_str()))
        {
            account.add("feature of a kind that has no use here", &feature.kind);
        }
    }
    drafts
}

/// What the owner of some exons is.
enum Place<'f> {
    /// A transcript, of a gene if there is one.
    Transcript(Option<&'f Node>),
    Gene,
    WithinTranscript,
    Nowhere,
}

fn place_of<'f>(node: &Node, features: &'f Features) -> Place<'f> {
    let Some(feature) = &node.feature else { return Place::Nowhere };
    let Some(parent) = feature.attributes().each("Parent").next() else {
        return if is_gene(&feature.kind) { Place::Gene } else { Place::Transcript(None) };
    };
    let Some(gene) = features.find(node.contig, &parent).filter(|gene| gene.feature.is_some()) else {
        return Place::Transcript(None);
    };
    let parent = gene.feature.as_ref();
    // A gene may lie in an operon, and have exons of its own.
    let is_gene = parent.is_some_and(|parent| is_gene(&parent.kind));
    let has_parent = parent.is_some_and(|parent| parent.attributes().raw("Parent").is_some());
    if !is_gene && (has_parent || !gene.exons.is_empty()) {
        Place::WithinTranscript
    } else {
        Place::Transcript(Some(gene))
    }
}

/// Kinds of features that stand above transcripts: `gene`, `ncRNA_gene`, `pseudogene` and so on, but
/// not `V_gene_segment`, which is a transcript.
pub(crate) fn is_gene(kind: &str) -> bool {
    kind.ends_with("gene")
}

fn transcript(
    node: &Node,
    gene: Option<&Node>,
    sequences: &Sequences<'_>,
    account: &mut Account,
) -> Option<Draft> {
    let mut parts: Vec<CodingPart> = node.coding.iter().flat_map(|coding| &coding.parts).copied().collect();
    // Some files let the CDS end before the stop codon and list that apart; others do both.
    let apart = node.stop_codons.iter().filter(|(start, end)| {
        !node
            .coding
            .iter()
            .flat_map(|coding| &coding.parts)
            .any(|part| part.start <= *start && *end <= part.end)
    });
    parts.extend(apart.map(|(start, end)| CodingPart { start: *start, end: *end, phase: 0 }));
    let names = naming::of_transcript(node, gene, node.coding.first())?;
    let coding = node.coding.first();
    Shape { node, exons: node.exons.clone(), parts, coding }.draft(names, sequences, account)
}

/// A coding sequence right below its gene, as files of bacteria, viruses and organelles have it.
fn transcript_of_gene(
    node: &Node,
    coding: &CodingSequence,
    sequences: &Sequences<'_>,
    account: &mut Account,
) -> Option<Draft> {
    let names = naming::of_coding_gene(node, coding);
    Shape { node, exons: Vec::new(), parts: coding.parts.clone(), coding: Some(coding) }
        .draft(names, sequences, account)
}

/// The coordinates that make a transcript.
struct Shape<'f> {
    node: &'f Node,
    exons: Vec<(u32, u32)>,
    parts: Vec<CodingPart>,
    coding: Option<&'f CodingSequence>,
}

impl Shape<'_> {
    fn draft(mut self, names: DraftNames, sequences: &Sequences<'_>, account: &mut Account) -> Option<Draft> {
        let id = names.transcript.clone();
        self.tidy();
        let strand = self.node.strand.or(self.node.feature.as_ref().and_then(|feature| feature.strand));
        let Some(strand) = strand.filter(|_| !self.node.both_strands) else {
            account.add("transcript without one strand", &id);
            return None;
        };
        if self.exons.windows(2).any(|pair| pair[1].0 <= pair[0].1) {
            account.add("transcript whose exons overlap", &id);
            return None;
        }
        if self.exons.first().is_some_and(|first| first.0 == 0) {
            account.add("transcript that begins before its sequence", &id);
            return None;
        }
        let length = sequences.lengths.get(self.node.contig).copied().unwrap_or_default();
        if self.exons.last().is_some_and(|last| u64::from(last.1) > length) {
            account.add("transcript past the end of its sequence", &id);
            return None;
        }
        let exons = numbered(&self.exons, strand);
        let coding = self.coding(&exons, strand, sequences, &id, account);
        let slip = coding.and_then(|coding| self.slip(strand, coding, &id, account));
        let selenocysteines = coding.map_or_else(Vec::new, |coding| match &slip {
            Some(slip) => {
                let coding = Coding { cdna_end: slip.coding_end, ..coding };
                self.selenocysteines(&slip.exons, strand, coding)
            }
            None => self.selenocysteines(&exons, strand, coding),
        });
        let tags = tags::of_transcript(self.node, self.coding);
        Some(Draft {
            contig: self.node.contig,
            strand,
            exons,
            coding,
            slip,
            selenocysteines,
            // NCBI writes `transl_except`, and `gbkey` beside it.
            tells_selenocysteines: self
                .coding
                .is_some_and(|coding| coding.attributes().raw("gbkey").is_some()),
            names,
            tags,
            read_by_vep: true,
        })
    }

    fn tidy(&mut self) {
        self.parts.sort_unstable();
        self.parts.dedup();
        let are_parts = self.exons.is_empty();
        if are_parts {
            self.exons.extend(self.parts.iter().map(|part| (part.start, part.end)));
        }
        self.exons.sort_unstable();
        self.exons.dedup();
        slip::join_exons(&mut self.exons, &self.parts, are_parts);
    }

    /// Where the ribosome slips; counts what cannot be one slip.
    fn slip(&self, strand: Strand, coding: Coding, id: &str, account: &mut Account) -> Option<DraftSlip> {
        let bases: u32 = self.parts.iter().map(|part| part.end - part.start + 1).sum();
        let span = coding.cdna_end - coding.cdna_start + 1;
        if bases == span {
            return None;
        }
        let slip = slip::find(&self.parts, &self.exons, strand, span, coding.cdna_end);
        if slip.is_none() {
            account.add("coding sequence with parts left out of its exons, read with them", id);
        }
        slip
    }

    fn coding(
        &self,
        exons: &[Exon],
        strand: Strand,
        sequences: &Sequences<'_>,
        id: &str,
        account: &mut Account,
    ) -> Option<Coding> {
        let lowest = self.parts.first()?;
        let highest = self.parts.iter().max_by_key(|part| part.end)?;
        let (first, last, phase) = match strand {
            Strand::Forward => (lowest.start, highest.end, lowest.phase),
            Strand::Reverse => (highest.end, lowest.start, highest.phase),
        };
        let places = cdna_position(exons, strand, first).zip(cdna_position(exons, strand, last));
        let Some((cdna_start, cdna_end)) = places else {
            account.add("coding sequence outside its exons, taken as none", id);
            return None;
        };
        if self.coding.is_some_and(|coding| changes_frame(&coding.parts, strand)) {
            account.add("coding sequence with a change of frame, read without the change", id);
        }
        let attributes = self.coding?.attributes();
        let code = attributes.raw("transl_table").and_then(|table| table.parse().ok());
        let of_contig = sequences.genetic_codes.get(self.node.contig).copied().unwrap_or(1);
        let ends = naming::ends_not_found(self.node, attributes, strand);
        Some(Coding {
            cdna_start,
            cdna_end,
            missing_bases: (3 - phase) % 3,
            genetic_code: code.unwrap_or(of_contig),
            start_not_found: ends.0,
            end_not_found: ends.1,
        })
    }

    fn selenocysteines(&self, exons: &[Exon], strand: Strand, coding: Coding) -> Vec<u32> {
        let exceptions =
            self.coding.map(|coding| coding.attributes().each("transl_except")).into_iter().flatten();
        // The commas of `transl_except=(pos:1..3,aa:Sec)` separate values too, so a position comes
        // before the amino acid that it is about.
        let mut places = self.node.selenocysteines.clone();
        let mut position = None;
        for piece in exceptions {
            if let Some(text) = piece.strip_prefix("(pos:") {
                position = range_of(text);
            } else if piece.starts_with("aa:Sec") {
                places.extend(position.take());
            }
        }
        let first_base = |(start, end): (u32, u32)| match strand {
            Strand::Forward => start,
            Strand::Reverse => end,
        };
        let positions =
            places.into_iter().filter_map(|place| cdna_position(exons, strand, first_base(place)));
        let mut positions: Vec<u32> =
            positions.filter(|position| (coding.cdna_start..=coding.cdna_end).contains(position)).collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }
}

/// Whether a part does not go on in the frame of the one before it, as its phase tells.
fn changes_frame(parts: &[CodingPart], strand: Strand) -> bool {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    if strand == Strand::Reverse {
        parts.reverse();
    }
    parts.windows(2).any(|pair| {
        let bases = pair[0].end - pair[0].start + 1 + 3 - u32::from(pair[0].phase);
        (bases + u32::from(pair[1].phase)) % 3 != 0
    })
}

/// `1234..1236`, `complement(1234..1236)` or `join(1234..1234,2000..2001)` as first and last base.
fn range_of(text: &str) -> Option<(u32, u32)> {
    let mut numbers =
        text.split(|character: char| !character.is_ascii_digit()).filter_map(|word| word.parse().ok());
    let first = numbers.next()?;
    Some((first, numbers.next_back().unwrap_or(first)))
}

/// Exons in the transcript's order, with their places in it.
pub(crate) fn numbered(ascending: &[(u32, u32)], strand: Strand) -> Vec<Exon> {
    let mut exons: Vec<Exon> =
        ascending.iter().map(|(start, end)| Exon { start: *start, end: *end, cdna_start: 1 }).collect();
    if strand == Strand::Reverse {
        exons.reverse();
    }
    let mut next = 1;
    for exon in &mut exons {
        exon.cdna_start = next;
        next += exon.end - exon.start + 1;
    }
    exons
}

/// Where a base of the contig lies in the transcript; nothing when in no exon.
fn cdna_position(exons: &[Exon], strand: Strand, position: u32) -> Option<u32> {
    let exon = exons.iter().find(|exon| (exon.start..=exon.end).contains(&position))?;
    Some(match strand {
        Strand::Forward => exon.cdna_start + (position - exon.start),
        Strand::Reverse => exon.cdna_start + (exon.end - position),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genes::read::read;

    /// Makes transcripts of GFF3 lines, given with spaces for tabs; contig 0 has 1,000 bases and `MT` is
    /// the second.
    fn drafts(lines: &str) -> (Vec<Draft>, Account) {
        let text: String = lines.lines().map(|line| line.trim().replacen(' ', "\t", 8) + "\n").collect();
        let contig = |name: &str| ["1", "MT"].iter().position(|known| *known == name);
        let mut account = Account::default();
        let features = read(text.as_bytes(), &contig, &mut account).unwrap();
        let sequences = Sequences { lengths: &[1000, 1000], genetic_codes: &[1, 2] };
        let drafts = assemble(&features, &sequences, &mut account);
        (drafts, account)
    }

    fn only(lines: &str) -> Draft {
        let (mut drafts, account) = drafts(lines);
        assert_eq!(drafts.len(), 1, "{account:?}");
        drafts.remove(0)
    }

    fn exon(start: u32, end: u32, cdna_start: u32) -> Exon {
        Exon { start, end, cdna_start }
    }

    #[test]
    fn ensembl_style_whatever_the_order_of_lines() {
        let draft = only(
            "1 e CDS 301 349 . - 1 ID=CDS:ENSP1;Parent=transcript:ENST1;protein_id=ENSP1
             1 e exon 100 200 . - . Parent=transcript:ENST1;rank=2
             1 e CDS 150 200 . - 0 ID=CDS:ENSP1;Parent=transcript:ENST1;protein_id=ENSP1
             1 e gene 100 400 . - . ID=gene:ENSG1;Name=ABC1;biotype=protein_coding;gene_id=ENSG1;version=9
             1 e exon 301 400 . - . Parent=transcript:ENST1;rank=1
             1 e mRNA 100 400 . - . ID=transcript:ENST1;Parent=gene:ENSG1;Name=ABC1-201;biotype=protein_coding;transcript_id=ENST1;version=4
             1 e three_prime_UTR 100 149 . - . Parent=transcript:ENST1",
        );
        assert_eq!(draft.strand, Strand::Reverse);
        assert_eq!(draft.exons, [exon(301, 400, 1), exon(100, 200, 101)]);
        let coding = draft.coding.unwrap();
        assert_eq!((coding.cdna_start, coding.cdna_end), (52, 151));
        // Phase 1: one base before the first whole codon, so two of a codon are missing.
        assert_eq!((coding.missing_bases, coding.genetic_code), (2, 1));
        assert_eq!((coding.start_not_found, coding.end_not_found), (false, false));
        let names = draft.names;
        assert_eq!((names.symbol.as_str(), names.gene.as_str()), ("ABC1", "ENSG1"));
        assert_eq!((names.transcript.as_str(), names.transcript_with_version.as_str()), ("ENST1", "ENST1.4"));
        assert_eq!((names.protein.as_str(), names.biotype.as_str()), ("ENSP1.1", "protein_coding"));
    }

    #[test]
    fn refseq_style_with_open_ends_and_selenocysteine() {
        let draft = only(
            "1 RefSeq gene 1 300 . + . ID=gene-ABC;Dbxref=GeneID:77,HGNC:HGNC:5;Name=ABC;gbkey=Gene;gene=ABC
             1 RefSeq mRNA 1 300 . + . ID=rna-NM_1.3;Parent=gene-ABC;Dbxref=FLY:x,GeneID:77,GenBank:NM_1.3;Name=NM_1.3;gbkey=mRNA;gene=ABC;transcript_id=NM_1.3
             1 RefSeq exon 1 100 . + . ID=exon-1;Parent=rna-NM_1.3
             1 RefSeq exon 201 300 . + . ID=exon-2;Parent=rna-NM_1.3
             1 RefSeq CDS 11 100 . + 0 ID=cds-NP_1.2;Parent=rna-NM_1.3;protein_id=NP_1.2;start_range=.,11;transl_except=(pos:17..19,aa:Sec),(pos:203..205,aa:Other);transl_table=4
             1 RefSeq CDS 201 210 . + 0 ID=cds-NP_1.2;Parent=rna-NM_1.3;protein_id=NP_1.2",
        );
        let coding = draft.coding.unwrap();
        assert_eq!((coding.cdna_start, coding.cdna_end, coding.genetic_code), (11, 110, 4));
        assert_eq!((coding.start_not_found, coding.end_not_found), (true, false));
        assert_eq!(draft.selenocysteines, [17]);
        let names = draft.names;
        assert_eq!((names.symbol.as_str(), names.gene.as_str()), ("ABC", "77"));
        assert_eq!((names.transcript_with_version.as_str(), names.protein.as_str()), ("NM_1.3", "NP_1.2"));
        assert_eq!(names.biotype, "protein_coding");
    }

    #[test]
    fn gencode_style_with_tags_and_a_stop_codon_listed_twice() {
        let draft = only(
            "1 HAVANA gene 1 90 . - . ID=ENSG1.7;gene_id=ENSG1.7;gene_type=protein_coding;gene_name=ABC
             1 HAVANA transcript 1 90 . - . ID=ENST1.2;Parent=ENSG1.7;gene_id=ENSG1.7;transcript_id=ENST1.2;gene_name=ABC;transcript_type=protein_coding;tag=mRNA_end_NF,cds_end_NF
             1 HAVANA exon 1 90 . - . ID=exon:ENST1.2:1;Parent=ENST1.2
             1 HAVANA CDS 4 63 . - 0 ID=CDS:ENST1.2;Parent=ENST1.2;protein_id=ENSP1.3
             1 HAVANA stop_codon 4 6 . - 0 ID=stop_codon:ENST1.2;Parent=ENST1.2
             1 HAVANA stop_codon_redefined_as_selenocysteine 31 33 . - . Parent=ENST1.2",
        );
        let coding = draft.coding.unwrap();
        assert_eq!((coding.cdna_start, coding.cdna_end), (28, 87));
        assert_eq!((coding.start_not_found, coding.end_not_found), (false, true));
        assert_eq!(draft.selenocysteines, [58]);
        assert_eq!((draft.names.gene.as_str(), draft.names.transcript.as_str()), ("ENSG1.7", "ENST1.2"));
        assert_eq!(
            (draft.names.protein.as_str(), draft.names.biotype.as_str()),
            ("ENSP1.3", "protein_coding")
        );
    }

    #[test]
    fn a_stop_codon_apart_from_the_cds_belongs_to_it() {
        let draft = only(
            "1 x mRNA 1 90 . + . ID=T1
             1 x exon 1 90 . + . Parent=T1
             1 x CDS 1 60 . + 0 ID=C1;Parent=T1
             1 x stop_codon 61 63 . + 0 Parent=T1",
        );
        assert_eq!(draft.coding.unwrap().cdna_end, 63);
        assert_eq!((draft.names.gene.as_str(), draft.names.biotype.as_str()), ("", "protein_coding"));
    }

    #[test]
    fn coding_sequences_right_below_their_gene_are_transcripts() {
        let (drafts, _) = drafts(
            "MT RefSeq gene 1 90 . + . ID=gene-ND1;Dbxref=GeneID:4535;Name=ND1;gbkey=Gene;gene=ND1
             MT RefSeq CDS 1 90 . + 0 ID=cds-YP_1.1;Parent=gene-ND1;Name=YP_1.1;protein_id=YP_1.1
             MT RefSeq gene 91 160 . - . ID=gene-TRNI;Dbxref=GeneID:4565;Name=TRNI;gbkey=Gene
             MT RefSeq tRNA 91 160 . - . ID=rna-TRNI;Parent=gene-TRNI;Dbxref=GeneID:4565;gbkey=tRNA;gene=TRNI
             MT RefSeq exon 91 160 . - . ID=exon-TRNI-1;Parent=rna-TRNI;gbkey=tRNA",
        );
        let names: Vec<_> = drafts
            .iter()
            .map(|draft| {
                (draft.names.symbol.as_str(), draft.names.transcript.as_str(), draft.names.gene.as_str())
            })
            .collect();
        assert_eq!(names, [("ND1", "YP_1.1", "4535"), ("TRNI", "rna-TRNI", "4565")]);
        assert_eq!(drafts[0].coding.unwrap().genetic_code, 2);
        assert!(drafts[1].coding.is_none());
        assert_eq!(drafts[1].names.biotype, "tRNA");
    }

    #[test]
    fn a_slip_of_the_ribosome_cuts_its_exon() {
        let draft = only(
            "1 x mRNA 1 90 . + . ID=T1
             1 x exon 1 90 . + . Parent=T1
             1 x CDS 1 30 . + 0 ID=C1;Parent=T1
             1 x CDS 32 61 . + 0 ID=C1;Parent=T1",
        );
        assert_eq!((draft.exons.len(), draft.coding.unwrap().cdna_end), (1, 61));
        let exons = vec![exon(1, 30, 1), exon(32, 90, 31)];
        assert_eq!(draft.slip, Some(DraftSlip { exons, exons_before: 1, coding_end: 60 }));
    }

    #[test]
    fn a_slip_back_reads_a_base_twice_on_either_strand() {
        let forward = "1 x gene 1 90 . + . ID=G1
             1 x CDS 1 30 . + 0 ID=C1;Parent=G1
             1 x CDS 30 61 . + 0 ID=C1;Parent=G1";
        let draft = only(forward);
        assert_eq!((draft.exons, draft.coding.unwrap().cdna_end), (vec![exon(1, 61, 1)], 61));
        let exons = vec![exon(1, 30, 1), exon(30, 61, 31)];
        assert_eq!(draft.slip, Some(DraftSlip { exons, exons_before: 1, coding_end: 62 }));
        let draft = only(&forward.replace(" + ", " - "));
        let exons = vec![exon(30, 61, 1), exon(1, 30, 33)];
        assert_eq!(draft.slip, Some(DraftSlip { exons, exons_before: 1, coding_end: 62 }));
    }

    #[test]
    fn a_transcript_that_begins_before_its_sequence_is_counted() {
        let (drafts, account) = drafts(
            "1 x gene -20 90 . + . ID=G1
             1 x mRNA -20 90 . + . ID=T1;Parent=G1
             1 x exon -20 90 . + . Parent=T1
             1 x mRNA 1 90 . + . ID=T2;Parent=G1
             1 x exon 1 90 . + . Parent=T2",
        );
        assert_eq!(drafts.len(), 1);
        assert_eq!(account.count("transcript that begins before its sequence"), 1);
    }

    #[test]
    fn parts_far_apart_within_an_exon_are_counted() {
        let (drafts, account) = drafts(
            "1 x mRNA 1 90 . + . ID=T1
             1 x exon 1 90 . + . Parent=T1
             1 x CDS 1 30 . + 0 ID=C1;Parent=T1
             1 x CDS 40 61 . + 0 ID=C1;Parent=T1",
        );
        assert_eq!((drafts[0].slip.as_ref(), drafts[0].coding.unwrap().cdna_end), (None, 61));
        assert_eq!(account.count("coding sequence with parts left out of its exons, read with them"), 1);
    }
}
