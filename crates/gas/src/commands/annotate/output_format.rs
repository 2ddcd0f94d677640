//! Formats of the output, and how a file's name tells one.

use std::path::Path;

use gas_annotation::{Compression, Format};

/// A format of the output, and how it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputFormat {
    /// VCF as plain text
    #[value(name = "vcf")]
    Vcf,
    /// VCF compressed by blocks, as bgzip does
    #[value(name = "vcf.gz")]
    VcfGz,
    /// Tab-delimited, a line for each allele and feature, as VEP's --tab
    #[value(name = "tsv")]
    Tsv,
    /// The same, compressed by blocks
    #[value(name = "tsv.gz")]
    TsvGz,
    /// An object of JSON on a line for each record, as VEP's --json
    #[value(name = "json", alias = "jsonl")]
    Json,
    /// The same, compressed by blocks
    #[value(name = "json.gz", alias = "jsonl.gz")]
    JsonGz,
}

impl OutputFormat {
    /// The format that a file of this name should have; VCF when the name does not tell.
    pub(crate) fn of_name(path: &Path) -> Self {
        const ENDINGS: [(&str, OutputFormat); 8] = [
            (".tsv", OutputFormat::Tsv),
            (".tsv.gz", OutputFormat::TsvGz),
            (".json", OutputFormat::Json),
            (".jsonl", OutputFormat::Json),
            (".json.gz", OutputFormat::JsonGz),
            (".jsonl.gz", OutputFormat::JsonGz),
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
            Self::Tsv | Self::TsvGz => Format::Tab,
            Self::Json | Self::JsonGz => Format::JsonLines,
        }
    }

    /// How the engine is to pack it.
    pub(crate) fn compression(self) -> Compression {
        match self {
            Self::Vcf | Self::Tsv | Self::Json => Compression::Plain,
            Self::VcfGz | Self::TsvGz | Self::JsonGz => Compression::Bgzf,
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
    fn names(#[case] name: &str, #[case] expected: OutputFormat) {
        assert_eq!(OutputFormat::of_name(Path::new(name)), expected);
    }
}
