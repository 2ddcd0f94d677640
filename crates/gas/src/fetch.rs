//! Fetching what a recipe names, and building a reference from it.

mod cache;
mod checksum;
mod download;
mod error;
mod lock;
mod probe;
mod progress;
mod recipe;
mod request;
mod shipped;
mod space;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use gas_annotation::{BuildPlan, BuildReport};

use self::{
    cache::Cache,
    download::Fetched,
    lock::Lock,
    progress::Board,
    recipe::{Download, Recipe},
    request::Http,
};
use crate::terminal;

pub(crate) use self::recipe::Wanted;

/// How to fetch.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Files that are fetched at once.
    pub(crate) parallel: usize,
    /// Tries of a request, and waits between them: this one first, twice as long each time.
    pub(crate) attempts: u32,
    pub(crate) first_wait: Duration,
    /// How long a server may be silent.
    pub(crate) patience: Duration,
}

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The folder of references.
    pub(crate) references: PathBuf,
    /// The folder of downloads.
    pub(crate) downloads: PathBuf,
    /// Whether downloads stay when the reference is built.
    pub(crate) keep_downloads: bool,
    /// Whether a reference that is there already is fetched and built anew, whatever its files were before.
    pub(crate) update: bool,
}

/// What a fetch came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) directory: PathBuf,
    pub(crate) report: BuildReport,
}

/// A recipe of which there is no reference yet, for people.
#[derive(Debug)]
pub(crate) struct Fetchable {
    name: String,
    assembly: String,
    about: String,
}

impl std::fmt::Display for Fetchable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, assembly, about } = self;
        write!(f, "{name}  {assembly}  {about}; not here yet: `gas reference fetch {name}`")
    }
}

/// The recipes whose references a folder lacks.
pub(crate) fn not_in(references: &Path) -> anyhow::Result<Vec<Fetchable>> {
    let missing = shipped::names().into_iter().filter(|name| !references.join(name).exists());
    let fetchable = missing.map(|name| {
        let recipe = Wanted { recipe: name, with: Vec::new() }.read()?;
        Ok(Fetchable { name: recipe.name, assembly: recipe.assembly, about: recipe.about })
    });
    fetchable.collect()
}

/// Fetches the files of a recipe and builds the reference.
pub(crate) fn fetch(wanted: &Wanted, places: &Places, manner: &Manner) -> anyhow::Result<Outcome> {
    let recipe = wanted.read()?;
    let directory = places.references.join(&recipe.name);
    if directory.exists() && !places.update {
        bail!(
            "the reference `{}` is there already, in `{}`; `--update` fetches and builds it anew",
            recipe.name,
            directory.display()
        );
    }
    std::fs::create_dir_all(&places.references)
        .with_context(|| format!("making the folder `{}`", places.references.display()))?;
    let cache = Cache::open(&places.downloads, &recipe.name)?;
    for Download { source, file, licence, .. } in &recipe.downloads {
        terminal::say(&format!("{source}: {file}, {licence}"));
    }
    let mut lock = Lock::read(&places.references, &recipe.name, places.update)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let fetched = runtime.block_on(download_all(&recipe, &cache, &lock, manner))?;
    for file in fetched {
        lock.note(file);
    }
    lock.write()?;
    let plan = plan(&recipe, &cache, &lock)?;
    let report = build(&plan, &directory)?;
    if !places.keep_downloads {
        cache.remove()?;
    }
    Ok(Outcome { directory, report })
}

async fn download_all(
    recipe: &Recipe,
    cache: &Cache,
    lock: &Lock,
    manner: &Manner,
) -> anyhow::Result<Vec<Fetched>> {
    let http = Http::new(manner)?;
    let board = Board::new();
    probe::check_space(&http, recipe, cache).await?;
    let downloads = recipe.downloads.iter().map(|wanted| {
        let (http, board) = (&http, &board);
        async move { download::fetch(http, wanted, cache, lock, board).await }
    });
    let fetched = stream::iter(downloads).buffer_unordered(manner.parallel.max(1)).try_collect().await;
    board.end();
    Ok(fetched?)
}

/// The recipe as the engine reads it, beside the files that it names.
fn plan(recipe: &Recipe, cache: &Cache, lock: &Lock) -> anyhow::Result<BuildPlan> {
    let path = cache.path("recipe.toml");
    std::fs::write(&path, toml::to_string(&recipe.for_the_engine(lock))?)
        .with_context(|| format!("writing `{}`", path.display()))?;
    Ok(BuildPlan::from_recipe(&path)?)
}

/// Builds into a directory; one that is there already is replaced once the new one is whole.
fn build(plan: &BuildPlan, directory: &Path) -> anyhow::Result<BuildReport> {
    if !directory.exists() {
        return Ok(gas_annotation::build(plan, directory)?);
    }
    let folder = directory.parent().unwrap_or(Path::new("."));
    let aside = tempfile::Builder::new().prefix(".replacing-").tempdir_in(folder)?;
    let (new, old) = (aside.path().join("new"), aside.path().join("old"));
    let report = gas_annotation::build(plan, &new)?;
    // Whoever has the old one mapped keeps it: only its name goes.
    std::fs::rename(directory, &old).with_context(|| format!("replacing `{}`", directory.display()))?;
    std::fs::rename(&new, directory).with_context(|| format!("replacing `{}`", directory.display()))?;
    Ok(report)
}
