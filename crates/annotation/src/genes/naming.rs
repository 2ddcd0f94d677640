//! What transcripts, genes and proteins are called, as Ensembl VEP names them from GFF3.

use crate::genes::features::{CodingSequence, Node};
use crate::genes::gff3::Attributes;
use crate::genes::transcript::Strand;

/// The names of a transcript on its way into a reference; see `transcript::Names`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DraftNames {
    pub(crate) symbol: String,
    pub(crate) gene: String,
    pub(crate) transcript: String,
    pub(crate) transcript_with_version: String,
    pub(crate) protein: String,
    pub(crate) biotype: String,
}

/// Names of a transcript with its gene and its coding sequence, where it has them.
pub(crate) fn of_transcript(
    node: &Node,
    gene: Option<&Node>,
    coding: Option<&CodingSequence>,
) -> Option<DraftNames> {
    let feature = node.feature.as_ref()?;
    let attributes = feature.attributes();
    let of_gene =
        gene.and_then(|gene| gene.feature.as_ref()).map(|gene| gene.attributes()).unwrap_or_default();
    let transcript = attributes
        .first_name(&["transcript_id"])
        .or_else(|| attributes.first_name(&["ID", "Name"]).map(|id| bare(&id).to_owned()))
        .unwrap_or_else(|| bare(&node.id).to_owned());
    let parent = attributes.first_name(&["Parent"]).unwrap_or_default();
    let parent = parent.split(',').next().unwrap_or_default();
    let transcript_with_version = with_version(&transcript, attributes.get("version").as_deref());
    let protein = coding.map(|coding| {
        // A protein without a name of its own is named by its transcript.
        Some(protein(coding)).filter(|id| !id.is_empty()).unwrap_or_else(|| transcript_with_version.clone())
    });
    Some(DraftNames {
        symbol: attributes
            .first_name(&["gene_name", "gene"])
            .or_else(|| of_gene.first_name(&["name", "Name"]))
            .unwrap_or_default(),
        gene: attributes
            .first_name(&["gene_id"])
            .or_else(|| gene_id(attributes))
            .or_else(|| of_gene.first_name(&["gene_id"]))
            .unwrap_or_else(|| bare(parent).to_owned()),
        transcript_with_version,
        transcript,
        protein: protein.unwrap_or_default(),
        biotype: biotype(&feature.kind, attributes, of_gene, coding.is_some()),
    })
}

/// Names for a coding sequence whose gene has no transcripts: the protein stands for its transcript.
pub(crate) fn of_coding_gene(node: &Node, coding: &CodingSequence) -> DraftNames {
    let of_gene = node.feature.as_ref().map(|gene| gene.attributes()).unwrap_or_default();
    let protein = protein(coding);
    let transcript =
        coding.attributes().first_name(&["protein_id"]).unwrap_or_else(|| bare(&node.id).to_owned());
    DraftNames {
        symbol: of_gene.first_name(&["gene_name", "gene", "Name"]).unwrap_or_default(),
        gene: of_gene
            .first_name(&["gene_id"])
            .or_else(|| gene_id(of_gene))
            .unwrap_or_else(|| bare(&node.id).to_owned()),
        transcript_with_version: transcript.clone(),
        transcript,
        protein,
        biotype: "protein_coding".to_owned(),
    }
}

/// An id without the `gene:` or `transcript:` that Ensembl puts before it.
fn bare(id: &str) -> &str {
    // WormBase writes `Gene:` and `Transcript:`.
    let is_prefix =
        |word: &str| ["gene", "transcript", "CDS"].iter().any(|one| one.eq_ignore_ascii_case(word));
    id.split_once(':').filter(|(word, _)| is_prefix(word)).map_or(id, |(_, bare)| bare)
}

/// NCBI's number of a gene.
fn gene_id(attributes: Attributes<'_>) -> Option<String> {
    let mut references = ["dbxref", "Dbxref"].into_iter().flat_map(|key| attributes.each(key));
    references.find_map(|reference| reference.strip_prefix("GeneID:").map(str::to_owned))
}

/// The protein of a coding sequence with a version: 1 unless the file says otherwise.
fn protein(coding: &CodingSequence) -> String {
    let attributes = coding.attributes();
    let id = attributes
        .first_name(&["protein_id"])
        .unwrap_or_else(|| bare(&coding.id).trim_start_matches("cds-").to_owned());
    with_version(&id, Some(attributes.get("version").as_deref().unwrap_or("1")))
}

/// An id with its version, once.
fn with_version(id: &str, version: Option<&str>) -> String {
    let has_one = id
        .rsplit_once('.')
        .is_some_and(|(_, end)| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()));
    match version {
        Some(version) if !has_one && !id.is_empty() => format!("{id}.{version}"),
        _ => id.to_owned(),
    }
}

fn biotype(kind: &str, attributes: Attributes<'_>, of_gene: Attributes<'_>, is_coding: bool) -> String {
    if let Some(biotype) = attributes.first_name(&["biotype", "transcript_type", "transcript_biotype"]) {
        return biotype;
    }
    let class = attributes.get("ncrna_class").filter(|_| kind == "ncRNA");
    let segment =
        kind.strip_suffix("_gene_segment").map(|letter| format!("IG_{}_gene", letter.to_uppercase()));
    let is_micro = of_gene.get("description").is_some_and(|description| description.starts_with("microRNA"));
    match kind {
        "mRNA" => "protein_coding".to_owned(),
        _ => class
            .or(segment)
            .or_else(|| is_micro.then(|| "miRNA".to_owned()))
            .or_else(|| attributes.get("gbkey"))
            .unwrap_or_else(|| {
                if kind == "transcript" { of_unknown_kind(is_coding) } else { kind }.to_owned()
            }),
    }
}

/// What a transcript is of which the file says no more than its coordinates, in Ensembl's words.
fn of_unknown_kind(is_coding: bool) -> &'static str {
    if is_coding { "protein_coding" } else { "misc_RNA" }
}

/// Whether the file says that the 5' and the 3' end of a coding sequence are not known: by Ensembl's
/// and GENCODE's tags, or by NCBI's open ranges.
pub(crate) fn ends_not_found(node: &Node, coding: Attributes<'_>, strand: Strand) -> (bool, bool) {
    let transcript = node.feature.as_ref().map(|feature| feature.attributes()).unwrap_or_default();
    let tagged = |tag| transcript.has("tag", tag) || coding.has("tag", tag);
    let low = coding.raw("start_range").is_some_and(|range| range.starts_with('.'));
    let high = coding.raw("end_range").is_some_and(|range| range.ends_with('.'));
    let (start, end) = match strand {
        Strand::Forward => (low, high),
        Strand::Reverse => (high, low),
    };
    (tagged("cds_start_NF") || start, tagged("cds_end_NF") || end)
}
