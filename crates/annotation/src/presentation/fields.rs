//! The fields of CSQ: which there are, and which somebody chose.

use crate::output::header::FIELDS;
use crate::pipeline::options::Options;
use crate::record::transcript_fields::TranscriptField;
use crate::reference::Reference;

/// The name of an allele on its contig.
pub(crate) const HGVSG: &str = "HGVSg";

/// A field that no row has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no field `{name}`; there are {known}")]
pub struct UnknownField {
    name: String,
    known: String,
}

/// Fields of CSQ that somebody chose, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(Vec<String>);

impl Fields {
    /// Reads names with commas between them.
    ///
    /// # Errors
    /// When rows of this reference have no field of such a name.
    pub fn choose(list: &str, reference: &Reference) -> Result<Self, UnknownField> {
        let options = Options { hgvsg: true, ..Options::default() };
        Self::among(list, &with_allele_number(all(reference, &options)))
    }

    fn among(list: &str, known: &[String]) -> Result<Self, UnknownField> {
        let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
        match names.iter().find(|name| !known.contains(name)) {
            Some(name) => Err(UnknownField { name: name.clone(), known: known.join(", ") }),
            None => Ok(Self(names)),
        }
    }

    /// Whether a field is among them.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|chosen| chosen == name)
    }

    /// What each of them is, given all fields of rows.
    pub(crate) fn columns(&self, all: &[String]) -> Vec<Column> {
        let column = |name: &String| match all.iter().position(|known| known == name) {
            Some(place) => Column::Field(place),
            None if name == ALLELE_NUMBER => Column::AlleleNumber,
            None => Column::Missing,
        };
        self.0.iter().map(column).collect()
    }
}

/// Names of the fields that rows begin with when only known alleles are told.
const KNOWN_ONLY: [&str; 2] = ["Allele", EXISTING];
/// Name of the field that holds the names of known alleles.
pub(crate) const EXISTING: &str = "Existing_variation";

/// The field that tells an alternative's number in ALT, from 1. No row has it; it is put in when it is asked for.
const ALLELE_NUMBER: &str = "ALLELE_NUM";

/// A field that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// The field of rows at this place.
    Field(usize),
    AlleleNumber,
    /// A field that this run does not have.
    Missing,
}

fn with_allele_number(mut names: Vec<String>) -> Vec<String> {
    names.insert(place_of_allele_number(&names), ALLELE_NUMBER.to_owned());
    names
}

/// How many fields stand before the allele's number, as Ensembl VEP has it.
pub(crate) fn place_of_allele_number(names: &[String]) -> usize {
    names.iter().position(|name| name == EXISTING).map_or(names.len(), |place| place + 1)
}

/// All fields of rows, in order.
pub(crate) fn all(reference: &Reference, options: &Options) -> Vec<String> {
    if options.known_only {
        let names = KNOWN_ONLY.into_iter().map(str::to_owned);
        return names.chain(reference.known_fields().iter().cloned()).collect();
    }
    let of_transcripts = TranscriptField::of(reference, options);
    let names = FIELDS.into_iter().chain(of_transcripts.into_iter().map(TranscriptField::name));
    let names = names.chain(options.hgvsg.then_some(HGVSG));
    let added = reference.known_fields().iter().chain(reference.interval_fields());
    names.map(str::to_owned).chain(added.cloned()).collect()
}

/// The fields of rows as they are shown.
pub(crate) fn shown(reference: &Reference, options: &Options) -> Vec<String> {
    match &options.presentation.fields {
        Some(fields) => fields.0.clone(),
        None if options.presentation.allele_number && !options.known_only => {
            with_allele_number(all(reference, options))
        }
        None => all(reference, options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_keeps_its_order_and_an_unknown_name_is_told_with_the_known_ones() {
        let known = ["Allele", "Gene", "HGVSc"].map(str::to_owned);
        let fields = Fields::among("HGVSc, Allele", &known).unwrap();
        assert_eq!(fields.columns(&known), [Column::Field(2), Column::Field(0)]);
        assert_eq!(fields.columns(&known[..2]), [Column::Missing, Column::Field(0)]);
        let error = Fields::among("Allele,hgvsc", &known).unwrap_err();
        assert_eq!(error.to_string(), "there is no field `hgvsc`; there are Allele, Gene, HGVSc");
        assert!(Fields::among("", &known).is_err());
    }
}
