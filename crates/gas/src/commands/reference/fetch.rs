//! Fetching a reference.

use std::{path::PathBuf, time::Duration};

use super::Place;
use crate::{
    fetch::{self, Manner, Places, Wanted},
    terminal,
};

/// Fetch the files of a recipe, check them, and build a reference from them.
#[derive(clap::Args)]
pub(crate) struct Fetch {
    /// Name of a recipe (`gas reference list` shows them), or a file when there is a `/` in it
    recipe: String,
    /// Optional sources to fetch, too, such as dbSNP,gnomAD; `all` for each
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    with: Vec<String>,
    /// Fetch and build a reference anew that is there already, and accept other content than before
    #[arg(long)]
    update: bool,
    /// Files that are fetched at once
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=16))]
    parallel: u16,
    /// Tries of each request before it is given up
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// Seconds before the second try; twice as long before each further one
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    first_wait: f64,
    /// Seconds that a server may be silent
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    patience: f64,
    /// Folder of downloads; they stay in it until the reference is built. A folder beside the references when left out
    #[arg(long, env = "GAS_DOWNLOADS", value_name = "DIR")]
    downloads: Option<PathBuf>,
    /// Keep the downloads when the reference is built
    #[arg(long)]
    keep_downloads: bool,
    #[command(flatten)]
    place: Place,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "that is no number of seconds".to_owned())?;
    if (0.01..=3600.0).contains(&seconds) { Ok(seconds) } else { Err("it is from 0.01 to 3600".to_owned()) }
}

impl Fetch {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let references = self.place.folder()?;
        let places = Places {
            downloads: self.downloads.unwrap_or_else(|| references.join(".downloads")),
            references,
            keep_downloads: self.keep_downloads,
            update: self.update,
        };
        let manner = Manner {
            parallel: usize::from(self.parallel),
            attempts: self.attempts,
            first_wait: Duration::from_secs_f64(self.first_wait),
            patience: Duration::from_secs_f64(self.patience),
        };
        let wanted = Wanted { recipe: self.recipe, with: self.with };
        let outcome = fetch::fetch(&wanted, &places, &manner)?;
        super::tell(&outcome.report);
        Ok(terminal::line(&outcome.directory.display().to_string())?)
    }
}
