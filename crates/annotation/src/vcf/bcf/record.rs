//! A record of BCF as a line (VCF 4.3, 6.3).

use crate::error::Fault;
use crate::vcf::bcf::corrupt;
use crate::vcf::bcf::header::BcfHeader;
use crate::vcf::bcf::number::append_float;
use crate::vcf::bcf::typed::{Kind, MISSING_FLOAT, Value, Values, Whole, within};

/// Appends the line of a record, of at most `limit` bytes.
pub(crate) fn append_line(
    header: &BcfHeader,
    shared: &[u8],
    samples: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut shared = Values(shared);
    let contig = shared.word()?.cast_signed();
    let position = i64::from(shared.word()?.cast_signed()) + 1;
    let _reference_length = shared.word()?;
    let quality = shared.word()?;
    let (info_count, allele_count) = halves(shared.word()?);
    let counts = shared.word()?;
    let (sample_count, format_count) = ((counts & 0x00ff_ffff) as usize, counts >> 24);
    if sample_count != header.samples {
        let named = header.samples;
        return Err(corrupt(format!("a record has {sample_count} samples where the header names {named}")));
    }
    if position < 0 {
        return Err(corrupt("a record has a negative position"));
    }
    out.extend_from_slice(header.contig(contig)?);
    out.push(b'\t');
    out.extend_from_slice(itoa::Buffer::new().format(position).as_bytes());
    out.push(b'\t');
    shared.value()?.append(limit, out)?;
    append_alleles(&mut shared, allele_count, limit, out)?;
    out.push(b'\t');
    if quality == MISSING_FLOAT {
        out.push(b'.');
    } else {
        append_float(f32::from_bits(quality), out);
    }
    append_filters(header, shared.value()?, limit, out)?;
    append_info(header, &mut shared, info_count, limit, out)?;
    if sample_count > 0 {
        append_samples(header, samples, format_count as usize, limit, out)?;
    }
    out.push(b'\n');
    within(limit, out)
}

fn halves(word: u32) -> (u32, u32) {
    (word & 0xffff, word >> 16)
}

/// REF and ALT.
fn append_alleles(shared: &mut Values<'_>, count: u32, limit: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    for rank in 0..count {
        out.push(if rank < 2 { b'\t' } else { b',' });
        shared.value()?.append(limit, out)?;
    }
    for _ in count..2 {
        out.extend_from_slice(b"\t.");
    }
    Ok(())
}

fn append_filters(
    header: &BcfHeader,
    filters: Value<'_>,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    out.push(b'\t');
    let start = out.len();
    for filter in filters.wholes() {
        let Whole::Number(number) = filter else { continue };
        if out.len() > start {
            out.push(b';');
        }
        out.extend_from_slice(header.key(number)?);
        within(limit, out)?;
    }
    if out.len() == start {
        out.push(b'.');
    }
    Ok(())
}

fn append_info(
    header: &BcfHeader,
    shared: &mut Values<'_>,
    count: u32,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    out.push(b'\t');
    for index in 0..count {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(header.key(shared.integer()?)?);
        let value = shared.value()?;
        if !value.bytes.is_empty() {
            out.push(b'=');
            value.append(limit, out)?;
        }
        within(limit, out)?;
    }
    if count == 0 {
        out.push(b'.');
    }
    Ok(())
}

/// One FORMAT key with the values of all samples.
struct Field<'a> {
    kind: Kind,
    /// Bytes of each sample.
    width: usize,
    values: &'a [u8],
    is_genotype: bool,
}

fn append_samples(
    header: &BcfHeader,
    samples: &[u8],
    count: usize,
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut source = Values(samples);
    let mut fields = Vec::with_capacity(count);
    for index in 0..count {
        let key = header.key(source.integer()?)?;
        let (kind, elements) = source.shape()?;
        let width = elements.saturating_mul(kind.size());
        let values = source.take(width.saturating_mul(header.samples))?;
        fields.push(Field { kind, width, values, is_genotype: key == b"GT" });
        out.push(if index == 0 { b'\t' } else { b':' });
        out.extend_from_slice(key);
        within(limit, out)?;
    }
    if fields.is_empty() {
        out.extend_from_slice(b"\t.");
    }
    for sample in 0..header.samples {
        out.push(b'\t');
        append_sample(&fields, sample, limit, out)?;
        within(limit, out)?;
    }
    Ok(())
}

fn append_sample(fields: &[Field<'_>], sample: usize, limit: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
    if fields.is_empty() {
        out.push(b'.');
    }
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        let bytes = &field.values[sample * field.width..][..field.width];
        let value = Value { kind: field.kind, bytes };
        if field.is_genotype {
            append_genotype(value, out);
        } else {
            value.append(limit, out)?;
        }
    }
    Ok(())
}

/// Each element is twice the allele's number and two, and one more where it is phased with the one before.
fn append_genotype(value: Value<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    for (index, allele) in value.wholes().enumerate() {
        let code = if let Whole::Number(code) = allele { code } else { 0 };
        if index > 0 {
            out.push(if code & 1 == 1 { b'|' } else { b'/' });
        }
        match (code >> 1) - 1 {
            number @ 0.. => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
            _ => out.push(b'.'),
        }
    }
    if out.len() == start {
        out.push(b'.');
    }
}
