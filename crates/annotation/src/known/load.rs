//! Loading known alleles from the VCF files that a reference lists.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::Read;

use serde::Serialize;

use crate::contig::is_mitochondrial_name;
use crate::genes::account::Account;
use crate::known::alleles::Draft;
use crate::known::info_field::{Number, escaped, fraction, value_of};
use crate::known::name::append_name;
use crate::reference::build::BuildError;
use crate::reference::plan::KnownSource;
use crate::variant::{Alternative, Change, Kind, Normalised, agrees};
use crate::vcf::batches::{Batch, Batches, lines};
use crate::vcf::line::{Line, cut_ending, read};
use crate::vcf::open::{Input, Limits};

/// Most collections of one reference: each has a bit of a word.
const MOST_SOURCES: usize = 64;
const BATCH_BYTES: usize = 1 << 20;

/// What a file of known alleles gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KnownCount {
    /// Name of the collection.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// Alleles taken.
    pub alleles: u64,
    /// Alleles left out: their REF is not the reference's, their contig unknown, or they are no bases.
    pub left_out: u64,
}

/// Distinct ids of collections, in the order of their bits.
pub(crate) fn source_ids(sources: &[KnownSource]) -> Vec<String> {
    distinct(sources.iter().map(|source| source.id.clone()))
}

/// Distinct names of the CSQ fields of all sources, in order.
pub(crate) fn columns(sources: &[KnownSource]) -> Vec<String> {
    distinct(sources.iter().flat_map(|source| source.fields.iter().map(|field| field.column(source))))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// Gives index and sequence of a contig by any of its names.
pub(crate) type FindContig<'s> = dyn Fn(&[u8]) -> Option<(usize, &'s [u8])> + 's;

/// Loads all files of known alleles of a reference. What cannot be used is counted in `account`.
pub(crate) fn collect(
    sources: &[KnownSource],
    contig: &FindContig<'_>,
    account: &mut Account,
) -> Result<(Vec<Draft>, Vec<KnownCount>), BuildError> {
    let (ids, columns) = (source_ids(sources), columns(sources));
    let mut collector = Collector { field_count: columns.len(), contig, account, drafts: HashMap::new() };
    let mut counts = Vec::new();
    for source in sources {
        let fault = |reason: String| BuildError::Source { path: source.path.clone(), line: None, reason };
        let bit = ids.iter().position(|id| *id == source.id).filter(|bit| *bit < MOST_SOURCES);
        let bit = bit.ok_or_else(|| {
            fault(format!("a reference can have {MOST_SOURCES} collections, this is one more"))
        })?;
        let column = |name: String| columns.iter().position(|column| *column == name).unwrap_or_default();
        let fields = source.fields.iter().map(|field| SourceField {
            key: field.key.clone(),
            is_percentage: field.percentage,
            column: column(field.column(source)),
        });
        let plan = SourcePlan { label: source.id.clone(), bit, fields: fields.collect() };
        let file =
            File::open(&source.path).map_err(|error| fault(format!("it cannot be opened ({error})")))?;
        let (alleles, left_out) = collector.add(&plan, file).map_err(fault)?;
        let file = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        counts.push(KnownCount { source: source.id.clone(), file, alleles, left_out });
    }
    Ok((collector.drafts.into_values().collect(), counts))
}

/// A field that a source contributes to CSQ.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SourceField {
    /// Key in the source's INFO.
    key: String,
    /// Whether the source gives percentages, which are shown as fractions.
    is_percentage: bool,
    /// Index among the extra CSQ fields.
    column: usize,
}

/// What to load from a source.
#[derive(Clone, Debug)]
struct SourcePlan {
    /// Put before the HGVS-like names of alleles that the source gives no id.
    label: String,
    bit: usize,
    fields: Vec<SourceField>,
}

/// Collects the alleles of all sources of a reference.
struct Collector<'c, 's> {
    /// Number of extra CSQ fields of all sources together.
    field_count: usize,
    contig: &'c FindContig<'s>,
    account: &'c mut Account,
    drafts: HashMap<(usize, Normalised), Draft>,
}

impl Collector<'_, '_> {
    /// Adds a file. Returns how many of its alleles were taken and how many left out.
    ///
    /// # Errors
    /// A sentence, when the file is no VCF.
    fn add(&mut self, plan: &SourcePlan, bytes: impl Read) -> Result<(u64, u64), String> {
        let limits = Limits::default();
        let input = Input::open(bytes, &limits).map_err(|fault| fault.to_string())?;
        let mut source = Batches::new(input, BATCH_BYTES, limits.max_line_bytes);
        let mut batch = Batch::default();
        let mut numbers = vec![Number::Unknown; plan.fields.len()];
        let (mut taken, mut left_out) = (0, 0);
        while source.fill(&mut batch).map_err(|misfit| misfit.fault.to_string())? {
            for (number, line) in (batch.first_line..).zip(lines(&batch.bytes)) {
                let (text, _) = cut_ending(line);
                if text.starts_with(b"#") {
                    read_number(text, plan, &mut numbers);
                } else if !text.is_empty() {
                    let (line, position) = read(text, number, None)
                        .map_err(|misfit| format!("line {number}: {}", misfit.fault))?;
                    let alleles = line.alternatives().split(|byte| *byte == b',').count() as u64;
                    let used = self.add_line(&line, position, plan, &numbers);
                    taken += used;
                    if used < alleles {
                        left_out += alleles - used;
                        let reason = format!(
                            "known allele that contradicts the sequence or equals it ({})",
                            plan.label
                        );
                        self.account.add_many(&reason, &name_of_line(&line), alleles - used);
                    }
                }
            }
        }
        Ok((taken, left_out))
    }

    /// Returns how many alleles of the line were taken.
    fn add_line(&mut self, line: &Line<'_>, position: u64, plan: &SourcePlan, numbers: &[Number]) -> u64 {
        let alternatives = || line.alternatives().split(|byte| *byte == b',');
        let count = alternatives().count();
        let reference_allele = line.reference_allele();
        let Some((contig, sequence)) = (self.contig)(line.contig()) else { return 0 };
        let stretch = stretch(sequence, position, reference_allele.len());
        if !stretch.is_some_and(|stretch| agrees(reference_allele, stretch)) {
            return 0;
        }
        let mut taken = 0;
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
            draft.sources |= 1 << plan.bit;
            taken += 1;
            add_distinct(&mut draft.names, name);
            for (field, number) in plan.fields.iter().zip(numbers) {
                let value = value_of(&info, &field.key).and_then(|values| number.pick(values, index, count));
                if let (Some(value), Some(cell)) = (value, draft.fields.get_mut(field.column)) {
                    let value = escaped(value);
                    join(cell, &if field.is_percentage { fraction(&value) } else { value });
                }
            }
        }
        taken
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
    let is_mitochondrial = is_mitochondrial_name(&String::from_utf8_lossy(line.contig()));
    let prefix = if is_mitochondrial { 'm' } else { 'g' };
    let mut name = format!("{}:", plan.label);
    append_name(prefix, change, sequence, &mut name);
    name
}

/// A line of known alleles, for the account.
fn name_of_line(line: &Line<'_>) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let position =
        line.position().map_or_else(|text| String::from_utf8_lossy(text).into_owned(), |it| it.to_string());
    let (reference, alternatives) = (text(line.reference_allele()), text(line.alternatives()));
    format!("{}:{position} {reference}>{alternatives}", text(line.contig()))
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
    use crate::known::alleles::{AlleleArrays, AlleleTable};

    const SEQUENCE: &[u8] = b"GATCCCCTA";

    fn load(text: &str, fields: &[(&str, bool)]) -> (AlleleArrays, (u64, u64)) {
        let contig = |name: &[u8]| (name == b"MT").then_some((0, SEQUENCE));
        let fields: Vec<SourceField> = (0..)
            .zip(fields)
            .map(|(column, (key, is_percentage))| SourceField {
                key: (*key).into(),
                is_percentage: *is_percentage,
                column,
            })
            .collect();
        let mut account = Account::default();
        let drafts = HashMap::new();
        let mut collector =
            Collector { field_count: fields.len(), contig: &contig, account: &mut account, drafts };
        let plan = SourcePlan { label: "MITOMAP".into(), bit: 0, fields };
        let counts = collector.add(&plan, text.as_bytes()).unwrap();
        (AlleleArrays::of(collector.drafts.into_values().collect()).unwrap(), counts)
    }

    fn find(
        arrays: &AlleleArrays,
        position: u64,
        reference: &str,
        alternative: &str,
    ) -> Option<(String, String)> {
        let mut allele = Normalised::default();
        allele.set(Change::trimmed(position, reference.as_bytes(), alternative.as_bytes()), SEQUENCE);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let table = AlleleTable { entries: &arrays.entries, text: arrays.text.as_bytes(), no_fields: b"" };
        table.find(0, &allele).map(|hit| (text(hit.existing), text(hit.fields)))
    }

    #[test]
    fn every_alternative_gets_its_own_values() {
        let text = "##INFO=<ID=AF,Number=A,Type=Float>\n##INFO=<ID=Disease,Number=.,Type=String>\n\
                    MT\t2\t.\tA\tG,T\t.\t.\tAF=12.5,0;Disease=LHON,Leigh; x\n";
        let (table, counts) = load(text, &[("AF", true), ("Disease", false)]);
        let known = |name: &str, fields: &str| Some((name.to_owned(), fields.to_owned()));
        assert_eq!(find(&table, 2, "A", "G"), known("MITOMAP:m.2A>G", "0.125|LHON"));
        assert_eq!(find(&table, 2, "A", "T"), known("MITOMAP:m.2A>T", "0|Leigh"));
        assert_eq!(find(&table, 2, "A", "C"), None);
        assert_eq!(counts, (2, 0));
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
        let (table, counts) = load("MT\t2\t.\tC\tG\t.\t.\t.\nX\t2\t.\tA\tG,C\t.\t.\t.\n", &[]);
        assert_eq!((table.entries.len(), counts), (0, (0, 3)));
    }
}
