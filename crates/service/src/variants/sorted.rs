//! Rows with the most severe first: the file is read once to find which, and once more to get them.

use std::{collections::BinaryHeap, sync::Arc, time::Instant};

use super::{
    Bound, Bounds, FieldNames, MAX_SORTED, Variant, VariantPage, VariantQuery, VariantSort, VariantsError,
    annotation::Severity,
    cursor::Position,
    describe::Describer,
    record::Record,
    source::Source,
    text::{Packing, Place, Text},
};

/// From here on, entering the file anew beats reading on.
const FAR: u64 = 1 << 20;

/// A matching row, found again by its place. Sorts by severity, then as the file does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    severity: Severity,
    place: Place,
    number: usize,
}

/// Reads a page of the rows that are first by impact.
pub(super) fn read(
    source: &Source,
    query: &VariantQuery,
    bounds: Bounds,
) -> Result<VariantPage, VariantsError> {
    let from = Position::of(query.cursor.as_ref(), &query.filter, VariantSort::Impact)?.unwrap_or_default();
    let before = usize::try_from(from.rows_before).unwrap_or(usize::MAX);
    if before >= MAX_SORTED {
        return Err(VariantsError::Cursor);
    }
    let end = before.saturating_add(query.limit).min(MAX_SORTED);
    let (names, text) = source.begin()?;
    let (first, total) = first_rows(source, query, &names, text, end, bounds.sort)?;
    let wanted = first.get(before..).unwrap_or_default();
    let rows = rows_of(source, query, &names, wanted)?;
    let so_far = from.rows_before + rows.len() as u64;
    let more = so_far < total;
    let next = Position { rows_before: so_far, ..Position::default() };
    let cut = more && end >= MAX_SORTED;
    Ok(VariantPage {
        fields: names,
        rows,
        rows_before: from.rows_before,
        total: Some(total),
        more,
        next: (more && !cut).then(|| next.cursor(&query.filter, VariantSort::Impact)),
        note: cut.then_some("only the first 10,000 rows can be had sorted by impact; ask for less, or in the order of the file"),
    })
}

/// The first `count` rows, sorted, and how many there are in all.
fn first_rows(
    source: &Source,
    query: &VariantQuery,
    names: &FieldNames,
    mut text: Text,
    count: usize,
    bound: Bound,
) -> Result<(Vec<Found>, u64), VariantsError> {
    let began = Instant::now();
    // The last of the first is on top, and goes when a better one comes.
    let mut first = BinaryHeap::with_capacity(count + 1);
    let mut total = 0;
    let mut line = Vec::new();
    loop {
        source.check_wanted()?;
        if text.bytes_read() >= bound.bytes || began.elapsed() >= bound.time {
            return Err(VariantsError::TooLargeToSort);
        }
        let place = text.place();
        if !text.read_line(&mut line)? {
            return Ok((first.into_sorted_vec(), total));
        }
        let Some(record) = Record::of(&line) else { continue };
        for found in query.filter.matches(&record, names, 0) {
            total += 1;
            first.push(Found { severity: found.severity, place, number: found.number });
            if first.len() > count {
                first.pop();
            }
        }
    }
}

/// The rows themselves, in the order given.
fn rows_of(
    source: &Source,
    query: &VariantQuery,
    names: &Arc<FieldNames>,
    wanted: &[Found],
) -> Result<Vec<Variant>, VariantsError> {
    let mut by_place: Vec<(usize, &Found)> = wanted.iter().enumerate().collect();
    by_place.sort_by_key(|(_, found)| (found.place, found.number));
    let mut describer = Describer::new(names, query.all_annotations);
    let mut rows = Vec::with_capacity(wanted.len());
    let (_, mut text) = source.begin()?;
    let mut line = Vec::new();
    let mut at = None;
    for (order, found) in by_place {
        if at != Some(found.place) {
            text = forward(source, text, found.place)?;
            text.read_line(&mut line)?;
            at = Some(found.place);
        }
        let Some(record) = Record::of(&line) else { continue };
        let matches = query.filter.matches(&record, names, found.number);
        let Some(again) = matches.into_iter().find(|again| again.number == found.number) else { continue };
        rows.push((order, describer.describe(&record, again.number, again.allele, &again.rows)));
    }
    rows.sort_by_key(|(order, _)| *order);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Goes forward to a place, by reading on where it is near.
fn forward(source: &Source, mut text: Text, place: Place) -> Result<Text, VariantsError> {
    let near = place.offset.saturating_sub(text.place().offset) < FAR;
    if !near || text.packing() == Packing::Gzip {
        return source.go_to(text, place);
    }
    let mut line = Vec::new();
    while text.place() < place {
        source.check_wanted()?;
        if !text.read_line(&mut line)? {
            break;
        }
    }
    Ok(text)
}
