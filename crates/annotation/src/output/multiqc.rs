//! The summary for MultiQC, which shows many runs side by side.
//!
//! Source: MultiQC's documentation of custom content, and its module `vep` for the statistics of Ensembl VEP.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::output::summary::Summary;

impl Summary {
    /// Writes a table of custom content: one row, which MultiQC puts together with those of other runs. The file's name
    /// must end with `_mqc.json`.
    pub fn write_multiqc(&self, out: &mut impl Write) -> io::Result<()> {
        let mut row = Map::new();
        let mut headers = Map::new();
        let mut add = |key: &str, title: &str, description: &str, value: Value, hidden: bool| {
            let format = if value.is_f64() { "{:,.2f}" } else { "{:,.0f}" };
            row.insert(key.to_owned(), value);
            headers.insert(
                key.to_owned(),
                json!({ "title": title, "description": description, "format": format, "hidden": hidden }),
            );
        };
        let kept = self.records.read - self.records.annotated;
        add("records_read", "Records", "Records read", self.records.read.into(), false);
        add(
            "records_annotated",
            "Annotated",
            "Records that got annotations",
            self.records.annotated.into(),
            false,
        );
        add("records_kept", "Kept", "Records that are as they were", kept.into(), false);
        add("alleles", "Alleles", "Alleles of the annotated records", self.alleles.total.into(), false);
        if let Some(ratio) = self.alleles.ts_tv {
            add("ts_tv", "Ts/Tv", "Transitions for each transversion", ratio.into(), false);
        }
        let impacts = &self.impacts;
        for (name, count) in [
            ("HIGH", impacts.high),
            ("MODERATE", impacts.moderate),
            ("LOW", impacts.low),
            ("MODIFIER", impacts.modifier),
        ] {
            let description = format!("Alleles whose most severe consequence is of impact {name}");
            add(&format!("impact_{name}"), name, &description, count.into(), false);
        }
        for (kind, count) in &self.alleles.by_kind {
            add(&format!("kind_{kind}"), kind, "Alleles of this kind", (*count).into(), true);
        }
        for consequence in &self.consequences {
            let description = "Alleles whose most severe consequence this is";
            add(&consequence.term, &consequence.term, description, consequence.alleles.into(), true);
        }
        let content = json!({
            "id": "gas_annotation",
            "section_name": "Genomics annotation",
            "description": format!("What annotating variants found, by {}.", self.program),
            "plot_type": "table",
            "pconfig": { "id": "gas_annotation_table", "title": "Genomics annotation", "namespace": "gas" },
            "headers": headers,
            "data": { &self.input.file_name: row },
        });
        serde_json::to_writer_pretty(&mut *out, &content)?;
        writeln!(out)
    }

    /// Writes the statistics as Ensembl VEP does with `--stats_text`, for MultiQC's section on VEP.
    pub fn write_vep_statistics(&self, out: &mut impl Write) -> io::Result<()> {
        let program = self.program.replace(' ', "-");
        writeln!(out, "[VEP run statistics]\nVEP version (API)\t{program} (115)")?;
        writeln!(out, "Input file\t{}", cell(&self.input.file_name))?;
        let reference = &self.reference;
        writeln!(out, "\n[Data version]\nreference\t{} {}", cell(&reference.name), cell(&reference.build))?;
        writeln!(out, "assembly\t{}", cell(&reference.assembly))?;
        let kept = self.records.read - self.records.annotated;
        writeln!(out, "\n[General statistics]\nLines of input read\t{}", self.records.read)?;
        writeln!(out, "Variants processed\t{}\nVariants filtered out\t{kept}", self.records.annotated)?;
        // Of several collections it is not told how many alleles any of them has.
        if let [known] = &self.known[..] {
            let new = self.alleles.total.saturating_sub(known.alleles);
            writeln!(out, "Novel / existing variants\t{new} / {}", known.alleles)?;
        }
        let kinds = self.alleles.by_kind.iter().map(|(kind, count)| (kind.as_str(), *count));
        chart("Variant classes", kinds, out)?;
        let most_severe = self.consequences.iter().map(|one| (one.term.as_str(), one.alleles));
        chart("Consequences (most severe)", most_severe, out)?;
        let rows = self.consequences_of_transcripts.iter().map(|one| (one.term.as_str(), one.rows));
        chart("Consequences (all)", rows, out)?;
        chart("Variants by chromosome", self.contigs.iter().map(|one| (one.name.as_str(), one.records)), out)
    }
}

fn chart<'a>(
    title: &str,
    rows: impl Iterator<Item = (&'a str, u64)>,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "\n[{title}]")?;
    for (name, count) in rows {
        writeln!(out, "{}\t{count}", cell(name))?;
    }
    Ok(())
}

/// Text without the marks between cells and lines.
fn cell(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}
