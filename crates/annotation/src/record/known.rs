//! What is known of a record's alleles, by the one form that all spellings of an allele share.

use crate::consequence::edit::Edits;
use crate::known::alleles::Hit;
use crate::record::Site;
use crate::record::tally::{AlleleTally, Tally};
use crate::reference::Reference;
use crate::variant::{Change, Kind, Normalised, is_transition};

/// Begins the tally of each allele that gets rows, and finds what is known of it, in the same order. The edits are of one
/// alternative of ALT, or of each of them.
pub(crate) fn look_up<'r>(
    site: &Site<'_>,
    edits: &Edits,
    reference: &'r Reference,
    normalised: &mut Normalised,
    hits: &mut Vec<Hit<'r>>,
    alternative: Option<usize>,
    tally: &mut Tally,
) {
    let table = reference.known();
    hits.clear();
    for (index, edit) in edits.iter() {
        let position = u64::try_from(edit.start).unwrap_or(0);
        let change = Change::trimmed(position, edit.reference, edit.alternative);
        normalised.set(change, site.contig.sequence);
        let hit = table.find(site.contig_index, normalised).unwrap_or_else(|| table.unknown());
        let kind = change.kind();
        let transition = match (kind, change.deleted, change.inserted) {
            (Kind::Snv, [from], [to]) => is_transition(*from, *to),
            _ => None,
        };
        let allele = AlleleTally::of(kind, alternative.unwrap_or(index));
        tally.alleles.push(AlleleTally { transition, known: hit.sources, ..allele });
        hits.push(hit);
    }
}
