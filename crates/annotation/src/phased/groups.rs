//! Which changes of a haplotype must be read together: those that share a codon, and all that follow a shift of the
//! frame until it is made good, or until the shifted frame ends with a stop.

use crate::consequence::genetic_code::GeneticCode;
use crate::phased::member::Member;

/// Changes that are read together, as indexes of members in the transcript's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Group {
    pub(crate) members: Vec<u32>,
    /// Changes of the 3' UTR that are read too, because the group leaves no stop before them.
    pub(crate) untranslated: Vec<u32>,
    /// The first change of the group before that brings a stop; what comes behind it is not made.
    pub(crate) behind: Option<u32>,
}

/// A group while it grows, with the bases that its codons now have.
struct Open {
    members: Vec<u32>,
    shift: i64,
    codons_end: usize,
    /// Where the bases begin and end in the coding sequence as it was.
    begin: usize,
    read_to: usize,
    bases: Vec<u8>,
}

impl Open {
    fn new(index: u32, member: &Member, coding: &[u8]) -> Self {
        let begin = member.first_codon() * 3;
        let mut open =
            Self { members: Vec::new(), shift: 0, codons_end: 0, begin, read_to: begin, bases: Vec::new() };
        open.read(member.start, coding);
        open.add(index, member);
        open
    }

    /// Reads on to a place of the coding sequence.
    fn read(&mut self, to: usize, coding: &[u8]) {
        self.bases.extend_from_slice(coding.get(self.read_to..to.min(coding.len())).unwrap_or_default());
        self.read_to = to;
    }

    fn add(&mut self, index: u32, member: &Member) {
        self.members.push(index);
        self.shift += member.growth();
        self.codons_end = self.codons_end.max(member.codons_end());
        self.bases.extend_from_slice(&member.inserted);
        self.read_to = member.end;
    }

    /// Reads on behind the coding sequence until there is a stop, and tells which changes there are met.
    fn read_untranslated(
        &mut self,
        members: &[Member],
        behind: &[u32],
        sequence: &[u8],
        coding_length: usize,
        code: GeneticCode,
    ) -> Vec<u32> {
        let mut met = Vec::new();
        self.read(coding_length.max(self.read_to), sequence);
        for index in behind.iter().copied() {
            let Some(member) = members.get(index as usize) else { continue };
            self.read(member.start.max(self.read_to), sequence);
            if has_stop(&self.bases, code) {
                break;
            }
            self.bases.extend_from_slice(&member.inserted);
            self.read_to = member.end;
            met.push(index);
        }
        met
    }

    fn is_shifted(&self) -> bool {
        self.shift % 3 != 0
    }

    /// Whether the whole codons read so far have a stop, in the frame where there was none.
    fn has_new_stop(&self, coding: &[u8], code: GeneticCode) -> bool {
        let before = coding.get(self.begin..self.read_to.min(coding.len())).unwrap_or_default();
        has_stop(&self.bases, code) && (self.is_shifted() || !has_stop(before, code))
    }
}

fn has_stop(bases: &[u8], code: GeneticCode) -> bool {
    bases.as_chunks::<3>().0.iter().any(|codon| code.residue(*codon) == b'*')
}

/// Splits the changes of a haplotype, given in the transcript's order. The sequence is that of so many coding bases and of the
/// 3' UTR.
pub(crate) fn split(
    members: &[Member],
    order: &[u32],
    sequence: &[u8],
    coding_length: usize,
    code: GeneticCode,
) -> Vec<Group> {
    let coding = sequence.get(..coding_length).unwrap_or(sequence);
    let is_behind =
        |index: &u32| members.get(*index as usize).is_some_and(|member| member.is_behind(coding_length));
    let (order, behind) = order.split_at(order.partition_point(|index| !is_behind(index)));
    let mut groups = Vec::new();
    let mut open: Option<Open> = None;
    let mut stopped: Option<u32> = None;
    for index in order.iter().copied() {
        let Some(member) = members.get(index as usize) else { continue };
        if let Some(mut growing) = open.take() {
            let joins = growing.is_shifted() || member.first_codon() < growing.codons_end;
            let to = if joins { member.start } else { growing.codons_end * 3 };
            growing.read(to.max(growing.read_to), coding);
            if growing.has_new_stop(coding, code) {
                stopped = growing.members.first().copied();
            } else if joins {
                growing.add(index, member);
                open = Some(growing);
                continue;
            }
            groups.push(Group { members: growing.members, untranslated: Vec::new(), behind: None });
        }
        if stopped.is_some() {
            groups.push(Group { members: vec![index], untranslated: Vec::new(), behind: stopped });
        } else {
            open = Some(Open::new(index, member, coding));
        }
    }
    groups.extend(open.map(|mut open| {
        let untranslated = open.read_untranslated(members, behind, sequence, coding_length, code);
        Group { members: open.members, untranslated, behind: None }
    }));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    //                   M  A  W  K  P  S  L  D  E  N  *
    const CODING: &[u8] = b"ATGGCTTGGAAACCGAGTCTGGATGAGAACTAA";

    fn members(changes: &[(usize, usize, &str)]) -> Vec<Member> {
        let member = |(start, end, inserted): &(usize, usize, &str)| Member {
            record: 0,
            allele: 1,
            start: *start,
            end: *end,
            inserted: inserted.as_bytes().to_vec(),
        };
        changes.iter().map(member).collect()
    }

    /// Groups as `0+1 2`; what comes behind a stop has a `*`.
    fn shown(changes: &[(usize, usize, &str)]) -> String {
        let members = members(changes);
        let order: Vec<u32> = (0..).take(members.len()).collect();
        let sequence = [CODING, b"GCTGACTAAGGT"].concat();
        let groups = split(&members, &order, &sequence, CODING.len(), GeneticCode::STANDARD);
        let word = |group: &Group| {
            let numbers: Vec<String> = group.members.iter().map(u32::to_string).collect();
            let behind: Vec<String> = group.untranslated.iter().map(|index| format!("~{index}")).collect();
            let star = if group.behind.is_some() { "*" } else { "" };
            format!("{star}{}{}", numbers.join("+"), behind.concat())
        };
        groups.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[rstest]
    #[case::one_codon(&[(3, 4, "A"), (5, 6, "A")], "0+1")]
    #[case::neighbours(&[(5, 6, "A"), (6, 7, "C")], "0 1")]
    #[case::three_codons(&[(3, 4, "A"), (5, 6, "A"), (9, 10, "G"), (10, 11, "G"), (12, 13, "A")], "0+1 2+3 4")]
    #[case::codon_out_then_change(&[(4, 7, ""), (8, 9, "A")], "0+1")]
    #[case::whole_codon_out(&[(3, 6, ""), (6, 7, "C")], "0 1")]
    #[case::codon_in_between_codons(&[(5, 6, "A"), (6, 6, "GGG"), (6, 7, "C")], "0 1 2")]
    #[case::codon_in_within_a_codon(&[(6, 7, "C"), (7, 7, "CCC"), (8, 9, "C")], "0+1+2")]
    #[case::frame_made_good(&[(9, 10, ""), (13, 14, "A"), (20, 20, "C"), (27, 28, "C")], "0+1+2 3")]
    #[case::frame_never_made_good(&[(9, 10, ""), (13, 14, "A"), (27, 28, "C")], "0+1+2")]
    #[case::stop(&[(8, 9, "A"), (13, 14, "T"), (20, 20, "A")], "0 *1 *2")]
    #[case::stop_by_two(&[(7, 8, "A"), (8, 9, "A"), (13, 14, "T")], "0+1 *2")]
    #[case::one_in_one_out(&[(3, 3, "T"), (9, 10, ""), (20, 21, "A")], "0+1 2")]
    #[case::stop_where_the_frame_is_made_good(&[(9, 10, ""), (13, 14, "A"), (20, 20, "A"), (27, 28, "C")], "0+1+2 *3")]
    fn groups(#[case] changes: &[(usize, usize, &str)], #[case] expected: &str) {
        assert_eq!(shown(changes), expected);
    }

    #[test]
    fn a_stop_in_a_shifted_frame_ends_the_group() {
        // ATG GCT T-G AAA: TGA after the base goes.
        assert_eq!(shown(&[(7, 8, ""), (15, 15, "A"), (20, 21, "A")]), "0 *1 *2");
    }

    /// Behind the stop: GCT GAC TAA, and with two bases less A|GC TGA.
    #[rstest]
    #[case::the_stop_is_there(&[(3, 4, "A"), (34, 35, "A")], "0")]
    #[case::lost_stop(&[(30, 31, "C"), (34, 35, "A")], "0~1")]
    #[case::lost_stop_and_next(&[(30, 31, "C"), (39, 40, "C"), (43, 44, "C")], "0~1~2")]
    #[case::behind_the_next_stop(&[(30, 31, "C"), (43, 44, "A")], "0")]
    #[case::shifted(&[(29, 30, ""), (34, 35, "A")], "0~1")]
    #[case::behind_the_stop_of_the_shifted_frame(&[(28, 30, ""), (43, 44, "A")], "0")]
    #[case::alone(&[(34, 35, "A"), (36, 37, "C")], "")]
    fn changes_behind_a_lost_stop(#[case] changes: &[(usize, usize, &str)], #[case] expected: &str) {
        assert_eq!(shown(changes), expected);
    }

    #[test]
    fn the_stop_that_was_there_ends_nothing() {
        assert_eq!(shown(&[(31, 32, "G"), (32, 33, "A")]), "0+1");
    }
}
