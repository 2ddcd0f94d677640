//! The account of a build: what of the source files could not be used, and why.

use std::collections::BTreeMap;

use serde::Serialize;

/// Examples that are kept of each reason.
const EXAMPLES: usize = 5;

/// Things of one kind that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first few by name.
    pub examples: Vec<String>,
}

/// What could not be used, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Account(BTreeMap<String, LeftOut>);

impl Account {
    /// Counts one thing.
    pub(crate) fn add(&mut self, reason: &str, name: &str) {
        self.add_many(reason, name, 1);
    }

    /// Counts several that have one name.
    pub(crate) fn add_many(&mut self, reason: &str, name: &str, count: u64) {
        let entry = self.0.entry(reason.to_owned()).or_default();
        entry.count += count;
        if entry.examples.len() < EXAMPLES && !entry.examples.iter().any(|known| known == name) {
            entry.examples.push(name.to_owned());
        }
    }

    /// The same, with a name that is only made when it is kept.
    pub(crate) fn add_lazily(&mut self, reason: &str, count: u64, name: impl FnOnce() -> String) {
        match self.0.get_mut(reason) {
            Some(entry) if entry.examples.len() >= EXAMPLES => entry.count += count,
            _ => self.add_many(reason, &name(), count),
        }
    }

    /// Reasons with what they led to, in the order of the alphabet.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &LeftOut)> {
        self.0.iter().map(|(reason, left_out)| (reason.as_str(), left_out))
    }

    /// How many things were left out for a reason.
    pub fn count(&self, reason: &str) -> u64 {
        self.0.get(reason).map_or(0, |left_out| left_out.count)
    }
}
