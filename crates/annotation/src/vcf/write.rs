//! Packing the output: plain, or bgzip blocks that workers make side by side.

use std::io::{self, Write};

use noodles_bgzf::io::writer::{Builder, CompressionLevel};

/// How the output is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    Plain,
    /// bgzip, which gzip reads too and tabix can index.
    Bgzf,
}

/// The empty block with which a bgzip file ends (SAM specification, 4.1.2).
const END_BLOCK: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0,
    0, 0, 0, 0,
];

/// Annotated lines repeat themselves so much that a low level packs nearly as well as a high one.
const LEVEL: u8 = 3;

/// Bytes of text in a block: less than the 64 KiB that would fit, so that text which does not compress does too.
const BLOCK_BYTES: usize = 0xfe00;

/// Where a block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Within the text.
    pub(crate) in_text: usize,
    /// Within the packed bytes.
    pub(crate) in_packed: usize,
}

impl Compression {
    /// Packs `text` into `packed`, and tells where its blocks begin; both are cleared first. Whole blocks: packed parts
    /// can be joined.
    pub(crate) fn pack(self, text: &[u8], packed: &mut Vec<u8>, blocks: &mut Vec<Block>) -> io::Result<()> {
        packed.clear();
        blocks.clear();
        match self {
            Self::Plain => packed.extend_from_slice(text),
            Self::Bgzf => {
                let level = CompressionLevel::new(LEVEL).unwrap_or_default();
                let memory = std::mem::take(packed);
                let mut writer = Builder::default().set_compression_level(level).build_from_writer(memory);
                for (number, part) in text.chunks(BLOCK_BYTES).enumerate() {
                    let in_packed = writer.get_ref().len();
                    blocks.push(Block { in_text: number * BLOCK_BYTES, in_packed });
                    writer.write_all(part)?;
                    writer.flush()?;
                }
                *packed = writer.into_inner();
            }
        }
        Ok(())
    }

    /// What a file must end with.
    pub(crate) fn end(self) -> &'static [u8] {
        match self {
            Self::Plain => b"",
            Self::Bgzf => &END_BLOCK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcf::open::{Input, Limits, Packing};

    #[test]
    fn packed_parts_join_to_one_bgzip_file() {
        let text = b"MT\t73\t.\tA\tG\n".repeat(20_000);
        let (first, second) = text.split_at(100_001);
        let mut file = Vec::new();
        for part in [first, second] {
            let mut packed = Vec::new();
            let mut blocks = Vec::new();
            Compression::Bgzf.pack(part, &mut packed, &mut blocks).unwrap();
            assert_eq!(blocks.len(), part.len().div_ceil(BLOCK_BYTES));
            assert!(blocks.iter().all(|block| packed[block.in_packed..].starts_with(&END_BLOCK[..4])));
            file.extend_from_slice(&packed);
        }
        file.extend_from_slice(Compression::Bgzf.end());
        let mut input = Input::open(&file[..], &Limits::default()).unwrap();
        let mut unpacked = Vec::new();
        while input.read_up_to(1 << 20, &mut unpacked).unwrap() > 0 {}
        assert_eq!(unpacked, text);
        assert_eq!(input.packing(), Packing::Bgzf);
        assert!(!input.lacks_end_block());
    }
}
