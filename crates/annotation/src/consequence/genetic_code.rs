//! NCBI's genetic codes, and the translation of codons.
//!
//! Source: NCBI, "The Genetic Codes" (`gc.prt`). A table is written as NCBI prints it: 64 residues, codons in the
//! order TTT, TTC, TTA, TTG, TCT ... GGG; `*` is a stop.

use crate::variant::bases_of;

/// One genetic code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GeneticCode {
    residues: &'static [u8; 64],
    starts: &'static [&'static [u8; 3]],
}

const ATG: &[&[u8; 3]] = &[b"ATG"];
const ATG_CTG: &[&[u8; 3]] = &[b"CTG", b"ATG"];
const ATG_GTG: &[&[u8; 3]] = &[b"ATG", b"GTG"];
const STANDARD_STARTS: &[&[u8; 3]] = &[b"TTG", b"CTG", b"ATG"];
const VERTEBRATE_MITOCHONDRIAL_STARTS: &[&[u8; 3]] = &[b"ATT", b"ATC", b"ATA", b"ATG", b"GTG"];
const MOLD_STARTS: &[&[u8; 3]] = &[b"TTA", b"TTG", b"CTG", b"ATT", b"ATC", b"ATA", b"ATG", b"GTG"];
const BACTERIAL_STARTS: &[&[u8; 3]] = &[b"TTG", b"CTG", b"ATT", b"ATC", b"ATA", b"ATG", b"GTG"];

impl Default for GeneticCode {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl GeneticCode {
    /// The standard code, table 1.
    pub(crate) const STANDARD: Self = Self {
        residues: b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        starts: STANDARD_STARTS,
    };

    /// The code of an NCBI table number; the standard code for numbers that NCBI does not give.
    pub(crate) const fn of_table(table: u8) -> Self {
        let (residues, starts): (&[u8; 64], &[&[u8; 3]]) = match table {
            2 => (
                b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG",
                VERTEBRATE_MITOCHONDRIAL_STARTS,
            ),
            3 => (
                b"FFLLSSSSYY**CCWWTTTTPPPPHHQQRRRRIIMMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
                &[b"ATA", b"ATG", b"GTG"],
            ),
            4 => (b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", MOLD_STARTS),
            5 => (
                b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSSSSVVVVAAAADDEEGGGG",
                &[b"TTG", b"ATT", b"ATC", b"ATA", b"ATG", b"GTG"],
            ),
            6 => (b"FFLLSSSSYYQQCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            9 => (b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNNKSSSSVVVVAAAADDEEGGGG", ATG_GTG),
            10 => (b"FFLLSSSSYY**CCCWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            11 => (b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", BACTERIAL_STARTS),
            12 => (b"FFLLSSSSYY**CC*WLLLSPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG_CTG),
            13 => (
                b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSSGGVVVVAAAADDEEGGGG",
                &[b"TTG", b"ATA", b"ATG", b"GTG"],
            ),
            14 => (b"FFLLSSSSYYY*CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNNKSSSSVVVVAAAADDEEGGGG", ATG),
            15 => (b"FFLLSSSSYY*QCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            16 => (b"FFLLSSSSYY*LCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            21 => (b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNNKSSSSVVVVAAAADDEEGGGG", ATG_GTG),
            22 => (b"FFLLSS*SYY*LCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            23 => (
                b"FF*LSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
                &[b"ATT", b"ATG", b"GTG"],
            ),
            24 => (
                b"FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSSKVVVVAAAADDEEGGGG",
                &[b"TTG", b"CTG", b"ATG", b"GTG"],
            ),
            25 => (
                b"FFLLSSSSYY**CCGWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
                &[b"TTG", b"ATG", b"GTG"],
            ),
            26 => (b"FFLLSSSSYY**CC*WLLLAPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG_CTG),
            27 | 28 => (b"FFLLSSSSYYQQCCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            29 => (b"FFLLSSSSYYYYCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            30 => (b"FFLLSSSSYYEECC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            31 => (b"FFLLSSSSYYEECCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", ATG),
            32 => (b"FFLLSSSSYY*WCC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG", BACTERIAL_STARTS),
            33 => (
                b"FFLLSSSSYYY*CCWWLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSSKVVVVAAAADDEEGGGG",
                &[b"TTG", b"CTG", b"ATG", b"GTG"],
            ),
            _ => return Self::STANDARD,
        };
        Self { residues, starts }
    }

    /// The residue of a codon of upper-case letters; what several codons of a IUPAC letter share, else `X`.
    pub(crate) fn residue(&self, codon: [u8; 3]) -> u8 {
        let [first, second, third] = codon.map(|base| usize::from(INDEXES[usize::from(base)]));
        // Indexes of letters that are no base are too great, whatever the others.
        match self.residues.get(16 * first + 4 * second + third) {
            Some(residue) => *residue,
            None => self.residue_of_ambiguous(codon),
        }
    }

    /// As `BioPerl`'s `CodonTable` does: one residue if all readings agree, B for D or N, Z for E or Q, else X.
    fn residue_of_ambiguous(&self, codon: [u8; 3]) -> u8 {
        let [first, second, third] = codon.map(readings);
        let mut seen = 0_u32;
        let mut residue = b'X';
        for index in 0..64_usize {
            let fits = first & (1 << (index / 16)) != 0
                && second & (1 << (index / 4 % 4)) != 0
                && third & (1 << (index % 4)) != 0;
            if fits {
                residue = self.residues[index];
                seen |= 1 << (residue & 31);
            }
        }
        let pair = |one: u8, other: u8| 1 << (one & 31) | 1 << (other & 31);
        match seen {
            _ if seen.is_power_of_two() => residue,
            _ if seen == pair(b'D', b'N') => b'B',
            _ if seen == pair(b'E', b'Q') => b'Z',
            _ => b'X',
        }
    }

    /// Whether a codon may start a protein.
    pub(crate) fn is_start(&self, codon: [u8; 3]) -> bool {
        self.starts.iter().any(|start| **start == codon)
    }

    /// Whether some reading of a codon with IUPAC letters may start a protein: that is enough for `BioPerl`'s
    /// `is_start_codon`, which VEP asks.
    pub(crate) fn has_reading_as_start(&self, codon: [u8; 3]) -> bool {
        let fits = |letter: u8, base: u8| readings(letter) & readings(base) != 0;
        self.starts.iter().any(|start| codon.iter().zip(*start).all(|(letter, base)| fits(*letter, *base)))
    }

    /// Appends the residues of all whole codons.
    pub(crate) fn translate(&self, bases: &[u8], residues: &mut Vec<u8>) {
        residues.extend(bases.as_chunks::<3>().0.iter().map(|codon| self.residue(*codon)));
    }
}

/// The place of each base in NCBI's order; for other letters one that leads beyond any table.
const INDEXES: [u8; 256] = {
    let mut indexes = [64; 256];
    indexes[b'T' as usize] = 0;
    indexes[b'C' as usize] = 1;
    indexes[b'A' as usize] = 2;
    indexes[b'G' as usize] = 3;
    indexes
};

/// What a letter may stand for, as bits in the order T, C, A, G.
fn readings(letter: u8) -> u8 {
    let bases = bases_of(letter);
    (bases >> 3 & 1) | (bases >> 1 & 1) << 1 | (bases & 1) << 2 | (bases >> 2 & 1) << 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, b"ATG", b'M')]
    #[case(1, b"ATA", b'I')]
    #[case(1, b"TGA", b'*')]
    #[case(1, b"AGA", b'R')]
    #[case(2, b"ATA", b'M')]
    #[case(2, b"TGA", b'W')]
    #[case(2, b"AGA", b'*')]
    #[case(2, b"AGG", b'*')]
    #[case(2, b"TAA", b'*')]
    #[case(3, b"CTA", b'T')]
    #[case(6, b"TAA", b'Q')]
    #[case(12, b"CTG", b'S')]
    #[case(33, b"AGG", b'K')]
    #[case(1, b"GCN", b'A')]
    #[case(1, b"RAY", b'B')]
    #[case(1, b"SAR", b'Z')]
    #[case(1, b"NTG", b'X')]
    #[case(1, b"NNN", b'X')]
    #[case(99, b"TGA", b'*')]
    fn residues(#[case] table: u8, #[case] codon: &[u8; 3], #[case] residue: u8) {
        assert_eq!(char::from(GeneticCode::of_table(table).residue(*codon)), char::from(residue));
    }

    #[test]
    fn every_table_has_a_stop_or_a_reading_for_each_codon() {
        for table in 1..=33 {
            let code = GeneticCode::of_table(table);
            assert!(code.residues.iter().all(|residue| residue.is_ascii_uppercase() || *residue == b'*'));
            assert!(code.is_start(*b"ATG"), "table {table}");
        }
    }

    #[test]
    fn a_trailing_part_of_a_codon_says_nothing() {
        let mut residues = Vec::new();
        GeneticCode::STANDARD.translate(b"ATGGCCTA", &mut residues);
        assert_eq!(residues, b"MA");
    }
}
