//! What the intervals of a reference say of the places of a record.

use std::ops::Range;

use crate::intervals::source::IntervalMode;
use crate::intervals::store::{Around, IntervalTable, OnContig, SourceView};
use crate::intervals::tree::Interval;
use crate::output::csq::append_number;
use crate::reference::Reference;

/// Finds what intervals say of places; owns all memory that this takes, so that a record costs no allocation.
pub(crate) struct IntervalFinder<'r> {
    table: IntervalTable<'r>,
    answers: Vec<Answer<'r>>,
    /// The CSQ fields of the places of the present record, one behind the other.
    text: Vec<u8>,
    found: Vec<Range<usize>>,
}

/// Which sources have something to say: bit `n` for the source of index `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Those that have an interval.
    pub(crate) hits: u64,
    /// Those that have more of them than are shown.
    pub(crate) cut: u64,
}

/// The last answer of a source, which mostly is the next one, too: it holds until another interval begins or ends.
struct Answer<'r> {
    source: SourceView<'r>,
    contig: Option<usize>,
    intervals: OnContig<'r>,
    around: Around,
    /// The places for which it holds: where their first and their last base may be.
    first: Holds,
    last: Holds,
    text: Vec<u8>,
    hit: bool,
    cut: bool,
    shown: Vec<&'r [u8]>,
    /// Intervals that overlap, the last one first.
    near: Vec<&'r Interval>,
}

/// A range of positions, both ends included.
#[derive(Clone, Copy, Debug, Default)]
struct Holds {
    from: u64,
    to: u64,
}

impl Holds {
    fn has(self, position: u64) -> bool {
        self.from <= position && position <= self.to
    }
}

impl<'r> IntervalFinder<'r> {
    pub(crate) fn new(reference: &'r Reference) -> Self {
        let table = reference.intervals();
        let answers = table.sources().map(|source| Answer {
            source,
            contig: None,
            intervals: OnContig::default(),
            around: Around::default(),
            first: Holds::default(),
            last: Holds::default(),
            text: Vec::new(),
            hit: false,
            cut: false,
            shown: Vec::new(),
            near: Vec::new(),
        });
        Self { table, answers: answers.collect(), text: Vec::new(), found: Vec::new() }
    }

    /// Forgets the places of the record before.
    pub(crate) fn begin(&mut self) {
        self.text.clear();
        self.found.clear();
    }

    /// Looks up a place: some bases, counted from 1, or with `last` one before `first` the place between the two. What is
    /// said of it can be had by the number of places that were looked up before.
    pub(crate) fn find(&mut self, contig: usize, first: i64, last: i64) -> Told {
        let place = |position: i64| u64::try_from(position).unwrap_or(0);
        let begin = self.text.len();
        let mut told = Told::default();
        for (bit, answer) in self.answers.iter_mut().enumerate() {
            answer.update(&self.table, contig, place(first), place(last));
            self.text.push(b'|');
            self.text.extend_from_slice(&answer.text);
            told.hits |= u64::from(answer.hit) << bit;
            told.cut |= u64::from(answer.cut) << bit;
        }
        self.found.push(begin..self.text.len());
        told
    }

    /// Appends the CSQ fields of a place, each behind its separator.
    pub(crate) fn append(&self, place: usize, csq: &mut Vec<u8>) {
        if let Some(fields) = self.found.get(place) {
            csq.extend_from_slice(&self.text[fields.clone()]);
        }
    }
}

impl<'r> Answer<'r> {
    fn update(&mut self, table: &IntervalTable<'r>, contig: usize, first: u64, last: u64) {
        if self.contig != Some(contig) {
            self.contig = Some(contig);
            self.intervals = table.on_contig(&self.source, contig);
        } else if self.first.has(first) && self.last.has(last) {
            return;
        }
        let around = self.intervals.around(first, last, &self.around);
        self.around = around;
        self.first = Holds { from: first, to: around.next_end };
        self.last = Holds { from: last, to: around.next_start - 1 };
        self.hit = around.overlapping > 0;
        self.cut = false;
        self.text.clear();
        self.shown.clear();
        match self.source.mode {
            IntervalMode::Count => append_number(&mut self.text, around.overlapping),
            IntervalMode::Overlap => {
                self.show_overlapping(table, first, last);
                self.write(None, around.overlapping);
            }
            IntervalMode::Nearest if self.hit => {
                self.show_overlapping(table, first, last);
                self.write(Some(0), around.overlapping);
            }
            IntervalMode::Nearest => self.tell_nearest(table, first, last, &around),
        }
    }

    fn tell_nearest(&mut self, table: &IntervalTable<'r>, first: u64, last: u64, around: &Around) {
        // The distance changes with every base.
        self.first.to = first;
        self.last.to = last;
        let before = self.intervals.tree.reach_of_first(around.begun).map(u64::from);
        let distances = [
            before.map(|end| first.saturating_sub(end)),
            (around.next_start != u64::MAX).then(|| around.next_start - last),
        ];
        let nearest = distances.into_iter().flatten().min();
        if let (Some(end), true) = (before, distances[0] == nearest) {
            self.show_from_tree(table, end, end);
        }
        if distances[1].is_some() && distances[1] == nearest {
            let beginning = self.intervals.tree.0[around.begun..].iter();
            let same = beginning.take_while(|interval| u64::from(interval.start) == around.next_start);
            for interval in same {
                if !self.show(table, interval) {
                    break;
                }
            }
        }
        self.hit = nearest.is_some();
        self.write(nearest, 0);
    }

    fn show_overlapping(&mut self, table: &IntervalTable<'r>, first: u64, last: u64) {
        let tree = self.intervals.tree;
        let Around { begun, overlapping, .. } = self.around;
        let mut near = std::mem::take(&mut self.near);
        if overlapping <= self.source.most && tree.last_of(begun, overlapping, first, &mut near) {
            for interval in near.iter().rev() {
                self.show(table, interval);
            }
            self.near = near;
            return;
        }
        self.near = near;
        self.show_from_tree(table, first, last);
    }

    fn show_from_tree(&mut self, table: &IntervalTable<'r>, first: u64, last: u64) {
        let tree = self.intervals.tree;
        let mut left = self.source.most;
        let whole = tree.overlapping(first, last, &mut |interval| {
            if left == 0 {
                return false;
            }
            left -= 1;
            self.show(table, interval)
        });
        self.cut |= !whole;
    }

    /// Shows an interval, unless one that says the same is shown already; false when there is no room.
    fn show(&mut self, table: &IntervalTable<'r>, interval: &Interval) -> bool {
        let value = table.value(interval);
        if self.shown.contains(&value) {
            return true;
        }
        if self.shown.len() >= self.source.most {
            self.cut = true;
            return false;
        }
        self.shown.push(value);
        true
    }

    /// Writes the fields: names, distance, number, and the other columns in the order of the names.
    fn write(&mut self, distance: Option<u64>, count: usize) {
        let Self { source, shown, text, .. } = self;
        append_column(shown, 0, text);
        if source.mode == IntervalMode::Nearest {
            text.push(b'|');
            if let Some(distance) = distance {
                append_number(text, distance);
            }
        }
        if source.count {
            text.push(b'|');
            if count > 0 {
                append_number(text, count);
            }
        }
        for column in 1..=source.fields {
            text.push(b'|');
            append_column(shown, column, text);
        }
    }
}

/// Appends a column of some values with `&` between them: what one lacks is `.`, unless all do.
fn append_column(values: &[&[u8]], column: usize, text: &mut Vec<u8>) {
    let cell =
        |value: &&'_ [u8]| -> usize { value.split(|byte| *byte == b'|').nth(column).map_or(0, <[u8]>::len) };
    if values.iter().all(|value| cell(value) == 0) {
        return;
    }
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            text.push(b'&');
        }
        match value.split(|byte| *byte == b'|').nth(column) {
            Some(cell) if !cell.is_empty() => text.extend_from_slice(cell),
            _ => text.push(b'.'),
        }
    }
}
