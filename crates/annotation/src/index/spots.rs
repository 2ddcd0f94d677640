//! Where the records of some packed lines are, on their sequence and in the file.

use std::ops::Range;

use crate::vcf::batches::lines;
use crate::vcf::line::{Line, cut_ending};
use crate::vcf::write::Block;

/// A place within packed bytes: where its block begins, and how far into the block's text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) block: usize,
    pub(crate) within: u16,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    name: Range<usize>,
    /// First and last base, counted from 1.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Where its line begins, and where the next one does.
    pub(crate) begin: Offset,
    pub(crate) end: Offset,
}

/// Records in their order. The memory is used again for the next ones.
#[derive(Debug, Default)]
pub(crate) struct Spots {
    names: Vec<u8>,
    spots: Vec<Spot>,
}

impl Spots {
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.spots.clear();
    }

    /// Each record with the name of its sequence.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &Spot)> {
        self.spots.iter().map(|spot| (&self.names[spot.name.clone()], spot))
    }

    /// Notes the records of a text that became these blocks of so many bytes.
    pub(crate) fn note(&mut self, text: &[u8], blocks: &[Block], packed_bytes: usize) {
        let mut begin = 0;
        for whole in lines(text) {
            let end = begin + whole.len();
            let (line, _) = cut_ending(whole);
            if !line.starts_with(b"#")
                && let Ok(line) = Line::split(line)
            {
                let [begin, end] =
                    [begin, end].map(|place| offset_of(place, text.len(), blocks, packed_bytes));
                self.push(&line, begin, end);
            }
            begin = end;
        }
    }

    fn push(&mut self, line: &Line<'_>, begin: Offset, end: Offset) {
        let first = line.position().unwrap_or(0).max(1);
        let bases = line.reference_allele().len() as u64;
        let last = (first + bases.max(1) - 1).max(end_of(line.info()).unwrap_or(0));
        let name = match self.spots.last() {
            Some(before) if self.names[before.name.clone()] == *line.contig() => before.name.clone(),
            _ => {
                let start = self.names.len();
                self.names.extend_from_slice(line.contig());
                start..self.names.len()
            }
        };
        self.spots.push(Spot { name, first, last, begin, end });
    }
}

fn offset_of(place: usize, text_bytes: usize, blocks: &[Block], packed_bytes: usize) -> Offset {
    if place == text_bytes {
        return Offset { block: packed_bytes, within: 0 };
    }
    let number = blocks.partition_point(|block| block.in_text <= place).saturating_sub(1);
    let block = blocks.get(number).copied().unwrap_or(Block { in_text: 0, in_packed: 0 });
    Offset { block: block.in_packed, within: u16::try_from(place - block.in_text).unwrap_or(u16::MAX) }
}

/// The value of `END`, where readers of the index take it for the last base.
fn end_of(info: &[u8]) -> Option<u64> {
    const KEY: &[u8] = b"END=";
    memchr::memmem::find(info, KEY)?;
    let entry = info.split(|byte| *byte == b';').find_map(|entry| entry.strip_prefix(KEY))?;
    std::str::from_utf8(entry).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_in_their_blocks() {
        let text = b"#CHROM\n1\t5\t.\tACG\tA\t.\t.\tXEND=3\n1\t7\t.\tA\t<DEL>\t.\t.\tSVTYPE=DEL;END=90\n2\t0\t.\tA\tG\t.\t.\t.\n";
        let second = text.iter().position(|byte| *byte == b'7').unwrap();
        let blocks = [Block { in_text: 0, in_packed: 0 }, Block { in_text: second, in_packed: 50 }];
        let mut spots = Spots::default();
        spots.note(text, &blocks, 99);
        let found: Vec<_> =
            spots.iter().map(|(name, spot)| (name, spot.first, spot.last, spot.begin, spot.end)).collect();
        let offset = |block, within| Offset { block, within };
        let first_ends = u16::try_from(second - 2).unwrap();
        assert_eq!(
            found,
            [
                (&b"1"[..], 5, 7, offset(0, 7), offset(0, first_ends)),
                (b"1", 7, 90, offset(0, first_ends), offset(50, 34)),
                (b"2", 1, 1, offset(50, 34), offset(99, 0)),
            ]
        );
    }
}
