//! Collecting words into one block, each once.

use std::collections::HashMap;
use std::io;

use crate::reference::layout::Words;

/// Words of a part.
#[derive(Debug, Default)]
pub(crate) struct TextPool {
    text: String,
    known: HashMap<String, Words>,
}

impl TextPool {
    /// Where the words are; adds them if they are new.
    pub(crate) fn add(&mut self, words: &str) -> io::Result<Words> {
        if let Some(known) = self.known.get(words) {
            return Ok(*known);
        }
        let number =
            |count: usize| u32::try_from(count).map_err(|_| io::Error::other("more than 4 GiB of names"));
        let place = Words { start: number(self.text.len())?, length: number(words.len())? };
        self.text.push_str(words);
        number(self.text.len())?;
        self.known.insert(words.to_owned(), place);
        Ok(place)
    }

    /// The block.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
