//! What can go wrong with a file, said so that its owner can mend it.

use std::fmt;
use std::io;

/// A run that could not be finished: which file, where in it, why, and what to do about it.
///
/// The text of [`Error::code`] is stable and meant for programs; [`Error::reason`] and
/// [`Error::remedy`] are sentences for people.
#[derive(Debug)]
pub struct Error {
    file: String,
    place: Place,
    fault: Fault,
}

/// Where in a file something was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Line, counted from 1 over all lines of the unpacked file.
    pub line: Option<u64>,
    /// Column, counted from 1 as VCF columns are: 1 is CHROM, 8 is INFO.
    pub column: Option<u32>,
}

impl Place {
    /// A whole line.
    pub fn line(line: u64) -> Self {
        Self { line: Some(line), column: None }
    }

    /// One column of a line.
    pub fn column(line: u64, column: u32) -> Self {
        Self { line: Some(line), column: Some(column) }
    }
}

/// The kinds of fault, each with a stable code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is not a single byte of content.
    #[error("the file is empty")]
    Empty,
    /// The content is of another kind.
    #[error("this is not a VCF file: {found}")]
    NotAVcf {
        /// What it looks like instead.
        found: String,
    },
    /// A format that is related to VCF but not read.
    #[error("this is {format}, which is not read here")]
    UnsupportedFormat {
        /// Name of the format.
        format: &'static str,
    },
    /// NUL bytes, which no text file has.
    #[error("there are NUL bytes, so this is binary data and not text")]
    Binary,
    /// The gzip stream stops in the middle.
    #[error("the gzip data stop in the middle: the file was cut off")]
    TruncatedGzip,
    /// The gzip stream contradicts itself.
    #[error("the gzip data are damaged ({source})")]
    CorruptGzip {
        /// The decompressor's complaint.
        source: io::Error,
    },
    /// A small file that unpacks to an enormous one.
    #[error(
        "{packed_bytes} compressed bytes unpacked to more than {unpacked_bytes} bytes; the limit is {limit}"
    )]
    UnpacksTooLarge {
        /// Compressed bytes read until then.
        packed_bytes: u64,
        /// Unpacked bytes until then.
        unpacked_bytes: u64,
        /// The limit in words.
        limit: String,
    },
    /// A BCF that contradicts itself.
    #[error("the BCF data are damaged: {cause}")]
    CorruptBcf {
        /// What is wrong.
        cause: String,
    },
    /// A line longer than any that is accepted.
    #[error("the line is longer than {limit_bytes} bytes")]
    LineTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// Not as many columns as there must be.
    #[error("the line has {found} tab-separated columns where there must be {expected}")]
    ColumnCount {
        /// Columns of this line.
        found: u64,
        /// Columns that it should have ("8" or "at least 8").
        expected: String,
    },
    /// Spaces between the columns.
    #[error("the columns are separated by spaces instead of tabs")]
    SpacesForTabs,
    /// CHROM is empty or has white space.
    #[error("CHROM is `{found}`, which cannot be the name of a sequence")]
    Chromosome {
        /// What stands there.
        found: String,
    },
    /// POS is not a whole number.
    #[error("POS is `{found}`, which is not a whole number")]
    PositionNotANumber {
        /// What stands there.
        found: String,
    },
    /// REF is not made of bases.
    #[error("REF is `{found}`, which is not a sequence of bases")]
    ReferenceAllele {
        /// What stands there.
        found: String,
    },
    /// ALT is none of the forms that VCF knows.
    #[error("ALT has the allele `{found}`, which is neither bases nor `*`, `.`, `<...>` or a breakend")]
    AlternativeAllele {
        /// The allele.
        found: String,
    },
    /// A file of known alleles that the reference lists cannot be used.
    #[error("the known alleles of {source_id} cannot be used: {cause}")]
    KnownAlleles {
        /// Id of the source in the reference's manifest.
        source_id: String,
        /// Why.
        cause: String,
    },
    /// Signs, which a strict run refuses, that file and reference do not belong together.
    #[error("the file and the reference do not belong together: {findings}")]
    Doubtful {
        /// What there is, where first and how often, as sentences but for the last full stop.
        findings: String,
    },
    /// There are no annotations that another format could be made of.
    #[error("the header does not say what the fields of {key} are, so there is nothing to convert")]
    NotAnnotated {
        /// The key of INFO that holds annotations.
        key: String,
    },
    /// A name of a record that a format must know before the first record.
    #[error("the header has no line for {scope} `{name}`, and BCF cannot do without it")]
    Undeclared {
        /// What it is the name of.
        scope: &'static str,
        /// The name.
        name: String,
    },
    /// A header longer than any that is kept.
    #[error("the header is longer than {limit_bytes} bytes")]
    HeaderTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// A value is not of the type that its column has.
    #[error("{column} is `{found}`, which is no {expected}")]
    ValueType {
        /// Name of the column.
        column: String,
        /// What stands there.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// The operating system could not give the bytes.
    #[error("reading failed ({source})")]
    Read {
        /// Its answer.
        source: io::Error,
    },
    /// The operating system could not take the bytes.
    #[error("writing the result failed ({source})")]
    Write {
        /// Its answer.
        source: io::Error,
    },
    /// A worker thread stopped for a reason of its own.
    #[error("a worker thread stopped unexpectedly")]
    Internal,
}

impl Fault {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NotAVcf { .. } => "not_a_vcf",
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::Binary => "binary_file",
            Self::TruncatedGzip => "truncated_gzip",
            Self::CorruptGzip { .. } => "corrupt_gzip",
            Self::UnpacksTooLarge { .. } => "unpacks_too_large",
            Self::CorruptBcf { .. } => "corrupt_bcf",
            Self::LineTooLong { .. } => "line_too_long",
            Self::ColumnCount { .. } => "column_count",
            Self::SpacesForTabs => "spaces_for_tabs",
            Self::Chromosome { .. } => "chromosome_name",
            Self::PositionNotANumber { .. } => "position_not_a_number",
            Self::ReferenceAllele { .. } => "reference_allele",
            Self::AlternativeAllele { .. } => "alternative_allele",
            Self::KnownAlleles { .. } => "known_alleles",
            Self::Doubtful { .. } => "doubtful",
            Self::NotAnnotated { .. } => "not_annotated",
            Self::Undeclared { .. } => "undeclared",
            Self::HeaderTooLong { .. } => "header_too_long",
            Self::ValueType { .. } => "value_type",
            Self::Read { .. } => "read_failed",
            Self::Write { .. } => "write_failed",
            Self::Internal => "internal",
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Self::Empty => "Check that the export or the upload was complete, and send the file again.",
            Self::NotAVcf { .. } => {
                "Send the VCF itself, plain or compressed with gzip or bgzip; it starts with `##fileformat=VCFv4.x`."
            }
            Self::UnsupportedFormat { .. } => {
                "Convert it first, for example with `bcftools view -Oz -o variants.vcf.gz FILE`."
            }
            Self::Binary => {
                "If the file is compressed, use gzip or bgzip; if it is a VCF, make it again: its bytes are damaged."
            }
            Self::TruncatedGzip => {
                "Copy or upload the file again; `gzip -t FILE` shows whether a copy is whole."
            }
            Self::CorruptGzip { .. } => {
                "Compress the VCF again with `bgzip`; `gzip -t FILE` shows whether a copy is sound."
            }
            Self::UnpacksTooLarge { .. } => {
                "Send the VCF uncompressed, or split it, for example by chromosome."
            }
            Self::CorruptBcf { .. } => {
                "Make the file again; `bcftools view FILE` shows whether it is sound and converts it to VCF."
            }
            Self::LineTooLong { .. } => {
                "Look at that line: the line breaks may be lost. A very wide line can be split by samples with \
                 `bcftools view -S`."
            }
            Self::ColumnCount { .. } => {
                "Separate the columns by single tabs, give every line as many as the #CHROM line has, and at least \
                 the eight from CHROM to INFO."
            }
            Self::SpacesForTabs => "Put a single tab between columns; some editors turn tabs into spaces.",
            Self::Chromosome { .. } => "Write the name of the sequence, as in `MT`, `chrM` or `1`.",
            Self::PositionNotANumber { .. } => {
                "Write the position as a number counted from 1, without separators."
            }
            Self::ReferenceAllele { .. } => {
                "Write the bases of the reference (A, C, G, T or N); for a deletion or an insertion include the base \
                 before it."
            }
            Self::AlternativeAllele { .. } => {
                "Write the bases of the allele; for a deletion include the base before it instead of `-` or nothing."
            }
            Self::KnownAlleles { .. } => "Build or fetch the reference again; its files belong together.",
            Self::Doubtful { .. } => {
                "Use the reference of the file's assembly; without `--strict` such lines are kept as they are and counted."
            }
            Self::NotAnnotated { .. } => {
                "Annotate the file first, with `gas annotate` or Ensembl VEP's `--vcf`."
            }
            Self::Undeclared { .. } => {
                "Add the line to the header, for example with `bcftools annotate --header-lines`, or write VCF."
            }
            Self::HeaderTooLong { .. } => "Write VCF, whose header is passed on line by line.",
            Self::ValueType { .. } => {
                "Correct the value, or choose a format whose columns have no types, as TSV."
            }
            Self::Read { .. } => "Check that the file can be read and try again.",
            Self::Write { .. } => "Check that there is room on the disk and that the place can be written.",
            Self::Internal => "This is a fault of the program: please report it with the input, if you can.",
        }
    }
}

impl Error {
    /// Puts a fault in its file and place.
    pub(crate) fn new(file: &str, place: Place, fault: Fault) -> Self {
        Self { file: file.to_owned(), place, fault }
    }

    /// The stable name of this kind of error, such as `not_a_vcf`.
    pub fn code(&self) -> &'static str {
        self.fault.code()
    }

    /// The file's name as the caller gave it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1, where that is known.
    pub fn line(&self) -> Option<u64> {
        self.place.line
    }

    /// The column, counted from 1 (2 is POS), where that is known.
    pub fn column(&self) -> Option<u32> {
        self.place.column
    }

    /// The column's name, such as `POS`.
    pub fn column_name(&self) -> Option<&'static str> {
        const NAMES: [&str; 8] = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];
        let index = usize::try_from(self.place.column?).ok()?.checked_sub(1)?;
        NAMES.get(index).copied()
    }

    /// What is wrong, as a clause without a full stop.
    pub fn reason(&self) -> String {
        self.fault.to_string()
    }

    /// What its owner can do, as one or two sentences.
    pub fn remedy(&self) -> String {
        self.fault.remedy().to_owned()
    }

    /// The kind of fault with its details.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether the reader of the output went away, as `head` does; no fault of the input.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(&self.fault, Fault::Write { source } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.place.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = self.place.column {
            write!(f, ", column {column}")?;
        }
        if let Some(name) = self.column_name() {
            write!(f, " ({name})")?;
        }
        write!(f, ": {}. {}", self.fault, self.fault.remedy())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

/// A fault in a known place of a file whose name the caller adds.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) place: Place,
    pub(crate) fault: Fault,
}

impl Misfit {
    pub(crate) fn in_file(self, file: &str) -> Error {
        Error::new(file, self.place, self.fault)
    }
}

/// A stranger's bytes made fit for a message: at most 40 characters, control characters escaped.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let shown = &bytes[..bytes.len().min(4 * LONGEST)];
    let text = String::from_utf8_lossy(shown);
    let mut quoted = String::new();
    for character in text.chars().take(LONGEST) {
        if character.is_control() {
            quoted.extend(character.escape_default());
        } else {
            quoted.push(character);
        }
    }
    if text.chars().count() > LONGEST || shown.len() < bytes.len() {
        quoted.push_str("...");
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_file_line_column_reason_and_remedy() {
        let fault = Fault::PositionNotANumber { found: "abc".into() };
        let error = Error::new("a.vcf", Place::column(12, 2), fault);
        insta::assert_snapshot!(error, @"a.vcf, line 12, column 2 (POS): POS is `abc`, which is not a whole number. Write the position as a number counted from 1, without separators.");
        assert_eq!(error.code(), "position_not_a_number");
    }

    #[test]
    fn quoting_shortens_and_escapes() {
        assert_eq!(quoted(b"a\tb\0"), "a\\tb\\u{0}");
        assert_eq!(quoted(&[b'A'; 100]), format!("{}...", "A".repeat(40)));
    }
}
