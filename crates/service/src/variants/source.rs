//! The result's bytes, to be read from anywhere, unpacked if they are packed.

use std::{
    io::{self, BufReader, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use super::{
    FieldNames, VariantsError,
    text::{Bytes, Packing, Place, Text, Unpacked},
};

/// Bytes read from the store at once.
const CHUNK: usize = 128 * 1024;
/// What tells block-gzip from gzip is within so many bytes.
const HEAD: usize = 18;

/// Gives the bytes of a file from an offset on.
pub(super) type Open = Box<dyn Fn(u64) -> io::Result<Bytes> + Send>;

/// A file, for a reader on a thread of its own.
pub(super) struct Source {
    open: Open,
    size: u64,
    abandoned: Arc<AtomicBool>,
}

impl Source {
    /// A file of that size; reading stops soon after it is `abandoned`.
    pub(super) fn new(open: Open, size: u64, abandoned: Arc<AtomicBool>) -> Self {
        Self { open, size, abandoned }
    }

    /// Opens the file and reads its header; the text then stands at the first record.
    pub(super) fn begin(&self) -> Result<(Arc<FieldNames>, Text), VariantsError> {
        let mut bytes = (self.open)(0)?;
        let mut head = Vec::with_capacity(HEAD);
        bytes.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        let packing = Packing::of(&head);
        let whole: Bytes = Box::new(io::Cursor::new(head).chain(bytes));
        let mut text = Text::new(unpack(packing, whole), Place::START);
        let mut names = FieldNames::default();
        let mut line = Vec::new();
        while text.read_header_line(&mut line)? {
            self.check_wanted()?;
            if let Some(found) = FieldNames::of_header(&line) {
                names = found;
            }
        }
        Ok((Arc::new(names), text))
    }

    /// Moves the text to a place where a record begins: at once where the file can be entered there, else by
    /// reading up to it.
    pub(super) fn go_to(&self, text: Text, place: Place) -> Result<Text, VariantsError> {
        if place.offset > self.size && text.packing() != Packing::Gzip {
            return Err(VariantsError::Cursor);
        }
        let mut text = match text.packing() {
            Packing::Gzip if place >= text.place() => text,
            Packing::Gzip => Text::new(unpack(Packing::Gzip, (self.open)(0)?), Place::START),
            packing => {
                let start = Place { offset: place.offset, within: 0 };
                Text::new(unpack(packing, (self.open)(place.offset)?), start)
            }
        };
        let enter = |error: io::Error| match error.kind() {
            io::ErrorKind::InvalidData => VariantsError::Cursor,
            _ => error.into(),
        };
        while text.skip_towards(place).map_err(enter)? {
            self.check_wanted()?;
        }
        Ok(text)
    }

    /// An error once nobody waits for the answer.
    pub(super) fn check_wanted(&self) -> io::Result<()> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "nobody waits for the answer any more"));
        }
        Ok(())
    }
}

fn unpack(packing: Packing, bytes: Bytes) -> Unpacked {
    let bytes = BufReader::with_capacity(CHUNK, bytes);
    match packing {
        Packing::Plain => Unpacked::Plain(bytes),
        Packing::Blocks => Unpacked::Blocks(noodles_bgzf::io::Reader::new(bytes)),
        Packing::Gzip => {
            Unpacked::Gzip(BufReader::with_capacity(CHUNK, Box::new(MultiGzDecoder::new(bytes)) as Bytes))
        }
    }
}
