//! What each column says, for the header.

/// A column's description; `?` for those that only their source describes, as VEP has it.
pub(super) fn description(column: &str) -> &'static str {
    DESCRIPTIONS.iter().find(|(name, _)| *name == column).map_or("?", |(_, text)| text)
}

const DESCRIPTIONS: [(&str, &str); 36] = [
    ("Uploaded_variation", "Name of the variant: its first ID, or sequence, start and alleles"),
    ("Location", "Sequence and place of the variant, counted from 1: sequence:start or sequence:start-end"),
    ("Allele", "Alternative allele that the line is about; - for bases that are gone"),
    ("Gene", "Identifier of the gene"),
    ("Feature", "Identifier of the feature"),
    ("Feature_type", "Kind of the feature"),
    ("Consequence", "What the allele does, in terms of the Sequence Ontology, the most severe first"),
    ("cDNA_position", "Place within the transcript, counted from 1"),
    ("CDS_position", "Place within the coding sequence, counted from 1"),
    ("Protein_position", "Residues within the protein, counted from 1"),
    ("Amino_acids", "Residues before and after; one where they are the same"),
    ("Codons", "Codons before and after, changed bases in upper case"),
    ("Existing_variation", "Names under which the allele is known"),
    ("IMPACT", "How severe the consequence is: HIGH, MODERATE, LOW or MODIFIER"),
    ("DISTANCE", "Bases from the variant to the transcript"),
    ("STRAND", "Strand of the feature: 1 or -1"),
    ("FLAGS", "What to keep in mind of the transcript"),
    ("VARIANT_CLASS", "Kind of the variant in the Sequence Ontology"),
    ("SYMBOL", "Symbol of the gene"),
    ("SYMBOL_SOURCE", "Who gave the symbol"),
    ("HGNC_ID", "Identifier of the symbol at HGNC"),
    ("BIOTYPE", "Kind of the transcript"),
    ("CANONICAL", "YES for the transcript that stands for its gene"),
    ("MANE", "MANE sets that the transcript belongs to"),
    ("MANE_SELECT", "RefSeq's equal of a MANE Select transcript"),
    ("MANE_PLUS_CLINICAL", "RefSeq's equal of a MANE Plus Clinical transcript"),
    ("TSL", "How well the transcript is supported, 1 the best"),
    ("APPRIS", "Whether APPRIS takes the isoform for a principal or an alternative one"),
    ("CCDS", "Identifier of the coding sequence at CCDS"),
    ("ENSP", "Identifier of the protein"),
    ("EXON", "Number of the exon, of how many"),
    ("INTRON", "Number of the intron, of how many"),
    ("HGVSc", "Name of the change on the transcript by HGVS"),
    ("HGVSp", "Name of the change on the protein by HGVS; %3D is ="),
    ("HGVS_OFFSET", "Bases by which HGVS moves the change"),
    ("HGVSg", "Name of the change on the sequence by HGVS"),
];
