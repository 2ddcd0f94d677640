use gas_service::operation;

use super::{Common, shown, with_administration};
use crate::terminal;

/// Show what the service does at present, or change it.
#[derive(clap::Args)]
pub(crate) struct Mode {
    /// `open`: everything. `drain`: no new jobs. `read-only`: nothing changes
    #[arg(value_name = "open|drain|read-only", value_parser = mode)]
    to: Option<operation::Mode>,
    /// What people are told about it
    #[arg(long, value_name = "TEXT", default_value = "", requires = "to")]
    note: String,
    #[command(flatten)]
    common: Common,
}

fn mode(text: &str) -> Result<operation::Mode, String> {
    operation::Mode::from_name(text).ok_or_else(|| "there are the modes open, drain and read-only".to_owned())
}

impl Mode {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let standing = with_administration(&self.common.flags, async |administration| {
            if let Some(mode) = self.to {
                administration.set_mode(mode, &self.note).await?;
            }
            Ok(administration.standing().await?)
        })?;
        if self.common.json {
            return shown::json(&standing);
        }
        let since =
            standing.since.map(|since| format!("  since {}", shown::moment(since))).unwrap_or_default();
        let note = shown::plain(&standing.note);
        let note = if note.is_empty() { note } else { format!("  {note}") };
        Ok(terminal::line(&format!("{}{since}{note}", standing.mode.as_str()))?)
    }
}
