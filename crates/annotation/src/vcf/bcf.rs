//! BCF read as the VCF lines that it stands for, as `bcftools view` prints them.
//!
//! The bytes are a stranger's: nothing is trusted to be as long as it says, and memory is taken for what
//! was really read. No record becomes longer than a line may be.

pub(crate) mod header;
mod number;
mod record;
mod typed;

use std::io::{self, Read};

use crate::error::Fault;
use crate::vcf::bcf::header::BcfHeader;
use crate::vcf::bcf::record::append_line;

/// The start of every BCF2, the minor version behind it.
pub(crate) const MAGIC: &[u8; 4] = b"BCF\x02";
/// Minor versions that are in use; they differ in nothing that is read here.
const MINOR_VERSIONS: [u8; 2] = [1, 2];
/// Bytes of the two lengths before each record.
const LENGTHS: usize = 8;

/// Makes lines of a BCF.
pub(crate) struct BcfLines {
    header: BcfHeader,
    max_line_bytes: usize,
    /// Lines that wait to be taken.
    text: Vec<u8>,
    taken: usize,
    record: Vec<u8>,
}

/// Why no more could be read: the operating system or the decompressor, or what was read.
#[derive(Debug)]
pub(crate) enum BcfFault {
    Read(io::Error),
    Content(Fault),
}

impl From<io::Error> for BcfFault {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<Fault> for BcfFault {
    fn from(fault: Fault) -> Self {
        Self::Content(fault)
    }
}

/// Content that contradicts itself.
pub(crate) fn corrupt(cause: impl Into<String>) -> Fault {
    Fault::CorruptBcf { cause: cause.into() }
}

impl BcfLines {
    /// Reads the header, whose first four bytes are read already.
    pub(crate) fn open(source: &mut impl Read, max_line_bytes: usize) -> Result<Self, BcfFault> {
        let mut start = Vec::new();
        if read_part(source, 5, &mut start)? < 5 {
            return Err(corrupt("it ends before its header").into());
        }
        if !MINOR_VERSIONS.contains(&start[0]) {
            return Err(corrupt(format!("its version is 2.{}, where 2.1 and 2.2 are known", start[0])).into());
        }
        let length = u32::from_le_bytes([start[1], start[2], start[3], start[4]]) as usize;
        if length > max_line_bytes {
            return Err(corrupt(format!("its header is longer than {max_line_bytes} bytes")).into());
        }
        let mut text = Vec::new();
        if read_part(source, length, &mut text)? < length {
            return Err(corrupt("it ends within its header").into());
        }
        let (header, text) = BcfHeader::read(text)?;
        Ok(Self { header, max_line_bytes, text, taken: 0, record: Vec::new() })
    }

    /// Appends at most `most` bytes of at most one line to `buffer`; none at the end.
    pub(crate) fn read_some(
        &mut self,
        source: &mut impl Read,
        most: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<usize, BcfFault> {
        if self.taken == self.text.len() && !self.next_line(source)? {
            return Ok(0);
        }
        let count = most.min(self.text.len() - self.taken);
        buffer.extend_from_slice(&self.text[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }

    /// Makes the line of the next record; false at the end.
    fn next_line(&mut self, source: &mut impl Read) -> Result<bool, BcfFault> {
        const KEPT_BYTES: usize = 1 << 20;
        self.taken = 0;
        for memory in [&mut self.text, &mut self.record] {
            memory.clear();
            memory.shrink_to(KEPT_BYTES);
        }
        match read_part(source, LENGTHS, &mut self.record)? {
            0 => return Ok(false),
            LENGTHS => {}
            _ => return Err(corrupt("it ends within the lengths of a record").into()),
        }
        let length = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| self.record[at + byte])) as usize;
        let (shared, samples) = (length(0), length(4));
        if shared.saturating_add(samples) > self.max_line_bytes {
            return Err(Fault::LineTooLong { limit_bytes: self.max_line_bytes }.into());
        }
        self.record.clear();
        if read_part(source, shared + samples, &mut self.record)? < shared + samples {
            return Err(corrupt("it ends within a record").into());
        }
        let (shared, samples) = self.record.split_at(shared);
        append_line(&self.header, shared, samples, self.max_line_bytes, &mut self.text)?;
        Ok(true)
    }
}

/// Appends up to `wanted` bytes: fewer only at the end.
fn read_part(source: &mut impl Read, wanted: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
    source.take(wanted as u64).read_to_end(buffer)
}

#[cfg(test)]
mod tests;
