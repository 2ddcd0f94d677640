//! Plots of a page: tables whose rows have bars, and what lies where along the sequences.

use std::io::{self, Write};

use crate::output::number::grouped;
use crate::output::summary::{ContigSummary, ImpactsSummary};

use super::parts::{escaped, fraction, percent};

/// Most sequences that are drawn; the page says how many there are besides.
const MOST_CONTIGS: usize = 30;

/// The classes of the four impacts, in order of severity.
const IMPACTS: [(&str, &str); 4] =
    [("HIGH", "high"), ("MODERATE", "moderate"), ("LOW", "low"), ("MODIFIER", "modifier")];

/// A section with a bar for each row of name, class and count; nothing without rows.
pub(super) fn bars(
    id: &str,
    title: &str,
    what: &str,
    rows: Vec<(String, &str, u64)>,
    scale: fn(f64) -> f64,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(most) = rows.iter().map(|(.., count)| *count).max() else { return Ok(()) };
    let total: u64 = rows.iter().map(|(.., count)| count).sum();
    writeln!(
        out,
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n<p class=\"what\">{what}</p>\n<table class=\"bars\">\n<tbody>"
    )?;
    for (name, class, count) in rows {
        let hint = percent(count, total).unwrap_or_default();
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"bar\"><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" \
             aria-hidden=\"true\"><rect class=\"{class}\" width=\"{:.2}\" height=\"10\"/></svg></td>\
             <td class=\"count\" title=\"{hint}\">{}</td></tr>",
            escaped(&name),
            (scale(fraction(count, most)) * 100.0).max(if count > 0 { 0.4 } else { 0.0 }),
            grouped(count),
        )?;
    }
    writeln!(out, "</tbody>\n</table>\n</section>")
}

/// One bar of all impacts, and what its parts are.
pub(super) fn impact_bar(impacts: &ImpactsSummary, out: &mut impl Write) -> io::Result<()> {
    let counts = [impacts.high, impacts.moderate, impacts.low, impacts.modifier];
    let total: u64 = counts.iter().sum();
    let label = IMPACTS.iter().zip(counts).map(|((name, _), count)| format!("{name} {}", grouped(count)));
    writeln!(
        out,
        "<svg class=\"impact\" viewBox=\"0 0 1000 40\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        label.collect::<Vec<_>>().join(", ")
    )?;
    let mut at = 0.0;
    for ((_, class), count) in IMPACTS.iter().zip(counts) {
        let width = fraction(count, total) * 1000.0;
        if count > 0 {
            writeln!(out, "<rect class=\"{class}\" x=\"{at:.2}\" width=\"{width:.2}\" height=\"40\"/>")?;
        }
        at += width;
    }
    writeln!(out, "</svg>\n<table class=\"legend\">\n<tbody>")?;
    for ((name, class), count) in IMPACTS.iter().zip(counts) {
        writeln!(
            out,
            "<tr><th scope=\"row\"><i class=\"{class}\"></i>{name}</th><td class=\"count\">{}</td><td class=\"count\">{}</td></tr>",
            grouped(count),
            percent(count, total).unwrap_or_default(),
        )?;
    }
    writeln!(out, "</tbody>\n</table>")
}

/// Alleles by impact along each sequence that the reference has.
pub(super) fn along_contigs(contigs: &[ContigSummary], out: &mut impl Write) -> io::Result<()> {
    let drawn: Vec<_> =
        contigs.iter().filter(|contig| contig.length.is_some() && !contig.bins.is_empty()).collect();
    if drawn.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section aria-labelledby=\"along\">\n<h2 id=\"along\">Along the sequences</h2>\n\
         <p class=\"what\">Alleles by place and impact; each sequence to its own scale.</p>\n<div class=\"contigs\">"
    )?;
    for contig in drawn.iter().take(MOST_CONTIGS) {
        along(contig, out)?;
    }
    writeln!(out, "</div>")?;
    if drawn.len() > MOST_CONTIGS {
        let more = grouped((drawn.len() - MOST_CONTIGS) as u64);
        writeln!(out, "<p class=\"what\">{more} more sequences are not drawn.</p>")?;
    }
    writeln!(out, "</section>")
}

fn along(contig: &ContigSummary, out: &mut impl Write) -> io::Result<()> {
    const HEIGHT: f64 = 60.0;
    let total = |bin: &[u64; 4]| bin.iter().sum::<u64>();
    let most = contig.bins.iter().map(total).max().unwrap_or(0);
    let (name, length) = (escaped(&contig.name), grouped(contig.length.unwrap_or(0)));
    writeln!(
        out,
        "<figure>\n<figcaption><b>{name}</b> <span>{} records on {length} bases, at most {} alleles in {} bases</span></figcaption>\n\
         <svg viewBox=\"0 0 {} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Alleles along {name}\">",
        grouped(contig.records),
        grouped(most),
        grouped(contig.bin_size.unwrap_or(0)),
        contig.bins.len(),
    )?;
    for (index, bin) in contig.bins.iter().enumerate() {
        let mut top = HEIGHT;
        // The most severe at the foot, where all bins begin.
        for ((_, class), count) in IMPACTS.iter().zip(bin).filter(|(_, count)| **count > 0) {
            let height = (fraction(*count, most) * HEIGHT).max(0.6);
            top -= height;
            writeln!(
                out,
                "<rect class=\"{class}\" x=\"{index}\" y=\"{top:.2}\" width=\"1\" height=\"{height:.2}\"/>"
            )?;
        }
    }
    writeln!(out, "</svg>\n<p class=\"ends\"><span>1</span><span>{length}</span></p>\n</figure>")
}
