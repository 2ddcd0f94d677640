//! The fields of a row as keys and values of an object.

use crate::formats::cells::{append_plain, is_json_number};
use crate::formats::columns::{Columns, is_list};
use crate::formats::record::Row;

use super::Group;
use super::text::append_string;

/// How the values of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A number where it is one, 1 for `YES`, else text.
    Value,
    /// Text, even where it looks like a number.
    Text,
    /// A list of text.
    List,
    /// Two numbers, start and end.
    Place,
    /// A prediction with its score, as `tolerated(0.05)`.
    Prediction,
    /// A list of a protein's domains, as `Pfam:PF00001`.
    Domains,
    /// The identifier of the feature, whose key depends on what the feature is.
    Feature,
    /// Said otherwise.
    Nothing,
}

/// Columns that VEP renames, and those whose shape their name does not tell.
const COLUMNS: [(&str, &str, Shape); 18] = [
    ("Allele", "variant_allele", Shape::Text),
    ("Consequence", "consequence_terms", Shape::List),
    ("Gene", "gene_id", Shape::Text),
    ("Feature", "", Shape::Feature),
    ("Feature_type", "", Shape::Nothing),
    ("Existing_variation", "", Shape::Nothing),
    ("SYMBOL", "gene_symbol", Shape::Text),
    ("SYMBOL_SOURCE", "gene_symbol_source", Shape::Value),
    ("ENSP", "protein_id", Shape::Value),
    ("RefSeq", "refseq_transcript_ids", Shape::List),
    ("OverlapBP", "bp_overlap", Shape::Value),
    ("OverlapPC", "percentage_overlap", Shape::Value),
    ("SV", "colocated_structural_variants", Shape::List),
    ("SIFT", "sift", Shape::Prediction),
    ("PolyPhen", "polyphen", Shape::Prediction),
    ("DOMAINS", "domains", Shape::Domains),
    ("EXON", "exon", Shape::Text),
    ("INTRON", "intron", Shape::Text),
];

/// A column with the keys of its values, each with quotes and colon.
#[derive(Debug)]
struct Field {
    shape: Shape,
    key: Vec<u8>,
    second_key: Vec<u8>,
}

impl Field {
    fn of(name: &str) -> Self {
        let listed = COLUMNS.iter().find(|(column, ..)| *column == name);
        let place = name.strip_suffix("_position").map(str::to_lowercase);
        let (shape, key, second_key) = match (listed, place) {
            (Some((_, key, Shape::Prediction)), _) => {
                (Shape::Prediction, format!("{key}_prediction"), format!("{key}_score"))
            }
            (Some((_, key, shape)), _) => (*shape, (*key).to_owned(), String::new()),
            (None, Some(place)) => (Shape::Place, format!("{place}_start"), format!("{place}_end")),
            (None, None) if is_list(name) => (Shape::List, name.to_lowercase(), String::new()),
            (None, None) => (Shape::Value, name.to_lowercase(), String::new()),
        };
        let key_of = |name: String| {
            let mut key = Vec::new();
            append_string(name.as_bytes(), &mut key);
            key.push(b':');
            key
        };
        Self { shape, key: key_of(key), second_key: key_of(second_key) }
    }
}

/// Writes the fields of rows.
#[derive(Debug)]
pub(super) struct FieldWriter {
    fields: Vec<Field>,
}

impl FieldWriter {
    pub(super) fn new(columns: &Columns) -> Self {
        Self { fields: columns.names().iter().map(|name| Field::of(name)).collect() }
    }

    /// Appends the object of a row; fields without a value are left out.
    pub(super) fn write(&self, row: &Row<'_>, group: Group, out: &mut Vec<u8>) {
        out.push(b'{');
        let begin = out.len();
        for (column, field) in self.fields.iter().enumerate() {
            let value = row.get(column);
            if !value.is_empty() {
                append_field(field, value, group, out);
            }
        }
        if out.len() > begin {
            out.pop();
        }
        out.push(b'}');
    }
}

/// Appends a field with a comma behind it.
fn append_field(field: &Field, value: &[u8], group: Group, out: &mut Vec<u8>) {
    let Field { shape, key, second_key } = field;
    match shape {
        Shape::Nothing => return,
        Shape::Place => return append_place(key, second_key, value, out),
        Shape::Prediction => return append_prediction(key, second_key, value, out),
        Shape::Feature => out.extend_from_slice(group.id_key()),
        _ => out.extend_from_slice(key),
    }
    match shape {
        Shape::List => append_list(value, out, append_string),
        Shape::Domains => append_list(value, out, append_domain),
        Shape::Value if is_json_number(value) => out.extend_from_slice(value),
        Shape::Value if value == b"YES" => out.push(b'1'),
        Shape::Value => append_text(value, out),
        _ => append_string(value, out),
    }
    out.push(b',');
}

/// Appends text whose parts CSQ had to write with other marks between them.
fn append_text(value: &[u8], out: &mut Vec<u8>) {
    if memchr::memmem::find(value, b"%3B").is_some() {
        // Rare enough to take memory of its own.
        let mut plain = Vec::with_capacity(value.len());
        append_plain(value, b',', &mut plain);
        return append_string(&plain, out);
    }
    let begin = out.len();
    append_string(value, out);
    for byte in &mut out[begin..] {
        if *byte == b'&' {
            *byte = b',';
        }
    }
}

fn append_list(value: &[u8], out: &mut Vec<u8>, append: impl Fn(&[u8], &mut Vec<u8>)) {
    out.push(b'[');
    for (index, part) in value.split(|byte| *byte == b'&').enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append(part, out);
    }
    out.push(b']');
}

/// Appends start and end; an end that is not known is left out.
fn append_place(start_key: &[u8], end_key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    // What stands behind a slash is how long the transcript is, which VEP gives on demand.
    let value = value.split(|byte| *byte == b'/').next().unwrap_or_default();
    let mut ends = value.split(|byte| *byte == b'-');
    let start = ends.next().unwrap_or_default();
    let end = ends.next().filter(|end| is_json_number(end)).unwrap_or(start);
    for (key, number) in [(start_key, start), (end_key, end)] {
        if is_json_number(number) {
            out.extend_from_slice(key);
            out.extend_from_slice(number);
            out.push(b',');
        }
    }
}

fn append_prediction(key: &[u8], score_key: &[u8], value: &[u8], out: &mut Vec<u8>) {
    let opens = value.iter().position(|byte| *byte == b'(').unwrap_or(value.len());
    let (prediction, score) = value.split_at(opens);
    if !prediction.is_empty() {
        out.extend_from_slice(key);
        append_string(prediction, out);
        out.push(b',');
    }
    let score = score.strip_prefix(b"(").unwrap_or(score);
    let score = score.strip_suffix(b")").unwrap_or(score);
    if is_json_number(score) {
        out.extend_from_slice(score_key);
        out.extend_from_slice(score);
        out.push(b',');
    }
}

fn append_domain(value: &[u8], out: &mut Vec<u8>) {
    let colon = value.iter().position(|byte| *byte == b':').unwrap_or(value.len());
    out.extend_from_slice(b"{\"db\":");
    append_string(&value[..colon], out);
    out.extend_from_slice(b",\"name\":");
    append_string(value.get(colon + 1..).unwrap_or_default(), out);
    out.push(b'}');
}
