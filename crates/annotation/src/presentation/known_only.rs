//! What is known of alleles as entries of INFO, one for each field, with a value for each alternative.

use crate::known::info_field::FieldType;
use crate::presentation::fields::EXISTING;
use crate::record::tally::Tally;
use crate::reference::Reference;
use crate::vcf::header::quotable;
use crate::vcf::insert_info::{has_entry, insert_each};
use crate::vcf::line::Line;

/// Keys of the entries: names first, then the fields of known alleles.
pub(crate) fn keys(reference: &Reference) -> Vec<String> {
    std::iter::once(EXISTING.to_owned())
        .chain(reference.known_fields().iter().map(|name| key_of(name)))
        .collect()
}

/// A field's name as VCF allows it for a key (VCF 4.3, 1.6.1.8): letters, digits, `_` and `.`, and no digit first.
fn key_of(name: &str) -> String {
    let start = if name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
    format!("{start}{}", name.replace('-', "_"))
}

/// The header lines of the entries.
pub(crate) fn header_lines(reference: &Reference) -> Vec<String> {
    let manifest = reference.manifest();
    let sources = quotable(&manifest.known_sources.join(", "));
    let types = [FieldType::String].into_iter().chain(manifest.known_types.iter().copied());
    let lines = keys(reference).into_iter().zip(types).enumerate().map(|(number, (key, kind))| {
        let what = if number == 0 { "Names of the allele" } else { "What is known of the allele" };
        let kind = match kind {
            // Only whole records can have flags.
            FieldType::Flag => FieldType::Integer,
            kind => kind,
        };
        format!("##INFO=<ID={key},Number=A,Type={kind},Description=\"{what} (known alleles of {sources})\">")
    });
    lines.collect()
}

/// Writes lines with these entries; one for each thread.
#[derive(Debug)]
pub(crate) struct KnownEntries {
    keys: Vec<String>,
    /// Whether each is a number, of which there can be only one.
    numbers: Vec<bool>,
    values: Vec<Vec<u8>>,
}

impl KnownEntries {
    pub(crate) fn of(reference: &Reference) -> Self {
        let keys = keys(reference);
        let is_number = |kind: &FieldType| matches!(kind, FieldType::Integer | FieldType::Float);
        let numbers = reference.manifest().known_types.iter().map(is_number);
        Self {
            values: vec![Vec::new(); keys.len()],
            numbers: [false].into_iter().chain(numbers).collect(),
            keys,
        }
    }

    /// Appends a line, given the rows of its known alleles: what follows the allele in each goes to the entries. Entries that
    /// an earlier run left go.
    pub(crate) fn write(&mut self, line: &Line<'_>, rows: &[u8], tally: &Tally, out: &mut Vec<u8>) {
        if tally.rows.is_empty() && !self.keys.iter().any(|key| has_entry(line.info(), key.as_bytes())) {
            out.extend_from_slice(line.before_info());
            out.extend_from_slice(line.info());
            out.extend_from_slice(line.after_info());
            return;
        }
        self.values.iter_mut().for_each(Vec::clear);
        let mut rows = rows.split(|byte| *byte == b',');
        let mut tallies = tally.rows.iter().peekable();
        for alternative in 0..line.alternatives().split(|byte| *byte == b',').count() {
            let is_here = |row: &u32| {
                tally.alleles.get(*row as usize).is_some_and(|allele| allele.alternative == alternative)
            };
            let row = tallies.next_if(|row| is_here(&row.allele)).and_then(|_| rows.next());
            self.add(alternative, row.unwrap_or_default());
        }
        for value in &mut self.values {
            if value.iter().all(|byte| matches!(byte, b'.' | b',')) {
                value.clear();
            }
        }
        let Self { keys, values, .. } = self;
        insert_each(line, || keys.iter().map(String::as_bytes).zip(values.iter().map(Vec::as_slice)), out);
    }

    fn add(&mut self, alternative: usize, row: &[u8]) {
        let mut fields = row.split(|byte| *byte == b'|').skip(1);
        for (value, is_number) in self.values.iter_mut().zip(&self.numbers) {
            if alternative > 0 {
                value.push(b',');
            }
            let field = fields.next().unwrap_or_default();
            let first = field.split(|byte| *byte == b'&').next().filter(|_| *is_number);
            match first.unwrap_or(field) {
                b"" => value.push(b'.'),
                field => value.extend_from_slice(field),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consequence::term::Terms;
    use crate::record::tally::AlleleTally;
    use crate::variant::Kind;
    use rstest::rstest;

    #[rstest]
    #[case::one("A", &[(0, "A|rs1|0.5")], "AC=1", "AC=1;ID=rs1;AF=0.5")]
    #[case::second_of_three("A,C,G", &[(1, "C|rs1|")], ".", "ID=.,rs1,.")]
    #[case::first_and_last("A,C,G", &[(0, "A|rs1|0.5"), (2, "G|x&y|1e-05")], ".", "ID=rs1,.,x&y;AF=0.5,.,1e-05")]
    #[case::several("A", &[(0, "A|rs1&rs2|0.5&0.25")], ".", "ID=rs1&rs2;AF=0.5")]
    #[case::none("A", &[], "AC=1", "AC=1")]
    #[case::none_and_an_old_one("A", &[], "AF=1;AC=1", "AC=1")]
    #[case::one_for_an_old_one("A", &[(0, "A|rs1|0.5")], "AF=1;AC=1", "AC=1;ID=rs1;AF=0.5")]
    fn entries(
        #[case] alternatives: &str,
        #[case] rows: &[(usize, &str)],
        #[case] info: &str,
        #[case] expected: &str,
    ) {
        let mut tally = Tally::default();
        for (rank, (alternative, _)) in rows.iter().enumerate() {
            tally.alleles.push(AlleleTally::of(Kind::Snv, *alternative));
            tally.note_row(rank..rank + 1, None, Terms::default());
        }
        let rows = rows.iter().map(|(_, row)| *row).collect::<Vec<_>>().join(",");
        let text = format!("1\t2\t.\tT\t{alternatives}\t.\t.\t{info}\tGT");
        let mut entries = KnownEntries {
            keys: ["ID", "AF"].map(str::to_owned).to_vec(),
            numbers: vec![false, true],
            values: vec![Vec::new(); 2],
        };
        let mut out = Vec::new();
        entries.write(&Line::split(text.as_bytes()).unwrap(), rows.as_bytes(), &tally, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("1\t2\t.\tT\t{alternatives}\t.\t.\t{expected}\tGT")
        );
    }

    #[rstest]
    #[case("gnomAD_AF", "gnomAD_AF")]
    #[case("1000G_AF", "_1000G_AF")]
    #[case("my-set_AF", "my_set_AF")]
    fn names_become_keys(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(key_of(name), expected);
    }
}
