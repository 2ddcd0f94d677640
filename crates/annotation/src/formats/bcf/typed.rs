//! Typed values of BCF (VCF 4.3, 6.3.3).

/// Types of a value, as its first byte has them.
const INT8: u8 = 1;
const INT16: u8 = 2;
const INT32: u8 = 3;
const FLOAT: u8 = 5;
const TEXT: u8 = 7;
/// A count that does not fit into four bits stands behind this.
const LONG: u8 = 15;

/// A missing float, and the end of a list of floats.
const MISSING_FLOAT: u32 = 0x7f80_0001;
const END_FLOAT: u32 = 0x7f80_0002;

/// A whole number, as it may stand in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Int {
    Number(i32),
    Missing,
    /// The list is shorter than others of its record.
    End,
}

/// A float, as it may stand in a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Float {
    Number(f32),
    Missing,
    End,
}

impl Float {
    pub(super) fn append(self, out: &mut Vec<u8>) {
        let bits = match self {
            Self::Number(number) => number.to_bits(),
            Self::Missing => MISSING_FLOAT,
            Self::End => END_FLOAT,
        };
        out.extend_from_slice(&bits.to_le_bytes());
    }
}

/// The narrowest type that holds all numbers of a list. Eight values at the lower end of each type mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Width(u8);

impl Width {
    pub(super) fn of(numbers: &[Int]) -> Self {
        let (mut least, mut most) = (0, 0);
        for number in numbers {
            if let Int::Number(number) = number {
                least = least.min(*number);
                most = most.max(*number);
            }
        }
        let fits = |low: i32, high: i32| least >= low && most <= high;
        Self(match () {
            () if fits(i32::from(i8::MIN) + 8, i8::MAX.into()) => INT8,
            () if fits(i32::from(i16::MIN) + 8, i16::MAX.into()) => INT16,
            () => INT32,
        })
    }

    fn append(self, number: Int, out: &mut Vec<u8>) {
        let value = match (number, self.0) {
            (Int::Number(number), _) => number,
            (Int::Missing, INT8) => i8::MIN.into(),
            (Int::Missing, INT16) => i16::MIN.into(),
            (Int::Missing, _) => i32::MIN,
            (Int::End, INT8) => i32::from(i8::MIN) + 1,
            (Int::End, INT16) => i32::from(i16::MIN) + 1,
            (Int::End, _) => i32::MIN + 1,
        };
        let bytes = value.to_le_bytes();
        out.extend_from_slice(match self.0 {
            INT8 => &bytes[..1],
            INT16 => &bytes[..2],
            _ => &bytes,
        });
    }
}

fn append_type(kind: u8, count: usize, out: &mut Vec<u8>) {
    match u8::try_from(count) {
        Ok(count) if count < LONG => out.push(count << 4 | kind),
        _ => {
            out.push(LONG << 4 | kind);
            append_ints(&[Int::Number(i32::try_from(count).unwrap_or(i32::MAX))], out);
        }
    }
}

/// Appends whole numbers with their type.
pub(super) fn append_ints(numbers: &[Int], out: &mut Vec<u8>) {
    append_int_lists(numbers, numbers.len(), out);
}

/// Appends lists of whole numbers, one after the other, each of so many numbers.
pub(super) fn append_int_lists(numbers: &[Int], count: usize, out: &mut Vec<u8>) {
    let width = Width::of(numbers);
    append_type(width.0, count, out);
    for number in numbers {
        width.append(*number, out);
    }
}

/// Appends lists of floats, one after the other, each of so many.
pub(super) fn append_float_lists(numbers: &[Float], count: usize, out: &mut Vec<u8>) {
    append_type(FLOAT, count, out);
    for number in numbers {
        number.append(out);
    }
}

/// Appends text with its type.
pub(super) fn append_text(text: &[u8], out: &mut Vec<u8>) {
    append_text_type(text.len(), out);
    out.extend_from_slice(text);
}

/// Appends the type of text of so many bytes, which follows.
pub(super) fn append_text_type(bytes: usize, out: &mut Vec<u8>) {
    append_type(TEXT, bytes, out);
}

/// Appends no value at all.
pub(super) fn append_nothing(out: &mut Vec<u8>) {
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[1], &[0x11, 1])]
    #[case(&[-120, 127], &[0x21, 0x88, 0x7f])]
    #[case(&[-121], &[0x12, 0x87, 0xff])]
    #[case(&[128], &[0x12, 0x80, 0])]
    #[case(&[70_000], &[0x13, 0x70, 0x11, 1, 0])]
    fn narrowest_types(#[case] numbers: &[i32], #[case] expected: &[u8]) {
        let numbers: Vec<Int> = numbers.iter().copied().map(Int::Number).collect();
        let mut out = Vec::new();
        append_ints(&numbers, &mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn long_text_has_its_length_behind_the_type() {
        let mut out = Vec::new();
        append_text(&[b'A'; 300], &mut out);
        assert_eq!(&out[..4], [0xf7, 0x12, 0x2c, 1]);
        assert_eq!(out.len(), 304);
    }
}
