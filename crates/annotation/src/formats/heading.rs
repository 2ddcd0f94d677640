//! What the header tells the formats, and what a file of each format begins with.

use crate::error::{Fault, Misfit, Place, quoted};
use crate::formats::Format;
use crate::formats::bcf::dictionary::Dictionary;
use crate::formats::columns::Columns;
use crate::formats::tab;
use crate::output::header::KEY;
use crate::vcf::batches::lines;
use crate::vcf::header::is_info_of;
use crate::vcf::line::cut_ending;

/// Lines that say how a file came to be are kept up to this number and length; a hostile header has more.
const MOST_ORIGINS: usize = 100;
const LONGEST_ORIGIN: usize = 100_000;
/// A header that a format keeps is no longer; that of 100,000 contigs and samples has a tenth of it.
const MOST_HEADER_BYTES: usize = 64 << 20;
/// No reference adds as many columns.
const MOST_TYPES: usize = 10_000;

/// Starts of the lines that say how an annotated file came to be: ours, and Ensembl VEP's.
const ORIGINS: [&[u8]; 4] = [b"##gas_command=", b"##gas_input=", b"##gas_reference=", b"##VEP"];

/// All that the records of a file have in common.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) format: Format,
    pub(crate) columns: Columns,
    /// The assembly that the file was annotated with.
    pub(crate) assembly: Option<String>,
    /// Lines that say how the file came to be, without the marks at their start.
    pub(crate) origins: Vec<String>,
    /// Columns of CSQ whose values the header gives a type.
    pub(crate) types: Vec<(String, ValueType)>,
    /// Names by numbers, of a BCF.
    pub(crate) dictionary: Dictionary,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Integer,
    Float,
    Flag,
}

/// The start of a line that gives a column of CSQ a type.
pub(crate) const TYPED: &str = "##gas_field=<ID=";

/// Reads an annotated header, part by part.
#[derive(Debug, Default)]
pub(crate) struct Heading {
    layout: Layout,
    columns: Option<Columns>,
}

impl Heading {
    pub(crate) fn new(format: Format) -> Self {
        Self { layout: Layout { format, ..Layout::default() }, columns: None }
    }

    /// Takes in some whole lines.
    ///
    /// # Errors
    /// A header without end, where the format must keep it.
    pub(crate) fn read(&mut self, header: &[u8]) -> Result<(), Misfit> {
        for line in lines(header) {
            let (line, _) = cut_ending(line);
            if self.layout.format == Format::Bcf {
                self.layout.dictionary.read(line);
                if self.layout.dictionary.text_bytes() > MOST_HEADER_BYTES {
                    let fault = Fault::HeaderTooLong { limit_bytes: MOST_HEADER_BYTES };
                    return Err(Misfit { place: Place::default(), fault });
                }
            } else if is_info_of(line, KEY.as_bytes()) {
                self.columns = Columns::of_header_line(line);
            } else if ORIGINS.iter().any(|start| line.starts_with(start)) {
                self.read_origin(line);
            } else if let Some(entries) = line.strip_prefix(TYPED.as_bytes()) {
                self.read_type(entries);
            }
        }
        Ok(())
    }

    fn read_origin(&mut self, line: &[u8]) {
        if self.layout.origins.len() >= MOST_ORIGINS || line.len() > LONGEST_ORIGIN {
            return;
        }
        let text = String::from_utf8_lossy(&line[2..]).into_owned();
        let assembly = ["Assembly=\"", "assembly=\""].iter().find_map(|key| text.split_once(key));
        if let Some((name, _)) = assembly.and_then(|(_, rest)| rest.split_once('"')) {
            self.layout.assembly = Some(name.to_owned());
        }
        self.layout.origins.push(text);
    }

    fn read_type(&mut self, entries: &[u8]) {
        if self.layout.types.len() >= MOST_TYPES {
            return;
        }
        let text = String::from_utf8_lossy(entries);
        let Some((name, rest)) = text.split_once(',') else { return };
        let value_type = match rest.strip_prefix("Type=").and_then(|rest| rest.split([',', '>']).next()) {
            Some("Integer") => ValueType::Integer,
            Some("Float") => ValueType::Float,
            Some("Flag") => ValueType::Flag,
            _ => return,
        };
        self.layout.types.push((name.to_owned(), value_type));
    }

    /// Adds what some records or a reference have and the header lacks, where the format needs it.
    pub(crate) fn complete(&mut self, complete: impl FnOnce(&mut Dictionary)) {
        if self.layout.format == Format::Bcf {
            complete(&mut self.layout.dictionary);
        }
    }

    /// What the records have in common, once the whole header was read.
    ///
    /// # Errors
    /// A header that does not name the columns of `CSQ`, where the format needs them.
    pub(crate) fn finish(mut self) -> Result<Layout, Misfit> {
        if matches!(self.layout.format, Format::Vcf | Format::Bcf) {
            return Ok(self.layout);
        }
        let Some(columns) = self.columns else {
            let key = quoted(KEY.as_bytes());
            return Err(Misfit { place: Place::default(), fault: Fault::NotAnnotated { key } });
        };
        self.layout.columns = columns;
        Ok(self.layout)
    }
}

impl Layout {
    /// What stands before the first record.
    pub(crate) fn opening(&self) -> Vec<u8> {
        match self.format {
            Format::Vcf | Format::JsonLines | Format::Parquet => Vec::new(),
            Format::Tab(_) => tab::opening(self),
            Format::Bcf => self.dictionary.opening(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Cells;

    #[test]
    fn a_header_tells_columns_assembly_and_origin() {
        let mut heading = Heading::new(Format::Tab(Cells::Defused));
        heading.read(b"##fileformat=VCFv4.2\n##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|X\">\r\n").unwrap();
        heading.read(b"##gas_reference=<ID=r,Assembly=\"GRCh38\",Build=1>\n#CHROM\tPOS\n").unwrap();
        let layout = heading.finish().unwrap();
        assert_eq!(layout.columns.names(), ["Allele", "X"]);
        assert_eq!(layout.assembly.as_deref(), Some("GRCh38"));
        assert_eq!(layout.origins, ["gas_reference=<ID=r,Assembly=\"GRCh38\",Build=1>"]);
    }

    #[test]
    fn a_header_without_csq_is_refused() {
        let mut heading = Heading::new(Format::JsonLines);
        heading.read(b"##fileformat=VCFv4.2\n").unwrap();
        let error = heading.finish().unwrap_err().in_file("x.vcf");
        assert_eq!(error.code(), "not_annotated");
    }

    #[test]
    fn a_hostile_header_is_not_kept() {
        let mut heading = Heading::new(Format::Tab(Cells::Defused));
        for _ in 0..1000 {
            heading.read(b"##VEP-command-line='vep'\n").unwrap();
        }
        heading.read(format!("##VEP={}\n", "x".repeat(LONGEST_ORIGIN)).as_bytes()).unwrap();
        assert_eq!(heading.layout.origins.len(), MOST_ORIGINS);
    }
}
