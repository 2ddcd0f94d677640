//! Structural variants of a record: symbolic alleles and breakends, and the rows of each.

pub(crate) mod breakend;
pub(crate) mod events;
pub(crate) mod info;
pub(crate) mod spelled;

use std::ops::Range;

use crate::consequence::edit::{Class as EditClass, Edit, is_word_to_vep, overlap};
use crate::consequence::structural::Structure;
use crate::consequence::structural::class::Class;
use crate::genes::transcript::Transcript;
use crate::intervals::lookup::Told;
use crate::record::near::{NearTranscript, order_of};
use crate::record::no_rows::NoRows;
use crate::record::row::Shown;
use crate::record::structural::events::{Event, Parts, Stretch, is_structural_to_vep};
use crate::record::structural::info::Info;
use crate::record::structural::spelled::{Spelled, indel, repeat, repeats_as_vep};
use crate::record::tally::{AlleleTally, Tally};
use crate::record::{RecordAnnotator, Site, is_read, prepare, separate};
use crate::variant::{Alternative, Kind};

/// An end of a structural variant, on a contig that the reference has.
#[derive(Clone, Copy, Debug)]
struct End<'e> {
    contig: usize,
    stretch: Stretch,
    shown: &'e str,
}

impl End<'_> {
    fn edit(&self) -> Edit<'static> {
        let Stretch { first, last } = self.stretch;
        Edit { start: first, end: last, reference: b"", alternative: b"", class: EditClass::Other }
    }

    fn is_near(&self, contig: usize, transcript: &Transcript<'_>, distance: i64) -> bool {
        let place = |position: u64| i64::try_from(position).unwrap_or(i64::MAX / 4);
        let (start, end) = (place(transcript.start) - distance, place(transcript.end) + distance);
        self.contig == contig && overlap(self.stretch.first, self.stretch.last, start, end)
    }

    fn is_within(&self, contig: usize, transcript: &Transcript<'_>) -> bool {
        self.is_near(contig, transcript, 0)
    }
}

impl<'r> RecordAnnotator<'r> {
    /// Annotates a record that VEP takes for a structural variant as a whole; false if it is none.
    pub(super) fn annotate_as_vep(&mut self, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) -> bool {
        if !self.exact_vep || !is_structural_to_vep(site.reference_allele, site.alternatives, site.info) {
            return false;
        }
        let count = site.alternatives.split(|byte| *byte == b',').count();
        let event = self.with_parts(site, Event::as_vep);
        let info = Info::read(site.info);
        let spelled = event.as_ref().ok().filter(|event| event.is_repeat(&info)).and_then(|event| {
            let repeats = repeats_of(site.alternatives).filter(|is_repeat| *is_repeat).count();
            repeats_as_vep(&info, event.stretch, repeats, site.contig.sequence)
        });
        match (spelled, event) {
            (Some(Ok(spelled)), _) => self.annotate_spelled(&spelled, None, site, csq, tally),
            (Some(Err(reason)), _) | (None, Err(reason)) => tally.no_rows[reason as usize] += count as u64,
            (None, Ok(event)) => self.write_event(&event, 0..count, site, csq, tally),
        }
        true
    }

    /// Annotates the symbolic alleles and breakends of a record, one by one.
    pub(super) fn annotate_structures(&mut self, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) {
        for (index, allele) in site.alternatives.split(|byte| *byte == b',').enumerate() {
            // An ALT of `.` with a SVTYPE is how the first files with structural variants had it.
            let is_structure =
                matches!(Alternative::of(allele), Alternative::Symbolic | Alternative::Breakend)
                    || (site.alternatives == b"." && Info::read(site.info).kind.is_some());
            if !is_structure || (self.exact_vep && is_word_to_vep(allele)) {
                continue;
            }
            if let Some(spelled) = indel(allele, site.position, site.contig.sequence) {
                self.annotate_if_spelled(spelled, index, site, csq, tally);
            } else {
                self.annotate_structure(index, site, csq, tally);
            }
        }
    }

    fn annotate_structure(&mut self, index: usize, site: &Site<'_>, csq: &mut Vec<u8>, tally: &mut Tally) {
        let count = site.alternatives.split(|byte| *byte == b',').count();
        let event = self.with_parts(site, |parts, alternatives| {
            let alternative = alternatives.split(',').nth(index).unwrap_or_default();
            Event::of(parts, alternative, index, count)
        });
        let info = Info::read(site.info);
        let spelled = event.as_ref().ok().filter(|event| event.is_repeat(&info)).and_then(|event| {
            let repeats: Vec<bool> = repeats_of(site.alternatives).collect();
            repeat(&info, event.stretch, &repeats, index, site.contig.sequence)
        });
        match (spelled, event) {
            (Some(spelled), _) => self.annotate_if_spelled(spelled, index, site, csq, tally),
            (None, Ok(event)) => self.write_event(&event, index..index + 1, site, csq, tally),
            (None, Err(reason)) => tally.no_rows[reason as usize] += 1,
        }
    }

    fn annotate_if_spelled(
        &mut self,
        spelled: Result<Spelled<'_>, NoRows>,
        index: usize,
        site: &Site<'_>,
        csq: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        match spelled {
            Ok(spelled) => self.annotate_spelled(&spelled, Some(index), site, csq, tally),
            Err(reason) => tally.no_rows[reason as usize] += 1,
        }
    }

    /// Annotates what an alternative says in bases, or all of them together.
    fn annotate_spelled(
        &mut self,
        spelled: &Spelled<'_>,
        index: Option<usize>,
        site: &Site<'_>,
        csq: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let Spelled { position, reference, alternatives } = spelled;
        self.edits.set_spelled(*position, reference, alternatives);
        self.annotate_edits(index, site, csq, tally);
    }

    fn with_parts(
        &self,
        site: &Site<'_>,
        read: impl Fn(&Parts<'_>, &str) -> Result<Event, NoRows>,
    ) -> Result<Event, NoRows> {
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| NoRows::NotSupported);
        let parts = Parts {
            position: i64::try_from(site.position).unwrap_or(i64::MAX / 4),
            reference: text(site.reference_allele)?,
            info: Info::read(site.info),
            longest: i64::try_from(self.longest_structure).unwrap_or(i64::MAX / 4),
        };
        read(&parts, text(site.alternatives)?)
    }

    /// Writes the rows of an event that stands for these of the alternatives, by their index in ALT.
    fn write_event(
        &mut self,
        event: &Event,
        alternatives: Range<usize>,
        site: &Site<'_>,
        csq: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let ranks = tally.alleles.len()..tally.alleles.len() + alternatives.len();
        let is_breakend = event.class == Class::Breakpoint;
        let kind = if is_breakend { Kind::Breakend } else { Kind::Symbolic };
        tally.alleles.extend(alternatives.map(|index| AlleleTally::of(kind, index)));
        let near = End { contig: site.contig_index, stretch: event.stretch, shown: &event.shown };
        let others = event.other_ends.iter().filter_map(|end| {
            let contig = self.reference.contig_index(end.contig.as_bytes())?;
            Some(End { contig, stretch: end.stretch, shown: &end.shown })
        });
        let ends: Vec<End<'_>> = std::iter::once(near).chain(others).collect();
        self.find_intervals_at(&ends, &ranks, tally);
        let transcripts = self.transcripts_near(&ends);
        // VEP says nothing of breakends that no transcript is near of.
        if transcripts.is_empty() && (event.other_ends.is_empty() || !self.exact_vep) {
            separate(csq, tally);
            let shown = Shown { allele: event.shown.as_bytes(), place: (0, 0), genomic_name: b"" };
            let terms = self.rows.write_intergenic(shown, self.known.unknown(), csq);
            self.intervals.append(0, csq);
            tally.note_row(ranks.clone(), None, terms);
        }
        for (contig, transcript) in transcripts {
            self.write_ends(event, &ends, (contig, transcript), &ranks, csq, tally);
        }
    }

    fn write_ends(
        &mut self,
        event: &Event,
        ends: &[End<'_>],
        (contig, transcript): (usize, Transcript<'r>),
        ranks: &Range<usize>,
        csq: &mut Vec<u8>,
        tally: &mut Tally,
    ) {
        let contig_read = self.reference.contig(contig);
        let Some(place) = prepare(transcript, &contig_read, self.exact_vep) else { return };
        let near = NearTranscript::new(&place, self.rows.transcript_fields());
        let transcript = &near.site.transcript;
        let distance = self.distance_to_either_side();
        for (number, end) in ends.iter().enumerate() {
            if !end.is_near(contig, transcript, distance) {
                continue;
            }
            // VEP holds the place of the record against transcripts near the other end, whatever their contig.
            let judged = if self.exact_vep { &ends[0] } else { end };
            // Of a breakend without another end VEP does not find out that it lies within.
            let is_seen = !self.exact_vep || !event.other_ends.is_empty();
            let structure = Structure {
                class: event.class,
                edit: judged.edit(),
                cuts: event.class == Class::Breakpoint && is_seen && end.is_within(contig, transcript),
                exact_vep: self.exact_vep,
            };
            separate(csq, tally);
            let hit = self.known.unknown();
            let terms = self.rows.write_structural(&structure, &near, end.shown, hit, csq);
            self.intervals.append(number, csq);
            tally.note_row(ranks.clone(), Some(transcript.ordinal), terms);
        }
    }

    /// Finds what intervals say of each end; an allele is told of by the source that tells of any of its ends.
    fn find_intervals_at(&mut self, ends: &[End<'_>], ranks: &Range<usize>, tally: &mut Tally) {
        self.intervals.begin();
        let mut told = Told::default();
        for end in ends {
            let of_end = self.intervals.find(end.contig, end.stretch.first, end.stretch.last);
            told = Told { hits: told.hits | of_end.hits, cut: told.cut | of_end.cut };
        }
        for allele in tally.alleles.get_mut(ranks.clone()).unwrap_or_default() {
            allele.intervals = told;
        }
    }

    /// The transcripts near any end, each with its contig, in the order of their ids.
    fn transcripts_near(&self, ends: &[End<'_>]) -> Vec<(usize, Transcript<'r>)> {
        let distance = self.distance_to_either_side();
        let place = |position: i64| u64::try_from(position).unwrap_or(0);
        let mut transcripts: Vec<(usize, Transcript<'r>)> = Vec::new();
        for end in ends {
            let (first, last) = (place(end.stretch.first - distance), place(end.stretch.last + distance));
            let found = self.reference.transcripts_overlapping(end.contig, first, last);
            let found = found.filter(|transcript| is_read(transcript, self.exact_vep));
            transcripts.extend(found.map(|transcript| (end.contig, transcript)));
        }
        transcripts.sort_by(|(_, one), (_, other)| {
            order_of(one).cmp(order_of(other)).then(one.ordinal.cmp(&other.ordinal))
        });
        transcripts.dedup_by_key(|(_, transcript)| transcript.ordinal);
        transcripts
    }

    fn distance_to_either_side(&self) -> i64 {
        i64::try_from(self.distance).unwrap_or(i64::MAX / 4)
    }
}

/// Which alternatives are tandem repeats.
fn repeats_of(alternatives: &[u8]) -> impl Iterator<Item = bool> {
    let word = |allele: &[u8]| std::str::from_utf8(allele).ok().and_then(Class::of);
    alternatives.split(|byte| *byte == b',').map(move |allele| word(allele) == Some(Class::TandemRepeat))
}
