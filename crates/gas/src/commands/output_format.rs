//! Formats of the output, and how a file's name tells one.

use std::path::Path;

use gas_annotation::{Cells, Compression, Format, IndexKind};

use super::output_file::Output;

/// What the output is.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct FormatFlags {
    /// Format of the output; told by its name when left out
    #[arg(short = 'O', long, value_name = "FORMAT")]
    output_format: Option<OutputFormat>,
    /// Index to write beside a file of vcf.gz: `.tbi` (`.csi` for sequences beyond 512 million bases), `.csi`, or none
    #[arg(long, value_name = "KIND", default_value = "fitting")]
    index: IndexChoice,
}

/// Which index to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum IndexChoice {
    Fitting,
    Csi,
    None,
}

impl FormatFlags {
    /// The format that was asked for, or that the output's name tells.
    pub(crate) fn of(self, output: &Path) -> OutputFormat {
        self.output_format.unwrap_or_else(|| OutputFormat::of_name(output))
    }

    /// The index to make: beside files only, and of no format but VCF in blocks.
    pub(crate) fn index(
        self,
        output: &Output,
        format: Format,
        compression: Compression,
    ) -> Option<IndexKind> {
        let can_have_one = output.is_file() && format == Format::Vcf && compression == Compression::Bgzf;
        match self.index {
            IndexChoice::Fitting => can_have_one.then_some(IndexKind::Fitting),
            IndexChoice::Csi => can_have_one.then_some(IndexKind::Csi),
            IndexChoice::None => None,
        }
    }
}

/// A format of the output, and how it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputFormat {
    /// VCF as plain text
    #[value(name = "vcf")]
    Vcf,
    /// VCF compressed by blocks, as bgzip does
    #[value(name = "vcf.gz")]
    VcfGz,
    /// VCF in binary, compressed by blocks
    #[value(name = "bcf")]
    Bcf,
    /// Tab-delimited, a line for each allele and feature, as VEP's --tab
    #[value(name = "tsv")]
    Tsv,
    /// The same, compressed by blocks
    #[value(name = "tsv.gz")]
    TsvGz,
    /// As tsv, for programs: without a `'` before cells that a spreadsheet would compute
    #[value(name = "plain-tsv")]
    PlainTsv,
    /// The same, compressed by blocks
    #[value(name = "plain-tsv.gz")]
    PlainTsvGz,
    /// An object of JSON on a line for each record, as VEP's --json
    #[value(name = "json", alias = "jsonl")]
    Json,
    /// The same, compressed by blocks
    #[value(name = "json.gz", alias = "jsonl.gz")]
    JsonGz,
    /// Typed columns, a row for each allele and feature
    #[value(name = "parquet")]
    Parquet,
}

impl OutputFormat {
    /// The format that a file of this name should have; VCF when the name does not tell.
    pub(crate) fn of_name(path: &Path) -> Self {
        const ENDINGS: [(&str, OutputFormat); 10] = [
            (".tsv", OutputFormat::Tsv),
            (".tsv.gz", OutputFormat::TsvGz),
            (".json", OutputFormat::Json),
            (".jsonl", OutputFormat::Json),
            (".json.gz", OutputFormat::JsonGz),
            (".jsonl.gz", OutputFormat::JsonGz),
            (".bcf", OutputFormat::Bcf),
            (".parquet", OutputFormat::Parquet),
            (".gz", OutputFormat::VcfGz),
            (".bgz", OutputFormat::VcfGz),
        ];
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map_or(Self::Vcf, |(_, format)| *format)
    }

    /// What the engine is to write.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Vcf | Self::VcfGz => Format::Vcf,
            Self::Bcf => Format::Bcf,
            Self::Tsv | Self::TsvGz => Format::Tab(Cells::Defused),
            Self::PlainTsv | Self::PlainTsvGz => Format::Tab(Cells::Plain),
            Self::Json | Self::JsonGz => Format::JsonLines,
            Self::Parquet => Format::Parquet,
        }
    }

    /// How the engine is to pack it.
    pub(crate) fn compression(self) -> Compression {
        match self {
            Self::Vcf | Self::Tsv | Self::PlainTsv | Self::Json | Self::Parquet => Compression::Plain,
            Self::VcfGz | Self::Bcf | Self::TsvGz | Self::PlainTsvGz | Self::JsonGz => Compression::Bgzf,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("-", OutputFormat::Vcf)]
    #[case("a.annot", OutputFormat::Vcf)]
    #[case("a.vcf.gz", OutputFormat::VcfGz)]
    #[case("a.vcf.bgz", OutputFormat::VcfGz)]
    #[case("folder.json/a.TSV", OutputFormat::Tsv)]
    #[case("a.vcf.tsv.gz", OutputFormat::TsvGz)]
    #[case("a.jsonl", OutputFormat::Json)]
    #[case("a.json.gz", OutputFormat::JsonGz)]
    #[case("a.bcf", OutputFormat::Bcf)]
    #[case("a.parquet", OutputFormat::Parquet)]
    fn names(#[case] name: &str, #[case] expected: OutputFormat) {
        assert_eq!(OutputFormat::of_name(Path::new(name)), expected);
    }
}
