//! The columns of FORMAT and samples.

use std::ops::Range;

use crate::error::Fault;
use crate::formats::bcf::dictionary::{Dictionary, Scope, Type};
use crate::formats::bcf::typed::{
    Float, Int, append_float_lists, append_int_lists, append_ints, append_text_type,
};
use crate::formats::bcf::values::{float, integer, undeclared};

/// Turns samples on their side: all values of a key together. Its memory is used again for the next record.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// Where each value of each sample is, as many for each sample as there are keys; none where it was left out.
    values: Vec<Option<Range<usize>>>,
    ints: Vec<Int>,
    floats: Vec<Float>,
}

impl Samples {
    /// Appends the values of FORMAT and samples, given as the columns after INFO; tells how many keys there are.
    pub(super) fn append(
        &mut self,
        columns: &[u8],
        dictionary: &Dictionary,
        out: &mut Vec<u8>,
    ) -> Result<u8, Fault> {
        let mut parts = columns.splitn(2, |byte| *byte == b'\t');
        let keys = parts.next().unwrap_or_default();
        let Some(samples) = parts.next().filter(|_| !matches!(keys, b"" | b".") && dictionary.samples > 0)
        else {
            return Ok(0);
        };
        let count = memchr::memchr_iter(b':', keys).count() + 1;
        self.cut(samples, count, dictionary.samples);
        for (index, key) in keys.split(|byte| *byte == b':').enumerate() {
            let known = dictionary.known(Scope::Format, key).ok_or_else(|| undeclared(Scope::Format, key))?;
            append_ints(&[Int::Number(known.number)], out);
            let values = self.values.iter().skip(index).step_by(count);
            let values = values.map(|range| range.clone().map_or(&b"."[..], |range| &samples[range]));
            match known.value {
                _ if key == b"GT" => append_genotypes(values, &mut self.ints, out),
                Type::Integer => append_integers(key, values, &mut self.ints, out)?,
                Type::Float => append_floats(key, values, &mut self.floats, out)?,
                Type::Text | Type::Flag => append_texts(values, out),
            }
        }
        u8::try_from(count).map_err(|_| undeclared(Scope::Format, keys))
    }

    fn cut(&mut self, samples: &[u8], keys: usize, count: usize) {
        self.values.clear();
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\t', samples).chain([samples.len()]).take(count) {
            let full = self.values.len() + keys;
            let mut from = begin;
            for colon in
                memchr::memchr_iter(b':', &samples[begin..end]).map(|at| begin + at).chain([end]).take(keys)
            {
                self.values.push(Some(from..colon));
                from = colon + 1;
            }
            self.values.resize(full, None);
            begin = end + 1;
        }
        self.values.resize(keys * count, None);
    }
}

/// Most parts that any value has.
fn longest<'a>(values: impl Iterator<Item = &'a [u8]>, is_mark: impl Fn(u8) -> bool) -> usize {
    values.map(|value| value.iter().filter(|byte| is_mark(**byte)).count() + 1).max().unwrap_or(1)
}

/// Genotypes: each allele plus one, twice, and one more where it is phased with the one before it (VCF 4.3, 6.3.3.9).
fn append_genotypes<'a>(
    values: impl Iterator<Item = &'a [u8]> + Clone,
    ints: &mut Vec<Int>,
    out: &mut Vec<u8>,
) {
    let is_mark = |byte: u8| matches!(byte, b'/' | b'|');
    let ploidy = longest(values.clone(), is_mark);
    ints.clear();
    for (index, value) in values.enumerate() {
        let mut is_phased = false;
        let mut begin = 0;
        let marks = value.iter().enumerate().filter(|(_, byte)| is_mark(**byte)).map(|(at, _)| at);
        for end in marks.chain([value.len()]) {
            // What is no allele is one that is not known.
            let allele = integer(&value[begin..end]).map_or(0, |allele| allele + 1);
            ints.push(Int::Number(allele << 1 | i32::from(is_phased)));
            is_phased = value.get(end) == Some(&b'|');
            begin = end + 1;
        }
        ints.resize(ploidy * (index + 1), Int::End);
    }
    append_int_lists(ints, ploidy, out);
}

fn append_integers<'a>(
    key: &[u8],
    values: impl Iterator<Item = &'a [u8]> + Clone,
    ints: &mut Vec<Int>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let count = longest(values.clone(), |byte| byte == b',');
    ints.clear();
    for (index, value) in values.enumerate() {
        super::values::read_integers(key, value, ints)?;
        ints.resize(count * (index + 1), Int::End);
    }
    append_int_lists(ints, count, out);
    Ok(())
}

fn append_floats<'a>(
    key: &[u8],
    values: impl Iterator<Item = &'a [u8]> + Clone,
    floats: &mut Vec<Float>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let count = longest(values.clone(), |byte| byte == b',');
    floats.clear();
    for (index, value) in values.enumerate() {
        for part in value.split(|byte| *byte == b',') {
            floats.push(float(key, part)?);
        }
        floats.resize(count * (index + 1), Float::End);
    }
    append_float_lists(floats, count, out);
    Ok(())
}

fn append_texts<'a>(values: impl Iterator<Item = &'a [u8]> + Clone, out: &mut Vec<u8>) {
    let length = values.clone().map(<[u8]>::len).max().unwrap_or(0);
    append_text_type(length, out);
    for value in values {
        let end = out.len() + length;
        out.extend_from_slice(value);
        out.resize(end, 0);
    }
}
