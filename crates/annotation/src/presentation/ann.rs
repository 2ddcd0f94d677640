//! The entry `ANN`, as `SnpEff` writes it.
//!
//! Source: "Variant annotations in VCF format", version 1.0, of the authors of `SnpEff`, ANNOVAR and Ensembl VEP: 16
//! fields, the most severe row first; after the impact and the term, canonical transcripts come before others.

use std::ops::Range;

use crate::consequence::term::{Impact, Term};
use crate::genes::transcript::Transcript;
use crate::output::csq::append_number;
use crate::presentation::cdna_length;
use crate::record::tally::RowTally;
use crate::reference::Reference;
use crate::vcf::line::Line;

/// The key of INFO.
pub(crate) const KEY: &str = "ANN";

/// The header's line; its text is the one that readers of `ANN` look for.
pub(crate) fn header_line() -> String {
    format!(
        "##INFO=<ID={KEY},Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | \
         Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | \
         cDNA.pos / cDNA.length | CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'\">"
    )
}

/// The fields of CSQ that rows are made from, by their column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Allele,
    Consequence,
    Impact,
    Symbol,
    Gene,
    Biotype,
    Exon,
    Intron,
    NameOnTranscript,
    NameOnProtein,
    Cdna,
    Cds,
    Protein,
    Distance,
    Flags,
    Offset,
}

impl From {
    const ALL: [(Self, &'static str); 16] = [
        (Self::Allele, "Allele"),
        (Self::Consequence, "Consequence"),
        (Self::Impact, "IMPACT"),
        (Self::Symbol, "SYMBOL"),
        (Self::Gene, "Gene"),
        (Self::Biotype, "BIOTYPE"),
        (Self::Exon, "EXON"),
        (Self::Intron, "INTRON"),
        (Self::NameOnTranscript, "HGVSc"),
        (Self::NameOnProtein, "HGVSp"),
        (Self::Cdna, "cDNA_position"),
        (Self::Cds, "CDS_position"),
        (Self::Protein, "Protein_position"),
        (Self::Distance, "DISTANCE"),
        (Self::Flags, "FLAGS"),
        (Self::Offset, "HGVS_OFFSET"),
    ];
}

/// Writes the value of `ANN`.
#[derive(Debug)]
pub(crate) struct AnnWriter {
    columns: [Option<usize>; From::ALL.len()],
    /// Where the fields of a row are.
    fields: Vec<Range<usize>>,
    order: Vec<usize>,
}

/// A row of CSQ, cut into its fields.
struct Row<'a> {
    text: &'a [u8],
    fields: &'a [Range<usize>],
    columns: &'a [Option<usize>],
}

impl<'a> Row<'a> {
    fn get(&self, field: From) -> &'a [u8] {
        let column = self.columns[field as usize];
        let range = column.and_then(|column| self.fields.get(column));
        range.map_or(&[], |range| &self.text[range.clone()])
    }
}

impl AnnWriter {
    /// `names` are those of the fields of CSQ.
    pub(crate) fn new(names: &[String]) -> Self {
        let columns = From::ALL.map(|(_, wanted)| names.iter().position(|name| name == wanted));
        Self { columns, fields: Vec::new(), order: Vec::new() }
    }

    /// Appends the rows of these indexes, most severe first.
    #[expect(clippy::too_many_arguments, reason = "they are the parts of one record")]
    pub(crate) fn write(
        &mut self,
        line: &Line<'_>,
        csq: &[u8],
        rows: &[Range<usize>],
        tallies: &[RowTally],
        shown: &[usize],
        reference: &Reference,
        value: &mut Vec<u8>,
    ) {
        let transcript = |index: usize| reference.transcript(tallies.get(index)?.transcript?);
        self.order.clear();
        self.order.extend_from_slice(shown);
        self.order.sort_by_key(|index| {
            let terms = tallies.get(*index).map(|row| row.terms).unwrap_or_default();
            let canonical = transcript(*index).is_some_and(|transcript| transcript.tags.canonical);
            (
                terms.impact().unwrap_or(Impact::Modifier),
                terms.most_severe().unwrap_or(Term::Sequence),
                !canonical,
            )
        });
        for (number, index) in self.order.iter().enumerate() {
            let (Some(range), Some(tally)) = (rows.get(*index), tallies.get(*index)) else { continue };
            if number > 0 {
                value.push(b',');
            }
            let text = &csq[range.clone()];
            cut(text, &mut self.fields);
            let row = Row { text, fields: &self.fields, columns: &self.columns };
            let allele = tally
                .alternative
                .and_then(|index| alternative(line, index))
                .unwrap_or_else(|| row.get(From::Allele));
            append_row(&row, allele, transcript(*index).as_ref(), value);
        }
    }
}

fn cut(text: &[u8], fields: &mut Vec<Range<usize>>) {
    fields.clear();
    let mut begin = 0;
    for end in memchr::memchr_iter(b'|', text).chain([text.len()]) {
        fields.push(begin..end);
        begin = end + 1;
    }
}

/// An alternative as the record has it, by its number in ALT, from 0.
fn alternative<'a>(line: &Line<'a>, index: u32) -> Option<&'a [u8]> {
    let allele = line.alternatives().split(|byte| *byte == b',').nth(usize::try_from(index).ok()?)?;
    // A mark that would end the field or the entry: the row has the allele without it.
    (!allele.iter().any(|byte| matches!(byte, b';' | b'|' | b'=' | b' '))).then_some(allele)
}

fn append_row(row: &Row<'_>, allele: &[u8], transcript: Option<&Transcript<'_>>, value: &mut Vec<u8>) {
    let or = |first: From, second: From| match row.get(first) {
        b"" => row.get(second),
        text => text,
    };
    let exon_or_intron = or(From::Exon, From::Intron);
    let feature = transcript.map_or("", |transcript| transcript.names.transcript_with_version);
    let feature_type: &[u8] = if transcript.is_some() { b"transcript" } else { b"intergenic_region" };
    for text in [
        allele,
        row.get(From::Consequence),
        row.get(From::Impact),
        or(From::Symbol, From::Gene),
        row.get(From::Gene),
        feature_type,
        feature.as_bytes(),
        row.get(From::Biotype),
    ] {
        value.extend_from_slice(text);
        value.push(b'|');
    }
    append_rank(exon_or_intron, value);
    for name in [row.get(From::NameOnTranscript), row.get(From::NameOnProtein)] {
        value.push(b'|');
        let colon = name.iter().rposition(|byte| *byte == b':').map_or(0, |colon| colon + 1);
        value.extend_from_slice(&name[colon..]);
    }
    let coding = transcript.and_then(|transcript| transcript.coding);
    let cds_length = coding.map_or(0, |coding| coding.cdna_end + 1 - coding.cdna_start);
    let ends = coding.is_some_and(|coding| !coding.end_not_found) && cds_length.is_multiple_of(3);
    let residues = (cds_length / 3).saturating_sub(u32::from(ends));
    for (field, length) in
        [(From::Cdna, transcript.map_or(0, cdna_length)), (From::Cds, cds_length), (From::Protein, residues)]
    {
        value.push(b'|');
        append_place(row.get(field), length, value);
    }
    value.push(b'|');
    value.extend_from_slice(row.get(From::Distance));
    value.push(b'|');
    append_notes(row, cds_length, value);
}

/// `2/11`, of `2-3/11` too.
fn append_rank(numbers: &[u8], value: &mut Vec<u8>) {
    let Some(slash) = numbers.iter().position(|byte| *byte == b'/') else { return };
    let first = numbers[..slash].split(|byte| *byte == b'-').next().unwrap_or_default();
    value.extend_from_slice(first);
    value.extend_from_slice(&numbers[slash..]);
}

/// The first known place, and of how many.
fn append_place(places: &[u8], length: u32, value: &mut Vec<u8>) {
    let Some(first) = places.split(|byte| *byte == b'-').find(|place| !matches!(*place, b"" | b"?")) else {
        return;
    };
    value.extend_from_slice(first);
    value.push(b'/');
    append_number(value, length);
}

/// What to keep in mind, in the standard's words.
fn append_notes(row: &Row<'_>, cds_length: u32, value: &mut Vec<u8>) {
    let has_flag = |flag: &[u8]| memchr::memmem::find(row.get(From::Flags), flag).is_some();
    let notes: [(&[u8], bool); 4] = [
        (b"WARNING_TRANSCRIPT_INCOMPLETE", !cds_length.is_multiple_of(3)),
        (b"WARNING_TRANSCRIPT_NO_START_CODON", has_flag(b"cds_start_NF")),
        (b"WARNING_TRANSCRIPT_NO_STOP_CODON", has_flag(b"cds_end_NF")),
        (b"INFO_REALIGN_3_PRIME", !row.get(From::Offset).is_empty()),
    ];
    let begin = value.len();
    for (note, _) in notes.iter().filter(|(_, holds)| *holds) {
        if value.len() > begin {
            value.push(b'&');
        }
        value.extend_from_slice(note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2/11", "2/11")]
    #[case("2-3/11", "2/11")]
    #[case("", "")]
    fn ranks(#[case] numbers: &str, #[case] expected: &str) {
        let mut value = Vec::new();
        append_rank(numbers.as_bytes(), &mut value);
        assert_eq!(String::from_utf8(value).unwrap(), expected);
    }

    #[rstest]
    #[case("12", "12/300")]
    #[case("12-14", "12/300")]
    #[case("?-14", "14/300")]
    #[case("12-?", "12/300")]
    #[case("", "")]
    fn first_places(#[case] places: &str, #[case] expected: &str) {
        let mut value = Vec::new();
        append_place(places.as_bytes(), 300, &mut value);
        assert_eq!(String::from_utf8(value).unwrap(), expected);
    }

    #[test]
    fn alternatives_are_those_of_the_column() {
        let line = Line::split(b"1\t5\t.\tA\tA,<DEL>,<DEL>\t.\t.\t.").unwrap();
        let torn = Line::split(b"1\t5\t.\tA\tN]MT:60C;CLT]\t.\t.\t.").unwrap();
        assert_eq!(alternative(&torn, 0), None);
        let expected: [Option<&[u8]>; 4] = [Some(b"A"), Some(b"<DEL>"), Some(b"<DEL>"), None];
        assert_eq!([0, 1, 2, 3].map(|index| alternative(&line, index)), expected);
    }
}
