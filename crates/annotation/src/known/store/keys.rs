//! The alleles of one block: where each is and what it is, to be searched without unpacking.
//!
//! An allele is its distance from the block's first position, and a code: 0 to 3 for one base that becomes A, C, G or T,
//! above them the changes that the block spells out. Bases are stored as they are, so that none is taken for another.

use crate::known::store::bits::{MOST_BITS, Scan, pack, packed_bytes, put_number, unpack, width_of};
use crate::variant::Normalised;

/// Most alleles of a block.
pub(crate) const BLOCK: usize = 256;

const BASES: [u8; 4] = *b"ACGT";

/// A change other than of one base, as a block spells it out.
#[derive(Clone, Copy, Debug)]
struct Other {
    deleted: u64,
    start: usize,
    length: usize,
}

/// The alleles of the block at hand; keeps its memory from block to block.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) count: usize,
    first: u64,
    position_width: u32,
    allele_width: u32,
    others: Vec<Other>,
    positions: usize,
    alleles: usize,
}

fn base_code(allele: &Normalised) -> Option<u64> {
    let [base] = allele.inserted[..] else { return None };
    let code = BASES.iter().position(|known| *known == base).filter(|_| allele.deleted == 1)?;
    Some(code as u64)
}

/// Appends the alleles of a block, which are sorted: all on one contig, the first at `first`.
pub(crate) fn write<'a>(
    first: u64,
    alleles: impl Iterator<Item = &'a Normalised> + Clone,
    out: &mut Vec<u8>,
) {
    let mut others: Vec<&Normalised> = alleles.clone().filter(|allele| base_code(allele).is_none()).collect();
    let same = |one: &Normalised, other: &Normalised| {
        (one.deleted, &one.inserted) == (other.deleted, &other.inserted)
    };
    others.sort_unstable_by(|one, other| (one.deleted, &one.inserted).cmp(&(other.deleted, &other.inserted)));
    others.dedup_by(|one, other| same(one, other));
    let code = |allele: &Normalised| {
        base_code(allele).unwrap_or_else(|| {
            let place = others.binary_search_by(|other| {
                (other.deleted, &other.inserted).cmp(&(allele.deleted, &allele.inserted))
            });
            (place.unwrap_or_default() + BASES.len()) as u64
        })
    };
    let last = alleles.clone().last().map_or(first, |allele| allele.position);
    let position_width = width_of(last - first);
    let allele_width = width_of((BASES.len() + others.len() - 1) as u64);
    put_number(alleles.clone().count() as u64, out);
    out.extend([position_width, allele_width].map(|width| u8::try_from(width).unwrap_or_default()));
    put_number(others.len() as u64, out);
    for other in &others {
        put_number(other.deleted, out);
        put_number(other.inserted.len() as u64, out);
        out.extend_from_slice(&other.inserted);
    }
    pack(alleles.clone().map(|allele| allele.position - first), position_width, out);
    pack(alleles.map(code), allele_width, out);
}

impl Keys {
    /// Reads the beginning of a block whose first allele is at `first`, and moves on to its columns.
    pub(crate) fn read(&mut self, scan: &mut Scan<'_>, first: u64) {
        self.first = first;
        self.count = scan.count().min(BLOCK);
        self.position_width = u32::from(scan.byte()).min(MOST_BITS);
        self.allele_width = u32::from(scan.byte()).min(MOST_BITS);
        self.others.clear();
        for _ in 0..scan.things() {
            let (deleted, length) = (scan.number(), scan.count());
            self.others.push(Other { deleted, start: scan.position, length });
            scan.skip(length);
        }
        self.positions = scan.position;
        scan.skip(packed_bytes(self.count, self.position_width));
        self.alleles = scan.position;
        scan.skip(packed_bytes(self.count, self.allele_width));
    }

    fn position(&self, block: &[u8], index: usize) -> u64 {
        self.first + unpack(block.get(self.positions..).unwrap_or_default(), index, self.position_width)
    }

    /// Bases that go, and those that come.
    fn change<'b>(&self, block: &'b [u8], index: usize) -> (u64, &'b [u8]) {
        let code = unpack(block.get(self.alleles..).unwrap_or_default(), index, self.allele_width);
        let code = usize::try_from(code).unwrap_or(usize::MAX);
        if let Some(base) = BASES.get(code) {
            return (1, base_text(*base));
        }
        let other = self.others.get(code - BASES.len());
        other.map_or((0, &[]), |other| {
            (
                other.deleted,
                block.get(other.start..other.start.saturating_add(other.length)).unwrap_or_default(),
            )
        })
    }

    /// The index of an allele.
    pub(crate) fn find(&self, block: &[u8], allele: &Normalised) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.position(block, middle) < allele.position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..self.count)
            .take_while(|index| self.position(block, *index) == allele.position)
            .find(|index| self.change(block, *index) == (allele.deleted, &allele.inserted[..]))
    }

    /// The allele of an index.
    pub(crate) fn allele(&self, block: &[u8], index: usize) -> Normalised {
        let (deleted, inserted) = self.change(block, index);
        Normalised { position: self.position(block, index), deleted, inserted: inserted.to_vec() }
    }
}

fn base_text(base: u8) -> &'static [u8] {
    match base {
        b'A' => b"A",
        b'C' => b"C",
        b'G' => b"G",
        _ => b"T",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alleles() -> impl Strategy<Value = Vec<Normalised>> {
        let allele =
            (1_u64..60, 0_u64..3, "[ACGTN]{0,2}").prop_map(|(position, deleted, inserted)| Normalised {
                position: position * position * position * position * position,
                deleted,
                inserted: inserted.into_bytes(),
            });
        prop::collection::btree_set(allele, 1..BLOCK).prop_map(|alleles| alleles.into_iter().collect())
    }

    proptest! {
        /// Searching finds what looking at each finds, for alleles that are there and for their neighbours.
        #[test]
        fn all_are_found_and_no_others(alleles in alleles(), asked in alleles()) {
            let mut block = Vec::new();
            write(alleles[0].position, alleles.iter(), &mut block);
            let mut keys = Keys::default();
            keys.read(&mut Scan::new(&block, 0), alleles[0].position);
            for (index, allele) in alleles.iter().enumerate() {
                prop_assert_eq!(keys.find(&block, allele), Some(index));
                prop_assert_eq!(&keys.allele(&block, index), allele);
                for inserted in [b"N".as_slice(), b"T", b"A", b""] {
                    let near = Normalised { inserted: inserted.to_vec(), ..allele.clone() };
                    prop_assert_eq!(keys.find(&block, &near), alleles.iter().position(|known| *known == near));
                }
            }
            for allele in &asked {
                prop_assert_eq!(keys.find(&block, allele), alleles.iter().position(|known| known == allele));
            }
        }
    }
}
