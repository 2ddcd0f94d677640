//! Opening an input of unknown packing and format: plain, gzip or bgzip, VCF or BCF, told by its first bytes.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::Fault;
use crate::vcf::bcf::{self, BcfFault, BcfLines};

/// RFC 1952, 2.3.1: the two identification bytes.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Bytes that tell bgzip from gzip: the header up to the `BC` subfield (SAM specification, 4.1).
const BGZF_HEADER: usize = 14;
/// The empty block with which every bgzip file ends (SAM specification, 4.1.2).
const BGZF_END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];
/// A small file may unpack to anything below this before its ratio is judged.
const RATIO_IS_JUDGED_FROM: u64 = 16 << 20;
const READ_AHEAD: usize = 128 << 10;

/// How an input is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// Not compressed.
    Plain,
    /// gzip, not seekable.
    Gzip,
    /// gzip in blocks, as `bgzip` writes it.
    Bgzf,
}

/// What an input may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest accepted line in bytes; it bounds the memory of a run.
    pub max_line_bytes: usize,
    /// Most bytes that a compressed input may unpack to.
    pub max_unpacked_bytes: Option<u64>,
    /// Most unpacked bytes for each compressed byte, judged once more than 16 MiB are unpacked.
    /// Real VCF files reach 30 to 60; a gzip bomb reaches 1,000.
    pub max_unpack_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_line_bytes: 64 << 20, max_unpacked_bytes: None, max_unpack_ratio: 100 }
    }
}

/// An input's unpacked bytes; those of a BCF as the lines that it stands for.
pub(crate) struct Input<R> {
    body: Unpacked<R>,
    packing: Packing,
    packed: Arc<AtomicU64>,
    /// Bytes given so far.
    given: u64,
    limits: Limits,
    /// First bytes, read to tell the format, and not given yet.
    start: Vec<u8>,
    /// What came of reading them.
    start_fault: Option<Fault>,
    bcf: Option<BcfLines>,
}

/// Counts what it unpacks.
struct Unpacked<R> {
    body: Body<R>,
    count: u64,
}

type Source<R> = Chain<Cursor<Vec<u8>>, Counted<R>>;

enum Body<R> {
    Plain(Source<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Source<R>>>>),
}

impl<R: Read> Input<R> {
    /// Reads the first bytes and decides how the rest is packed.
    pub(crate) fn open(reader: R, limits: &Limits) -> Result<Self, Fault> {
        let packed = Arc::new(AtomicU64::new(0));
        let mut counted = Counted { inner: reader, count: Arc::clone(&packed), tail: Tail::default() };
        let mut start = Vec::with_capacity(BGZF_HEADER);
        (&mut counted)
            .take(BGZF_HEADER as u64)
            .read_to_end(&mut start)
            .map_err(|source| Fault::Read { source })?;
        let packing = packing_of(&start);
        let source = Cursor::new(start).chain(counted);
        let body = match packing {
            Packing::Plain => Body::Plain(source),
            Packing::Gzip | Packing::Bgzf => {
                Body::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(READ_AHEAD, source))))
            }
        };
        let mut input = Self {
            body: Unpacked { body, count: 0 },
            packing,
            packed,
            given: 0,
            limits: limits.clone(),
            start: Vec::new(),
            start_fault: None,
            bcf: None,
        };
        input.start_fault = input.tell_format().err();
        Ok(input)
    }

    fn tell_format(&mut self) -> Result<(), Fault> {
        let magic = bcf::MAGIC;
        let read = (&mut self.body).take(magic.len() as u64).read_to_end(&mut self.start);
        read.map_err(|error| self.fault_of(error))?;
        if self.start == magic {
            self.start.clear();
            let lines = BcfLines::open(&mut self.body, self.limits.max_line_bytes);
            self.bcf = Some(lines.map_err(|fault| self.fault_of_bcf(fault))?);
            self.judge_size()?;
        }
        Ok(())
    }

    /// Whether lines were made of a BCF.
    pub(crate) fn is_bcf(&self) -> bool {
        self.bcf.is_some()
    }

    pub(crate) fn packing(&self) -> Packing {
        self.packing
    }

    /// Counter of compressed bytes, readable while another thread reads.
    pub(crate) fn packed_bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.packed)
    }

    /// Whether a bgzip input ended without the empty block that says so. Meaningful after the end.
    pub(crate) fn lacks_end_block(&self) -> bool {
        match &self.body.body {
            Body::Gzip(decoder) if self.packing == Packing::Bgzf => {
                decoder.get_ref().get_ref().get_ref().1.tail.bytes() != BGZF_END
            }
            _ => false,
        }
    }

    /// Appends up to `wanted` bytes to `buffer`: fewer only at the end of the input.
    pub(crate) fn read_up_to(&mut self, wanted: usize, buffer: &mut Vec<u8>) -> Result<usize, Fault> {
        let from_start = wanted.min(self.start.len());
        buffer.extend(self.start.drain(..from_start));
        if let Some(fault) = self.start_fault.take() {
            return Err(fault);
        }
        if let Some(mut lines) = self.bcf.take() {
            let outcome = self.read_lines(&mut lines, wanted, buffer);
            self.bcf = Some(lines);
            return outcome;
        }
        let read = (&mut self.body).take((wanted - from_start) as u64).read_to_end(buffer);
        let read = from_start + read.map_err(|error| self.fault_of(error))?;
        self.given += read as u64;
        self.judge_size()?;
        Ok(read)
    }

    fn read_lines(
        &mut self,
        lines: &mut BcfLines,
        wanted: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<usize, Fault> {
        let mut read = 0;
        while read < wanted {
            let some = lines.read_some(&mut self.body, wanted - read, buffer);
            let some = some.map_err(|fault| self.fault_of_bcf(fault))?;
            if some == 0 {
                break;
            }
            read += some;
            self.given += some as u64;
            self.judge_size()?;
        }
        Ok(read)
    }

    fn fault_of_bcf(&self, fault: BcfFault) -> Fault {
        match fault {
            BcfFault::Read(error) => self.fault_of(error),
            BcfFault::Content(fault) => fault,
        }
    }

    fn fault_of(&self, error: io::Error) -> Fault {
        if self.packing == Packing::Plain {
            return Fault::Read { source: error };
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::TruncatedGzip,
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Fault::CorruptGzip { source: error },
            _ => Fault::Read { source: error },
        }
    }

    fn judge_size(&self) -> Result<(), Fault> {
        if self.packing == Packing::Plain && !self.is_bcf() {
            return Ok(());
        }
        let unpacked_bytes = self.body.count.max(self.given);
        let packed_bytes = self.packed.load(Ordering::Relaxed);
        let too_large = |limit: String| Err(Fault::UnpacksTooLarge { packed_bytes, unpacked_bytes, limit });
        if let Some(most) = self.limits.max_unpacked_bytes
            && unpacked_bytes > most
        {
            return too_large(format!("{most} bytes"));
        }
        let ratio = self.limits.max_unpack_ratio;
        if unpacked_bytes > RATIO_IS_JUDGED_FROM && unpacked_bytes / packed_bytes.max(1) >= ratio {
            return too_large(format!("{ratio} times its size"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.body {
            Body::Plain(source) => source.read(buffer)?,
            Body::Gzip(decoder) => decoder.read(buffer)?,
        };
        self.count += read as u64;
        Ok(read)
    }
}

fn packing_of(start: &[u8]) -> Packing {
    const EXTRA_FIELD: u8 = 4;
    if !start.starts_with(&GZIP_MAGIC) {
        Packing::Plain
    } else if start.len() == BGZF_HEADER && start[3] & EXTRA_FIELD != 0 && start[12..14] == *b"BC" {
        Packing::Bgzf
    } else {
        Packing::Gzip
    }
}

/// A reader that counts, and remembers the last bytes it saw.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
    tail: Tail,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        self.tail.push(&buffer[..read]);
        Ok(read)
    }
}

#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(BGZF_END.len())..];
        self.0.extend_from_slice(kept);
        let surplus = self.0.len().saturating_sub(BGZF_END.len());
        self.0.drain(..surplus);
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut input = Input::open(bytes, &Limits::default())?;
        let mut unpacked = Vec::new();
        while input.read_up_to(1000, &mut unpacked)? > 0 {}
        Ok(unpacked)
    }

    #[test]
    fn packing_is_told_by_the_bytes() {
        let text = b"##fileformat=VCFv4.2\n".repeat(300);
        assert_eq!(unpack(&text).unwrap(), text);
        assert_eq!(unpack(&gzip(&text)).unwrap(), text);
        let two_members = [gzip(&text), gzip(b"more")].concat();
        assert_eq!(unpack(&two_members).unwrap(), [&text[..], b"more"].concat());
        assert_eq!(unpack(b"").unwrap(), b"");
    }

    #[test]
    fn a_cut_stream_and_a_damaged_one_are_told_apart() {
        let mut packed = gzip(&b"MT\t1\t.\tA\tC\n".repeat(500));
        let cut = &packed[..packed.len() / 2];
        assert!(matches!(unpack(cut), Err(Fault::TruncatedGzip)));
        let checksum = packed.len() - 6;
        packed[checksum] ^= 0xff;
        assert!(matches!(unpack(&packed), Err(Fault::CorruptGzip { .. })));
    }

    #[test]
    fn a_bomb_is_stopped_long_before_it_is_unpacked() {
        let bomb = gzip(&vec![b'A'; 64 << 20]);
        let mut input = Input::open(&bomb[..], &Limits::default()).unwrap();
        let mut unpacked = Vec::new();
        let fault = loop {
            if let Err(fault) = input.read_up_to(1 << 20, &mut unpacked) {
                break fault;
            }
        };
        assert!(matches!(fault, Fault::UnpacksTooLarge { .. }));
        // Up to two read-aheads of compressed bytes stand against the ratio.
        assert!(unpacked.len() <= 32 << 20);
    }

    #[test]
    fn the_limit_of_unpacked_bytes_holds() {
        let packed = gzip(&vec![b'A'; 5000]);
        let limits = Limits { max_unpacked_bytes: Some(4000), ..Limits::default() };
        let mut input = Input::open(&packed[..], &limits).unwrap();
        assert!(input.read_up_to(10_000, &mut Vec::new()).is_err());
    }

    #[test]
    fn a_missing_end_block_of_bgzip_is_noticed() {
        let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
        writer.write_all(b"##fileformat=VCFv4.2\n").unwrap();
        let whole = writer.finish().unwrap();
        for (bytes, lacks) in [(&whole[..], false), (&whole[..whole.len() - 28], true)] {
            let mut input = Input::open(bytes, &Limits::default()).unwrap();
            assert_eq!(input.packing(), Packing::Bgzf);
            input.read_up_to(1 << 20, &mut Vec::new()).unwrap();
            assert_eq!(input.lacks_end_block(), lacks);
        }
    }
}
