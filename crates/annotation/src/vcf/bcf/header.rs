//! The header of a BCF: the text of a VCF's, and the names that records give by number.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::Fault;
use crate::vcf::bcf::corrupt;
use crate::vcf::line::FIXED_COLUMNS;

/// Names by their numbers.
#[derive(Debug)]
pub(crate) struct BcfHeader {
    text: Vec<u8>,
    /// Keys of FILTER, INFO and FORMAT, as places in the text.
    keys: HashMap<u32, Range<usize>>,
    contigs: HashMap<u32, Range<usize>>,
    /// Samples that every record has.
    pub(crate) samples: usize,
}

/// The number that PASS has without being named (VCF 4.3, 6.2.1).
const PASS: u32 = 0;

impl BcfHeader {
    /// Reads the text of a header; gives it back as it stands in a VCF.
    pub(crate) fn read(mut text: Vec<u8>) -> Result<(Self, Vec<u8>), Fault> {
        text.truncate(memchr::memchr(0, &text).unwrap_or(text.len()));
        let mut shown = Vec::with_capacity(text.len());
        let mut columns = None;
        let (mut keys, mut contigs) = (Names::default(), Names::default());
        keys.numbers.insert(b"PASS", PASS);
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if line.starts_with(b"#CHROM") {
                columns = Some(line.split(|byte| *byte == b'\t').count());
            }
            let entry = Entry::of(line);
            if let Some(name) = &entry.name {
                let name = offset(&text, line) + name.start..offset(&text, line) + name.end;
                if line.starts_with(b"##contig=") {
                    contigs.add(&text, name, entry.number)?;
                } else if [&b"##FILTER="[..], b"##INFO=", b"##FORMAT="]
                    .iter()
                    .any(|key| line.starts_with(key))
                {
                    keys.add(&text, name, entry.number)?;
                }
            }
            match entry.numbering {
                Some(numbering) => {
                    shown.extend_from_slice(&line[..numbering.start]);
                    shown.extend_from_slice(&line[numbering.end..]);
                }
                None => shown.extend_from_slice(line),
            }
            shown.push(b'\n');
        }
        let columns = columns.ok_or_else(|| corrupt("its header has no #CHROM line"))?;
        let (keys, contigs) = (keys.places, contigs.places);
        Ok((Self { text, keys, contigs, samples: columns.saturating_sub(FIXED_COLUMNS + 1) }, shown))
    }

    /// The key of this number.
    pub(crate) fn key(&self, number: i64) -> Result<&[u8], Fault> {
        let number = u32::try_from(number).ok();
        let place = number.and_then(|number| self.keys.get(&number));
        match (place, number) {
            (Some(place), _) => Ok(&self.text[place.clone()]),
            (None, Some(PASS)) => Ok(b"PASS"),
            _ => Err(corrupt("a record has a key that its header lacks")),
        }
    }

    /// The contig of this number.
    pub(crate) fn contig(&self, number: i32) -> Result<&[u8], Fault> {
        let place = u32::try_from(number).ok().and_then(|number| self.contigs.get(&number));
        let place = place.ok_or_else(|| corrupt("a record is on a contig that its header lacks"))?;
        Ok(&self.text[place.clone()])
    }
}

/// Where a part of the text begins in it.
fn offset(text: &[u8], part: &[u8]) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Numbers as they are given or, without one, in the order of first appearance.
#[derive(Default)]
struct Names<'t> {
    numbers: HashMap<&'t [u8], u32>,
    places: HashMap<u32, Range<usize>>,
}

impl<'t> Names<'t> {
    fn add(&mut self, text: &'t [u8], place: Range<usize>, given: Option<u32>) -> Result<(), Fault> {
        let name = &text[place.clone()];
        let next = u32::try_from(self.numbers.len()).map_err(|_| corrupt("its header has too many names"))?;
        let number = *self.numbers.entry(name).or_insert(given.unwrap_or(next));
        self.places.entry(number).or_insert(place);
        Ok(())
    }
}

/// What matters of a line such as `##INFO=<ID=DP,Number=1,Description="a, b",IDX=3>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The value of `ID`.
    pub(crate) name: Option<Range<usize>>,
    /// The value of `IDX`.
    number: Option<u32>,
    /// All of `IDX` with its comma, which a VCF does not have.
    pub(crate) numbering: Option<Range<usize>>,
}

impl Entry {
    pub(crate) fn of(line: &[u8]) -> Self {
        let mut entry = Self::default();
        let open = memchr::memmem::find(line, b"=<").map(|at| at + 2);
        let Some(mut at) = open.filter(|_| line.starts_with(b"##")) else { return entry };
        while at < line.len() {
            let end = end_of_pair(line, at);
            let pair = &line[at..end];
            if pair.starts_with(b"ID=") && entry.name.is_none() {
                entry.name = Some(at + 3..end);
            } else if let Some(digits) = pair.strip_prefix(b"IDX=")
                && let Some(number) = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok())
            {
                entry.number = Some(number);
                let has_comma_before = line[at - 1] == b',';
                let has_comma_after = !has_comma_before && line.get(end) == Some(&b',');
                entry.numbering =
                    Some(at - usize::from(has_comma_before)..end + usize::from(has_comma_after));
            }
            at = end + 1;
        }
        entry
    }
}

/// Where a `key=value` ends: at a comma or the closing bracket, outside of quotes.
fn end_of_pair(line: &[u8], start: usize) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (index, byte) in line.iter().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'>' if !quoted => return index,
            _ => {}
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (BcfHeader, String) {
        let (header, shown) = BcfHeader::read(text.as_bytes().to_vec()).unwrap();
        (header, String::from_utf8(shown).unwrap())
    }

    const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n";

    #[test]
    fn names_are_numbered_in_order_and_shared_between_kinds() {
        let (header, shown) = read(&format!(
            "##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description=\"x\">\n##INFO=<ID=DP,Number=1>\n\
             ##FILTER=<ID=q10,Description=\"a, \\\"b\\\" IDX=7,IDX=8\">\n##FORMAT=<ID=DP,Number=1>\n\
             ##FORMAT=<ID=GT>\n##contig=<ID=1>\n##contig=<ID=2,length=9>\n{COLUMNS}\0\0"
        ));
        let keys: Vec<_> =
            (0..4).map(|number| String::from_utf8_lossy(header.key(number).unwrap())).collect();
        assert_eq!(keys, ["PASS", "DP", "q10", "GT"]);
        assert!(header.key(4).is_err() && header.key(-1).is_err());
        assert_eq!((header.contig(1).unwrap(), header.samples), (&b"2"[..], 2));
        assert!(header.contig(2).is_err());
        assert!(shown.contains("\"a, \\\"b\\\" IDX=7,IDX=8\"") && shown.ends_with(COLUMNS));
    }

    #[test]
    fn given_numbers_count_and_are_not_shown() {
        let (header, shown) = read(&format!(
            "##INFO=<ID=DP,Number=1,IDX=4000000000>\n##contig=<IDX=5,ID=x>\n##contig=<ID=y,IDX=6,length=2>\n{COLUMNS}"
        ));
        assert_eq!(header.key(4_000_000_000).unwrap(), b"DP");
        assert_eq!(header.key(0).unwrap(), b"PASS");
        assert_eq!(header.contig(5).unwrap(), b"x");
        let expected =
            format!("##INFO=<ID=DP,Number=1>\n##contig=<ID=x>\n##contig=<ID=y,length=2>\n{COLUMNS}");
        assert_eq!(shown, expected);
    }
}
