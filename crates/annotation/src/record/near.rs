//! The transcripts near a record, kept as long as the next records have the same ones.
//!
//! Records mostly come by position, and so many of them lie between two ends of transcripts that what is prepared
//! for one serves the next ones. Records in any other order are served too, only slower.

use std::ops::RangeInclusive;

use crate::consequence::place::TranscriptSite;
use crate::genes::transcript::{Names, Transcript};
use crate::output::csq::append_escaped;
use crate::record::transcript_fields::{TranscriptField, append_fixed};
use crate::reference::Reference;

/// A transcript with the text that all its rows share.
#[derive(Clone, Debug)]
pub(crate) struct NearTranscript<'r> {
    pub(crate) site: TranscriptSite<'r>,
    text: Vec<u8>,
    /// Where the text of the tail begins.
    head_bytes: usize,
}

impl<'r> NearTranscript<'r> {
    pub(crate) fn new(site: &TranscriptSite<'r>, fields: &[TranscriptField]) -> Self {
        let mut text = Vec::new();
        append_names(&site.transcript.names, &mut text);
        let head_bytes = text.len();
        text.extend_from_slice(if site.is_forward() { b"|1|" } else { b"|-1|" });
        append_flags(site, &mut text);
        append_fixed(fields, &site.transcript.tags, &mut text);
        Self { site: *site, text, head_bytes }
    }

    /// SYMBOL to BIOTYPE, each behind its separator.
    pub(crate) fn head(&self) -> &[u8] {
        &self.text[..self.head_bytes]
    }

    /// STRAND and what follows it that is the same for all variants, each behind its separator.
    pub(crate) fn tail(&self) -> &[u8] {
        &self.text[self.head_bytes..]
    }
}

fn append_names(names: &Names<'_>, text: &mut Vec<u8>) {
    text.push(b'|');
    append_escaped(text, names.symbol, b"%20");
    text.push(b'|');
    append_escaped(text, names.gene, b"_");
    text.extend_from_slice(b"|Transcript|");
    append_escaped(text, names.transcript, b"_");
    text.push(b'|');
    append_escaped(text, names.biotype, b"_");
}

fn append_flags(site: &TranscriptSite<'_>, text: &mut Vec<u8>) {
    let Some(coding) = site.transcript.coding else { return };
    if coding.start_not_found {
        text.extend_from_slice(b"cds_start_NF");
    }
    if coding.end_not_found {
        text.extend_from_slice(if coding.start_not_found { b"&cds_end_NF" } else { b"cds_end_NF" });
    }
}

/// The transcripts near the records that come now, in the order of their ids, as VEP shows them.
#[derive(Debug)]
pub(crate) struct NearTranscripts<'r> {
    transcripts: Vec<NearTranscript<'r>>,
    /// Those of the records before, whose text may serve again.
    before: Vec<NearTranscript<'r>>,
    holds_for: Option<Holds>,
}

/// The intervals that have the same transcripts: those on this contig that begin and end in these.
#[derive(Debug)]
struct Holds {
    contig: usize,
    first: RangeInclusive<u64>,
    last: RangeInclusive<u64>,
}

impl Holds {
    /// For the transcripts that were found from `first` on, when the next one begins at `next_start`.
    fn of(contig: usize, first: u64, found: &[NearTranscript<'_>], next_start: u64) -> Self {
        let transcripts = || found.iter().map(|near| &near.site.transcript);
        // Further to the left there may be others; to the right the first of these ends.
        let first_end = transcripts().map(|transcript| transcript.end).min().unwrap_or(u64::MAX);
        let last_start = transcripts().map(|transcript| transcript.start).max().unwrap_or(0);
        Self { contig, first: first..=first_end, last: last_start..=next_start.saturating_sub(1) }
    }

    fn for_interval(&self, contig: usize, first: u64, last: u64) -> bool {
        self.contig == contig && self.first.contains(&first) && self.last.contains(&last)
    }
}

impl<'r> NearTranscripts<'r> {
    pub(crate) fn new() -> Self {
        Self { transcripts: Vec::new(), before: Vec::new(), holds_for: None }
    }

    /// Finds the transcripts that share a base with `first..=last` of a contig (1-based, closed). `site` prepares one
    /// that was not there before, or passes over it.
    pub(crate) fn find(
        &mut self,
        reference: &'r Reference,
        (contig, first, last): (usize, u64, u64),
        fields: &[TranscriptField],
        site: impl Fn(Transcript<'r>) -> Option<TranscriptSite<'r>>,
    ) {
        if self.holds_for.as_ref().is_some_and(|holds| holds.for_interval(contig, first, last)) {
            return;
        }
        std::mem::swap(&mut self.transcripts, &mut self.before);
        self.transcripts.clear();
        for transcript in reference.transcripts_overlapping(contig, first, last) {
            let old = self.before.iter().position(|near| near.site.transcript.ordinal == transcript.ordinal);
            self.transcripts.extend(match old {
                Some(old) => Some(self.before.swap_remove(old)),
                None => site(transcript).map(|site| NearTranscript::new(&site, fields)),
            });
        }
        self.transcripts.sort_unstable_by(|one, other| {
            order_of(&one.site.transcript).cmp(order_of(&other.site.transcript))
        });
        let next_start = reference.next_transcript_start(contig, last).unwrap_or(u64::MAX);
        self.holds_for = Some(Holds::of(contig, first, &self.transcripts, next_start));
    }

    /// Those that were found.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &NearTranscript<'r>> {
        self.transcripts.iter()
    }
}

/// VEP sorts transcripts by their id, a `_` and a checksum, which is why `A-B` comes before `A`.
pub(crate) fn order_of<'t>(transcript: &Transcript<'t>) -> impl Iterator<Item = &'t u8> + use<'t> {
    transcript.names.transcript.as_bytes().iter().chain(b"_~")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::tests::crowded_reference;
    use proptest::prelude::*;

    fn ids(near: &NearTranscripts<'_>) -> Vec<String> {
        near.iter().map(|near| near.site.transcript.names.transcript.to_owned()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// What is kept from record to record never differs from what is found afresh.
        #[test]
        fn transcripts_are_those_that_each_interval_has(
            intervals in prop::collection::vec((0..2_usize, 1..1000_u64, 0..60_u64), 1..400),
            sorted: bool,
        ) {
            let reference = crowded_reference();
            let mut intervals = intervals;
            if sorted {
                intervals.sort_unstable();
            }
            let mut kept = NearTranscripts::new();
            for (contig, first, length) in intervals {
                let interval = (contig, first, first + length);
                kept.find(&reference, interval, &[], |transcript| Some(TranscriptSite::new(transcript)));
                let mut fresh = NearTranscripts::new();
                fresh.find(&reference, interval, &[], |transcript| Some(TranscriptSite::new(transcript)));
                prop_assert_eq!(ids(&kept), ids(&fresh), "{:?}", interval);
            }
        }
    }
}
