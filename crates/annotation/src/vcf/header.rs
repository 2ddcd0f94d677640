//! The header: what it tells, and which of its lines an annotated file replaces.

use crate::error::{Fault, Misfit, Place};
use crate::vcf::line::{FIXED_COLUMNS, trailing_tabs};

/// What becomes of a header line in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderLine {
    /// Copied as it is.
    Kept,
    /// Left out, since this run writes its own.
    Replaced,
    /// The line of column names: new lines come before it.
    Columns,
}

/// Facts gathered from the header lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    /// As in `VCFv4.2`.
    pub(crate) file_format: Option<String>,
    /// Number of columns that the `#CHROM` line names, then binding for every line.
    pub(crate) columns: Option<u64>,
    /// Number of `##contig` lines kept in `contigs` is bounded; hostile headers stop counting there.
    pub(crate) contigs: Vec<(String, Option<u64>)>,
    /// An earlier run left its annotations.
    pub(crate) had_annotations: bool,
}

/// Starts of lines that every run writes anew.
const ADDED: [&[u8]; 4] = [b"##gas_command=", b"##gas_field=", b"##gas_input=", b"##gas_reference="];

/// More contigs than any assembly has scaffolds worth a warning.
const MOST_CONTIGS: usize = 100_000;
/// No contig is named by more bytes.
const LONGEST_NAME: usize = 1000;

impl Header {
    /// Takes in one line that starts with `#`, given without its ending.
    ///
    /// # Errors
    /// A `#CHROM` line whose columns are not those of VCF.
    pub(crate) fn read(&mut self, text: &[u8], number: u64) -> Result<HeaderLine, Misfit> {
        if !text.starts_with(b"##") {
            return if text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"#CHROM")) {
                self.read_columns(text, number).map(|()| HeaderLine::Columns)
            } else {
                Ok(HeaderLine::Kept)
            };
        }
        if let Some(version) = text.strip_prefix(b"##fileformat=") {
            self.file_format = Some(crate::error::quoted(version.trim_ascii()));
        } else if let Some(entries) = text.strip_prefix(b"##contig=<") {
            self.read_contig(entries);
        } else if is_info_of(text, b"CSQ") {
            self.had_annotations = true;
            return Ok(HeaderLine::Replaced);
        } else if ADDED.iter().any(|start| text.starts_with(start)) {
            return Ok(HeaderLine::Replaced);
        }
        Ok(HeaderLine::Kept)
    }

    /// Bases of the longest sequence that the header names.
    pub(crate) fn longest_contig(&self) -> u64 {
        self.contigs.iter().filter_map(|(_, length)| *length).max().unwrap_or(0)
    }

    /// Samples named by the `#CHROM` line.
    pub(crate) fn samples(&self) -> u64 {
        self.columns.map_or(0, |columns| columns.saturating_sub(FIXED_COLUMNS as u64 + 1))
    }

    fn read_columns(&mut self, text: &[u8], number: u64) -> Result<(), Misfit> {
        // A tab at the end names no sample; records need not have a column for it.
        let found = memchr::memchr_iter(b'\t', text).count() as u64 + 1 - trailing_tabs(text);
        if found >= FIXED_COLUMNS as u64 {
            self.columns = Some(found);
            return Ok(());
        }
        let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
        let fault = if found == 1 && words >= FIXED_COLUMNS {
            Fault::SpacesForTabs
        } else {
            Fault::ColumnCount { found, expected: format!("at least {FIXED_COLUMNS}") }
        };
        Err(Misfit { place: Place::line(number), fault })
    }

    fn read_contig(&mut self, entries: &[u8]) {
        let text = String::from_utf8_lossy(entries);
        let value = |key: &str| {
            text.trim_end_matches('>')
                .split(',')
                .find_map(|entry| entry.trim().strip_prefix(key))
                .map(str::trim)
        };
        let is_usual = |name: &&str| name.len() <= LONGEST_NAME && self.contigs.len() < MOST_CONTIGS;
        if let Some(name) = value("ID=").filter(is_usual) {
            let length = value("length=").and_then(|length| length.parse().ok());
            self.contigs.push((name.to_owned(), length));
        }
    }
}

/// Whether this is the INFO line of a key, in the style of VCF 4 or of 3.3.
pub(crate) fn is_info_of(text: &[u8], key: &[u8]) -> bool {
    let Some(entries) = text.strip_prefix(b"##INFO=") else { return false };
    let entries = entries.strip_prefix(b"<ID=").unwrap_or(entries);
    entries.strip_prefix(key).is_some_and(|rest| rest.starts_with(b","))
}

/// A value for a quoted string of a header line: quotes and backslashes escaped, on one line.
pub(crate) fn quotable(value: &str) -> String {
    let mut quotable = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '"' | '\\' => quotable.extend(['\\', character]),
            _ if character.is_control() => quotable.push(' '),
            _ => quotable.push(character),
        }
    }
    quotable
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("##INFO=<ID=CSQ,Number=.,Type=String>", HeaderLine::Replaced)]
    #[case("##INFO=CSQ,1,String,\"old style\"", HeaderLine::Replaced)]
    #[case("##INFO=<ID=CSQ2,Number=.,Type=String>", HeaderLine::Kept)]
    #[case("##INFO=DP,1,Integer,\"Total Depth\"", HeaderLine::Kept)]
    #[case("##gas_command=<ID=annotate>", HeaderLine::Replaced)]
    #[case("# a remark", HeaderLine::Kept)]
    #[case("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB", HeaderLine::Columns)]
    fn fate_of_lines(#[case] text: &str, #[case] expected: HeaderLine) {
        assert_eq!(Header::default().read(text.as_bytes(), 1).unwrap(), expected);
    }

    #[test]
    fn facts_are_gathered() {
        let mut header = Header::default();
        for text in [
            "##fileformat=VCFv4.1",
            "##contig=<ID=MT,length=16569,assembly=B37>",
            "##contig=<ID=chrM,assembly=x,length=16571>",
            "##contig=<ID=unknown>",
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB",
        ] {
            header.read(text.as_bytes(), 1).unwrap();
        }
        assert_eq!(header.file_format.as_deref(), Some("VCFv4.1"));
        let contigs = [("MT", Some(16569)), ("chrM", Some(16571)), ("unknown", None)];
        assert_eq!(header.contigs, contigs.map(|(name, length)| (name.to_owned(), length)));
        assert_eq!(header.columns, Some(11));
        assert_eq!(header.samples(), 2);
    }

    #[test]
    fn giant_names_are_not_kept() {
        let mut header = Header::default();
        for length in [1000, 1001] {
            header.read(format!("##contig=<ID={},length=1>", "c".repeat(length)).as_bytes(), 1).unwrap();
        }
        assert_eq!(header.contigs.len(), 1);
    }

    #[test]
    fn tabs_at_the_end_name_no_sample() {
        let mut header = Header::default();
        header.read(b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\t", 1).unwrap();
        assert_eq!((header.columns, header.samples()), (Some(10), 1));
    }

    #[rstest]
    #[case("#CHROM POS ID REF ALT QUAL FILTER INFO", "spaces_for_tabs")]
    #[case("#CHROM\tPOS\tID\tREF\tALT", "column_count")]
    fn odd_column_lines_are_refused(#[case] text: &str, #[case] code: &str) {
        let misfit = Header::default().read(text.as_bytes(), 9).unwrap_err();
        let error = misfit.in_file("f");
        assert_eq!((error.code(), error.line()), (code, Some(9)));
    }
}
