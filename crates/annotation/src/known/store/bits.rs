//! Numbers of few bits, one behind the other, each readable by its index; and numbers of seven bits to a byte.

/// Most bits of a packed number: with up to seven bits before it, it lies within eight bytes.
pub(crate) const MOST_BITS: u32 = 56;

/// Bits that numbers up to `largest` take.
pub(crate) fn width_of(largest: u64) -> u32 {
    u64::BITS - largest.leading_zeros()
}

/// Bytes of so many packed numbers.
pub(crate) fn packed_bytes(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

/// Appends numbers of `width` bits each, the lowest bits first.
pub(crate) fn pack(numbers: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    let (mut held, mut bits) = (0_u64, 0);
    for number in numbers {
        held |= number << bits;
        bits += width;
        while bits >= 8 {
            out.push(held.to_le_bytes()[0]);
            held >>= 8;
            bits -= 8;
        }
    }
    if bits > 0 {
        out.push(held.to_le_bytes()[0]);
    }
}

/// The number of an index; what lies beyond the bytes reads as 0.
pub(crate) fn unpack(bytes: &[u8], index: usize, width: u32) -> u64 {
    let bit = index * width as usize;
    let rest = bytes.get(bit / 8..).unwrap_or_default();
    let word = match rest.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    (word >> (bit % 8)) & !(u64::MAX.checked_shl(width).unwrap_or(0))
}

/// Appends a number, seven bits to a byte, the lowest first (LEB128).
pub(crate) fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Reads such numbers and stretches of bytes one after another; what is not there reads as 0 and nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'b> {
    bytes: &'b [u8],
    pub(crate) position: usize,
}

impl<'b> Scan<'b> {
    pub(crate) fn new(bytes: &'b [u8], position: usize) -> Self {
        Self { bytes, position }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.position).copied().unwrap_or_default();
        self.position += 1;
        byte
    }

    pub(crate) fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte < 0x80 || shift > u64::BITS {
                return number;
            }
        }
    }

    /// A number of something in memory.
    pub(crate) fn count(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or(usize::MAX)
    }

    /// How many things follow: no more than there are bytes.
    pub(crate) fn things(&mut self) -> usize {
        self.count().min(self.bytes.len())
    }

    pub(crate) fn skip(&mut self, bytes: usize) {
        self.position = self.position.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_numbers_come_back_by_their_index(
            (width, numbers) in (0_u32..=MOST_BITS).prop_flat_map(|width| {
                (Just(width), prop::collection::vec(0..=(1_u64 << width) - 1, 0..300))
            }),
        ) {
            let mut bytes = Vec::new();
            pack(numbers.iter().copied(), width, &mut bytes);
            prop_assert_eq!(bytes.len(), packed_bytes(numbers.len(), width));
            for (index, number) in numbers.iter().enumerate() {
                prop_assert_eq!(unpack(&bytes, index, width), *number);
            }
        }

        #[test]
        fn numbers_come_back_in_a_row(numbers in prop::collection::vec(any::<u64>(), 0..20)) {
            let mut bytes = Vec::new();
            for number in &numbers {
                put_number(*number, &mut bytes);
            }
            let mut scan = Scan::new(&bytes, 0);
            for number in &numbers {
                prop_assert_eq!(scan.number(), *number);
            }
            prop_assert_eq!(scan.position, bytes.len());
        }

        #[test]
        fn damaged_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..40), index in 0_usize..100) {
            for width in 0..=64 {
                unpack(&bytes, index, width);
            }
            let mut scan = Scan::new(&bytes, index);
            scan.number();
            scan.things();
        }
    }

    #[test]
    fn widths() {
        assert_eq!([0, 1, 2, 3, 4, 255, 256].map(width_of), [0, 1, 2, 2, 3, 8, 9]);
    }
}
