//! The summary as a page: one file of HTML that needs nothing else, for eyes, printers and readers aloud.

mod parts;
mod plots;

use std::io::{self, Write};

use crate::output::number::{grouped, samples};
use crate::output::summary::Summary;

use self::parts::{escaped, ratio};
use self::plots::{along_contigs, bars, impact_bar};

const STYLE: &str = include_str!("page/style.css");

impl Summary {
    /// Writes the summary as a page of HTML with plots. It loads nothing from elsewhere and runs no scripts.
    pub fn write_page(&self, out: &mut impl Write) -> io::Result<()> {
        let name = escaped(&self.input.file_name);
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}: annotation report</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<main>"
        )?;
        self.draw_head(out)?;
        self.draw_tiles(out)?;
        self.draw_notes(out)?;
        writeln!(out, "<div class=\"pair\">")?;
        self.draw_impacts(out)?;
        self.draw_kinds(out)?;
        writeln!(out, "</div>")?;
        self.draw_consequences(out)?;
        along_contigs(&self.contigs, out)?;
        writeln!(out, "<div class=\"pair\">")?;
        self.draw_genes(out)?;
        self.draw_known(out)?;
        writeln!(out, "</div>")?;
        self.draw_kept(out)?;
        self.draw_sources(out)?;
        writeln!(out, "</main>\n</body>\n</html>")
    }

    fn draw_head(&self, out: &mut impl Write) -> io::Result<()> {
        let reference = &self.reference;
        let format = self.input.file_format.as_deref().unwrap_or("VCF");
        let samples = samples(self.input.samples);
        writeln!(
            out,
            "<header>\n<p class=\"kicker\">Annotation report</p>\n<h1>{}</h1>\n<p class=\"facts\"><span>{}</span><span>{samples}</span>\
             <span>reference <b>{}</b> ({})</span><span>{}</span><span>{:.1} s</span></p>\n</header>",
            escaped(&self.input.file_name),
            escaped(format),
            escaped(&reference.name),
            escaped(&reference.assembly),
            escaped(&self.program),
            self.seconds,
        )
    }

    fn draw_tiles(&self, out: &mut impl Write) -> io::Result<()> {
        let kept = self.records.read - self.records.annotated;
        let tiles = [
            ("records read", grouped(self.records.read), String::new()),
            ("annotated", grouped(self.records.annotated), share(self.records.annotated, self.records.read)),
            ("kept as they were", grouped(kept), share(kept, self.records.read)),
            ("alleles", grouped(self.alleles.total), String::new()),
            ("Ts : Tv", ratio(self.alleles.ts_tv), String::new()),
        ];
        writeln!(out, "<dl class=\"tiles\">")?;
        for (name, value, more) in tiles {
            writeln!(out, "<div><dt>{name}<small>{more}</small></dt><dd>{value}</dd></div>")?;
        }
        writeln!(out, "</dl>")
    }

    fn draw_notes(&self, out: &mut impl Write) -> io::Result<()> {
        if self.notes.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section class=\"notes\" aria-labelledby=\"notes\">\n<h2 id=\"notes\">To keep in mind</h2>\n<ul>"
        )?;
        for note in &self.notes {
            writeln!(out, "<li>{}</li>", escaped(note))?;
        }
        writeln!(out, "</ul>\n</section>")
    }

    fn draw_impacts(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "<section aria-labelledby=\"impact\">\n<h2 id=\"impact\">Impact</h2>\n\
             <p class=\"what\">Alleles by the impact of their most severe consequence.</p>"
        )?;
        impact_bar(&self.impacts, out)?;
        writeln!(out, "</section>")
    }

    fn draw_kinds(&self, out: &mut impl Write) -> io::Result<()> {
        let mut kinds: Vec<_> = self.alleles.by_kind.iter().collect();
        kinds.sort_by(|one, other| other.1.cmp(one.1));
        let rows = kinds.into_iter().map(|(kind, count)| (kind.replace('_', " "), "kind", *count)).collect();
        bars("kinds", "Kinds of variants", "Alleles by what they change.", rows, linear, out)
    }

    fn draw_consequences(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.consequences.iter().map(|consequence| {
            (consequence.term.replace('_', " "), class_of(&consequence.impact), consequence.alleles)
        });
        let what = "Alleles by their most severe consequence, the most severe first. The bars grow as the square root, so that rare ones show.";
        bars("consequences", "Consequences", what, rows.collect(), f64::sqrt, out)
    }

    fn draw_genes(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.genes.iter().map(|gene| {
            let name = if gene.symbol.is_empty() { &gene.gene } else { &gene.symbol };
            (name.clone(), "gene", gene.alleles)
        });
        let what = "Genes with the most alleles of an impact above MODIFIER.";
        bars("genes", "Genes", what, rows.collect(), linear, out)
    }

    fn draw_known(&self, out: &mut impl Write) -> io::Result<()> {
        let rows = self.known.iter().map(|known| (known.source.clone(), "known", known.alleles));
        let what = "Alleles that collections of known alleles have.";
        bars("known", "Known alleles", what, rows.collect(), linear, out)
    }

    fn draw_kept(&self, out: &mut impl Write) -> io::Result<()> {
        let kept: Vec<_> = self.records.kept.iter().filter(|kept| kept.count > 0).collect();
        if kept.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"kept\">\n<h2 id=\"kept\">Kept as they were, and why</h2>\n<table class=\"kept\">\n\
             <thead><tr><th scope=\"col\">Records</th><th scope=\"col\">Why</th><th scope=\"col\">The first of them</th></tr></thead>\n<tbody>"
        )?;
        for reason in kept {
            let line = reason.first_line.map(|line| format!("line {}: ", grouped(line))).unwrap_or_default();
            writeln!(
                out,
                "<tr><td class=\"count\">{}</td><td>{}</td><td>{line}{}</td></tr>",
                grouped(reason.count),
                escaped(&reason.explanation),
                escaped(reason.first.as_deref().unwrap_or_default()),
            )?;
        }
        writeln!(out, "</tbody>\n</table>\n</section>")
    }

    fn draw_sources(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "<footer>\n<details>\n<summary>What the reference is made of (build {})</summary>\n<ul>",
            escaped(&self.reference.build)
        )?;
        for source in &self.reference.sources {
            writeln!(out, "<li>{}</li>", escaped(source))?;
        }
        writeln!(out, "</ul>\n</details>\n</footer>")
    }
}

/// The class that gives bars of an impact their colour.
fn class_of(impact: &str) -> &'static str {
    match impact {
        "HIGH" => "high",
        "MODERATE" => "moderate",
        "LOW" => "low",
        _ => "modifier",
    }
}

/// The scale of bars whose counts are alike.
fn linear(share: f64) -> f64 {
    share
}

fn share(part: u64, whole: u64) -> String {
    parts::percent(part, whole).map(|percent| format!(" &middot; {percent}")).unwrap_or_default()
}
