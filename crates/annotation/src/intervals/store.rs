//! `intervals.bin`: all intervals of a reference, sorted, and what they are called.

use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::io;
use std::path::Path;

use bytemuck::{Pod, Zeroable};
use rustc_hash::{FxHashMap, FxHasher};

use crate::intervals::row::Span;
use crate::intervals::source::{IntervalMode, IntervalSource};
use crate::intervals::tree::{Interval, Tree, gallop, set_reach};
use crate::reference::layout::Words;
use crate::reference::part::{BuildId, Part, PartFault, PartWriter};

/// A source, in the order of their CSQ fields.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SourceRecord {
    mode: u32,
    /// Most intervals that are shown of a variant.
    most: u32,
    /// Whether the number of all is shown beside the names.
    count: u32,
    /// CSQ fields beside name, distance and number.
    fields: u32,
    first_place: u32,
    places: u32,
}

/// The intervals of a source on one contig; sorted by source and contig.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PlaceRecord {
    contig: u32,
    count: u32,
    first: u64,
    /// Bases that lie in at least one.
    covered: u64,
}

/// Intervals on their way into a reference.
#[derive(Debug, Default)]
pub(crate) struct IntervalDrafts {
    sources: Vec<SourceRecord>,
    /// With the number of their source and their contig.
    intervals: Vec<(u32, u32, Interval)>,
    values: Vec<Words>,
    text: Vec<u8>,
    /// Numbers of values by the hash of their text. Two texts of one hash are kept apart; the later one is then not shared.
    known: FxHashMap<u64, u32>,
}

impl IntervalDrafts {
    /// What is added from now on belongs to this source.
    pub(crate) fn begin(&mut self, source: &IntervalSource) {
        self.sources.push(SourceRecord {
            mode: match source.mode {
                IntervalMode::Overlap => OVERLAP,
                IntervalMode::Nearest => NEAREST,
                IntervalMode::Count => COUNT,
            },
            most: source.most,
            count: u32::from(source.count),
            fields: u32::try_from(source.fields.len()).unwrap_or(u32::MAX),
            first_place: 0,
            places: 0,
        });
    }

    /// Adds an interval; `values` are its name and fields, joined with `|`.
    pub(crate) fn add(&mut self, contig: usize, span: Span, values: &[u8]) -> Result<(), String> {
        let number =
            |value: u64| u32::try_from(value).map_err(|_| "it lies beyond 4,294,967,295 bases".to_owned());
        let source = number(self.sources.len().saturating_sub(1) as u64)?;
        let value = self.value(values)?;
        let interval = Interval { start: number(span.first)?, end: number(span.last)?, reach: 0, value };
        self.intervals.push((source, number(contig as u64)?, interval));
        Ok(())
    }

    fn value(&mut self, text: &[u8]) -> Result<u32, String> {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(text);
        if let Some(known) = self.known.get(&hash) {
            let is_same =
                self.values.get(*known as usize).is_some_and(|words| of(*words, &self.text) == text);
            if is_same {
                return Ok(*known);
            }
        }
        let too_many = |_| "the names of all intervals together have more than 4 GiB".to_owned();
        let start = u32::try_from(self.text.len()).map_err(too_many)?;
        let length = u32::try_from(text.len()).map_err(too_many)?;
        let number = u32::try_from(self.values.len()).map_err(too_many)?;
        self.text.extend_from_slice(text);
        self.values.push(Words { start, length });
        self.known.entry(hash).or_insert(number);
        Ok(number)
    }

    /// Writes the part.
    pub(crate) fn write(mut self, path: &Path, build: BuildId) -> io::Result<()> {
        self.known = FxHashMap::default();
        // The order in the file has the last word, so that a build can be repeated.
        self.intervals
            .sort_by_key(|(source, contig, interval)| (*source, *contig, interval.start, interval.end));
        let mut places: Vec<PlaceRecord> = Vec::new();
        let mut ends = Vec::with_capacity(self.intervals.len());
        let mut sorted: Vec<Interval> = Vec::with_capacity(self.intervals.len());
        for group in self.intervals.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let first = sorted.len();
            sorted.extend(group.iter().map(|(_, _, interval)| *interval));
            let stretch = &mut sorted[first..];
            set_reach(stretch);
            ends.extend(stretch.iter().map(|interval| interval.end));
            ends[first..].sort_unstable();
            let count = u32::try_from(stretch.len()).map_err(|_| io::Error::other("too many intervals"))?;
            let (source, contig) = (group[0].0, group[0].1);
            let record = &mut self.sources[source as usize];
            if record.places == 0 {
                record.first_place = u32::try_from(places.len()).unwrap_or(u32::MAX);
            }
            record.places += 1;
            places.push(PlaceRecord { contig, count, first: first as u64, covered: covered(stretch) });
        }
        let mut writer = PartWriter::create(path, build)?;
        writer.array(&self.sources)?;
        writer.array(&places)?;
        writer.array(&sorted)?;
        writer.array(&ends)?;
        writer.array(&self.values)?;
        writer.array(&self.text)?;
        writer.finish()
    }
}

/// Bases that lie in at least one of sorted intervals.
fn covered(intervals: &[Interval]) -> u64 {
    let (mut covered, mut reach) = (0, 0);
    for interval in intervals {
        let first = u64::from(interval.start).max(reach + 1);
        let last = u64::from(interval.end);
        if last >= first {
            covered += last + 1 - first;
            reach = last;
        }
    }
    covered
}

fn of(words: Words, text: &[u8]) -> &[u8] {
    let start = words.start as usize;
    text.get(start..start + words.length as usize).unwrap_or_default()
}

const OVERLAP: u32 = 0;
const NEAREST: u32 = 1;
const COUNT: u32 = 2;

/// The intervals of a reference: a view, cheap to copy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IntervalTable<'r> {
    sources: &'r [SourceRecord],
    places: &'r [PlaceRecord],
    intervals: &'r [Interval],
    ends: &'r [u32],
    values: &'r [Words],
    text: &'r [u8],
}

/// One source of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceView<'r> {
    pub(crate) mode: IntervalMode,
    pub(crate) most: usize,
    /// Whether the number of all is shown beside the names.
    pub(crate) count: bool,
    /// CSQ fields beside name, distance and number.
    pub(crate) fields: usize,
    places: &'r [PlaceRecord],
}

/// The intervals of a source on one contig.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OnContig<'r> {
    pub(crate) tree: Tree<'r>,
    /// Ends of all, sorted by themselves.
    ends: &'r [u32],
}

/// What begins and ends around a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// How many intervals overlap it.
    pub(crate) overlapping: usize,
    /// How many begin at or before its last base.
    pub(crate) begun: usize,
    /// How many end before its first base.
    ended: usize,
    /// The first end of an interval at or after its first base.
    pub(crate) next_end: u64,
    /// The first start of an interval after its last base.
    pub(crate) next_start: u64,
}

impl OnContig<'_> {
    /// Which intervals begin and end around a place: all that is needed to tell how many overlap it. `near` is what is
    /// around a place that may be close.
    pub(crate) fn around(&self, first: u64, last: u64, near: &Around) -> Around {
        let ended = gallop(self.ends, near.ended, |end| u64::from(*end) < first);
        let begun = self.tree.begun(last, near.begun);
        let next = |base: Option<u32>| base.map_or(u64::MAX, u64::from);
        Around {
            // Whatever ended has begun, too.
            overlapping: begun.saturating_sub(ended),
            begun,
            ended,
            next_end: next(self.ends.get(ended).copied()),
            next_start: next(self.tree.0.get(begun).map(|interval| interval.start)),
        }
    }
}

impl<'r> IntervalTable<'r> {
    /// The arrays of a part.
    pub(crate) fn of(part: &'r Part) -> Result<Self, PartFault> {
        Ok(Self {
            sources: part.array(0)?,
            places: part.array(1)?,
            intervals: part.array(2)?,
            ends: part.array(3)?,
            values: part.array(4)?,
            text: part.array(5)?,
        })
    }

    /// The sources in their order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = SourceView<'r>> + use<'r> {
        let places = self.places;
        self.sources.iter().map(move |record| {
            let first = record.first_place as usize;
            SourceView {
                mode: match record.mode {
                    NEAREST => IntervalMode::Nearest,
                    COUNT => IntervalMode::Count,
                    _ => IntervalMode::Overlap,
                },
                most: record.most as usize,
                count: record.count != 0,
                fields: record.fields as usize,
                places: places.get(first..first + record.places as usize).unwrap_or_default(),
            }
        })
    }

    /// The intervals of a source on a contig.
    pub(crate) fn on_contig(&self, source: &SourceView<'r>, contig: usize) -> OnContig<'r> {
        let Some(place) = source.place(contig) else { return OnContig::default() };
        let first = usize::try_from(place.first).unwrap_or(usize::MAX);
        let range = first..first.saturating_add(place.count as usize);
        OnContig {
            tree: Tree(self.intervals.get(range.clone()).unwrap_or_default()),
            ends: self.ends.get(range).unwrap_or_default(),
        }
    }

    /// Name and fields of an interval, joined with `|`.
    pub(crate) fn value(&self, interval: &Interval) -> &'r [u8] {
        self.values.get(interval.value as usize).map_or(&[][..], |words| of(*words, self.text))
    }
}

impl<'r> SourceView<'r> {
    fn place(&self, contig: usize) -> Option<&'r PlaceRecord> {
        let found = self.places.binary_search_by(|place| (place.contig as usize).cmp(&contig)).ok()?;
        self.places.get(found)
    }

    /// Bases of a contig that lie in at least one of its intervals; none where it has none.
    pub(crate) fn covered(&self, contig: usize) -> Option<u64> {
        self.place(contig).map(|place| place.covered)
    }
}
