//! What is known of a record's alleles, by the one form that all spellings of an allele share.

use crate::consequence::edit::Edits;
use crate::known::lookup::{Found, Hit, Lookup};
use crate::record::Site;
use crate::record::tally::{AlleleTally, Tally};
use crate::reference::Reference;
use crate::variant::{Change, Kind, Normalised, is_transition};

/// Finds what is known of one record's alleles after another's; owns the memory that this takes.
pub(crate) struct KnownAlleles<'r> {
    lookup: Lookup<'r>,
    normalised: Normalised,
    /// The fields of an allele that nobody knows, then all that was found for the record.
    text: Vec<u8>,
    unknown: usize,
    found: Vec<Found>,
}

impl<'r> KnownAlleles<'r> {
    pub(crate) fn new(reference: &'r Reference) -> Self {
        let text = vec![b'|'; reference.known_fields().len().saturating_sub(1)];
        Self {
            lookup: reference.lookup(),
            normalised: Normalised::default(),
            unknown: text.len(),
            text,
            found: Vec::new(),
        }
    }

    /// Begins the tally of each allele that gets rows, and finds what is known of it, in the same order. The edits are of one
    /// alternative of ALT, or of each of them.
    pub(crate) fn look_up(
        &mut self,
        site: &Site<'_>,
        edits: &Edits,
        alternative: Option<usize>,
        tally: &mut Tally,
    ) {
        self.found.clear();
        self.text.truncate(self.unknown);
        for (index, edit) in edits.iter() {
            let position = u64::try_from(edit.start).unwrap_or(0);
            let change = Change::trimmed(position, edit.reference, edit.alternative);
            let found = self.find(change, site);
            let found = found.unwrap_or(Found { existing: 0..0, fields: 0..self.unknown, sources: 0 });
            let kind = change.kind();
            let transition = match (kind, change.deleted, change.inserted) {
                (Kind::Snv, [from], [to]) => is_transition(*from, *to),
                _ => None,
            };
            let known = found.sources;
            let allele = AlleleTally::of(kind, alternative.unwrap_or(index));
            tally.alleles.push(AlleleTally { transition, known, ..allele });
            self.found.push(found);
        }
    }

    fn find(&mut self, change: Change<'_>, site: &Site<'_>) -> Option<Found> {
        if self.lookup.is_empty() {
            return None;
        }
        self.normalised.set(change, site.contig.sequence);
        self.lookup.find(site.contig_index, site.contig, &self.normalised, &mut self.text)
    }

    /// How many alleles the record has that get rows.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// What is known of each of them.
    pub(crate) fn hits(&self) -> impl Iterator<Item = Hit<'_>> {
        self.found.iter().map(|found| Hit {
            existing: &self.text[found.existing.clone()],
            fields: &self.text[found.fields.clone()],
            sources: found.sources,
        })
    }

    /// What to show for an allele that nobody knows.
    pub(crate) fn unknown(&self) -> Hit<'_> {
        Hit { existing: b"", fields: &self.text[..self.unknown], sources: 0 }
    }
}
