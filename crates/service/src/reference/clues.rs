//! What the beginning of a file tells of the reference it was made with.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, BufReader, Read},
};

use flate2::read::MultiGzDecoder;

use super::names;

/// How much of a file is looked at, in bytes: as it lies there, and unpacked.
pub(crate) const PACKED: u64 = 1 << 20;
const UNPACKED: u64 = 8 << 20;
/// Most contigs that are kept: of the header, and of the records.
const MOST_DECLARED: usize = 10_000;
const MOST_USED: usize = 1000;

/// What the beginning of a file tells of its reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clues {
    /// The contigs of the header.
    pub contigs: Vec<DeclaredContig>,
    /// The assembly that the header speaks of, under its usual name.
    pub assembly: Option<&'static str>,
    /// How many of the records that were looked at are on which contig.
    pub records: BTreeMap<String, u64>,
}

/// A line `##contig`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredContig {
    /// Its name.
    pub name: String,
    /// In bases.
    pub length: Option<u64>,
}

impl Clues {
    /// From the first bytes of a VCF or BCF file, plain or compressed. Whatever cannot be read tells nothing.
    pub fn of_file(beginning: &[u8]) -> Self {
        let text = match beginning {
            [0x1f, 0x8b, ..] => unpacked(beginning),
            plain => plain.to_vec(),
        };
        match text.strip_prefix(b"BCF") {
            Some(rest) => Self::of_text(bcf_header(rest)),
            None => Self::of_text(&text),
        }
    }

    /// From the lines of a VCF. The last line may be cut.
    pub fn of_text(text: &[u8]) -> Self {
        let mut clues = Self::default();
        let mut records: HashMap<&[u8], u64> = HashMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            if line.starts_with(b"##") {
                clues.note_header(&String::from_utf8_lossy(line));
            } else if !line.starts_with(b"#")
                && let Some(tab) = line.iter().position(|byte| *byte == b'\t')
            {
                let contig = &line[..tab];
                if records.len() < MOST_USED || records.contains_key(contig) {
                    *records.entry(contig).or_default() += 1;
                }
            }
        }
        clues.records = records
            .into_iter()
            .map(|(name, count)| (String::from_utf8_lossy(name).into_owned(), count))
            .collect();
        clues
    }

    fn note_header(&mut self, line: &str) {
        let is_contig = line.starts_with("##contig=<");
        if is_contig && self.contigs.len() < MOST_DECLARED {
            self.contigs.extend(field(line, "ID").map(|name| DeclaredContig {
                name: name.to_owned(),
                length: field(line, "length").and_then(|length| length.parse().ok()),
            }));
        }
        if self.assembly.is_none() && (is_contig || told_in(line)) {
            let told = if is_contig { field(line, "assembly").unwrap_or_default() } else { line };
            self.assembly = names::assembly_in(told);
        }
    }
}

/// Whether the line is one whose text may name the assembly.
fn told_in(line: &str) -> bool {
    let key = line.trim_start_matches('#').split('=').next().unwrap_or_default();
    ["reference", "assembly"].iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// A value of a structured header line.
fn field<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let inside = line.split_once('<')?.1;
    let inside = inside.trim_end().strip_suffix('>').unwrap_or(inside);
    inside.split(',').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches('"'))
    })
}

/// The text of a BCF header: after the version come its length and then itself.
fn bcf_header(rest: &[u8]) -> &[u8] {
    let text = rest.get(6..).unwrap_or_default();
    let length =
        rest.get(2..6).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map_or(0, u32::from_le_bytes);
    let text = usize::try_from(length).ok().and_then(|length| text.get(..length)).unwrap_or(text);
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Unpacks as far as it goes: what is cut off gives what came before.
fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut reader = MultiGzDecoder::new(BufReader::new(io::Cursor::new(packed))).take(UNPACKED);
    // What was read before an error stays in the vector.
    let _ = reader.read_to_end(&mut text);
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const TEXT: &str = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422,assembly=\"hg38\">\n##contig=<ID=chrM>\n\
                        #CHROM\tPOS\nchr1\t5\t.\nchr1\t6\t.\nchrM\t7\t.\nchr";

    fn expected() -> Clues {
        let contig = |name: &str, length| DeclaredContig { name: name.to_owned(), length };
        Clues {
            contigs: vec![contig("chr1", Some(248_956_422)), contig("chrM", None)],
            assembly: Some("GRCh38"),
            records: [("chr1".to_owned(), 2), ("chrM".to_owned(), 1)].into(),
        }
    }

    #[test]
    fn a_header_and_records_tell() {
        assert_eq!(Clues::of_file(TEXT.as_bytes()), expected());
    }

    #[test]
    fn what_is_packed_or_cut_off_tells_the_same() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(TEXT.as_bytes()).unwrap();
        encoder.write_all("#\n".repeat(5000).as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(Clues::of_file(&packed), expected());
        assert_eq!(Clues::of_file(&packed[..packed.len() - 9]), expected());
    }

    #[test]
    fn the_header_of_a_bcf_tells() {
        let header = "##contig=<ID=1,length=5>\n#CHROM\tPOS\n\0";
        let mut file = b"BCF\x02\x02".to_vec();
        file.extend(u32::try_from(header.len()).unwrap().to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(b"\x01\t\x02\n\xff\t");
        let clues = Clues::of_file(&file);
        assert_eq!((clues.contigs[0].length, clues.records.len()), (Some(5), 0));
    }

    #[test]
    fn garbage_tells_nothing() {
        for bytes in [
            &b""[..],
            b"\x1f\x8b",
            b"BCF",
            b"BCF\x02\x02\xff\xff\xff\xff",
            b"\xff\xfe\n##contig=<\n##contig=<ID>",
        ] {
            assert_eq!(Clues::of_file(bytes), Clues::default(), "{bytes:?}");
        }
    }
}
