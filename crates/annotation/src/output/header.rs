//! The header lines that say what was added to a file, how and by what.

use crate::formats::heading::TYPED;
use crate::known::info_field::FieldType;
use crate::phased;
use crate::pipeline::options::Options;
use crate::presentation::ann;
use crate::presentation::fields::shown;
use crate::presentation::known_only;
use crate::reference::Reference;
use crate::vcf::header::{Header, quotable};
use crate::vcf::line::FIXED_COLUMNS;

/// The key of INFO that holds the annotations.
pub(crate) const KEY: &str = "CSQ";

/// Names of the CSQ fields that every reference gives, in Ensembl VEP's words and order.
pub(crate) const FIELDS: [&str; 21] = [
    "Allele",
    "Consequence",
    "IMPACT",
    "SYMBOL",
    "Gene",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "EXON",
    "INTRON",
    "HGVSc",
    "HGVSp",
    "cDNA_position",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "Existing_variation",
    "DISTANCE",
    "STRAND",
    "FLAGS",
];

/// The lines to add, each with the given line ending. The same run gives the same lines.
pub(crate) fn added_lines(header: &Header, reference: &Reference, options: &Options, ending: &str) -> String {
    let fields: Vec<String> = shown(reference, options).iter().map(|field| quotable(field)).collect();
    let fields = fields.join("|");
    let program = quotable(&options.program);
    let command = quotable(&options.command_line);
    let manifest = reference.manifest();
    let mut sources: Vec<String> = Vec::new();
    for source in &manifest.sources {
        let version = source.provenance.version.as_ref().map(|version| format!(" ({version})"));
        sources.push(format!("{} {}{}", source.id, source.file, version.unwrap_or_default()));
    }
    let known = if options.known_only { known_only::header_lines(reference) } else { Vec::new() };
    let csq = (options.presentation.entries.has_csq() && !options.known_only).then(|| {
        format!(
            "##INFO=<ID={KEY},Number=.,Type=String,Description=\"Consequence annotations from {program}. Format: {fields}\">"
        )
    });
    let ann = options.presentation.entries.has_ann().then(ann::header_line);
    let lines = [
        format!("##gas_command=<ID=annotate,Program=\"{program}\",CommandLine=\"{command}\">"),
        input_line(header, reference),
        format!(
            "##gas_reference=<ID={},Assembly=\"{}\",Build={},Sources=\"{}\">",
            manifest.name,
            quotable(&manifest.assembly),
            manifest.build,
            quotable(&sources.join("; ")),
        ),
    ];
    let joint = options.phased.then(|| phased_line(&program));
    let types = if csq.is_some() { type_lines(reference) } else { Vec::new() };
    joint
        .iter()
        .chain(&csq)
        .chain(&types)
        .chain(&known)
        .chain(&ann)
        .chain(&lines)
        .flat_map(|line| [line.as_str(), ending])
        .collect()
}

/// The types of the fields of CSQ that are no text, for formats whose columns have types.
fn type_lines(reference: &Reference) -> Vec<String> {
    let manifest = reference.manifest();
    let typed = manifest.known_fields.iter().zip(&manifest.known_types);
    let typed = typed.filter(|(_, value_type)| **value_type != FieldType::String);
    typed.map(|(name, value_type)| format!("{TYPED}{},Type={value_type}>", quotable(name))).collect()
}

fn phased_line(program: &str) -> String {
    let (key, fields) = (phased::entry::KEY, phased::entry::FIELDS);
    format!(
        "##INFO=<ID={key},Number=.,Type=String,Description=\"Joint consequences of the alleles of one haplotype from {program}, \
         at the first record of those that are seen together; @POS at the others names its position. Format: {fields}\">"
    )
}

/// What is known of the input before its first record: above all, contigs that cannot be annotated.
fn input_line(header: &Header, reference: &Reference) -> String {
    let is_missing = |name: &&str| reference.contig_index(name.as_bytes()).is_none();
    let missing = || header.contigs.iter().map(|(name, _)| name.as_str()).filter(is_missing);
    let first = missing().next().map(|name| format!(",FirstNotInReference=\"{}\"", quotable(name)));
    format!(
        "##gas_input=<ID=input,Format=\"{}\",ContigsInHeader={},ContigsNotInReference={}{}>",
        quotable(header.file_format.as_deref().unwrap_or_default()),
        header.contigs.len(),
        missing().count(),
        first.unwrap_or_default(),
    )
}

/// What an input without any header gets before the added lines.
pub(crate) const FILE_FORMAT: &str = "##fileformat=VCFv4.2";

/// A `#CHROM` line for an input that has none, for lines of so many columns.
pub(crate) fn column_line(columns: u64, ending: &str) -> String {
    let mut line = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO".to_owned();
    if columns > FIXED_COLUMNS as u64 {
        line.push_str("\tFORMAT");
    }
    let samples = Header { columns: Some(columns), ..Header::default() }.samples();
    for sample in 1..=samples {
        line.push_str("\tSAMPLE");
        line.push_str(&sample.to_string());
    }
    line.push_str(ending);
    line
}
