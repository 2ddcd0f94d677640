//! Checksums as publishers give them: SHA-256, MD5, the sum of BSD's `sum`, and CRC-32C.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use gas_service::notation::hexadecimal;
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// What a publisher says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// In hexadecimal, lower case.
    Sha256(String),
    /// In hexadecimal, lower case.
    Md5(String),
    /// As BSD's `sum` prints it, which Ensembl uses: the sum, and how many blocks of 1,024 bytes the file fills.
    Bsd { sum: u16, blocks: u64 },
    /// As Google's object store gives it for files that were put together of others.
    Crc32c(u32),
}

/// All checksums of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    pub(super) size: u64,
    pub(super) sha256: String,
    md5: String,
    bsd: u16,
    crc32c: u32,
}

impl Expected {
    /// Finds a file in a publisher's list: lines of `sha256sum` and `md5sum`, with a folder before the name or without,
    /// and those of BSD's `sum`. A list of one line without a name, or with another one, is that file's.
    pub(super) fn of_list(list: &str, file: &str) -> Option<Self> {
        let lines: Vec<Vec<&str>> = list
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|words: &Vec<&str>| !words.is_empty())
            .collect();
        let names = |words: &[&str]| {
            let name = words.last().copied().unwrap_or_default().trim_start_matches('*');
            name.rsplit('/').next() == Some(file)
        };
        let only = lines.first().filter(|_| lines.len() == 1);
        Self::of_words(lines.iter().find(|words| names(words)).or(only)?)
    }

    fn of_words(words: &[&str]) -> Option<Self> {
        let first = *words.first()?;
        if let Some(hexadecimal) = Self::of_hexadecimal(first) {
            return Some(hexadecimal);
        }
        let (sum, blocks) = (first.parse().ok()?, words.get(1)?.parse().ok()?);
        Some(Self::Bsd { sum, blocks })
    }

    /// By its length: 64 digits are SHA-256, 32 are MD5.
    pub(super) fn of_hexadecimal(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match text.len() {
            64 if is_hexadecimal => Some(Self::Sha256(text)),
            32 if is_hexadecimal => Some(Self::Md5(text)),
            _ => None,
        }
    }

    /// The values of the headers `x-goog-hash`: `md5=` or `crc32c=`, in base 64; MD5 if both are there.
    pub(super) fn of_google<'v>(values: impl Iterator<Item = &'v str>) -> Option<Self> {
        let mut found = None;
        for value in values.flat_map(|value| value.split(',')) {
            if let Some(md5) = value.trim().strip_prefix("md5=").and_then(from_base64) {
                return Self::of_hexadecimal(&hexadecimal(&md5));
            }
            if let Some(crc) = value.trim().strip_prefix("crc32c=").and_then(from_base64) {
                found = Some(Self::Crc32c(u32::from_be_bytes(crc.try_into().ok()?)));
            }
        }
        found
    }

    /// Whether a file is as it says.
    pub(super) fn agrees(&self, digests: &Digests) -> bool {
        match self {
            Self::Sha256(expected) => *expected == digests.sha256,
            Self::Md5(expected) => *expected == digests.md5,
            Self::Bsd { sum, blocks } => *sum == digests.bsd && *blocks == digests.size.div_ceil(1024),
            Self::Crc32c(expected) => *expected == digests.crc32c,
        }
    }

    /// What it would say of a file.
    pub(super) fn same_of(&self, digests: &Digests) -> Self {
        match self {
            Self::Sha256(_) => Self::Sha256(digests.sha256.clone()),
            Self::Md5(_) => Self::Md5(digests.md5.clone()),
            Self::Bsd { .. } => Self::Bsd { sum: digests.bsd, blocks: digests.size.div_ceil(1024) },
            Self::Crc32c(_) => Self::Crc32c(digests.crc32c),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(text) => write!(f, "sha256:{text}"),
            Self::Md5(text) => write!(f, "md5:{text}"),
            Self::Bsd { sum, blocks } => write!(f, "sum:{sum:05} of {blocks} blocks"),
            Self::Crc32c(number) => write!(f, "crc32c:{number:08x}"),
        }
    }
}

impl Digests {
    /// Reads a file once.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        const CHUNK: usize = 1 << 18;
        let mut file = File::open(path)?;
        let mut chunk = vec![0; CHUNK];
        let (mut sha256, mut md5, mut size) = (Sha256::new(), Md5::new(), 0);
        let (mut bsd, mut crc) = (0_u16, !0_u32);
        let table = crc32c_table();
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            let bytes = &chunk[..read];
            size += read as u64;
            sha256.update(bytes);
            md5.update(bytes);
            for byte in bytes {
                bsd = bsd.rotate_right(1).wrapping_add(u16::from(*byte));
                crc = table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8);
            }
        }
        Ok(Self {
            size,
            sha256: hexadecimal(&sha256.finalize()),
            md5: hexadecimal(&md5.finalize()),
            bsd,
            crc32c: !crc,
        })
    }
}

/// CRC-32C (Castagnoli), reflected: RFC 3720, appendix B.4.
fn crc32c_table() -> [u32; 256] {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    let mut table = [0; 256];
    for (byte, entry) in (0_u32..).zip(&mut table) {
        *entry = (0..8).fold(byte, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 });
    }
    table
}

/// RFC 4648, section 4.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.trim().trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn digests(text: &str) -> Digests {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, text).unwrap();
        Digests::of(&path).unwrap()
    }

    /// As `sha256sum`, `md5sum`, `sum` and RFC 3720 have them.
    #[test]
    fn checksums_are_those_of_the_known_programs() {
        let check = digests("123456789");
        assert_eq!(check.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
        assert_eq!(check.md5, "25f9e794323b453885f5181f1b624d0b");
        assert_eq!((check.bsd, check.crc32c, check.size), (53_615, 0xe306_9283, 9));
    }

    const LIST: &str = "25f9e794323b453885f5181f1b624d0b  ./other.gz\n\n\
        D41D8CD98F00B204E9800998ECF8427E *folder/x.fa.gz\n";

    #[rstest]
    #[case::md5sum(LIST, Some("md5:d41d8cd98f00b204e9800998ecf8427e"))]
    #[case::ensembl("12345   17 y.fa.gz\n00042 859 x.fa.gz\n", Some("sum:00042 of 859 blocks"))]
    #[case::ncbi(
        "25f9e794323b453885f5181f1b624d0b  /x/clinvar_20261122.vcf.gz\n",
        Some("md5:25f9e794323b453885f5181f1b624d0b")
    )]
    #[case::bare("25f9e794323b453885f5181f1b624d0b\n", Some("md5:25f9e794323b453885f5181f1b624d0b"))]
    #[case::not_there("12345 17 a.gz\n12345 17 b.gz\n", None)]
    #[case::page("<html>\n<body>404</body>\n", None)]
    #[case::nothing("", None)]
    fn lists(#[case] list: &str, #[case] expected: Option<&str>) {
        assert_eq!(Expected::of_list(list, "x.fa.gz").map(|found| found.to_string()).as_deref(), expected);
    }

    #[test]
    fn google_gives_md5_or_a_sum_of_parts() {
        let of = |values: &[&str]| Expected::of_google(values.iter().copied()).map(|found| found.to_string());
        assert_eq!(
            of(&["crc32c=4waSgw==", "md5=JfnnlDI7RTiF9RgfG2JNCw=="]).unwrap(),
            "md5:25f9e794323b453885f5181f1b624d0b"
        );
        assert_eq!(of(&["crc32c=4waSgw=="]).unwrap(), "crc32c:e3069283");
        assert_eq!(of(&["sha1=x"]), None);
        let check = digests("123456789");
        assert!(Expected::Crc32c(0xe306_9283).agrees(&check) && !Expected::Crc32c(1).agrees(&check));
        assert!(Expected::Bsd { sum: 53_615, blocks: 1 }.agrees(&check));
        assert!(!Expected::Bsd { sum: 53_615, blocks: 2 }.agrees(&check));
    }
}
