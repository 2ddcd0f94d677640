//! Recipes: where the files of a reference are, what they must be, and how it is built from them.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;
use toml::{Table, Value};

use super::{lock::Lock, request, shipped};

/// Which recipe, and which of its optional sources.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// A name, or a file when there is a `/` in it.
    pub(crate) recipe: String,
    /// Ids of optional sources; `all` for each.
    pub(crate) with: Vec<String>,
}

/// A recipe, with the sources that were asked for.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) name: String,
    pub(crate) assembly: String,
    /// What it is, for people.
    pub(crate) about: String,
    pub(crate) downloads: Vec<Download>,
    /// Ids of sources that are only fetched when asked for.
    pub(crate) optional: Vec<String>,
    /// What the engine reads.
    rest: Table,
}

/// A file to fetch.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    /// Its name in the folder of downloads.
    pub(crate) file: String,
    /// Which source of the reference it is.
    pub(crate) source: String,
    pub(crate) licence: String,
    pub(crate) from: Origin,
}

/// Where a file is, and what it must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Origin {
    pub(crate) url: String,
    /// Bytes, where they are known.
    pub(crate) size: Option<u64>,
    /// In hexadecimal, where it is known.
    pub(crate) sha256: Option<String>,
    /// In hexadecimal, where the publisher gives it.
    pub(crate) md5: Option<String>,
    /// The publisher's list of checksums, read when the file is fetched; or `x-goog-hash`, for the header of that name.
    pub(crate) checksum_from: Option<String>,
    /// Whether its publisher puts new content at this address from time to time.
    #[serde(default)]
    pub(crate) changes: bool,
}

impl Wanted {
    /// Reads the recipe.
    pub(crate) fn read(&self) -> anyhow::Result<Recipe> {
        let text = if self.recipe.contains('/') {
            let path = PathBuf::from(&self.recipe);
            std::fs::read_to_string(&path)
                .with_context(|| format!("reading the recipe `{}`", path.display()))?
        } else {
            shipped::recipe(&self.recipe).ok_or_else(|| {
                anyhow!(
                    "there is no recipe `{}`; there are {}, and `./{}` would name a file",
                    self.recipe,
                    shipped::names().join(", "),
                    self.recipe
                )
            })?
        };
        Recipe::parse(&text, &self.with).with_context(|| format!("the recipe `{}`", self.recipe))
    }
}

impl Recipe {
    /// Reads a recipe, leaving out optional sources that are not asked for.
    pub(crate) fn parse(text: &str, with: &[String]) -> anyhow::Result<Self> {
        let mut rest: Table = text.parse()?;
        let word =
            |rest: &Table, key: &str| rest.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, assembly) = (word(&rest, "name"), word(&rest, "assembly"));
        if !is_plain(&name) {
            bail!("`{name}` cannot be the name of a reference");
        }
        let about = word(&rest, "about");
        rest.remove("about");
        let mut recipe =
            Self { name, assembly, about, downloads: Vec::new(), optional: Vec::new(), rest: Table::new() };
        for key in ["sequence", "genes"] {
            let section = rest.get_mut(key).and_then(Value::as_table_mut);
            let section = section.with_context(|| format!("it has no section `{key}`"))?;
            recipe.take(section, key)?;
        }
        for key in ["alleles", "intervals"] {
            if let Some(Value::Array(sources)) = rest.remove(key) {
                let sources = recipe.choose(sources, with)?;
                rest.insert(key.to_owned(), Value::Array(sources));
            }
        }
        if let Some(unknown) = with.iter().find(|id| *id != "all" && !recipe.optional.contains(id)) {
            bail!("it has no optional source `{unknown}`; there are {}", recipe.optional.join(", "));
        }
        recipe.rest = rest;
        Ok(recipe)
    }

    fn choose(&mut self, sources: Vec<Value>, with: &[String]) -> anyhow::Result<Vec<Value>> {
        let mut chosen = Vec::new();
        for source in sources {
            let Value::Table(mut source) = source else { bail!("a source is no table") };
            let id = source.get("id").and_then(Value::as_str).context("a source has no id")?.to_owned();
            if source.remove("optional").and_then(|value| value.as_bool()).unwrap_or(false) {
                if !self.optional.contains(&id) {
                    self.optional.push(id.clone());
                }
                if !with.iter().any(|wanted| *wanted == id || wanted == "all") {
                    continue;
                }
            }
            for mut source in each(source)? {
                self.take(&mut source, &id)?;
                chosen.push(Value::Table(source));
            }
        }
        Ok(chosen)
    }

    /// Takes the download out of a source.
    fn take(&mut self, source: &mut Table, id: &str) -> anyhow::Result<()> {
        let file = source
            .get("file")
            .and_then(Value::as_str)
            .with_context(|| format!("`{id}` names no file"))?
            .to_owned();
        let from = source.remove("download").with_context(|| format!("`{id}` has no section `download`"))?;
        let from: Origin = from.try_into().with_context(|| format!("the download of `{id}`"))?;
        if !is_plain(&file) {
            bail!("`{file}` is not the name of a file alone");
        }
        for url in [Some(&from.url), from.checksum_from.as_ref().filter(|list| *list != GOOGLE)]
            .into_iter()
            .flatten()
        {
            request::check_address(url)?;
        }
        if from.sha256.is_none() && from.md5.is_none() && from.checksum_from.is_none() {
            bail!("the download of `{id}` has neither `sha256`, `md5` nor `checksum_from`");
        }
        let licence = source.get("provenance").and_then(|provenance| provenance.get("licence"));
        let licence = licence.and_then(Value::as_str).unwrap_or("no licence said").to_owned();
        self.downloads.push(Download { file, source: id.to_owned(), licence, from });
        Ok(())
    }

    /// What the engine reads; files whose release the recipe does not know are told by the date that their server gave.
    pub(crate) fn for_the_engine(&self, lock: &Lock) -> Table {
        let mut rest = self.rest.clone();
        for key in ["sequence", "genes", "alleles", "intervals"] {
            match rest.get_mut(key) {
                Some(Value::Table(source)) => date(source, lock),
                Some(Value::Array(sources)) => {
                    sources.iter_mut().filter_map(Value::as_table_mut).for_each(|source| date(source, lock));
                }
                _ => {}
            }
        }
        rest
    }
}

/// The value of `checksum_from` that stands for a header of Google's object store.
pub(crate) const GOOGLE: &str = "x-goog-hash";

fn date(source: &mut Table, lock: &Lock) {
    let file = source.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(date) = lock.date_of(&file) else { return };
    let provenance = source.entry("provenance").or_insert_with(|| Value::Table(Table::new()));
    if let Some(provenance) = provenance.as_table_mut() {
        provenance.entry("version").or_insert_with(|| Value::String(format!("of {date}")));
    }
}

/// A source of many files: each word of `each` stands for `{}` in it once.
fn each(mut source: Table) -> anyhow::Result<Vec<Table>> {
    let Some(words) = source.remove("each") else { return Ok(vec![source]) };
    let words: Vec<String> = words.try_into().context("`each` is no list of words")?;
    let text = toml::to_string(&source)?;
    words.iter().map(|word| Ok(text.replace("{}", word).parse::<Table>()?)).collect()
}

/// Whether a word can be the name of a file or directory.
fn is_plain(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !word.is_empty() && !word.starts_with('.') && word.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_recipe_names_address_checksum_and_licence() {
        for name in shipped::names() {
            let all = ["all".to_owned()];
            let recipe = Recipe::parse(&shipped::recipe(&name).unwrap(), &all).unwrap();
            assert_eq!(recipe.name, name);
            assert!(!recipe.about.is_empty() && !recipe.assembly.is_empty());
            for download in &recipe.downloads {
                assert!(download.from.url.starts_with("https://"), "{}", download.from.url);
                assert!(download.from.url.ends_with(&download.file), "{}", download.from.url);
                assert_ne!(download.licence, "no licence said", "{name}: {}", download.file);
            }
            let files: std::collections::BTreeSet<&str> =
                recipe.downloads.iter().map(|download| download.file.as_str()).collect();
            assert_eq!(files.len(), recipe.downloads.len(), "{name} has files of one name");
            // The engine reads what is left.
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("recipe.toml");
            let lock = Lock::read(folder.path(), &name, false).unwrap();
            std::fs::write(&path, toml::to_string(&recipe.for_the_engine(&lock)).unwrap()).unwrap();
            gas_annotation::BuildPlan::from_recipe(&path).unwrap();
        }
    }

    #[test]
    fn what_the_issue_of_a_release_asks_for_is_there() {
        let expected =
            ["GRCh37", "GRCh37-gencode", "GRCh38", "GRCh38-gencode", "GRCm39", "SARS-CoV-2", "yeast"];
        assert_eq!(shipped::names(), expected);
    }

    const RECIPE: &str = "name = \"x\"\nassembly = \"a\"\n\
        [sequence]\nfile = \"x.fa\"\ndownload = { url = \"https://example.org/x.fa\", md5 = \"0\" }\n\
        [genes]\nfile = \"x.gff3\"\ndownload = { url = \"https://example.org/x.gff3\", md5 = \"0\" }\n";

    #[test]
    fn optional_sources_are_taken_when_asked_for_and_lists_of_files_apart() {
        let text = format!(
            "{RECIPE}[[alleles]]\nid = \"gnomAD\"\noptional = true\neach = [\"1\", \"X\"]\nfile = \"g.{{}}.vcf\"\n\
             download = {{ url = \"https://example.org/g.{{}}.vcf\", checksum_from = \"x-goog-hash\" }}\n"
        );
        let bare = Recipe::parse(&text, &[]).unwrap();
        assert_eq!((bare.downloads.len(), &bare.optional[..]), (2, &["gnomAD".to_owned()][..]));
        let whole = Recipe::parse(&text, &["gnomAD".into()]).unwrap();
        let urls: Vec<&str> = whole.downloads.iter().map(|download| download.from.url.as_str()).collect();
        assert_eq!(urls[2..], ["https://example.org/g.1.vcf", "https://example.org/g.X.vcf"]);
        let error = Recipe::parse(&text, &["dbSNP".into()]).unwrap_err().to_string();
        assert_eq!(error, "it has no optional source `dbSNP`; there are gnomAD");
    }

    #[test]
    fn what_is_not_safe_or_not_checked_is_refused() {
        for (from, to, reason) in [
            ("https://example.org/x.fa", "http://example.org/x.fa", "only `https://`"),
            ("https://example.org/x.fa", "file:///etc/passwd", "only `https://`"),
            ("\"x.fa\"", "\"../x.fa\"", "not the name of a file"),
            ("name = \"x\"", "name = \"../x\"", "cannot be the name"),
            (", md5 = \"0\"", "", "neither"),
            ("md5 = \"0\"", "md4 = \"0\"", "download of `sequence`"),
        ] {
            let error = Recipe::parse(&RECIPE.replacen(from, to, 1), &[]).unwrap_err();
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }
}
