//! From who carries which allele to the distinct haplotypes of a transcript.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::phased::genotype::{Carrier, PhaseSet};
use crate::phased::member::Member;

/// A haplotype of a sample: number of the sample, number within it, both from 0.
pub(crate) type Holder = (u32, u16);

/// Changes that stand on one haplotype, with all who have just these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Haplotype {
    /// Indexes of members in the transcript's order.
    pub(crate) members: Vec<u32>,
    pub(crate) holders: Vec<Holder>,
}

/// A change on a haplotype of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Holding {
    sample: u32,
    haplotype: u16,
    set: PhaseSet,
    member: u32,
}

/// Most phase sets of one sample on one transcript: homozygous changes belong to each of them.
const MOST_SETS: usize = 100;

/// The distinct haplotypes of two or more changes, in the order of their first holder.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    pub(crate) haplotypes: Vec<Haplotype>,
    by_members: FxHashMap<Vec<u32>, usize>,
    /// Changes left out, because another of the same haplotype is in their place.
    pub(crate) overlapping: u64,
    /// Phase sets left out, because the sample has too many.
    pub(crate) sets_left_out: u64,
}

/// Puts changes together by who carries them.
pub(crate) fn assemble<'a>(members: &[Member], carriers_of: impl Fn(u64) -> &'a [Carrier]) -> Assembly {
    let mut holdings = Vec::new();
    for (index, member) in (0..).zip(members) {
        let carriers = carriers_of(member.record).iter().filter(|carrier| carrier.allele == member.allele);
        holdings.extend(carriers.map(|carrier| Holding {
            sample: carrier.sample,
            haplotype: carrier.haplotype,
            set: carrier.set,
            member: index,
        }));
    }
    holdings.sort_unstable();
    let mut assembly = Assembly::default();
    for of_sample in holdings.chunk_by(|one, other| one.sample == other.sample) {
        let mut sets: Vec<PhaseSet> = of_sample.iter().map(|holding| holding.set).collect();
        sets.retain(|set| *set != PhaseSet::Every);
        sets.sort_unstable();
        sets.dedup();
        assembly.sets_left_out += sets.len().saturating_sub(MOST_SETS) as u64;
        sets.truncate(MOST_SETS);
        if sets.is_empty() {
            sets.push(PhaseSet::Unnamed);
        }
        for of_haplotype in of_sample.chunk_by(|one, other| one.haplotype == other.haplotype) {
            for set in &sets {
                let mine = of_haplotype.iter().filter(|it| it.set == *set || it.set == PhaseSet::Every);
                let list: Vec<u32> = mine.map(|holding| holding.member).collect();
                if list.len() > 1 {
                    assembly.add(members, list, (of_haplotype[0].sample, of_haplotype[0].haplotype));
                }
            }
        }
    }
    assembly
}

impl Assembly {
    fn add(&mut self, members: &[Member], mut list: Vec<u32>, holder: Holder) {
        self.overlapping += order(members, &mut list);
        let next = self.haplotypes.len();
        let index = *self.by_members.entry(list).or_insert_with_key(|list| {
            self.haplotypes.push(Haplotype { members: list.clone(), holders: Vec::new() });
            next
        });
        self.haplotypes[index].holders.push(holder);
    }
}

/// Brings changes into the transcript's order; of two that cannot both be made the one that comes later in the file
/// is left out. Returns how many were.
fn order(members: &[Member], list: &mut Vec<u32>) -> u64 {
    let before = list.len();
    list.sort_unstable();
    // The file goes along the transcript or against it, so that changes come at one of the ends.
    let mut kept: VecDeque<u32> = VecDeque::with_capacity(before);
    for index in list.drain(..) {
        let member = &members[index as usize];
        let place = |other: &u32| (members[*other as usize].start, members[*other as usize].end);
        let at = kept.partition_point(|other| place(other) <= (member.start, member.end));
        let conflict = kept
            .range(at.saturating_sub(1)..kept.len().min(at + 1))
            .any(|other| members[*other as usize].conflicts_with(member));
        if !conflict {
            kept.insert(at, index);
        }
    }
    list.extend(kept);
    (before - list.len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(record: u64, start: usize, end: usize, inserted: &[u8]) -> Member {
        Member { record, allele: 1, start, end, inserted: inserted.to_vec() }
    }

    fn carrier(sample: u32, haplotype: u16, set: PhaseSet) -> Carrier {
        Carrier { sample, haplotype, allele: 1, set }
    }

    /// Haplotypes as `members:holders`.
    fn shown(members: &[Member], carriers: &[Vec<Carrier>]) -> (Vec<String>, u64) {
        let assembly = assemble(members, |record| &carriers[usize::try_from(record).unwrap()]);
        let words =
            assembly.haplotypes.iter().map(|it| format!("{:?}:{:?}", it.members, it.holders)).collect();
        (words, assembly.overlapping)
    }

    #[test]
    fn alleles_of_one_haplotype_and_phase_set_come_together() {
        use PhaseSet::{Every, Named, Unnamed};
        let members = [member(0, 9, 10, b"A"), member(1, 4, 5, b"A"), member(2, 1, 2, b"A")];
        let carriers = [
            vec![carrier(0, 0, Unnamed), carrier(1, 1, Named(7)), carrier(2, 0, Every), carrier(2, 1, Every)],
            vec![carrier(0, 0, Unnamed), carrier(1, 1, Named(8)), carrier(2, 1, Unnamed)],
            vec![carrier(0, 1, Unnamed), carrier(1, 0, Every), carrier(1, 1, Every), carrier(3, 0, Every)],
        ];
        let (found, left_out) = shown(&members, &carriers);
        assert_eq!(found, ["[1, 0]:[(0, 0), (2, 1)]", "[2, 0]:[(1, 1)]", "[2, 1]:[(1, 1)]"]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn of_changes_in_one_place_the_first_of_the_file_stays() {
        let members =
            [member(0, 4, 9, b""), member(1, 6, 7, b"A"), member(2, 9, 9, b"A"), member(3, 9, 9, b"C")];
        let all = || vec![carrier(0, 0, PhaseSet::Every)];
        let (found, left_out) = shown(&members, &[all(), all(), all(), all()]);
        assert_eq!((found, left_out), (vec!["[0, 2]:[(0, 0)]".to_owned()], 2));
    }
}
