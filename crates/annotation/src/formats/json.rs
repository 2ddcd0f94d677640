//! An object of JSON on a line for each record, as Ensembl VEP writes it with `--json`.
//!
//! Source: Ensembl VEP `OutputFactory/JSON.pm`. Its keys come in no order; here they always come in the same one.

mod fields;
mod text;

use crate::consequence::term::Term;
use crate::formats::columns::Known;
use crate::formats::heading::Layout;
use crate::formats::record::{Record, Row};
use crate::output::csq::append_number;
use crate::vcf::line::Line;

use self::fields::FieldWriter;
use self::text::{append_escaped, append_string};

/// The lists that rows go to, by the kind of their feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Transcript,
    Regulatory,
    Motif,
    Intergenic,
    Other,
}

impl Group {
    const ALL: [Self; 5] = [Self::Transcript, Self::Regulatory, Self::Motif, Self::Intergenic, Self::Other];

    fn of(row: &Row<'_>) -> Self {
        match row.of(Known::FeatureType) {
            b"Transcript" => Self::Transcript,
            b"RegulatoryFeature" => Self::Regulatory,
            b"MotifFeature" => Self::Motif,
            b"" => Self::Intergenic,
            _ => Self::Other,
        }
    }

    /// The key of the list.
    fn key(self) -> &'static [u8] {
        match self {
            Self::Transcript => b",\"transcript_consequences\":[",
            Self::Regulatory => b",\"regulatory_feature_consequences\":[",
            Self::Motif => b",\"motif_feature_consequences\":[",
            Self::Intergenic => b",\"intergenic_consequences\":[",
            Self::Other => b",\"other_consequences\":[",
        }
    }

    /// The key of the feature's identifier.
    fn id_key(self) -> &'static [u8] {
        match self {
            Self::Transcript => b"\"transcript_id\":",
            Self::Regulatory => b"\"regulatory_feature_id\":",
            Self::Motif => b"\"motif_feature_id\":",
            Self::Intergenic | Self::Other => b"\"feature_id\":",
        }
    }
}

/// Writes objects; one for each thread.
#[derive(Debug)]
pub(crate) struct JsonWriter<'l> {
    fields: FieldWriter,
    assembly: Option<&'l str>,
    /// Names of known variants that were written, with a `&` behind each.
    names: Vec<u8>,
}

impl<'l> JsonWriter<'l> {
    pub(crate) fn new(layout: &'l Layout) -> Self {
        let fields = FieldWriter::new(&layout.columns);
        Self { fields, assembly: layout.assembly.as_deref(), names: Vec::new() }
    }

    /// Appends the object of a record.
    pub(crate) fn write(&mut self, line: &Line<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
        self.write_place(line, record, out);
        if let Some(term) = most_severe(record) {
            out.extend_from_slice(b",\"most_severe_consequence\":");
            append_string(term, out);
        }
        for group in Group::ALL {
            self.write_group(group, record, out);
        }
        self.write_known(record, out);
        out.extend_from_slice(b",\"input\":\"");
        append_escaped(line.before_info(), out);
        let (before, after) = record.info_of_input(line);
        append_escaped(before, out);
        append_escaped(after, out);
        append_escaped(line.after_info(), out);
        out.extend_from_slice(b"\"}\n");
    }

    fn write_place(&self, line: &Line<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"id\":");
        append_string(line.id().split(|byte| *byte == b';').next().unwrap_or_default(), out);
        out.extend_from_slice(b",\"seq_region_name\":");
        append_string(line.contig(), out);
        out.extend_from_slice(b",\"start\":");
        append_number(out, record.place.start);
        out.extend_from_slice(b",\"end\":");
        append_number(out, record.place.end);
        out.extend_from_slice(b",\"strand\":1,\"allele_string\":");
        append_string(record.place.alleles(), out);
        if let Some(assembly) = self.assembly {
            out.extend_from_slice(b",\"assembly_name\":");
            append_string(assembly.as_bytes(), out);
        }
    }

    fn write_group(&self, group: Group, record: &Record<'_>, out: &mut Vec<u8>) {
        let mut is_first = true;
        for row in record.rows().filter(|row| Group::of(row) == group) {
            out.extend_from_slice(if is_first { group.key() } else { b"," });
            is_first = false;
            self.fields.write(&row, group, out);
        }
        if !is_first {
            out.push(b']');
        }
    }

    /// Writes the names under which alleles of the record are known, each once.
    fn write_known(&mut self, record: &Record<'_>, out: &mut Vec<u8>) {
        self.names.clear();
        let mut last: &[u8] = b"";
        for row in record.rows() {
            let names = row.of(Known::ExistingVariation);
            if names.is_empty() || names == last {
                continue;
            }
            last = names;
            for name in names.split(|byte| *byte == b'&') {
                if self.names.split(|byte| *byte == b'&').any(|written| written == name) {
                    continue;
                }
                let is_first = self.names.is_empty();
                out.extend_from_slice(if is_first {
                    b",\"colocated_variants\":[{\"id\":"
                } else {
                    b",{\"id\":"
                });
                append_string(name, out);
                out.push(b'}');
                self.names.extend_from_slice(name);
                self.names.push(b'&');
            }
        }
        if !self.names.is_empty() {
            out.push(b']');
        }
    }
}

/// The most severe of all terms of a record; VEP's `?` for rows with none that is known, none without rows.
fn most_severe(record: &Record<'_>) -> Option<&'static [u8]> {
    let mut has_rows = false;
    let terms = record
        .rows()
        .inspect(|_| has_rows = true)
        .flat_map(|row| row.of(Known::Consequence).split(|byte| *byte == b'&'));
    let most_severe = terms.filter_map(Term::named).min();
    let name = most_severe.map(|term| term.name().as_bytes());
    name.or(has_rows.then_some(b"?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::columns::Columns;
    use crate::formats::heading::Layout;

    const COLUMNS: &str = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|EXON|cDNA_position|Protein_position|\
        Existing_variation|STRAND|FLAGS|CANONICAL|SIFT|DOMAINS|X_AF|X_NOTE";

    fn object(line: &str) -> serde_json::Value {
        let columns = Columns::new(COLUMNS.split('|').map(str::to_owned).collect());
        let layout = Layout { columns, assembly: Some("GRCh38".into()), ..Layout::default() };
        let line = Line::split(line.as_bytes()).unwrap();
        let mut record = Record::new(&layout.columns);
        record.read(&line);
        let mut out = Vec::new();
        let mut writer = JsonWriter::new(&layout);
        writer.write(&line, &record, &mut out);
        let mut again = Vec::new();
        writer.write(&line, &record, &mut again);
        assert_eq!(out, again);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn all_kinds_of_fields() {
        let rows = [
            "T|missense_variant&splice_region_variant|MODERATE|007|123|Transcript|ENST1|2/11|12-14|?-5|rs1&COSV2|-1|cds_start_NF&cds_end_NF|YES|tolerated(0.05)|Pfam:PF1&Gene3D:1.10|0.01|a&b%3Bc \"d\"",
            "T|regulatory_region_variant|MODIFIER|||RegulatoryFeature|ENSR1|||||||||||",
            "-|intergenic_variant|MODIFIER||||||||rs1|||||||1e-05|",
        ];
        let line = format!("chr1\t10\t.\tCA\tT,C\t.\tPASS\tDB;CSQ={};AN=\\2\tGT\t0|1", rows.join(","));
        insta::assert_json_snapshot!(object(&line));
    }

    #[test]
    fn a_line_that_was_kept_has_its_place_only() {
        let object = object("un\"known\t10\trs7;x\tA\tG\t.\t.\t.");
        assert_eq!((&object["seq_region_name"], &object["id"]), (&"un\"known".into(), &"rs7".into()));
        assert_eq!(object["input"], "un\"known\t10\trs7;x\tA\tG\t.\t.\t.");
        let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys.join(" "), "allele_string assembly_name end id input seq_region_name start strand");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let columns = Columns::new(vec!["Allele".into()]);
        let layout = Layout { columns, ..Layout::default() };
        let line = Line::split(b"1\t10\t.\tA\tG\t.\t.\tNOTE=caf\xe9\x01;CSQ=G").unwrap();
        let mut record = Record::new(&layout.columns);
        record.read(&line);
        let mut out = Vec::new();
        JsonWriter::new(&layout).write(&line, &record, &mut out);
        let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(object["input"], "1\t10\t.\tA\tG\t.\t.\tNOTE=caf\u{fffd}\u{1}");
    }
}
