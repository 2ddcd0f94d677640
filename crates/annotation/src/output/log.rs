//! The log of a run, for people.

use std::io::{self, Write};

use crate::output::number::{grouped, samples};
use crate::output::summary::{ContigSummary, Summary};

/// Most contigs that the log lists by name.
const MOST_CONTIGS: usize = 100;

impl Summary {
    /// Writes what was done as a text for people.
    pub fn write_log(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_beginning(out)?;
        self.write_records(out)?;
        self.write_contigs(out)?;
        self.write_alleles(out)?;
        self.write_without_rows(out)?;
        self.write_consequences(out)?;
        self.write_haplotypes(out)?;
        self.write_known(out)?;
        self.write_intervals(out)?;
        self.write_genes(out)?;
        if !self.notes.is_empty() {
            writeln!(out, "\nNotes")?;
            for note in &self.notes {
                writeln!(out, "  ! {note}")?;
            }
        }
        Ok(())
    }

    fn write_beginning(&self, out: &mut impl Write) -> io::Result<()> {
        let input = &self.input;
        let reference = &self.reference;
        let format = input.file_format.as_deref().unwrap_or("no version given");
        let packing = match input.packing {
            crate::Packing::Plain => "not compressed",
            crate::Packing::Gzip => "gzip",
            crate::Packing::Bgzf => "bgzip",
        };
        writeln!(out, "{} annotated by {}", input.file_name, self.program)?;
        writeln!(out)?;
        writeln!(
            out,
            "Input      {format}, {}, {packing}, {} bytes",
            samples(input.samples),
            grouped(input.bytes)
        )?;
        writeln!(out, "Reference  {} ({}), build {}", reference.name, reference.assembly, reference.build)?;
        for source in &reference.sources {
            writeln!(out, "           {source}")?;
        }
        writeln!(out, "Time       {:.3} seconds", self.seconds)
    }

    fn write_records(&self, out: &mut impl Write) -> io::Result<()> {
        let records = &self.records;
        writeln!(out, "\nLines with variants")?;
        line(out, records.read, "read")?;
        line(out, records.annotated, "annotated")?;
        let kept: u64 = records.kept.iter().map(|kept| kept.count).sum();
        line(out, kept, "kept as they were")?;
        for kept in records.kept.iter().filter(|kept| kept.count > 0) {
            let first = kept.first_line.map(|line| format!(", first on line {line}")).unwrap_or_default();
            let what = kept.first.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
            line(out, kept.count, &format!("  {}{first}{what}", kept.reason))?;
            writeln!(out, "{:>14}  {}", "", kept.explanation)?;
        }
        Ok(())
    }

    fn write_contigs(&self, out: &mut impl Write) -> io::Result<()> {
        let list = |out: &mut dyn Write, title: &str, here: bool| {
            let contigs: Vec<&ContigSummary> =
                self.contigs.iter().filter(|contig| contig.in_reference == here).collect();
            if contigs.is_empty() {
                return Ok(());
            }
            writeln!(out, "\n{title}")?;
            for contig in contigs.iter().take(MOST_CONTIGS) {
                let annotated =
                    if here { format!(", {} annotated", grouped(contig.annotated)) } else { String::new() };
                writeln!(out, "{:>12}  {}{annotated}", grouped(contig.records), contig.name)?;
            }
            match contigs.len().saturating_sub(MOST_CONTIGS) {
                0 => Ok(()),
                more => writeln!(out, "{:>12}  and {more} more", ""),
            }
        };
        list(out, "Contigs, with lines", true)?;
        list(out, "Contigs that the reference lacks, with lines", false)
    }

    fn write_alleles(&self, out: &mut impl Write) -> io::Result<()> {
        let alleles = &self.alleles;
        if alleles.total == 0 {
            return Ok(());
        }
        writeln!(out, "\nAlleles")?;
        line(out, alleles.total, "annotated")?;
        for (kind, count) in &alleles.by_kind {
            line(out, *count, &format!("  {kind}"))?;
        }
        let ratio = alleles.ts_tv.map_or_else(|| "none".to_owned(), |ratio| format!("{ratio:.3}"));
        let (transitions, transversions) = (grouped(alleles.transitions), grouped(alleles.transversions));
        writeln!(out, "{ratio:>12}  Ts/Tv: {transitions} transitions to {transversions} transversions")?;
        writeln!(out, "\nAlleles by impact")?;
        let impacts = &self.impacts;
        for (count, name) in [
            (impacts.high, "HIGH"),
            (impacts.moderate, "MODERATE"),
            (impacts.low, "LOW"),
            (impacts.modifier, "MODIFIER"),
        ] {
            line(out, count, name)?;
        }
        Ok(())
    }

    fn write_without_rows(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.alleles.without_rows.is_empty() {
            writeln!(out, "\nAlleles without annotations, of lines on these contigs whose REF fits")?;
        }
        for alleles in &self.alleles.without_rows {
            line(out, alleles.count, &alleles.reason)?;
            writeln!(out, "{:>14}{}", "", alleles.explanation)?;
        }
        Ok(())
    }

    fn write_consequences(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.consequences.is_empty() {
            writeln!(out, "\nAlleles by their most severe consequence")?;
        }
        for consequence in &self.consequences {
            line(out, consequence.alleles, &format!("{} ({})", consequence.term, consequence.impact))?;
        }
        if !self.consequences_of_transcripts.is_empty() {
            writeln!(out, "\nRows, one for each allele and transcript, by all their consequences")?;
        }
        for rows in &self.consequences_of_transcripts {
            line(out, rows.rows, &rows.term)?;
        }
        Ok(())
    }

    fn write_haplotypes(&self, out: &mut impl Write) -> io::Result<()> {
        let Some(haplotypes) = &self.haplotypes else { return Ok(()) };
        writeln!(out, "\nJoint consequences of the alleles of one haplotype")?;
        line(
            out,
            haplotypes.carried,
            "alleles in and behind coding sequences on known haplotypes, each counted for each",
        )?;
        line(out, haplotypes.entries, "joint consequences")?;
        line(out, haplotypes.records, "lines with them")
    }

    fn write_known(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.known.is_empty() && self.alleles.total > 0 {
            writeln!(out, "\nKnown alleles")?;
            for known in &self.known {
                line(
                    out,
                    known.alleles,
                    &format!("of {} are in {}", grouped(self.alleles.total), known.source),
                )?;
            }
        }
        Ok(())
    }

    fn write_intervals(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.intervals.is_empty() && self.alleles.total > 0 {
            writeln!(out, "\nIntervals")?;
            for intervals in &self.intervals {
                let total = grouped(self.alleles.total);
                let cut = match intervals.cut {
                    0 => String::new(),
                    cut => format!("; of {} only the first names are shown", grouped(cut)),
                };
                line(
                    out,
                    intervals.alleles,
                    &format!("of {total} have places in {}{cut}", intervals.source),
                )?;
            }
        }
        Ok(())
    }

    fn write_genes(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.genes.is_empty() {
            writeln!(out, "\nGenes with the most alleles of an impact above MODIFIER")?;
        }
        for gene in &self.genes {
            let symbol = if gene.symbol.is_empty() { "no symbol" } else { &gene.symbol };
            line(out, gene.alleles, &format!("{symbol} ({})", gene.gene))?;
        }
        Ok(())
    }
}

fn line(out: &mut impl Write, count: u64, what: &str) -> io::Result<()> {
    writeln!(out, "{:>12}  {what}", grouped(count))
}
