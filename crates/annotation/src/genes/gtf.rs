//! Lines of GTF, as Ensembl, GENCODE, NCBI and UCSC write them, told in the words of GFF3.
//!
//! Source: "GTF2.2: A Gene Annotation Format" (Brent Lab). The CDS ends before the stop codon, which has a line of its
//! own; the lines of genes and transcripts may be missing, since every exon names both.

use crate::genes::features::{CodingPart, Feature, Features, Node};
use crate::genes::gff3::{Row, append_attribute, append_value};

/// Adds a line of GTF, whose ninth column `row.attributes` holds as it is.
pub(crate) fn add(features: &mut Features, row: &Row<'_>, contig: usize) {
    let column = row.attributes.0;
    let gene = value_of(column, "gene_id").filter(|id| !id.is_empty());
    if row.kind == "gene" {
        let Some(gene) = gene else { return features.pass_over("gene without an id") };
        let node = features.node(contig, gene_id(gene));
        node.feature.get_or_insert_with(|| feature(row, "gene", &gene_id(gene), None));
        return;
    }
    let is_transcript = matches!(row.kind, "transcript" | "mRNA");
    let is_part = matches!(row.kind, "exon" | "CDS" | "stop_codon" | "Selenocysteine");
    if !is_transcript && !is_part {
        return features.pass_over(row.kind);
    }
    let Some(id) = value_of(column, "transcript_id").filter(|id| !id.is_empty()) else {
        return features.pass_over(&format!("{} without a transcript", row.kind));
    };
    let id = format!("transcript:{id}");
    let node = features.node(contig, id);
    if node.feature.is_none() || (node.implied && is_transcript) {
        node.feature = Some(feature(row, "transcript", &node.id, gene));
        node.implied = !is_transcript;
    }
    if is_part {
        node.note_strand(row.strand);
        add_part(node, row);
    }
}

/// Genes and transcripts can have the same id.
fn gene_id(id: &str) -> String {
    format!("gene:{id}")
}

fn add_part(node: &mut Node, row: &Row<'_>) {
    let place = (row.start, row.end);
    match row.kind {
        "exon" => node.exons.push(place),
        "CDS" => {
            let part = CodingPart { start: row.start, end: row.end, phase: row.phase };
            let id = value_of(row.attributes.0, "protein_id").unwrap_or_default().to_owned();
            node.add_coding_part(id, part, || renamed(row, PROTEIN_VERSION));
        }
        "stop_codon" => node.stop_codons.push(place),
        _ => node.selenocysteines.push(place),
    }
}

fn feature(row: &Row<'_>, kind: &str, id: &str, gene: Option<&str>) -> Feature {
    let mut attributes = String::new();
    append_attribute(&mut attributes, "ID", id);
    if let Some(gene) = gene {
        append_attribute(&mut attributes, "Parent", &gene_id(gene));
    }
    let version = if kind == "gene" { "gene_version" } else { "transcript_version" };
    attributes.push(';');
    attributes.push_str(&renamed(row, version));
    if kind != "gene" {
        complete_biotype(&mut attributes, row);
    }
    Feature { kind: kind.to_owned(), strand: row.strand, attributes }
}

const PROTEIN_VERSION: &str = "protein_version";

/// The ninth column in the form of GFF3: one entry a key, several values with commas. `version` is the key whose value
/// is the version of the line's own id, which GFF3 calls just so.
fn renamed(row: &Row<'_>, version: &str) -> String {
    let mut attributes = String::new();
    let mut tags = String::new();
    for (key, value) in pairs(row.attributes.0) {
        match key {
            "tag" => {
                if !tags.is_empty() {
                    tags.push(',');
                }
                append_value(&mut tags, value);
            }
            "version" => {}
            _ if key == version => append_attribute(&mut attributes, "version", value),
            "ccds_id" => append_attribute(&mut attributes, "ccdsid", value),
            // NCBI's word for what Ensembl and VEP call protein_coding.
            "transcript_biotype" if value == "mRNA" => {
                append_attribute(&mut attributes, key, "protein_coding");
            }
            _ => append_attribute(&mut attributes, key, value),
        }
    }
    if !tags.is_empty() {
        append_attribute(&mut attributes, "tag", "");
        attributes.push_str(&tags);
    }
    attributes
}

/// Old files of Ensembl have the biotype in the second column.
fn complete_biotype(attributes: &mut String, row: &Row<'_>) {
    let column = row.attributes.0;
    let told = ["biotype", "transcript_type", "transcript_biotype"];
    let is_told = told.iter().any(|key| value_of(column, key).is_some());
    let source = row.source;
    let is_biotype = source.ends_with("RNA")
        || source.ends_with("pseudogene")
        || ["IG_", "TR_"].iter().any(|prefix| source.starts_with(prefix))
        || matches!(
            source,
            "protein_coding" | "nonsense_mediated_decay" | "non_stop_decay" | "retained_intron" | "antisense"
        )
        || matches!(source, "processed_transcript" | "sense_intronic" | "sense_overlapping");
    if !is_told && is_biotype {
        append_attribute(attributes, "biotype", source);
    }
}

/// The value of a key in the ninth column.
pub(crate) fn value_of<'a>(column: &'a str, wanted: &str) -> Option<&'a str> {
    pairs(column).find(|(key, _)| *key == wanted).map(|(_, value)| value)
}

/// Keys and values of `key "value"; key value; ...`. Values in quotes may hold semicolons.
fn pairs(column: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = column;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', ';']);
        let (key, after) = rest.split_once(' ').filter(|(key, _)| !key.is_empty())?;
        let after = after.trim_start();
        let (value, remainder) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(';').unwrap_or((after, "")),
        };
        rest = remainder;
        Some((key, value.trim_end()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genes::account::Account;
    use crate::genes::assemble::{Draft, Sequences, assemble};
    use crate::genes::read::read;
    use crate::genes::transcript::Strand;

    fn drafts(lines: &str) -> (Vec<Draft>, Account) {
        let text: String = lines.lines().map(|line| line.trim().replacen(' ', "\t", 8) + "\n").collect();
        let mut account = Account::default();
        let contig = |name: &str| (name == "1").then_some(0);
        let features = read(text.as_bytes(), &contig, &mut account).unwrap();
        let sequences = Sequences { lengths: &[1000], genetic_codes: &[1] };
        (assemble(&features, &sequences, &mut account), account)
    }

    #[test]
    fn keys_and_values() {
        let column = "gene_id \"G;1\"; level 2; tag \"basic\"; note \"a b\" ; broken";
        let found: Vec<_> = pairs(column).collect();
        assert_eq!(found, [("gene_id", "G;1"), ("level", "2"), ("tag", "basic"), ("note", "a b")]);
        assert_eq!(value_of(column, "tag"), Some("basic"));
        assert_eq!(pairs("\"").count() + pairs("").count() + pairs(" ; ;").count(), 0);
    }

    #[test]
    fn ensembl_style_with_its_versions_and_stop_codon() {
        let (drafts, account) = drafts(
            "1 e gene 100 400 . - . gene_id \"ENSG1\"; gene_version \"9\"; gene_name \"ABC1\"; gene_biotype \"protein_coding\";
             1 e transcript 100 400 . - . gene_id \"ENSG1\"; gene_version \"9\"; transcript_id \"ENST1\"; transcript_version \"4\"; gene_name \"ABC1\"; transcript_biotype \"protein_coding\"; tag \"basic\"; tag \"Ensembl_canonical\";
             1 e exon 301 400 . - . gene_id \"ENSG1\"; transcript_id \"ENST1\"; exon_number \"1\";
             1 e CDS 301 350 . - 0 gene_id \"ENSG1\"; transcript_id \"ENST1\"; protein_id \"ENSP1\"; protein_version \"3\"; tag \"basic\";
             1 e start_codon 348 350 . - 0 gene_id \"ENSG1\"; transcript_id \"ENST1\";
             1 e exon 100 200 . - . gene_id \"ENSG1\"; transcript_id \"ENST1\"; exon_number \"2\";
             1 e CDS 161 200 . - 1 gene_id \"ENSG1\"; transcript_id \"ENST1\"; protein_id \"ENSP1\"; protein_version \"3\";
             1 e Selenocysteine 341 343 . - . gene_id \"ENSG1\"; transcript_id \"ENST1\";
             1 e stop_codon 158 160 . - 0 gene_id \"ENSG1\"; transcript_id \"ENST1\";",
        );
        let [draft] = &drafts[..] else { panic!("one transcript of {account:?}") };
        assert_eq!((draft.strand, draft.exons.len()), (Strand::Reverse, 2));
        let coding = draft.coding.unwrap();
        assert_eq!((coding.cdna_start, coding.cdna_end, coding.missing_bases), (51, 143, 0));
        assert_eq!(draft.selenocysteines, [58]);
        let names = &draft.names;
        assert_eq!((names.symbol.as_str(), names.gene.as_str()), ("ABC1", "ENSG1"));
        assert_eq!((names.transcript.as_str(), names.transcript_with_version.as_str()), ("ENST1", "ENST1.4"));
        assert_eq!((names.protein.as_str(), names.biotype.as_str()), ("ENSP1.3", "protein_coding"));
        assert_eq!(account.count("feature of a kind that has no use here"), 1);
    }

    #[test]
    fn exons_and_coding_parts_alone_are_enough() {
        let (drafts, account) = drafts(
            "1 hg38_refGene exon 1 100 . + . gene_id \"G\"; transcript_id \"NM_1\";
             1 hg38_refGene CDS 10 30 . + 0 gene_id \"G\"; transcript_id \"NM_1\";
             1 hg38_refGene exon 1 100 . + . gene_id \"G\"; transcript_id \"NR_1\";
             1 processed_pseudogene exon 1 100 . + . gene_id \"G\"; transcript_id \"T3\"; gene_name \"g, h\";
             1 x exon 1 100 . + . gene_id \"G\";",
        );
        let told: Vec<_> = drafts
            .iter()
            .map(|draft| {
                let names = &draft.names;
                [&names.transcript, &names.symbol, &names.gene, &names.biotype, &names.protein]
                    .map(String::as_str)
            })
            .collect();
        assert_eq!(
            told,
            [
                ["NM_1", "", "G", "protein_coding", "NM_1"],
                ["NR_1", "", "G", "misc_RNA", ""],
                ["T3", "g, h", "G", "processed_pseudogene", ""],
            ]
        );
        assert_eq!(account.count("feature of a kind that has no use here"), 1);
    }
}
