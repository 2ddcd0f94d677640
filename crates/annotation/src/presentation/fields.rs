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
        Self::among(list, &all(reference, &Options { hgvsg: true, ..Options::default() }))
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

    /// Where each of them stands among all fields; none where this run does not have it.
    pub(crate) fn columns(&self, all: &[String]) -> Vec<Option<usize>> {
        self.0.iter().map(|name| all.iter().position(|known| known == name)).collect()
    }
}

/// Names of the fields that rows begin with when only known alleles are told.
const KNOWN_ONLY: [&str; 2] = ["Allele", EXISTING];
/// Name of the field that holds the names of known alleles.
pub(crate) const EXISTING: &str = "Existing_variation";

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
        assert_eq!(fields.columns(&known), [Some(2), Some(0)]);
        assert_eq!(fields.columns(&known[..2]), [None, Some(0)]);
        let error = Fields::among("Allele,hgvsc", &known).unwrap_err();
        assert_eq!(error.to_string(), "there is no field `hgvsc`; there are Allele, Gene, HGVSc");
        assert!(Fields::among("", &known).is_err());
    }
}
