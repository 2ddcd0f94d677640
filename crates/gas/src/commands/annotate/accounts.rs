//! What a run tells of itself in files.

use std::path::PathBuf;

use gas_annotation::Summary;

use crate::commands::output_file::write_whole;

/// Files that give account of a run.
#[derive(Debug, clap::Args)]
pub(super) struct AccountFlags {
    /// Where to write the log
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Where to write the counts as JSON
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Where to write the counts as a page with plots
    #[arg(long, value_name = "FILE")]
    report_html: Option<PathBuf>,
    /// Where to write the counts for MultiQC: as a table (`NAME_mqc.json`) or as VEP's statistics (`NAME.vep.txt`)
    #[arg(long, value_name = "FILE")]
    multiqc: Option<PathBuf>,
}

impl AccountFlags {
    /// Writes each file that was asked for.
    pub(super) fn write(&self, summary: &Summary) -> anyhow::Result<()> {
        let mut text = Vec::new();
        if let Some(path) = &self.log {
            summary.write_log(&mut text)?;
            write_whole(path, &text)?;
        }
        if let Some(path) = &self.summary {
            write_whole(path, &serde_json::to_vec(summary)?)?;
        }
        if let Some(path) = &self.report_html {
            text.clear();
            summary.write_page(&mut text)?;
            write_whole(path, &text)?;
        }
        if let Some(path) = &self.multiqc {
            text.clear();
            if path.extension().is_some_and(|ending| ending == "txt") {
                summary.write_vep_statistics(&mut text)?;
            } else {
                summary.write_multiqc(&mut text)?;
            }
            write_whole(path, &text)?;
        }
        Ok(())
    }
}
