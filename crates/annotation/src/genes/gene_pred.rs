//! Gene models in UCSC's tables, told in the words of GFF3.
//!
//! Source: UCSC, "Genome Browser FAQ: Data file formats", genePred. Starts count from 0; `exonFrames` says for every
//! exon which base of a codon its first coding base is; `cdsStartStat` and `cdsEndStat` are about the ends of the
//! range, not of the transcript.

use crate::genes::features::{CodingPart, CodingSequence, Feature, Features, Node};
use crate::genes::format::Layout;
use crate::genes::gff3::append_attribute;
use crate::genes::transcript::Strand;

/// A row of a table, checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Prediction<'a> {
    pub(crate) contig: &'a str,
    name: &'a str,
    gene: &'a str,
    strand: Strand,
    /// In the contig's order.
    blocks: Vec<Block>,
    /// First and last base of the CDS.
    coding: Option<(u32, u32)>,
    low_end_incomplete: bool,
    high_end_incomplete: bool,
}

/// An exon; counted from 1, closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    start: u32,
    end: u32,
    /// Which base of a codon its first coding base is, if it has one and the table tells.
    frame: Option<u8>,
}

impl<'a> Prediction<'a> {
    /// Cuts a row; says in a clause what is wrong with one that is none.
    pub(crate) fn read(text: &'a str, layout: Layout) -> Result<Self, String> {
        let columns: Vec<&str> = text.split('\t').collect();
        let before = usize::from(layout != Layout::Plain);
        let of_gene = &columns[before.min(columns.len())..];
        let [name, contig, strand, _, _, coding_start, coding_end, _, starts, ends, ..] = *of_gene else {
            return Err("it has fewer columns than genePred".to_owned());
        };
        let extension = of_gene.get(10..).unwrap_or_default();
        let word = |index: usize| extension.get(index).copied().unwrap_or_default();
        let strand = match strand {
            "+" => Strand::Forward,
            "-" => Strand::Reverse,
            other => return Err(format!("`{}` is no strand", crate::error::quoted(other.as_bytes()))),
        };
        let coding = (position(coding_start)?, position(coding_end)?);
        let frames: Vec<Option<u8>> = word(4).split_terminator(',').map(frame).collect();
        let blocks = joined(&blocks(&list(starts)?, &list(ends)?, &frames)?, strand);
        Ok(Self {
            contig,
            name,
            gene: if layout == Layout::GeneName { columns[0] } else { word(1) },
            strand,
            blocks,
            coding: (coding.0 < coding.1).then(|| (coding.0 + 1, coding.1)),
            low_end_incomplete: word(2) == "incmpl",
            high_end_incomplete: word(3) == "incmpl",
        })
    }

    /// The stretches of exons within the CDS in the transcript's order, with the phase that GFF3 gives them.
    fn coding_parts(&self) -> Vec<CodingPart> {
        let Some((first, last)) = self.coding else { return Vec::new() };
        let mut within: Vec<Block> =
            self.blocks.iter().filter(|block| block.start <= last && block.end >= first).copied().collect();
        if self.strand == Strand::Reverse {
            within.reverse();
        }
        let mut next = 0;
        let parts = within.into_iter().map(|block| {
            let (start, end) = (first.max(block.start), last.min(block.end));
            let frame = block.frame.unwrap_or(next);
            next = ((u32::from(frame) + end - start + 1) % 3) as u8;
            CodingPart { start, end, phase: (3 - frame) % 3 }
        });
        parts.collect()
    }

    fn attributes(&self, parts: &[CodingPart]) -> String {
        let mut attributes = String::new();
        append_attribute(&mut attributes, "transcript_id", self.name);
        append_attribute(
            &mut attributes,
            "gene_id",
            if self.gene.is_empty() { self.name } else { self.gene },
        );
        append_attribute(&mut attributes, "gene_name", self.gene);
        let (start, end) = match self.strand {
            Strand::Forward => (self.low_end_incomplete, self.high_end_incomplete),
            Strand::Reverse => (self.high_end_incomplete, self.low_end_incomplete),
        };
        // A CDS that begins within a codon is not whole, whatever else the table says.
        let start = start || parts.first().is_some_and(|part| part.phase != 0);
        match (start, end) {
            (true, true) => attributes.push_str(";tag=cds_start_NF,cds_end_NF"),
            (true, false) => attributes.push_str(";tag=cds_start_NF"),
            (false, true) => attributes.push_str(";tag=cds_end_NF"),
            (false, false) => {}
        }
        attributes
    }
}

/// Adds a row of a table. One name may stand for several transcripts, at several places.
pub(crate) fn add(features: &mut Features, prediction: &Prediction<'_>, contig: usize) {
    let parts = prediction.coding_parts();
    let attributes = prediction.attributes(&parts);
    let coding = CodingSequence { id: String::new(), parts, attributes: String::new() };
    features.nodes.push(Node {
        contig,
        id: prediction.name.to_owned(),
        feature: Some(Feature { kind: "transcript".to_owned(), strand: Some(prediction.strand), attributes }),
        exons: prediction.blocks.iter().map(|block| (block.start, block.end)).collect(),
        coding: if coding.parts.is_empty() { Vec::new() } else { vec![coding] },
        strand: Some(prediction.strand),
        ..Node::default()
    });
}

fn blocks(starts: &[u32], ends: &[u32], frames: &[Option<u8>]) -> Result<Vec<Block>, String> {
    if starts.len() != ends.len() || starts.is_empty() {
        return Err(format!("it has {} starts and {} ends of exons", starts.len(), ends.len()));
    }
    // Frames that are not one for each exon tell nothing.
    let frames = if frames.len() == starts.len() { frames } else { &[] };
    let frames = frames.iter().copied().chain(std::iter::repeat(None));
    let block = |((start, end), frame): ((&u32, &u32), _)| {
        if start >= end {
            return Err(format!("its exon {start} to {end} is none"));
        }
        Ok(Block { start: start + 1, end: *end, frame })
    };
    starts.iter().zip(ends).zip(frames).map(block).collect()
}

/// Exons with nothing between them are one: the table cuts them where its alignment has a gap, not an intron.
fn joined(blocks: &[Block], strand: Strand) -> Vec<Block> {
    let mut joined: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match joined.last_mut().filter(|last| last.end + 1 == block.start) {
            Some(last) => {
                last.end = block.end;
                last.frame = match strand {
                    Strand::Forward => last.frame.or(block.frame),
                    Strand::Reverse => block.frame.or(last.frame),
                };
            }
            None => joined.push(*block),
        }
    }
    joined
}

fn list(text: &str) -> Result<Vec<u32>, String> {
    text.split_terminator(',').map(position).collect()
}

fn position(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{}` is no position", crate::error::quoted(text.as_bytes())))
}

fn frame(text: &str) -> Option<u8> {
    text.parse().ok().filter(|frame| *frame < 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genes::account::Account;
    use crate::genes::assemble::{Draft, Sequences, assemble};
    use crate::genes::read::{Unreadable, read};
    use crate::genes::transcript::Exon;
    use rstest::rstest;

    fn drafts(rows: &str) -> Result<(Vec<Draft>, Account), Unreadable> {
        let text: String = rows.lines().map(|line| line.trim().replace(' ', "\t") + "\n").collect();
        let mut account = Account::default();
        let contig = |name: &str| (name == "chr1").then_some(0);
        let features = read(text.as_bytes(), &contig, &mut account)?;
        let sequences = Sequences { lengths: &[1000], genetic_codes: &[1] };
        Ok((assemble(&features, &sequences, &mut account), account))
    }

    const REVERSE: &str = "NM_1.2 chr1 - 99 400 160 350 2 99,300, 200,400, 0 ABC1 cmpl incmpl 2,0,";

    #[rstest]
    #[case::extended(REVERSE, "ABC1", true)]
    #[case::with_bin(&format!("585 {REVERSE}"), "ABC1", true)]
    #[case::with_heading(&format!("#bin name\n585 {REVERSE}"), "ABC1", true)]
    #[case::plain("NM_1.2 chr1 - 99 400 160 350 2 99,300, 200,400,", "", false)]
    #[case::ref_flat("ABC1 NM_1.2 chr1 - 99 400 160 350 2 99,300, 200,400,", "ABC1", false)]
    fn all_layouts_give_the_same(#[case] rows: &str, #[case] symbol: &str, #[case] incomplete: bool) {
        let (drafts, account) = drafts(rows).unwrap();
        let [draft] = &drafts[..] else { panic!("one transcript of {account:?}") };
        assert_eq!(account.iter().count(), 0);
        let exons =
            [Exon { start: 301, end: 400, cdna_start: 1 }, Exon { start: 100, end: 200, cdna_start: 101 }];
        assert_eq!((draft.strand, &draft.exons[..]), (Strand::Reverse, &exons[..]));
        let coding = draft.coding.unwrap();
        assert_eq!((coding.cdna_start, coding.cdna_end, coding.missing_bases), (51, 140, 0));
        assert_eq!((coding.start_not_found, coding.end_not_found), (incomplete, false));
        let names = &draft.names;
        assert_eq!((names.symbol.as_str(), names.transcript.as_str()), (symbol, "NM_1.2"));
        assert_eq!(names.gene, if symbol.is_empty() { "NM_1.2" } else { symbol });
        assert_eq!((names.protein.as_str(), names.biotype.as_str()), ("NM_1.2", "protein_coding"));
    }

    #[test]
    fn no_coding_sequence_and_two_places_of_one_name() {
        let (drafts, _) = drafts(
            "NR_1.1 chr1 + 0 10 10 10 1 0, 10, 0 G none none -1,
             NR_1.1 chr1 + 50 60 60 60 1 50, 60, 0 G none none -1,",
        )
        .unwrap();
        let starts: Vec<u32> = drafts.iter().map(Draft::start).collect();
        assert_eq!(starts, [1, 51]);
        assert!(drafts.iter().all(|draft| draft.coding.is_none() && draft.names.biotype == "misc_RNA"));
    }

    #[test]
    fn a_coding_sequence_that_begins_within_a_codon_is_not_whole() {
        let (drafts, account) = drafts("N chr1 + 0 90 0 90 2 0,60, 10,90, 0 G cmpl cmpl 2,1,").unwrap();
        let coding = drafts[0].coding.unwrap();
        assert_eq!((coding.missing_bases, coding.start_not_found), (2, true));
        assert_eq!(account.count("coding sequence with a change of frame, read without the change"), 1);
    }

    #[test]
    fn exons_that_touch_are_one() {
        let (drafts, _) = drafts("N chr1 - 0 90 0 90 3 0,20,60, 20,30,90, 0 G cmpl cmpl 1,0,0,").unwrap();
        assert_eq!(drafts[0].exons.len(), 2);
        assert_eq!(drafts[0].coding.unwrap().missing_bases, 0);
    }

    #[rstest]
    #[case("N chr1 + 0 9 0 9 1 0, 9,", "N chr1 + 0 9 0 9 2 0,5, 9,", "2 starts and 1 ends")]
    #[case("N chr1 + 0 9 0 9 1 0, 9,", "N chr1 + 0 9 0 9 1 9, 9,", "exon 9 to 9")]
    #[case("N chr1 + 0 9 0 9 1 0, 9,", "N chr1 . 0 9 0 9 1 0, 9,", "`.` is no strand")]
    #[case("N chr1 + 0 9 0 9 1 0, 9,", "N chr1 + 0 9 0 9 1 x, 9,", "`x` is no position")]
    #[case("N chr1 + 0 9 0 9 1 0, 9,", "N chr1 + 0 9", "fewer columns")]
    fn a_broken_row_is_named(#[case] first: &str, #[case] second: &str, #[case] reason: &str) {
        let error = drafts(&format!("{first}\n{second}")).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(error.reason.contains(reason), "{}", error.reason);
    }
}
