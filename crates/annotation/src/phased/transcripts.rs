//! A transcript while records of it come, and what is said when the last has come.

use rustc_hash::FxHashMap;

use crate::consequence::genetic_code::GeneticCode;
use crate::consequence::place::TranscriptSite;
use crate::consequence::sequence::SequenceCache;
use crate::consequence::term::{Term, Terms};
use crate::genes::transcript::{Coding, Transcript};
use crate::phased::effect::EffectReader;
use crate::phased::entry::{Entry, Names, Part, SampleNames};
use crate::phased::groups::{Group, split};
use crate::phased::haplotypes::{Assembly, Holder, assemble};
use crate::phased::held::Held;
use crate::phased::member::Member;

/// A coding transcript with the phased changes seen so far.
#[derive(Debug)]
pub(crate) struct OpenTranscript<'r> {
    pub(crate) site: TranscriptSite<'r>,
    pub(crate) coding: Coding,
    pub(crate) contig: &'r [u8],
    /// First and last base of the coding sequence and the 3' UTR on the contig.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// In the order of the file.
    pub(crate) members: Vec<Member>,
}

impl<'r> OpenTranscript<'r> {
    /// None for a transcript that makes no protein.
    pub(crate) fn of(transcript: Transcript<'r>, contig: &'r [u8]) -> Option<Self> {
        let coding = transcript.coding?;
        let site = TranscriptSite::new(transcript);
        let (first, last) = site.coding_region?;
        let (first, last) = if site.is_forward() { (first, site.end()) } else { (site.start(), last) };
        let (first, last) = (u64::try_from(first).ok()?, u64::try_from(last).ok()?);
        Some(Self { site, coding, contig, first, last, members: Vec::new() })
    }

    /// The records with changes, each once, in the order of the file.
    fn records(&self) -> Vec<u64> {
        let mut records: Vec<u64> = self.members.iter().map(|member| member.record).collect();
        records.dedup();
        records
    }
}

/// What closing a transcript brought.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) entries: u64,
    pub(crate) overlapping: u64,
    pub(crate) sets_left_out: u64,
}

/// Reads the haplotypes of transcripts; holds the memory that this takes.
pub(crate) struct Reader {
    sequences: SequenceCache,
    effects: EffectReader,
    names: Names,
    samples: SampleNames,
    hgvs: bool,
}

impl Reader {
    pub(crate) fn new(samples: SampleNames, hgvs: bool) -> Self {
        Self {
            sequences: SequenceCache::new(false),
            effects: EffectReader::default(),
            names: Names::default(),
            samples,
            hgvs,
        }
    }

    /// Adds the joint consequences on a transcript to the held lines, which then wait for one transcript less.
    pub(crate) fn close(&mut self, open: &OpenTranscript<'_>, held: &mut Held) -> Found {
        let carriers_of = |record| held.get(record).map_or(&[][..], |line| line.carriers());
        let Assembly { haplotypes, overlapping, sets_left_out, .. } = assemble(&open.members, carriers_of);
        let mut groups: Vec<(Group, Vec<Holder>)> = Vec::new();
        let mut by_group: FxHashMap<Group, usize> = FxHashMap::default();
        if !haplotypes.is_empty() {
            let sequence = self.sequences.get(&open.site.transcript, &open.coding, open.contig);
            let code = GeneticCode::of_table(open.coding.genetic_code);
            for haplotype in haplotypes {
                let whole = sequence.coding_and_three_prime();
                let coding_length = sequence.coding().len();
                for group in split(&open.members, &haplotype.members, whole, coding_length, code) {
                    if group.members.len() + group.untranslated.len() < 2 && group.behind.is_none() {
                        continue;
                    }
                    let next = groups.len();
                    let index = *by_group.entry(group).or_insert_with_key(|group| {
                        groups.push((group.clone(), Vec::new()));
                        next
                    });
                    groups[index].1.extend_from_slice(&haplotype.holders);
                }
            }
        }
        let mut found = Found { entries: 0, overlapping, sets_left_out };
        for (group, mut holders) in groups {
            holders.sort_unstable();
            holders.dedup();
            found.entries += u64::from(self.tell(open, &group, &holders, held).is_some());
        }
        for record in open.records() {
            if let Some(line) = held.get_mut(record) {
                line.waiting -= 1;
            }
        }
        found
    }

    /// Adds the entry of a group to its first line, and where that is to the others.
    fn tell(
        &mut self,
        open: &OpenTranscript<'_>,
        group: &Group,
        holders: &[Holder],
        held: &mut Held,
    ) -> Option<()> {
        let members = || group.members.iter().filter_map(|index| open.members.get(*index as usize));
        let mut effect = None;
        let mut terms = Terms::of(Term::CodingSequence);
        if group.behind.is_none() {
            let sequence = self.sequences.get(&open.site.transcript, &open.coding, open.contig);
            let altered = (!group.untranslated.is_empty()).then(|| {
                let changes = group.untranslated.iter().filter_map(|index| open.members.get(*index as usize));
                sequence
                    .with_three_prime(changes.map(|member| (member.start..member.end, &member.inserted[..])))
            });
            let sequence = altered.as_ref().unwrap_or(sequence);
            let read = self.effects.read(&open.site, &open.coding, sequence, members(), self.hgvs)?;
            terms = read.terms;
            terms.insert_if(Term::ThreePrimeUtr, altered.is_some());
            effect = Some(read);
        }
        let before = group.behind.iter().filter_map(|index| open.members.get(*index as usize));
        let untranslated = || group.untranslated.iter().filter_map(|index| open.members.get(*index as usize));
        let all = || members().chain(untranslated());
        let parts: Option<Vec<Part<'_>>> = before.chain(all()).map(|member| part(member, held)).collect();
        let parts = parts?;
        if effect.is_some() {
            terms = terms.union(self.names.splice_terms(&parts, &open.site));
        }
        let mut text = Vec::new();
        let entry = Entry {
            site: &open.site,
            contig: open.contig,
            terms,
            effect: effect.as_ref(),
            parts: &parts,
            holders,
            samples: &self.samples,
            hgvs: self.hgvs,
        };
        entry.append(&mut self.names, &mut text);
        let first = all().map(|member| member.record).min()?;
        let position = part(all().find(|member| member.record == first)?, held)?.position;
        let reference = format!("@{position}");
        held.add(first, &text);
        for member in all().filter(|member| member.record != first) {
            held.add(member.record, reference.as_bytes());
        }
        Some(())
    }
}

fn part<'h>(member: &Member, held: &'h Held) -> Option<Part<'h>> {
    let line = held.get(member.record)?.line()?;
    Some(Part { line, position: line.position().ok()?, allele: member.allele })
}
