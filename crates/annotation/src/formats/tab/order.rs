//! In which order the columns stand.

use crate::formats::columns::Columns;
use crate::output::header::FIELDS;

/// What a cell shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// The variant's name.
    Name,
    /// Where the variant is.
    Location,
    /// A field of the row.
    Column(usize),
}

impl Cell {
    /// The column's name.
    pub(super) fn name(self, columns: &Columns) -> &str {
        match self {
            Self::Name => "Uploaded_variation",
            Self::Location => "Location",
            Self::Column(column) => &columns.names()[column],
        }
    }
}

/// VEP's order: its default columns, then those of its options in the order of its table of options.
const ORDER: [&str; 33] = [
    "Allele",
    "Gene",
    "Feature",
    "Feature_type",
    "Consequence",
    "cDNA_position",
    "CDS_position",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "Existing_variation",
    "IMPACT",
    "DISTANCE",
    "STRAND",
    "FLAGS",
    "VARIANT_CLASS",
    "SYMBOL",
    "SYMBOL_SOURCE",
    "HGNC_ID",
    "BIOTYPE",
    "CANONICAL",
    "MANE",
    "MANE_SELECT",
    "MANE_PLUS_CLINICAL",
    "TSL",
    "APPRIS",
    "CCDS",
    "ENSP",
    "EXON",
    "INTRON",
    "HGVSc",
    "HGVSp",
    "HGVS_OFFSET",
];

/// The cells of a line, in order. Where CSQ has all fields that every run gives, they stand in VEP's order, with fields that
/// it does not have by default in the order of CSQ behind them; a choice of fields keeps the order that it was made in.
pub(super) fn cells(columns: &Columns) -> Vec<Cell> {
    let names = columns.names();
    let mut order: Vec<usize> = (0..names.len()).collect();
    if FIELDS.iter().all(|field| names.iter().any(|name| name == field)) {
        let rank = |name: &String| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len());
        order.sort_by_key(|column| rank(&names[*column]));
    }
    [Cell::Name, Cell::Location].into_iter().chain(order.into_iter().map(Cell::Column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &[&str]) -> Vec<String> {
        let columns = Columns::new(fields.iter().map(|field| (*field).to_owned()).collect());
        cells(&columns).into_iter().map(|cell| cell.name(&columns).to_owned()).collect()
    }

    #[test]
    fn all_fields_stand_as_vep_has_them_and_a_choice_as_it_was_made() {
        let all: Vec<&str> =
            FIELDS.into_iter().chain(["CCDS", "HGVS_OFFSET", "HGVSg", "ClinVar_CLNSIG"]).collect();
        assert_eq!(
            names(&all).join(" "),
            "Uploaded_variation Location Allele Gene Feature Feature_type Consequence cDNA_position CDS_position \
             Protein_position Amino_acids Codons Existing_variation IMPACT DISTANCE STRAND FLAGS SYMBOL BIOTYPE CCDS EXON \
             INTRON HGVSc HGVSp HGVS_OFFSET HGVSg ClinVar_CLNSIG"
        );
        assert_eq!(names(&["HGVSp", "Allele"]), ["Uploaded_variation", "Location", "HGVSp", "Allele"]);
    }
}
