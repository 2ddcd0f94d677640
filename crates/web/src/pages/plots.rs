//! Plots, as far as they are numbers: the templates draw them as SVG, each beside a table that says the same.

use gas_service::notation::grouped;

use super::{
    amount,
    summary::{Consequence, Contig, Impacts, Summary},
};

/// A horizontal bar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) label: String,
    /// Class of its colour.
    pub(crate) tone: String,
    pub(crate) count: String,
    pub(crate) share: String,
    /// Length, out of 100.
    pub(crate) length: String,
}

/// A part of a bar that is divided.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    pub(crate) label: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) count: String,
    pub(crate) share: String,
    /// Where it begins and how long it is, out of 100.
    pub(crate) start: String,
    pub(crate) length: String,
}

/// The alleles along a contig, counted in bins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Track {
    pub(crate) name: String,
    pub(crate) records: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) first: String,
    pub(crate) middle: String,
    pub(crate) last: String,
    pub(crate) highest: String,
    pub(crate) rows: Vec<TrackRow>,
    pub(crate) sentence: String,
}

/// A rectangle of a track, in a field of 1000 by 100.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) tone: &'static str,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
}

/// The same as a row of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TrackRow {
    pub(crate) span: String,
    pub(crate) counts: [String; 4],
}

/// Severest first: the name, and the class of the colour (of the Okabe-Ito palette).
pub(crate) const IMPACTS: [(&str, &str); 4] =
    [("High", "high"), ("Moderate", "moderate"), ("Low", "low"), ("Modifier", "modifier")];

fn share_of(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted")]
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn shown(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The most severe consequence of each allele, most frequent first.
pub(crate) fn consequences(counts: &[Consequence]) -> Vec<Bar> {
    let total = counts.iter().map(|one| one.alleles).sum();
    let most = counts.iter().map(|one| one.alleles).max().unwrap_or(0);
    let mut sorted: Vec<&Consequence> = counts.iter().filter(|one| one.alleles > 0).collect();
    sorted.sort_by_key(|one| std::cmp::Reverse(one.alleles));
    sorted.into_iter().map(|one| bar(&one.term, &one.impact, one.alleles, most, total)).collect()
}

fn bar(term: &str, impact: &str, count: u64, most: u64, total: u64) -> Bar {
    Bar {
        label: term.to_owned(),
        tone: impact.to_ascii_lowercase(),
        count: grouped(count),
        share: amount::percent(count, total),
        length: shown(share_of(count, most) * 100.0),
    }
}

/// The alleles by impact.
pub(crate) fn impacts(counts: Impacts) -> Vec<Slice> {
    let counts = [counts.high, counts.moderate, counts.low, counts.modifier];
    let parts = IMPACTS.iter().zip(counts).map(|((label, tone), count)| (*label, *tone, count));
    slices(&parts.collect::<Vec<_>>())
}

/// Transitions and transversions.
pub(crate) fn exchanges(summary: &Summary) -> Vec<Slice> {
    let alleles = &summary.alleles;
    slices(&[
        ("Transitions", "transition", alleles.transitions),
        ("Transversions", "transversion", alleles.transversions),
    ])
}

fn slices(parts: &[(&'static str, &'static str, u64)]) -> Vec<Slice> {
    let total: u64 = parts.iter().map(|(_, _, count)| count).sum();
    let mut start = 0.0;
    let mut slices = Vec::with_capacity(parts.len());
    for (label, tone, count) in parts {
        let length = share_of(*count, total) * 100.0;
        slices.push(Slice {
            label,
            tone,
            count: grouped(*count),
            share: amount::percent(*count, total),
            start: shown(start),
            length: shown(length),
        });
        start += length;
    }
    slices
}

/// Most contigs that are drawn; the log has all.
const MOST_TRACKS: usize = 4;

/// The busiest contigs of the reference.
pub(crate) fn tracks(contigs: &[Contig]) -> Vec<Track> {
    let mut drawn: Vec<&Contig> =
        contigs.iter().filter(|contig| contig.in_reference && !contig.bins.is_empty()).collect();
    drawn.sort_by_key(|contig| std::cmp::Reverse(contig.records));
    drawn.into_iter().take(MOST_TRACKS).map(track).collect()
}

fn track(contig: &Contig) -> Track {
    let highest = contig.bins.iter().map(|bin| bin.iter().sum()).max().unwrap_or(0);
    let bin_size = contig.bin_size.unwrap_or(1).max(1);
    let bins = u64::try_from(contig.bins.len()).unwrap_or(u64::MAX);
    let length = contig.length.unwrap_or(bins.saturating_mul(bin_size));
    let bounds = |index: usize| {
        let first = u64::try_from(index).unwrap_or(u64::MAX).saturating_mul(bin_size) + 1;
        (first, (first + bin_size - 1).min(length.max(first)))
    };
    let rows = contig.bins.iter().enumerate().filter(|(_, bin)| bin.iter().any(|count| *count > 0));
    let rows = rows.map(|(index, bin)| {
        let (first, last) = bounds(index);
        TrackRow { span: format!("{}–{}", grouped(first), grouped(last)), counts: bin.map(grouped) }
    });
    let blocks = contig.bins.iter().enumerate().flat_map(|(index, bin)| {
        let (first, last) = bounds(index);
        stack(bin, highest, share_of(first - 1, length), share_of(last - first + 1, length))
    });
    Track {
        name: contig.name.clone(),
        records: amount::counted(contig.records, "record", "records"),
        blocks: blocks.collect(),
        first: "1".to_owned(),
        middle: grouped(length / 2),
        last: grouped(length),
        highest: grouped(highest),
        rows: rows.collect(),
        sentence: track_sentence(contig, highest, bin_size),
    }
}

/// One bin's blocks: the severest at the foot, where the eye compares best.
fn stack(bin: &[u64; 4], highest: u64, start: f64, width: f64) -> Vec<Block> {
    let mut foot = 100.0;
    let parts = bin.iter().zip(IMPACTS).filter(|(count, _)| **count > 0);
    let stacked = parts.map(|(count, (_, tone))| {
        let height = share_of(*count, highest) * 100.0;
        foot -= height;
        Block {
            tone,
            x: shown(start * 1000.0),
            y: shown(foot),
            width: shown(width * 1000.0 * 0.86),
            height: shown(height),
        }
    });
    stacked.collect()
}

fn track_sentence(contig: &Contig, highest: u64, bin_size: u64) -> String {
    let busy = contig.bins.iter().filter(|bin| bin.iter().any(|count| *count > 0)).count();
    format!(
        "{} on {}, in {busy} of {} windows of {} bases; at most {} in one window.",
        amount::counted(contig.records, "record", "records"),
        contig.name,
        contig.bins.len(),
        grouped(bin_size),
        amount::counted(highest, "allele", "alleles"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consequence(term: &str, impact: &str, alleles: u64) -> Consequence {
        Consequence { term: term.to_owned(), impact: impact.to_owned(), alleles }
    }

    #[test]
    fn bars_are_sorted_by_length_and_empty_ones_left_out() {
        let bars = consequences(&[
            consequence("stop_gained", "HIGH", 1),
            consequence("missense_variant", "MODERATE", 50),
            consequence("start_lost", "HIGH", 0),
            consequence("synonymous_variant", "LOW", 149),
        ]);
        let lengths: Vec<_> =
            bars.iter().map(|bar| (bar.label.as_str(), bar.length.as_str(), bar.share.as_str())).collect();
        assert_eq!(
            lengths,
            [
                ("synonymous_variant", "100", "74 %"),
                ("missense_variant", "33.56", "25 %"),
                ("stop_gained", "0.67", "0.5 %"),
            ]
        );
        assert_eq!(bars[1].tone, "moderate");
    }

    #[test]
    fn slices_fill_the_bar() {
        let slices = impacts(Impacts { high: 1, moderate: 1, low: 2, modifier: 0 });
        let parts: Vec<_> =
            slices.iter().map(|slice| (slice.start.as_str(), slice.length.as_str())).collect();
        assert_eq!(parts, [("0", "25"), ("25", "25"), ("50", "50"), ("100", "0")]);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert!(impacts(Impacts::default()).iter().all(|slice| slice.length == "0"));
        let empty = Contig { in_reference: true, bins: vec![[0; 4]], ..Contig::default() };
        assert_eq!(tracks(&[empty])[0].blocks, []);
        assert!(consequences(&[]).is_empty());
    }

    #[test]
    fn tracks_stack_and_end_with_the_contig() {
        let contig = Contig {
            name: "MT".to_owned(),
            in_reference: true,
            length: Some(250),
            records: 5,
            bin_size: Some(100),
            bins: vec![[1, 0, 1, 0], [0; 4], [0, 0, 0, 1]],
        };
        let track = &tracks(&[contig])[0];
        let blocks: Vec<_> =
            track.blocks.iter().map(|block| (block.tone, &*block.y, &*block.height)).collect();
        assert_eq!(blocks, [("high", "50", "50"), ("low", "0", "50"), ("modifier", "50", "50")]);
        let spans: Vec<_> = track.rows.iter().map(|row| row.span.as_str()).collect();
        assert_eq!(spans, ["1–100", "201–250"]);
        assert_eq!(track.blocks[2].x, "800");
        assert_eq!(
            track.sentence,
            "5 records on MT, in 2 of 3 windows of 100 bases; at most 2 alleles in one window."
        );
    }

    #[test]
    fn contigs_that_the_reference_lacks_are_not_drawn() {
        let contig = Contig { in_reference: false, bins: vec![[1; 4]], ..Contig::default() };
        assert!(tracks(&[contig]).is_empty());
    }
}
