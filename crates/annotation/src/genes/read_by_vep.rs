//! Which transcripts of a GFF3 Ensembl VEP reads: it passes over those whose kind, whose gene's kind or whose biotype it
//! does not know, and says `intergenic_variant` of what lies in nothing else.
//!
//! Source: Ensembl VEP `AnnotationSource/File/GFF.pm` (`%INCLUDE_FEATURE_TYPES`, `_record_get_biotype`) and
//! `BaseGXF.pm` (`_get_parent_child_structure`, `_record_is_gene`, `_create_transcript`), release 115.

use crate::genes::features::Node;
use crate::genes::gff3::Attributes;

/// Kinds of features that VEP reads as transcripts or genes, but `CDS`, `exon` and those of any gene.
const KINDS: [&str; 30] = [
    "C_gene_segment",
    "D_gene_segment",
    "J_gene_segment",
    "NMD_transcript_variant",
    "RNA",
    "VD_gene_segment",
    "V_gene_segment",
    "aberrant_processed_transcript",
    "gene",
    "lincRNA",
    "lnc_RNA",
    "mRNA",
    "miRNA",
    "nc_primary_transcript",
    "ncRNA",
    "primary_transcript",
    "processed_pseudogene",
    "processed_transcript",
    "pseudogene",
    "pseudogenic_transcript",
    "rRNA",
    "snRNA",
    "snoRNA",
    "supercontig",
    "tRNA",
    "transcript",
    "lincRNA_gene",
    "miRNA_gene",
    "protein_coding_gene",
    "mt_gene",
];

/// Whether VEP reads a transcript, told by the node of its id and by that of its gene.
pub(crate) fn is_read(node: &Node, gene: Option<&Node>) -> bool {
    let Some(feature) = &node.feature else { return false };
    if !KINDS.contains(&feature.kind.as_str()) || node.exons.is_empty() {
        return false;
    }
    let attributes = feature.attributes();
    let of_gene = gene.and_then(|gene| gene.feature.as_ref());
    let stands_right = match of_gene {
        Some(gene) => is_known_gene(&gene.kind),
        // What has no parent is a transcript unless it is called a gene; what names one that is not there is lost.
        None => attributes.raw("Parent").is_none() && !is_gene(&feature.kind),
    };
    let described = of_gene.map(|gene| gene.attributes()).unwrap_or_default();
    stands_right && has_biotype(&feature.kind, attributes, described)
}

/// Genes of kinds as `ncRNA_gene` VEP passes over with all their transcripts; with them in the file, it is run with their kinds
/// written `gene`.
fn is_known_gene(kind: &str) -> bool {
    KINDS.contains(&kind) || kind.ends_with("_gene")
}

/// `_record_is_gene`.
fn is_gene(kind: &str) -> bool {
    kind.contains("gene") || kind == "processed_transcript" || kind == "RNA"
}

/// `_record_get_biotype`: whether it comes to any.
fn has_biotype(kind: &str, attributes: Attributes<'_>, of_gene: Attributes<'_>) -> bool {
    if attributes.first(&["biotype", "transcript_type", "transcript_biotype"]).is_some() {
        return true;
    }
    match kind {
        "mRNA" => true,
        "ncRNA" => attributes.raw("ncrna_class").is_some(),
        _ => {
            kind.ends_with("_gene_segment")
                || of_gene.raw("description").is_some_and(|text| text.starts_with("microRNA"))
                || attributes.raw("gbkey").is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genes::features::Feature;
    use rstest::rstest;

    fn node(text: &str) -> Node {
        let (kind, attributes) = text.split_once(' ').unwrap();
        let feature = Feature { kind: kind.into(), strand: None, attributes: attributes.into() };
        Node { feature: Some(feature), exons: vec![(1, 9)], ..Node::default() }
    }

    #[rstest]
    #[case::ensembl("lnc_RNA Parent=G;biotype=lncRNA", "gene ID=G", true)]
    #[case::kind_of_gene("tRNA Parent=G;biotype=tRNA", "ncRNA_gene ID=G", true)]
    #[case::pseudogene("transcript Parent=G;gbkey=misc_RNA", "pseudogene ID=G", true)]
    #[case::refseq("mRNA Parent=G;gbkey=mRNA", "gene ID=G", true)]
    #[case::kind_not_known("antisense_RNA Parent=G;gbkey=ncRNA", "gene ID=G", false)]
    #[case::class_not_told("ncRNA Parent=G;gbkey=ncRNA", "gene ID=G", false)]
    #[case::class_told("ncRNA Parent=G;ncrna_class=Y_RNA", "gene ID=G", true)]
    #[case::micro("primary_transcript Parent=G", "gene ID=G;description=microRNA 7", true)]
    #[case::no_biotype("transcript Parent=G", "gene ID=G", false)]
    #[case::gene_of_another_kind("mRNA Parent=G", "operon ID=G", false)]
    fn with_a_gene(#[case] transcript: &str, #[case] gene: &str, #[case] expected: bool) {
        assert_eq!(is_read(&node(transcript), Some(&node(gene))), expected);
    }

    #[rstest]
    #[case::alone("mRNA ID=T", true)]
    #[case::parent_lost("mRNA ID=T;Parent=G", false)]
    #[case::called_a_gene("V_gene_segment ID=T", false)]
    #[case::taken_for_a_gene("processed_transcript ID=T;biotype=lncRNA", false)]
    fn without_a_gene(#[case] transcript: &str, #[case] expected: bool) {
        assert_eq!(is_read(&node(transcript), None), expected);
        assert!(!is_read(&Node { exons: Vec::new(), ..node(transcript) }, None));
    }
}
