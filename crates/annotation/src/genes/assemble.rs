//! Making transcripts of the features of a GFF3 file.

use std::collections::HashSet;

use crate::genes::account::Account;
use crate::genes::naming::{self, DraftNames};
use crate::genes::read_gff3::{CodingPart, CodingSequence, Features, Node};
use crate::genes::transcript::{Coding, Exon, Strand};

/// A transcript on its way into a reference.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) contig: usize,
    pub(crate) strand: Strand,
    /// In the transcript's own order.
    pub(crate) exons: Vec<Exon>,
    pub(crate) coding: Option<Coding>,
    pub(crate) selenocysteines: Vec<u32>,
    pub(crate) names: DraftNames,
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
    for node in features.nodes.iter().filter(|node| !node.exons.is_empty() || !node.coding.is_empty()) {
        match place_of(node, features) {
            Place::Transcript(gene) => {
                used.extend(gene.map(|gene| (gene.contig, gene.id.as_str())));
                used.insert((node.contig, node.id.as_str()));
                drafts.extend(transcript(node, gene, sequences, account));
            }
            Place::Gene if node.coding.is_empty() => {
                account.add("exons of a gene without a transcript", &node.id);
            }
            Place::Gene => {
                used.insert((node.contig, node.id.as_str()));
                let each = node.coding.iter();
                drafts.extend(each.filter_map(|coding| transcript_of_gene(node, coding, sequences, account)));
            }
            Place::WithinTranscript => account.add("part of another transcript", &node.id),
            Place::Nowhere => account.add("exons of a feature that is not in the file", &node.id),
        }
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
    let has_parent = gene.feature.as_ref().is_some_and(|gene| gene.attributes().raw("Parent").is_some());
    if has_parent || !gene.exons.is_empty() { Place::WithinTranscript } else { Place::Transcript(Some(gene)) }
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
        let length = sequences.lengths.get(self.node.contig).copied().unwrap_or_default();
        if self.exons.last().is_some_and(|last| u64::from(last.1) > length) {
            account.add("transcript past the end of its sequence", &id);
            return None;
        }
        let exons = numbered(&self.exons, strand);
        let coding = self.coding(&exons, strand, sequences, &id, account);
        let selenocysteines =
            coding.map_or_else(Vec::new, |coding| self.selenocysteines(&exons, strand, coding));
        Some(Draft { contig: self.node.contig, strand, exons, coding, selenocysteines, names })
    }

    fn tidy(&mut self) {
        self.parts.sort_unstable();
        self.parts.dedup();
        if self.exons.is_empty() {
            self.exons.extend(self.parts.iter().map(|part| (part.start, part.end)));
        }
        self.exons.sort_unstable();
        self.exons.dedup();
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
        let bases: u32 = self.parts.iter().map(|part| part.end - part.start + 1).sum();
        if bases != cdna_end - cdna_start + 1 {
            account.add("coding sequence with a slip of the ribosome, read without the slip", id);
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

/// `1234..1236`, `complement(1234..1236)` or `join(1234..1234,2000..2001)` as first and last base.
fn range_of(text: &str) -> Option<(u32, u32)> {
    let mut numbers =
        text.split(|character: char| !character.is_ascii_digit()).filter_map(|word| word.parse().ok());
    let first = numbers.next()?;
    Some((first, numbers.next_back().unwrap_or(first)))
}

fn numbered(ascending: &[(u32, u32)], strand: Strand) -> Vec<Exon> {
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
