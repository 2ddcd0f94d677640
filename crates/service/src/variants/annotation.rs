use std::{fmt, sync::Arc};

use super::{
    Impact,
    describe::shown,
    severity::{self, TERMS},
};

/// Most fields of an annotation.
const MAX_FIELDS: usize = 256;

/// The names of the fields of annotations, from the header's `Format:`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNames {
    names: Vec<String>,
    pub(super) allele: usize,
    pub(super) allele_number: usize,
    pub(super) consequence: usize,
    pub(super) impact: usize,
    pub(super) symbol: usize,
    pub(super) gene: usize,
    pub(super) existing_variation: usize,
    pub(super) distance: usize,
}

impl FieldNames {
    /// The names, in the file's order; none where the file has no annotations.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn is_known(&self) -> bool {
        !self.names.is_empty()
    }

    /// Takes the names from a header line, if it is the one that has them.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let rest = line.strip_prefix("##INFO=<")?;
        rest.split(',').any(|part| part == "ID=CSQ").then_some(())?;
        let (_, format) = rest.split_once("Format: ")?;
        let format = format.trim_end_matches(['>', '"', '\r', ' ']);
        let names: Vec<String> =
            format.split('|').take(MAX_FIELDS).map(|name| name.trim().to_owned()).collect();
        // A name that is missing leads to a field that no row has.
        let place = |name: &str| names.iter().position(|known| known == name).unwrap_or(usize::MAX);
        Some(Self {
            allele: place("Allele"),
            allele_number: place("ALLELE_NUM"),
            consequence: place("Consequence"),
            impact: place("IMPACT"),
            symbol: place("SYMBOL"),
            gene: place("Gene"),
            existing_variation: place("Existing_variation"),
            distance: place("DISTANCE"),
            names,
        })
    }
}

/// An annotation as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a>(pub(super) &'a [u8]);

impl<'a> Row<'a> {
    /// A field by its place; empty if the row ends before it.
    pub(super) fn get(self, place: usize) -> &'a [u8] {
        self.0.split(|byte| *byte == b'|').nth(place).unwrap_or_default()
    }

    /// Which alternative of ALT it speaks of, from 0, where the file tells.
    pub(super) fn allele_index(self, names: &FieldNames) -> Option<usize> {
        let number: usize = std::str::from_utf8(self.get(names.allele_number)).ok()?.parse().ok()?;
        number.checked_sub(1)
    }

    pub(super) fn impact(self, names: &FieldNames) -> Option<Impact> {
        let name = self.get(names.impact);
        Impact::ALL.into_iter().find(|impact| impact.as_str().as_bytes() == name)
    }

    pub(super) fn has_term(self, names: &FieldNames, wanted: &[String]) -> bool {
        let terms = self.get(names.consequence).split(|byte| *byte == b'&');
        let mut terms = terms.filter(|term| !term.is_empty());
        terms.any(|term| wanted.iter().any(|wanted| wanted.as_bytes() == term))
    }

    pub(super) fn is_of_gene(self, names: &FieldNames, gene: &str) -> bool {
        let same = |place| self.get(place).eq_ignore_ascii_case(gene.as_bytes());
        same(names.symbol) || same(names.gene)
    }

    pub(super) fn is_known(self, names: &FieldNames) -> bool {
        !self.get(names.existing_variation).is_empty()
    }

    /// Sorts the most severe first, then the nearest.
    pub(super) fn severity(self, names: &FieldNames) -> Severity {
        let distance = std::str::from_utf8(self.get(names.distance)).ok();
        Severity {
            less_impact: self.impact(names).map_or(Impact::ALL.len(), |impact| {
                Impact::ALL.iter().position(|known| *known == impact).unwrap_or(Impact::ALL.len())
            }),
            rank: severity::rank(self.get(names.consequence)),
            distance: distance.and_then(|distance| distance.parse().ok()).unwrap_or(0),
        }
    }
}

/// How severe an annotation is: what sorts first is more severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Severity {
    less_impact: usize,
    rank: usize,
    distance: u64,
}

impl Severity {
    /// That of an allele without annotations.
    pub(super) const NONE: Self = Self { less_impact: usize::MAX, rank: TERMS.len(), distance: 0 };
}

/// What a variant does to one feature.
#[derive(Clone, PartialEq)]
pub struct Annotation {
    names: Arc<FieldNames>,
    values: Vec<Option<String>>,
    /// The terms, as the file orders them.
    pub consequences: Vec<String>,
    /// Of the most severe term.
    pub impact: Option<Impact>,
}

impl Annotation {
    pub(super) fn of(row: Row<'_>, names: &Arc<FieldNames>) -> Self {
        let filled = |value: &[u8]| (!value.is_empty()).then(|| shown(value));
        let values = row.0.split(|byte| *byte == b'|').take(names.names.len()).map(filled).collect();
        let terms = row.get(names.consequence).split(|byte| *byte == b'&').filter(|term| !term.is_empty());
        Self {
            values,
            consequences: terms.map(shown).collect(),
            impact: row.impact(names),
            names: Arc::clone(names),
        }
    }

    /// The fields that are not empty, by name, in the file's order. Percent-encoded characters are decoded.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.names.names.iter().zip(&self.values);
        named.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    /// A field by its name, such as `SYMBOL` or `HGVSp`; none if it is empty or there is no such field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// How much memory it takes, about.
    pub(super) fn weight(&self) -> usize {
        let text =
            |value: &Option<String>| value.as_ref().map_or(0, String::len) + size_of::<Option<String>>();
        self.values.iter().map(text).sum()
    }
}

impl fmt::Debug for Annotation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.fields()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_header() {
        let line = br#"##INFO=<ID=CSQ,Number=.,Type=String,Description="From VEP. Format: Allele|Consequence|IMPACT">"#;
        let names = FieldNames::of_header(line).unwrap();
        assert_eq!(names.names(), ["Allele", "Consequence", "IMPACT"]);
        assert_eq!(Row(b"A|missense_variant|MODERATE").get(names.symbol), b"");
        assert!(FieldNames::of_header(br#"##INFO=<ID=ANN,Description="Format: Allele">"#).is_none());
        assert!(FieldNames::of_header(b"##INFO=<ID=CSQ,Number=.>").is_none());
    }
}
