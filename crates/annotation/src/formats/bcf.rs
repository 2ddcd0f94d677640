//! BCF: records in binary, with the numbers of the header's names.
//!
//! Source: VCF 4.3, section 6; htslib's `vcf.c` for what is written where the specification leaves a choice.

pub(crate) mod dictionary;
mod samples;
mod typed;
mod values;

use crate::error::{Fault, quoted};
use crate::formats::bcf::dictionary::{Dictionary, Scope};
use crate::formats::bcf::samples::Samples;
use crate::formats::bcf::typed::{Float, Int, append_ints, append_nothing, append_text, append_text_type};
use crate::formats::bcf::values::{append_entry, float, undeclared};
use crate::vcf::line::Line;

/// Writes records; one for each thread.
#[derive(Debug)]
pub(crate) struct BcfWriter<'l> {
    dictionary: &'l Dictionary,
    samples: Samples,
    ints: Vec<Int>,
    floats: Vec<Float>,
    shared: Vec<u8>,
    individual: Vec<u8>,
}

impl<'l> BcfWriter<'l> {
    pub(crate) fn new(dictionary: &'l Dictionary) -> Self {
        Self {
            dictionary,
            samples: Samples::default(),
            ints: Vec::new(),
            floats: Vec::new(),
            shared: Vec::new(),
            individual: Vec::new(),
        }
    }

    /// Appends a record.
    ///
    /// # Errors
    /// A name that the header lacks, or a value that is not of the type that the header gives it.
    pub(crate) fn write(&mut self, line: &Line<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.shared.clear();
        self.individual.clear();
        let samples = line.after_info().get(1..).unwrap_or_default();
        let keys = self.samples.append(samples, self.dictionary, &mut self.individual)?;
        self.write_shared(line, keys)?;
        for part in [&self.shared, &self.individual] {
            let length =
                u32::try_from(part.len()).map_err(|_| Fault::LineTooLong { limit_bytes: usize::MAX })?;
            out.extend_from_slice(&length.to_le_bytes());
        }
        out.extend_from_slice(&self.shared);
        out.extend_from_slice(&self.individual);
        Ok(())
    }

    fn write_shared(&mut self, line: &Line<'_>, keys: u8) -> Result<(), Fault> {
        let contig =
            self.dictionary.contig(line.contig()).ok_or_else(|| undeclared(Scope::Contig, line.contig()))?;
        let position = line.position().ok().and_then(|position| i32::try_from(position).ok());
        let position = position.ok_or_else(|| Fault::PositionNotANumber { found: quoted(line.fixed(1)) })?;
        let entries =
            || line.info().split(|byte| *byte == b';').filter(|entry| !matches!(*entry, b"" | b"."));
        let alternatives =
            || line.alternatives().split(|byte| *byte == b',').filter(|allele| *allele != b".");
        let end = entries().find_map(|entry| entry.strip_prefix(b"END=")).and_then(values::integer);
        let bases = i32::try_from(line.reference_allele().len()).unwrap_or(i32::MAX);
        let length = end.filter(|end| *end >= position).map_or(bases, |end| end - position + 1);
        for number in [contig, position - 1, length] {
            self.shared.extend_from_slice(&number.to_le_bytes());
        }
        float(b"QUAL", line.fixed(5))?.append(&mut self.shared);
        let too_many = |_| Fault::LineTooLong { limit_bytes: usize::from(u16::MAX) };
        let info_count = u16::try_from(entries().count()).map_err(too_many)?;
        let allele_count = u16::try_from(1 + alternatives().count()).map_err(too_many)?;
        let sample_count = u32::try_from(self.dictionary.samples).unwrap_or(u32::MAX);
        self.shared.extend_from_slice(&info_count.to_le_bytes());
        self.shared.extend_from_slice(&allele_count.to_le_bytes());
        self.shared.extend_from_slice(&(u32::from(keys) << 24 | (sample_count & 0xff_ffff)).to_le_bytes());
        match line.id() {
            b"." => append_text_type(0, &mut self.shared),
            id => append_text(id, &mut self.shared),
        }
        append_text(line.reference_allele(), &mut self.shared);
        alternatives().for_each(|allele| append_text(allele, &mut self.shared));
        self.write_filters(line.fixed(6))?;
        for entry in entries() {
            append_entry(entry, self.dictionary, &mut self.ints, &mut self.floats, &mut self.shared)?;
        }
        Ok(())
    }

    fn write_filters(&mut self, filters: &[u8]) -> Result<(), Fault> {
        if matches!(filters, b"." | b"") {
            append_nothing(&mut self.shared);
            return Ok(());
        }
        self.ints.clear();
        for name in filters.split(|byte| *byte == b';') {
            let number = self.dictionary.filter(name).ok_or_else(|| undeclared(Scope::Filter, name))?;
            self.ints.push(Int::Number(number));
        }
        append_ints(&self.ints, &mut self.shared);
        Ok(())
    }
}
