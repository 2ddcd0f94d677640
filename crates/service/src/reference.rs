//! References as the service knows them: what each is called, which sequences it has, and where it is from.
//!
//! How they are built and read is the engine's affair; these are plain values.

pub(crate) mod clues;
mod names;
mod recognise;

use std::sync::Arc;

pub use self::{
    clues::{Clues, DeclaredContig},
    recognise::{Recognition, recognise, warning},
};

/// All references of a server, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledReferences(Vec<Arc<InstalledReference>>);

/// A reference that jobs can be annotated against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledReference {
    /// The name by which jobs choose it, such as `human-mt`.
    pub name: String,
    /// Its assembly, such as `GRCh38`.
    pub assembly: String,
    /// Its sequences, in its order.
    pub contigs: Vec<Contig>,
    /// The public files that it was built from.
    pub sources: Vec<ReferenceSource>,
}

/// A sequence of a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contig {
    /// Its name in the reference.
    pub name: String,
    /// In bases.
    pub length: u64,
    /// What else files may call it.
    pub synonyms: Vec<String>,
}

/// A public file that went into a reference. All of it is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceSource {
    /// What it is: `sequence`, `genes`, or the name of a collection.
    pub id: String,
    /// Name of the file.
    pub file: String,
    /// Release or date.
    pub version: Option<String>,
    /// Terms under which it may be used.
    pub licence: Option<String>,
    /// What to cite.
    pub citation: Option<String>,
    /// Where it can be had.
    pub url: Option<String>,
}

impl InstalledReferences {
    /// These, sorted; of two of one name the first counts.
    pub fn new(references: impl IntoIterator<Item = Arc<InstalledReference>>) -> Self {
        let mut references: Vec<_> = references.into_iter().collect();
        references.sort_by(|one, other| one.name.cmp(&other.name));
        references.dedup_by(|later, first| later.name == first.name);
        Self(references)
    }

    /// One after the other, by name.
    pub fn iter(&self) -> impl Iterator<Item = &InstalledReference> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The one of that name.
    pub fn named(&self, name: &str) -> Option<&Arc<InstalledReference>> {
        self.0.iter().find(|reference| reference.name == name)
    }

    /// Their names as a text says them: `` `a`, `b` ``; at most twenty.
    pub fn in_words(&self) -> String {
        listed(self.iter().map(|reference| reference.name.as_str()), 20)
    }
}

/// Values in a sentence, at most so many: `` `a`, `b` and 3 more ``. Long ones, which strangers' files have, are cut.
fn listed<'a>(values: impl Iterator<Item = &'a str>, most: usize) -> String {
    let all: Vec<&str> = values.collect();
    let mut words: Vec<String> = all.iter().take(most).map(|value| format!("`{}`", cut(value))).collect();
    if all.len() > most {
        words.push(format!("{} more", all.len() - most));
    }
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "none".to_owned(),
    }
}

fn cut(value: &str) -> String {
    const MOST: usize = 40;
    let plain = |letter: char| if letter.is_control() || letter == '`' { '\u{FFFD}' } else { letter };
    let mut short: String = value.chars().take(MOST).map(plain).collect();
    if value.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}
