//! Lines of text, and where each begins in the file.

use std::io::{self, BufRead, BufReader, Read};

use memchr::{memchr, memchr_iter};

/// Longest part of a line that is kept: a record's first eight columns, or a header line.
const MAX_LINE: usize = 4 << 20;
/// The columns of a record up to INFO; those of samples are read over.
const COLUMNS: usize = 8;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    Plain,
    /// In blocks of gzip that can be entered at each block (bgzip).
    Blocks,
    /// As one stream of gzip.
    Gzip,
}

impl Packing {
    /// By the first bytes (SAM specification, 4.1).
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, 4, ..] if head.get(12..16) == Some(b"BC\x02\x00") => Self::Blocks,
            [0x1f, 0x8b, ..] => Self::Gzip,
            _ => Self::Plain,
        }
    }
}

/// Where a line begins: an offset into the file, or for gzip into the unpacked text; for blocks that of the
/// block and the offset within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) within: u16,
}

impl Place {
    pub(super) const START: Self = Self { offset: 0, within: 0 };
}

/// Bytes as they come.
pub(super) type Bytes = Box<dyn Read + Send>;

/// A file as it is unpacked.
pub(super) enum Unpacked {
    Plain(BufReader<Bytes>),
    Blocks(noodles_bgzf::io::Reader<BufReader<Bytes>>),
    Gzip(BufReader<Bytes>),
}

/// The text of a file from some place on.
pub(super) struct Text {
    unpacked: Unpacked,
    start: u64,
    read: u64,
}

impl Text {
    pub(super) fn new(unpacked: Unpacked, start: Place) -> Self {
        Self { unpacked, start: start.offset, read: 0 }
    }

    pub(super) fn packing(&self) -> Packing {
        match self.unpacked {
            Unpacked::Plain(_) => Packing::Plain,
            Unpacked::Blocks(_) => Packing::Blocks,
            Unpacked::Gzip(_) => Packing::Gzip,
        }
    }

    /// Where the next line begins.
    pub(super) fn place(&self) -> Place {
        match &self.unpacked {
            Unpacked::Plain(_) | Unpacked::Gzip(_) => Place { offset: self.start + self.read, within: 0 },
            Unpacked::Blocks(reader) => {
                let position = reader.virtual_position();
                Place { offset: self.start + position.compressed(), within: position.uncompressed() }
            }
        }
    }

    /// Bytes of text read since it was opened here.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read
    }

    /// Reads a line that begins with `#`; false, and nothing read, at any other.
    pub(super) fn read_header_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        match self.buffer()?.first() {
            Some(b'#') => self.read_line(line),
            _ => Ok(false),
        }
    }

    /// Reads the next line as far as tables need it, without its end; false at the end of the file.
    pub(super) fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let mut columns = 1;
        let mut began = false;
        loop {
            let buffer = self.buffer()?;
            if buffer.is_empty() {
                return Ok(began);
            }
            began = true;
            let end = memchr(b'\n', buffer);
            let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or(buffer);
            keep(part, line, &mut columns);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.consume(used);
            if end.is_some() {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(true);
            }
        }
    }

    /// Reads over some text before `place`; false once it is there, or past it.
    pub(super) fn skip_towards(&mut self, place: Place) -> io::Result<bool> {
        let now = self.place();
        let wanted = match self.packing() {
            Packing::Blocks if now.offset == place.offset => {
                u64::from(place.within.saturating_sub(now.within))
            }
            Packing::Blocks => 0,
            Packing::Plain | Packing::Gzip => place.offset.saturating_sub(now.offset),
        };
        let buffered = self.buffer()?.len();
        let used = buffered.min(usize::try_from(wanted).unwrap_or(usize::MAX));
        self.consume(used);
        Ok(used > 0)
    }

    fn buffer(&mut self) -> io::Result<&[u8]> {
        match &mut self.unpacked {
            Unpacked::Plain(reader) | Unpacked::Gzip(reader) => reader.fill_buf(),
            Unpacked::Blocks(reader) => reader.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        self.read += count as u64;
        match &mut self.unpacked {
            Unpacked::Plain(reader) | Unpacked::Gzip(reader) => reader.consume(count),
            Unpacked::Blocks(reader) => reader.consume(count),
        }
    }
}

/// Keeps of a part of a line what lies in the first columns.
fn keep(part: &[u8], line: &mut Vec<u8>, columns: &mut usize) {
    if *columns > COLUMNS {
        return;
    }
    let mut until = part.len();
    for tab in memchr_iter(b'\t', part) {
        *columns += 1;
        if *columns > COLUMNS {
            until = tab;
            break;
        }
    }
    let room = MAX_LINE.saturating_sub(line.len());
    line.extend_from_slice(part.get(..until.min(room)).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packings_are_told_apart() {
        let blocks = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0\x1b\0";
        assert_eq!(Packing::of(blocks), Packing::Blocks);
        assert_eq!(Packing::of(b"\x1f\x8b\x08\0"), Packing::Gzip);
        assert_eq!(Packing::of(b"##fileformat=VCFv4.3"), Packing::Plain);
        assert_eq!(Packing::of(b""), Packing::Plain);
    }

    #[test]
    fn samples_and_the_rest_of_endless_lines_are_not_kept() {
        let lines = ["1\t2\t3\t4\t5\t6\t7\t8", "\t9\t10\n", &"x".repeat(MAX_LINE + 10), "\r\nlast"];
        let bytes: Bytes = Box::new(io::Cursor::new(lines.concat()));
        let mut text = Text::new(Unpacked::Plain(BufReader::with_capacity(3, bytes)), Place::START);
        let mut line = Vec::new();
        assert!(text.read_line(&mut line).unwrap());
        assert_eq!(line, b"1\t2\t3\t4\t5\t6\t7\t8");
        assert!(text.read_line(&mut line).unwrap());
        assert_eq!(line.len(), MAX_LINE);
        assert!(text.read_line(&mut line).unwrap());
        assert_eq!(line, b"last");
        assert!(!text.read_line(&mut line).unwrap());
    }
}
