//! Loading known alleles from the VCF files that a reference lists.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Read;

use crate::known::alleles::{AlleleTable, Draft};
use crate::known::info_field::{Number, escaped, fraction, value_of};
use crate::known::name::append_name;
use crate::variant::{Alternative, Change, Kind, Normalised, agrees};
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::{Line, cut_ending, read};
use crate::vcf::open::{Input, Limits};

/// Most sources of one reference: each has a bit of a word.
pub(crate) const MOST_SOURCES: usize = 64;
const BATCH_BYTES: usize = 1 << 20;

/// A field that a source contributes to CSQ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceField {
    /// Key in the source's INFO.
    pub(crate) key: String,
    /// Whether the source gives percentages, which are shown as fractions.
    pub(crate) is_percentage: bool,
}

/// What to load from a source.
#[derive(Clone, Debug)]
pub(crate) struct SourcePlan {
    /// Put before the HGVS-like names of alleles that the source gives no id.
    pub(crate) label: String,
    /// Position of the first of its fields among the extra CSQ fields.
    pub(crate) first_field: usize,
    pub(crate) fields: Vec<SourceField>,
}

/// Collects the alleles of all sources of a reference.
pub(crate) struct Collector<'s> {
    /// Number of extra CSQ fields of all sources together.
    field_count: usize,
    /// Index and sequence of a contig, by any of its names.
    contig: &'s dyn Fn(&[u8]) -> Option<(usize, &'s [u8])>,
    drafts: HashMap<(usize, Normalised), Draft>,
    sources: usize,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(field_count: usize, contig: &'s dyn Fn(&[u8]) -> Option<(usize, &'s [u8])>) -> Self {
        Self { field_count, contig, drafts: HashMap::new(), sources: 0 }
    }

    /// Adds a source. Returns how many of its alleles cannot be used since their REF is not the
    /// reference's, or their contig unknown.
    ///
    /// # Errors
    /// A sentence, when the source is no VCF.
    pub(crate) fn add(&mut self, plan: &SourcePlan, bytes: impl Read) -> Result<u64, String> {
        if self.sources == MOST_SOURCES {
            return Err(format!("a reference can have {MOST_SOURCES} sources of known alleles, this is one more"));
        }
        let bit = 1 << self.sources;
        self.sources += 1;
        let limits = Limits::default();
        let input = Input::open(bytes, &limits).map_err(|fault| fault.to_string())?;
        let mut source = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
        let mut batch = Batch::default();
        let mut numbers = vec![Number::Unknown; plan.fields.len()];
        let mut unusable = 0;
        while source.fill(&mut batch).map_err(|misfit| misfit.fault.to_string())? {
            for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
                let (text, _) = cut_ending(line);
                if text.starts_with(b"#") {
                    read_number(text, plan, &mut numbers);
                } else if !text.is_empty() {
                    let (line, position) = read(text, number, None)
                        .map_err(|misfit| format!("line {number}: {}", misfit.fault))?;
                    unusable += self.add_line(&line, position, plan, &numbers, bit);
                }
            }
        }
        Ok(unusable)
    }

    fn add_line(&mut self, line: &Line<'_>, position: u64, plan: &SourcePlan, numbers: &[Number], bit: u64) -> u64 {
        let alternatives = || line.alternatives().split(|byte| *byte == b',');
        let count = alternatives().count();
        let reference_allele = line.reference_allele();
        let Some((contig, sequence)) = (self.contig)(line.contig()) else { return count as u64 };
        let stretch = stretch(sequence, position, reference_allele.len());
        if !stretch.is_some_and(|stretch| agrees(reference_allele, stretch)) {
            return count as u64;
        }
        let info = String::from_utf8_lossy(line.info());
        for (index, alternative) in alternatives().enumerate() {
            let change = Change::trimmed(position, reference_allele, alternative);
            if Alternative::of(alternative) != Alternative::Bases || change.kind() == Kind::Unchanged {
                continue;
            }
            let mut allele = Normalised::default();
            allele.set(change, sequence);
            let name = name_of(line, plan, change, sequence);
            let draft = self.draft(contig, allele);
            draft.sources |= bit;
            add_distinct(&mut draft.names, name);
            for (offset, (field, number)) in plan.fields.iter().zip(numbers).enumerate() {
                let value = value_of(&info, &field.key).and_then(|values| number.pick(values, index, count));
                if let (Some(value), Some(cell)) = (value, draft.fields.get_mut(plan.first_field + offset)) {
                    let value = escaped(value);
                    join(cell, &if field.is_percentage { fraction(&value) } else { value });
                }
            }
        }
        0
    }

    fn draft(&mut self, contig: usize, allele: Normalised) -> &mut Draft {
        match self.drafts.entry((contig, allele)) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let allele = place.key().1.clone();
                let fields = vec![String::new(); self.field_count];
                place.insert(Draft { contig, allele, names: Vec::new(), fields, sources: 0 })
            }
        }
    }

    pub(crate) fn finish(self) -> AlleleTable {
        AlleleTable::new(self.drafts.into_values().collect(), self.field_count)
    }
}

/// The bases of a REF's place, when the contig reaches that far.
pub(crate) fn stretch(sequence: &[u8], position: u64, length: usize) -> Option<&[u8]> {
    let start = usize::try_from(position.checked_sub(1)?).ok()?;
    sequence.get(start..start.checked_add(length)?)
}

/// The source's id of the record or, when it has none, the source's label and the allele in HGVS's words.
fn name_of(line: &Line<'_>, plan: &SourcePlan, change: Change<'_>, sequence: &[u8]) -> String {
    let id = line.id();
    if id != b"." && !id.is_empty() {
        return escaped(&String::from_utf8_lossy(id).replace(';', "&"));
    }
    let mitochondrial = line.contig().to_ascii_uppercase();
    let prefix = match mitochondrial.strip_prefix(b"CHR").unwrap_or(&mitochondrial) {
        b"M" | b"MT" => 'm',
        name if name.starts_with(b"NC_012920") => 'm',
        _ => 'g',
    };
    let mut name = format!("{}:", plan.label);
    append_name(prefix, change, sequence, &mut name);
    name
}

fn add_distinct(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn join(cell: &mut String, value: &str) {
    if value.is_empty() || cell.split('&').any(|known| known == value) {
        return;
    }
    if !cell.is_empty() {
        cell.push('&');
    }
    cell.push_str(value);
}

fn read_number(text: &[u8], plan: &SourcePlan, numbers: &mut [Number]) {
    let Some(entries) = text.strip_prefix(b"##INFO=<ID=") else { return };
    let entries = String::from_utf8_lossy(entries);
    let mut parts = entries.split(',');
    let key = parts.next();
    let Some(number) = parts.find_map(|part| part.strip_prefix("Number=")) else { return };
    for (field, slot) in plan.fields.iter().zip(numbers) {
        if key == Some(field.key.as_str()) {
            *slot = Number::of(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEQUENCE: &[u8] = b"GATCCCCTA";

    fn load(text: &str, fields: &[(&str, bool)]) -> (AlleleTable, u64) {
        let contig = |name: &[u8]| (name == b"MT").then_some((0, SEQUENCE));
        let plan = SourcePlan {
            label: "MITOMAP".into(),
            first_field: 0,
            fields: fields
                .iter()
                .map(|(key, is_percentage)| SourceField { key: (*key).into(), is_percentage: *is_percentage })
                .collect(),
        };
        let mut collector = Collector::new(fields.len(), &contig);
        let unusable = collector.add(&plan, text.as_bytes()).unwrap();
        (collector.finish(), unusable)
    }

    fn find(table: &AlleleTable, position: u64, reference: &str, alternative: &str) -> Option<(String, String)> {
        let mut allele = Normalised::default();
        allele.set(Change::trimmed(position, reference.as_bytes(), alternative.as_bytes()), SEQUENCE);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        table.find(0, &allele).map(|hit| (text(hit.existing), text(hit.fields)))
    }

    #[test]
    fn every_alternative_gets_its_own_values() {
        let text = "##INFO=<ID=AF,Number=A,Type=Float>\n##INFO=<ID=Disease,Number=.,Type=String>\n\
                    MT\t2\t.\tA\tG,T\t.\t.\tAF=12.5,0;Disease=LHON,Leigh; x\n";
        let (table, unusable) = load(text, &[("AF", true), ("Disease", false)]);
        let known = |name: &str, fields: &str| Some((name.to_owned(), fields.to_owned()));
        assert_eq!(find(&table, 2, "A", "G"), known("MITOMAP:m.2A>G", "0.125|LHON"));
        assert_eq!(find(&table, 2, "A", "T"), known("MITOMAP:m.2A>T", "0|Leigh"));
        assert_eq!(find(&table, 2, "A", "C"), None);
        assert_eq!(unusable, 0);
    }

    #[test]
    fn an_insertion_is_found_in_any_spelling() {
        let (table, _) = load("MT\t7\trs5;rs6\tC\tCC\t.\t.\t.\n", &[]);
        for (position, reference, alternative) in [(3, "T", "TC"), (5, "C", "CC"), (7, "CT", "CCT")] {
            let found = find(&table, position, reference, alternative);
            assert_eq!(found, Some(("rs5&rs6".to_owned(), String::new())));
        }
    }

    #[test]
    fn alleles_of_another_sequence_are_counted_and_left_out() {
        let (table, unusable) = load("MT\t2\t.\tC\tG\t.\t.\t.\nX\t2\t.\tA\tG,C\t.\t.\t.\n", &[]);
        assert_eq!((table.len(), unusable), (0, 3));
    }
}
