//! What the blocks of a column share: the forms of their numbers, and texts that many blocks have.

use std::hash::BuildHasher;

use bytemuck::{Pod, Zeroable};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::known::store::number_form::Form;
use crate::reference::layout::Words;

/// Most forms and texts of a column, and most bytes of them: they are kept in memory while a store is built.
const MOST_FORMS: usize = 4096;
const MOST_TEXTS: usize = 1 << 16;
const MOST_BYTES: usize = 4 << 20;
/// Texts that were seen in one block only, by their hash; then all are forgotten.
const MOST_SEEN: usize = 1 << 20;
/// A shorter text takes no more room than a reference to it.
const SHORTEST_SHARED: usize = 3;

/// A form of numbers as it is stored.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FormRecord {
    before: Words,
    after: Words,
    /// Digits behind the point and one; 0 when there is no point.
    decimals: u32,
}

/// The shared texts and forms of a column: a view.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shared<'r> {
    pub(crate) forms: &'r [FormRecord],
    pub(crate) texts: &'r [Words],
    pub(crate) pool: &'r [u8],
}

impl<'r> Shared<'r> {
    fn words(&self, words: Words) -> &'r [u8] {
        let start = words.start as usize;
        self.pool.get(start..start + words.length as usize).unwrap_or_default()
    }

    pub(crate) fn text(&self, number: usize) -> &'r [u8] {
        self.texts.get(number).map_or(&[], |words| self.words(*words))
    }

    pub(crate) fn form(&self, number: usize) -> Form<'r> {
        let Some(record) = self.forms.get(number) else {
            return Form { before: b"", after: b"", decimals: None };
        };
        let decimals = record.decimals.checked_sub(1).and_then(|decimals| u8::try_from(decimals).ok());
        Form { before: self.words(record.before), after: self.words(record.after), decimals }
    }
}

/// What is before and after the number, and its decimals.
type OwnForm = (Box<[u8]>, Box<[u8]>, Option<u8>);

/// The shared texts and forms of a column that is being written.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    pub(crate) forms: Vec<FormRecord>,
    pub(crate) texts: Vec<Words>,
    pub(crate) pool: Vec<u8>,
    known_forms: FxHashMap<OwnForm, u32>,
    known_texts: FxHashMap<Box<[u8]>, u32>,
    seen: FxHashSet<u64>,
}

impl Dictionary {
    /// The view of what there is so far.
    pub(crate) fn shared(&self) -> Shared<'_> {
        Shared { forms: &self.forms, texts: &self.texts, pool: &self.pool }
    }

    /// The number of a form; nothing when there are too many.
    pub(crate) fn form(&mut self, form: &Form<'_>) -> Option<u32> {
        let key = (Box::from(form.before), Box::from(form.after), form.decimals);
        if let Some(known) = self.known_forms.get(&key) {
            return Some(*known);
        }
        if self.forms.len() >= MOST_FORMS
            || self.pool.len() + form.before.len() + form.after.len() > MOST_BYTES
        {
            return None;
        }
        let (before, after) = (self.add(form.before)?, self.add(form.after)?);
        let number = u32::try_from(self.forms.len()).ok()?;
        self.forms.push(FormRecord {
            before,
            after,
            decimals: form.decimals.map_or(0, |decimals| u32::from(decimals) + 1),
        });
        self.known_forms.insert(key, number);
        Some(number)
    }

    /// The number of a text that other blocks have too.
    pub(crate) fn text(&mut self, text: &[u8]) -> Option<u32> {
        if text.len() < SHORTEST_SHARED {
            return None;
        }
        if let Some(known) = self.known_texts.get(text) {
            return Some(*known);
        }
        if self.seen.insert(FxBuildHasher.hash_one(text)) {
            if self.seen.len() > MOST_SEEN {
                self.seen.clear();
            }
            return None;
        }
        if self.texts.len() >= MOST_TEXTS || self.pool.len() + text.len() > MOST_BYTES {
            return None;
        }
        let words = self.add(text)?;
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(words);
        self.known_texts.insert(text.into(), number);
        Some(number)
    }

    fn add(&mut self, text: &[u8]) -> Option<Words> {
        let words =
            Words { start: u32::try_from(self.pool.len()).ok()?, length: u32::try_from(text.len()).ok()? };
        self.pool.extend_from_slice(text);
        Some(words)
    }
}
