//! Features of a file of genes and their parts, whatever the order of the lines.
//!
//! They are kept in the words of GFF3; files of other formats are told in these words.

use std::collections::HashMap;

use crate::genes::format::Format;
use crate::genes::gff3::{Attributes, Row};
use crate::genes::transcript::Strand;

/// A feature that others may name as their parent: a gene, a transcript, or anything else with an id.
#[derive(Clone, Debug)]
pub(crate) struct Feature {
    pub(crate) kind: String,
    pub(crate) strand: Option<Strand>,
    pub(crate) attributes: String,
}

impl Feature {
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        Attributes(&self.attributes)
    }
}

/// A part of a coding sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CodingPart {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) phase: u8,
}

/// The lines that make one coding sequence.
#[derive(Clone, Debug)]
pub(crate) struct CodingSequence {
    pub(crate) id: String,
    pub(crate) parts: Vec<CodingPart>,
    /// Those of its first line.
    pub(crate) attributes: String,
}

impl CodingSequence {
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        Attributes(&self.attributes)
    }
}

/// Everything that the file says of one id on one contig.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) contig: usize,
    pub(crate) id: String,
    /// Absent when the id is only named as a parent.
    pub(crate) feature: Option<Feature>,
    /// Whether the feature is told by its parts alone: one of its own replaces it.
    pub(crate) implied: bool,
    pub(crate) exons: Vec<(u32, u32)>,
    pub(crate) coding: Vec<CodingSequence>,
    /// Stop codons that stand apart from the CDS.
    pub(crate) stop_codons: Vec<(u32, u32)>,
    /// Codons that the file says are read as selenocysteine.
    pub(crate) selenocysteines: Vec<(u32, u32)>,
    /// Strand of the exons and the CDS; parts on both make it useless.
    pub(crate) strand: Option<Strand>,
    pub(crate) both_strands: bool,
}

/// What a file of genes says of contigs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContigFacts {
    pub(crate) names: Vec<String>,
    pub(crate) circular: bool,
    pub(crate) mitochondrial: bool,
}

/// The contents of a file of genes.
#[derive(Debug, Default)]
pub(crate) struct Features {
    /// What the file turned out to be, once it said anything.
    pub(crate) format: Option<Format>,
    pub(crate) nodes: Vec<Node>,
    by_id: HashMap<(usize, String), usize>,
    pub(crate) facts: HashMap<usize, ContigFacts>,
    /// Kinds of features that annotation has no use for, with their number.
    pub(crate) unused: HashMap<String, u64>,
}

impl Features {
    /// The node of an id, when the file has it.
    pub(crate) fn find(&self, contig: usize, id: &str) -> Option<&Node> {
        self.by_id.get(&(contig, id.to_owned())).map(|index| &self.nodes[*index])
    }

    /// Adds a line of GFF3.
    pub(crate) fn add(&mut self, row: &Row<'_>, contig: usize) {
        match row.kind {
            "exon" => self.for_each_parent(row, contig, |node| node.exons.push((row.start, row.end))),
            "CDS" => self.for_each_parent(row, contig, |node| node.add_coding(row)),
            "stop_codon" => {
                self.for_each_parent(row, contig, |node| node.stop_codons.push((row.start, row.end)));
            }
            "stop_codon_redefined_as_selenocysteine" => {
                self.for_each_parent(row, contig, |node| node.selenocysteines.push((row.start, row.end)));
            }
            "region" | "chromosome" | "scaffold" | "supercontig" | "contig" => self.add_facts(row, contig),
            _ => self.add_feature(row, contig),
        }
    }

    /// The node of an id, which need not have been there.
    pub(crate) fn node(&mut self, contig: usize, id: String) -> &mut Node {
        let index = *self.by_id.entry((contig, id)).or_insert_with_key(|(contig, id)| {
            self.nodes.push(Node { contig: *contig, id: id.clone(), ..Node::default() });
            self.nodes.len() - 1
        });
        &mut self.nodes[index]
    }

    /// Counts a feature that has no use.
    pub(crate) fn pass_over(&mut self, kind: &str) {
        *self.unused.entry(kind.to_owned()).or_default() += 1;
    }

    fn for_each_parent(&mut self, row: &Row<'_>, contig: usize, mut add: impl FnMut(&mut Node)) {
        let mut orphan = true;
        for parent in row.attributes.each("Parent") {
            orphan = false;
            let node = self.node(contig, parent);
            node.note_strand(row.strand);
            add(node);
        }
        if orphan {
            self.pass_over(&format!("{} without a parent", row.kind));
        }
    }

    fn add_feature(&mut self, row: &Row<'_>, contig: usize) {
        let Some(id) = row.attributes.first(&["ID", "Name"]) else {
            self.pass_over(row.kind);
            return;
        };
        let feature = Feature {
            kind: row.kind.to_owned(),
            strand: row.strand,
            attributes: row.attributes.0.to_owned(),
        };
        self.node(contig, id).feature.get_or_insert(feature);
    }

    fn add_facts(&mut self, row: &Row<'_>, contig: usize) {
        // `region` is also any stretch; the whole sequence starts at 1 and says what it is.
        if row.start != 1 {
            self.pass_over(row.kind);
            return;
        }
        let facts = self.facts.entry(contig).or_default();
        let attributes = row.attributes;
        facts.circular |= attributes.raw("Is_circular") == Some("true");
        facts.mitochondrial |= attributes.raw("genome") == Some("mitochondrion");
        facts.names.extend(attributes.each("Alias"));
        facts.names.extend(attributes.get("chromosome").filter(|_| attributes.raw("genome").is_some()));
    }
}

impl Node {
    pub(crate) fn note_strand(&mut self, strand: Option<Strand>) {
        self.both_strands |= self.strand.is_some() && strand.is_some() && self.strand != strand;
        self.strand = self.strand.or(strand);
    }

    fn add_coding(&mut self, row: &Row<'_>) {
        let id = row.attributes.first(&["ID", "protein_id", "Name"]).unwrap_or_default();
        let part = CodingPart { start: row.start, end: row.end, phase: row.phase };
        self.add_coding_part(id, part, || row.attributes.0.to_owned());
    }

    /// Adds a part to the coding sequence of an id; its attributes are those of its first part.
    pub(crate) fn add_coding_part(
        &mut self,
        id: String,
        part: CodingPart,
        attributes: impl FnOnce() -> String,
    ) {
        if let Some(coding) = self.coding.iter_mut().find(|coding| coding.id == id) {
            coding.parts.push(part);
        } else {
            self.coding.push(CodingSequence { id, parts: vec![part], attributes: attributes() });
        }
    }
}
