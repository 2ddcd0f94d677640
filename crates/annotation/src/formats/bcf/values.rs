//! Numbers of a record as its header's types have them.

use crate::error::{Fault, quoted};
use crate::formats::bcf::dictionary::{Dictionary, Scope, Type};
use crate::formats::bcf::typed::{Float, Int, append_float_lists, append_ints, append_nothing, append_text};

/// A name that the header does not have.
pub(super) fn undeclared(scope: Scope, name: &[u8]) -> Fault {
    Fault::Undeclared { scope: scope.name(), name: quoted(name) }
}

fn no_number(key: &[u8], found: &[u8], expected: &'static str) -> Fault {
    Fault::ValueType { column: quoted(key), found: quoted(found), expected }
}

pub(super) fn integer(text: &[u8]) -> Option<i32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Appends the parts of a list to `ints`.
pub(super) fn read_integers(key: &[u8], value: &[u8], ints: &mut Vec<Int>) -> Result<(), Fault> {
    for part in value.split(|byte| *byte == b',') {
        ints.push(match part {
            b"." | b"" => Int::Missing,
            part => {
                let number = integer(part).filter(|number| *number >= i32::MIN + 8);
                Int::Number(number.ok_or_else(|| no_number(key, part, "whole number of 32 bits"))?)
            }
        });
    }
    Ok(())
}

/// Reads a part of a list.
pub(super) fn float(key: &[u8], part: &[u8]) -> Result<Float, Fault> {
    if matches!(part, b"." | b"") {
        return Ok(Float::Missing);
    }
    let number = std::str::from_utf8(part).ok().and_then(|text| text.parse().ok());
    number.map(Float::Number).ok_or_else(|| no_number(key, part, "number"))
}

/// Appends an entry of INFO.
pub(super) fn append_entry(
    entry: &[u8],
    dictionary: &Dictionary,
    ints: &mut Vec<Int>,
    floats: &mut Vec<Float>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let equals = memchr::memchr(b'=', entry);
    let key = &entry[..equals.unwrap_or(entry.len())];
    let known = dictionary.known(Scope::Info, key).ok_or_else(|| undeclared(Scope::Info, key))?;
    append_ints(&[Int::Number(known.number)], out);
    let Some(value) = equals.map(|equals| &entry[equals + 1..]) else {
        append_nothing(out);
        return Ok(());
    };
    match known.value {
        Type::Flag => append_nothing(out),
        Type::Text => append_text(value, out),
        Type::Integer => {
            ints.clear();
            read_integers(key, value, ints)?;
            append_ints(ints, out);
        }
        Type::Float => {
            floats.clear();
            for part in value.split(|byte| *byte == b',') {
                floats.push(float(key, part)?);
            }
            append_float_lists(floats, floats.len(), out);
        }
    }
    Ok(())
}
