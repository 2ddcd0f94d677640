//! Cutting an input into batches of whole lines, the same ones however the bytes arrive.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use memchr::{memchr_iter, memrchr};

use crate::error::{Fault, Misfit, Place};
use crate::vcf::open::{Input, Packing};

/// Some whole lines.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The lines with their endings; only the input's last one may lack it.
    pub(crate) bytes: Vec<u8>,
    /// Number of the first line, counted from 1.
    pub(crate) first_line: u64,
}

/// Reads batches from an input.
pub(crate) struct Batches<R> {
    input: Input<R>,
    /// The start of a line whose end was not in the last batch.
    carried: Vec<u8>,
    next_line: u64,
    batch_bytes: usize,
    max_line_bytes: usize,
    ended: bool,
}

impl<R: Read> Batches<R> {
    pub(crate) fn new(input: Input<R>, batch_bytes: usize, max_line_bytes: usize) -> Self {
        Self { input, carried: Vec::new(), next_line: 1, batch_bytes, max_line_bytes, ended: false }
    }

    pub(crate) fn packing(&self) -> Packing {
        self.input.packing()
    }

    pub(crate) fn is_bcf(&self) -> bool {
        self.input.is_bcf()
    }

    pub(crate) fn packed_bytes(&self) -> Arc<AtomicU64> {
        self.input.packed_bytes()
    }

    pub(crate) fn lacks_end_block(&self) -> bool {
        self.input.lacks_end_block()
    }

    /// Fills `batch` with the next lines, reusing its memory. False at the end of the input.
    ///
    /// # Errors
    /// An input that cannot be read or unpacked, or a line beyond the limit, with its number.
    pub(crate) fn fill(&mut self, batch: &mut Batch) -> Result<bool, Misfit> {
        let bytes = &mut batch.bytes;
        bytes.clear();
        // A giant line may have passed through this memory: do not keep it for ever.
        bytes.shrink_to(4 * self.batch_bytes);
        bytes.append(&mut self.carried);
        batch.first_line = self.next_line;
        let mut wanted = self.batch_bytes;
        while !self.ended {
            let searched = bytes.len();
            let read = self.input.read_up_to(wanted, bytes);
            let read = read.map_err(|fault| place_fault(fault, self.next_line, bytes))?;
            self.ended = read < wanted;
            if let Some(newline) = memrchr(b'\n', &bytes[searched..]) {
                let end = searched + newline + 1;
                self.carried.extend_from_slice(&bytes[end..]);
                bytes.truncate(end);
                break;
            }
            if bytes.len() > self.max_line_bytes {
                let fault = Fault::LineTooLong { limit_bytes: self.max_line_bytes };
                return Err(Misfit { place: Place::line(self.next_line), fault });
            }
            let room = self.max_line_bytes + 1 - bytes.len();
            wanted = bytes.len().max(self.batch_bytes).min(room);
        }
        if self.ended {
            bytes.append(&mut self.carried);
        }
        self.next_line += count_lines(bytes);
        Ok(!bytes.is_empty())
    }
}

/// Lines in some bytes, a last one without an ending included.
pub(crate) fn count_lines(bytes: &[u8]) -> u64 {
    let endings = memchr_iter(b'\n', bytes).count() as u64;
    endings + u64::from(bytes.last().is_some_and(|byte| *byte != b'\n'))
}

fn place_fault(fault: Fault, first_line: u64, read: &[u8]) -> Misfit {
    let place = match fault {
        Fault::Read { .. } => Place::default(),
        _ => Place::line(first_line + memchr_iter(b'\n', read).count() as u64),
    };
    Misfit { place, fault }
}

/// Calls `each` for every line of some bytes, with its ending.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcf::open::Limits;
    use proptest::prelude::*;

    /// Gives at most `step` bytes at a time, as a network does.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn batches(bytes: &[u8], step: usize, batch_bytes: usize) -> Vec<(u64, Vec<u8>)> {
        let input = Input::open(Dribble(bytes, step), &Limits::default()).unwrap();
        let mut source = Batches::new(input, batch_bytes, 1 << 20);
        let mut batch = Batch::default();
        let mut found = Vec::new();
        while source.fill(&mut batch).unwrap() {
            found.push((batch.first_line, batch.bytes.clone()));
        }
        assert_eq!(source.next_line - 1, count_lines(bytes));
        found
    }

    proptest! {
        #[test]
        fn batches_are_whole_lines_and_lose_nothing(
            text in "[a-c\n]{0,200}", step in 1_usize..50, batch_bytes in 1_usize..40,
        ) {
            let found = batches(text.as_bytes(), step, batch_bytes);
            let joined: Vec<u8> = found.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            prop_assert_eq!(&joined[..], text.as_bytes());
            let mut line = 1;
            for (index, (first_line, bytes)) in found.iter().enumerate() {
                prop_assert_eq!(*first_line, line);
                line += count_lines(bytes);
                prop_assert!(index + 1 == found.len() || bytes.ends_with(b"\n"));
            }
            prop_assert_eq!(found, batches(text.as_bytes(), 1000, batch_bytes));
        }
    }

    #[test]
    fn an_endless_line_is_refused_with_its_number() {
        struct Endless(usize);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                buffer.fill(b'A');
                self.0 += buffer.len();
                assert!(self.0 < 1 << 20, "the limit must stop the reader early");
                Ok(buffer.len())
            }
        }
        let input = Input::open(b"one\ntwo\n".chain(Endless(0)), &Limits::default()).unwrap();
        let mut source = Batches::new(input, 1000, 50_000);
        let mut batch = Batch::default();
        let misfit = loop {
            match source.fill(&mut batch) {
                Ok(more) => assert!(more),
                Err(misfit) => break misfit,
            }
        };
        assert!(matches!(misfit.fault, Fault::LineTooLong { limit_bytes: 50_000 }));
        assert_eq!(misfit.place.line, Some(3));
        assert!(batch.bytes.capacity() < 200_000);
    }
}
