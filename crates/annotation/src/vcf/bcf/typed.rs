//! Typed values of BCF (VCF 4.3, 6.3.3).

use crate::error::Fault;
use crate::vcf::bcf::{corrupt, number::append_float};

/// Takes values from the front of some bytes.
pub(crate) struct Values<'a>(pub(crate) &'a [u8]);

/// How the elements of a value are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nothing,
    Byte,
    Short,
    Long,
    Float,
    Text,
}

/// Several elements of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) kind: Kind,
    pub(crate) bytes: &'a [u8],
}

/// A whole number as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Number(i64),
    Missing,
    /// No more elements follow.
    End,
}

/// Float bits that say "missing" and "no more".
pub(crate) const MISSING_FLOAT: u32 = 0x7F80_0001;
const END_FLOAT: u32 = 0x7F80_0002;
/// A missing character within a text.
const MISSING_CHARACTER: u8 = 7;

impl Kind {
    fn of(code: u8) -> Result<Self, Fault> {
        Ok(match code {
            0 => Self::Nothing,
            1 => Self::Byte,
            2 => Self::Short,
            3 => Self::Long,
            5 => Self::Float,
            7 => Self::Text,
            _ => return Err(corrupt("a value has a type that BCF does not know")),
        })
    }

    pub(crate) fn size(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Byte | Self::Text => 1,
            Self::Short => 2,
            Self::Long | Self::Float => 4,
        }
    }

    /// An element as a whole number, if it is one.
    pub(crate) fn whole(self, element: &[u8]) -> Option<Whole> {
        let (number, least) = match (self, element) {
            (Self::Byte, [a]) => (i64::from(i8::from_le_bytes([*a])), i64::from(i8::MIN)),
            (Self::Short, [a, b]) => (i64::from(i16::from_le_bytes([*a, *b])), i64::from(i16::MIN)),
            (Self::Long, [a, b, c, d]) => {
                (i64::from(i32::from_le_bytes([*a, *b, *c, *d])), i64::from(i32::MIN))
            }
            _ => return None,
        };
        Some(match number - least {
            0 => Whole::Missing,
            1 => Whole::End,
            _ => Whole::Number(number),
        })
    }
}

impl<'a> Values<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) =
            self.0.split_at_checked(count).ok_or_else(|| corrupt("a record is longer than it says"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn word(&mut self) -> Result<u32, Fault> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(bytes))
    }

    /// The kind of the next value and the number of its elements.
    pub(crate) fn shape(&mut self) -> Result<(Kind, usize), Fault> {
        const LONG: u8 = 15;
        let code = self.take(1)?[0];
        let kind = Kind::of(code & 0xf)?;
        let count = match code >> 4 {
            LONG => usize::try_from(self.integer()?).map_err(|_| corrupt("a value has a negative length"))?,
            count => usize::from(count),
        };
        Ok((kind, count))
    }

    pub(crate) fn value(&mut self) -> Result<Value<'a>, Fault> {
        let (kind, count) = self.shape()?;
        // Nothing has no bytes, however many there are said to be.
        let bytes = self.take(count.saturating_mul(kind.size()))?;
        Ok(Value { kind, bytes })
    }

    /// A single whole number, as keys and lengths are.
    pub(crate) fn integer(&mut self) -> Result<i64, Fault> {
        let code = self.take(1)?[0];
        let kind = Kind::of(code & 0xf)?;
        let element = self.take(if code >> 4 == 1 { kind.size() } else { 0 })?;
        match kind.whole(element) {
            Some(Whole::Number(number)) => Ok(number),
            _ => Err(corrupt("a key or a length is not a number")),
        }
    }
}

impl<'a> Value<'a> {
    /// Its whole numbers up to the end; none of another kind.
    pub(crate) fn wholes(self) -> impl Iterator<Item = Whole> + use<'a> {
        let elements = self.bytes.chunks_exact(self.kind.size().max(1));
        let wholes = elements.map_while(move |element| self.kind.whole(element));
        wholes.take_while(|whole| *whole != Whole::End)
    }

    /// Appends it as it stands in a VCF.
    pub(crate) fn append(self, limit: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.bytes.is_empty() {
            out.push(b'.');
        } else if self.kind == Kind::Text {
            append_text(self.bytes, out)?;
        } else {
            self.append_numbers(limit, out)?;
        }
        within(limit, out)
    }

    fn append_numbers(self, limit: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        for (index, element) in self.bytes.chunks_exact(self.kind.size().max(1)).enumerate() {
            let whole = self.kind.whole(element);
            let bits =
                || u32::from_le_bytes([0, 1, 2, 3].map(|byte| element.get(byte).copied().unwrap_or(0)));
            if whole == Some(Whole::End) || (whole.is_none() && bits() == END_FLOAT) {
                break;
            }
            if index > 0 {
                out.push(b',');
            }
            match whole {
                Some(Whole::Number(number)) => {
                    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
                }
                None if bits() != MISSING_FLOAT => append_float(f32::from_bits(bits()), out),
                _ => out.push(b'.'),
            }
            within(limit, out)?;
        }
        Ok(())
    }
}

fn append_text(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let text = &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())];
    if memchr::memchr3(b'\t', b'\n', b'\r', text).is_some() {
        return Err(corrupt("a text has a tab or a line break in it"));
    }
    out.extend(text.iter().map(|byte| if *byte == MISSING_CHARACTER { b'.' } else { *byte }));
    Ok(())
}

/// Stops a line that grows too long.
pub(crate) fn within(limit: usize, out: &[u8]) -> Result<(), Fault> {
    if out.len() > limit { Err(Fault::LineTooLong { limit_bytes: limit }) } else { Ok(()) }
}
