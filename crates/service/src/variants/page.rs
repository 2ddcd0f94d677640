//! Rows in the order of the file.

use std::{sync::Arc, time::Instant};

use super::{
    Bound, Bounds, FieldNames, Variant, VariantPage, VariantQuery, VariantSort, VariantsError,
    cursor::Position,
    describe::Describer,
    record::Record,
    source::Source,
    text::{Place, Text},
};

/// A page under way.
struct Reading<'a> {
    source: &'a Source,
    query: &'a VariantQuery,
    names: Arc<FieldNames>,
    text: Text,
    line: Vec<u8>,
    /// What was read before does not count against the bounds.
    base: u64,
    began: Instant,
}

/// The rows of a page, and how reading them ended.
struct Filled {
    rows: Vec<Variant>,
    /// Where the next row is looked for.
    next: (Place, usize),
    ended: bool,
}

/// Reads a page; counts all matches with the first one, if there is time.
pub(super) fn read(
    source: &Source,
    query: &VariantQuery,
    bounds: Bounds,
) -> Result<VariantPage, VariantsError> {
    let from = Position::of(query.cursor.as_ref(), &query.filter, VariantSort::Position)?;
    let (names, text) = source.begin()?;
    let text = match from {
        Some(from) => source.go_to(text, from.place)?,
        None => text,
    };
    let (base, began) = (text.bytes_read(), Instant::now());
    let mut reading = Reading { source, query, names, text, line: Vec::new(), base, began };
    let start = from.unwrap_or_default();
    let filled = reading.fill(start.allele, bounds.page)?;
    let so_far = start.rows_before + filled.rows.len() as u64;
    let total = match start.total {
        Some(total) => Some(total),
        None if filled.ended => Some(so_far),
        // Later pages of what could not be counted at first only look for one match more.
        None => {
            let enough = if from.is_some() { 1 } else { u64::MAX };
            reading.count(filled.next, enough, bounds.count)?.map(|count| so_far + count)
        }
    };
    let more = !filled.ended && total.is_none_or(|total| so_far < total);
    let next = Position { place: filled.next.0, allele: filled.next.1, rows_before: so_far, total };
    Ok(VariantPage {
        fields: reading.names,
        rows: filled.rows,
        rows_before: start.rows_before,
        total,
        more,
        next: more.then(|| next.cursor(&query.filter, VariantSort::Position)),
        note: None,
    })
}

impl Reading<'_> {
    /// Collects rows until there are enough, or the file or the bound is at its end.
    fn fill(&mut self, mut skip: usize, bound: Bound) -> Result<Filled, VariantsError> {
        let mut describer = Describer::new(&self.names, self.query.all_annotations);
        let mut rows = Vec::new();
        loop {
            let place = self.text.place();
            // At least one record is read, so that a client that goes on gets on.
            if rows.len() >= self.query.limit || (self.text.bytes_read() > self.base && self.is_past(bound)) {
                return Ok(Filled { rows, next: (place, skip), ended: false });
            }
            if !self.next_line()? {
                return Ok(Filled { rows, next: (place, 0), ended: true });
            }
            let Some(record) = Record::of(&self.line) else { continue };
            for found in self.query.filter.matches(&record, &self.names, std::mem::take(&mut skip)) {
                if rows.len() >= self.query.limit {
                    return Ok(Filled { rows, next: (place, found.number), ended: false });
                }
                rows.push(describer.describe(&record, found.number, found.allele, &found.rows));
            }
        }
    }

    /// Counts the matches from a place on; none when it would take too long, or when there are `enough` but not
    /// known how many.
    fn count(
        &mut self,
        from: (Place, usize),
        enough: u64,
        bound: Bound,
    ) -> Result<Option<u64>, VariantsError> {
        let mut count = 0;
        let mut skip = from.1;
        if self.text.place() != from.0 {
            // The line at hand is the record that filled the page.
            count += self.count_in_line(skip);
            skip = 0;
        }
        while self.next_line()? {
            count += self.count_in_line(std::mem::take(&mut skip));
            if count >= enough || self.is_past(bound) {
                return Ok(None);
            }
        }
        Ok(Some(count))
    }

    fn count_in_line(&self, skip: usize) -> u64 {
        let Some(record) = Record::of(&self.line) else { return 0 };
        if self.query.filter.is_empty() {
            return record.allele_count().saturating_sub(skip) as u64;
        }
        self.query.filter.matches(&record, &self.names, skip).len() as u64
    }

    fn next_line(&mut self) -> Result<bool, VariantsError> {
        self.source.check_wanted()?;
        Ok(self.text.read_line(&mut self.line)?)
    }

    fn is_past(&self, bound: Bound) -> bool {
        let bytes = self.text.bytes_read() - self.base;
        bytes >= bound.bytes || (bytes >= bound.at_least && self.began.elapsed() >= bound.time)
    }
}
