//! Reading sequences from FASTA, of any size, base after base.

use std::io::Read;

use crate::error::quoted;
use crate::vcf::open::{Input, Limits};

const CHUNK_BYTES: usize = 1 << 20;

/// Why a FASTA file cannot be used: a line, when it is one line's fault, and a clause.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<u64>,
    pub(crate) reason: String,
}

/// A piece of a FASTA file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A sequence of this name begins.
    Name(&'a str),
    /// More of its bases, upper case.
    Bases(&'a [u8]),
}

/// Reads a file, plain or packed, and hands on its pieces.
///
/// # Errors
/// What is no FASTA, or what `take` says.
pub(crate) fn read(
    bytes: impl Read,
    mut take: impl FnMut(Piece<'_>) -> Result<(), String>,
) -> Result<(), Unreadable> {
    let limits = Limits { max_unpack_ratio: u64::MAX, ..Limits::default() };
    let whole = |fault: crate::Fault| Unreadable { line: None, reason: fault.to_string() };
    let mut input = Input::open(bytes, &limits).map_err(whole)?;
    let mut reader = Reader::default();
    let mut chunk = Vec::new();
    loop {
        chunk.clear();
        let read = input.read_up_to(CHUNK_BYTES, &mut chunk).map_err(whole)?;
        reader.take_chunk(&chunk, &mut take)?;
        if read < CHUNK_BYTES {
            return reader.finish(&mut take);
        }
    }
}

/// What is known in the middle of a file.
#[derive(Default)]
struct Reader {
    /// The header line so far, while in one.
    header: Option<Vec<u8>>,
    named: bool,
    line: u64,
    at_line_start: bool,
    bases: Vec<u8>,
}

impl Reader {
    fn take_chunk(
        &mut self,
        chunk: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), String>,
    ) -> Result<(), Unreadable> {
        if self.line == 0 {
            (self.line, self.at_line_start) = (1, true);
        }
        for line in crate::vcf::batches::lines(chunk) {
            if self.at_line_start && line.starts_with(b">") {
                self.header = Some(Vec::new());
            }
            let text = line.trim_ascii_end();
            match &mut self.header {
                Some(header) => header.extend_from_slice(line),
                None => self.take_bases(text, take)?,
            }
            self.at_line_start = line.ends_with(b"\n");
            if self.at_line_start {
                self.take_name(take)?;
                self.line += 1;
            }
        }
        Ok(())
    }

    fn fault(&self, reason: impl Into<String>) -> Unreadable {
        Unreadable { line: Some(self.line), reason: reason.into() }
    }

    fn take_name(
        &mut self,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), String>,
    ) -> Result<(), Unreadable> {
        let Some(header) = self.header.take() else { return Ok(()) };
        let text = String::from_utf8_lossy(&header);
        let name = text.trim_start_matches('>').split_ascii_whitespace().next().unwrap_or_default();
        if name.is_empty() {
            return Err(self.fault("a sequence has no name"));
        }
        self.named = true;
        take(Piece::Name(name)).map_err(|reason| self.fault(reason))
    }

    fn take_bases(
        &mut self,
        text: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), String>,
    ) -> Result<(), Unreadable> {
        if text.is_empty() || (!self.named && text.starts_with(b";")) {
            return Ok(());
        }
        if !self.named {
            return Err(self.fault("it does not begin with `>` and a name, so it is no FASTA"));
        }
        if !crate::variant::is_bases(text) {
            return Err(self.fault(format!("`{}` is not a sequence of bases", quoted(text))));
        }
        self.bases.clear();
        self.bases.extend(text.iter().map(u8::to_ascii_uppercase));
        take(Piece::Bases(&self.bases)).map_err(|reason| Unreadable { line: Some(self.line), reason })
    }

    fn finish(mut self, take: &mut impl FnMut(Piece<'_>) -> Result<(), String>) -> Result<(), Unreadable> {
        self.take_name(take)?;
        if self.named {
            Ok(())
        } else {
            Err(Unreadable { line: None, reason: "it has no sequence".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequences(text: &str) -> Result<Vec<(String, String)>, Unreadable> {
        let mut found: Vec<(String, String)> = Vec::new();
        read(text.as_bytes(), |piece| {
            match piece {
                Piece::Name(name) => found.push((name.to_owned(), String::new())),
                Piece::Bases(bases) => {
                    found.last_mut().unwrap().1.push_str(std::str::from_utf8(bases).unwrap());
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn sequences_are_joined_and_made_upper_case() {
        let found = sequences(">MT human\r\nGATc\r\nacgn\n\n>2\nAA").unwrap();
        assert_eq!(found, [("MT".into(), "GATCACGN".into()), ("2".into(), "AA".into())]);
    }

    #[test]
    fn what_is_no_fasta_names_its_line() {
        assert_eq!(sequences("##gff-version 3\n").unwrap_err().line, Some(1));
        assert_eq!(sequences(">a\nACGT\nAC*T\n").unwrap_err().line, Some(3));
        assert_eq!(sequences("> \nACGT\n").unwrap_err().line, Some(1));
        assert_eq!(sequences("").unwrap_err().line, None);
    }
}
