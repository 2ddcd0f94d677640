//! Three-letter names of amino acids.

/// Appends the three-letter name (IUPAC); `*` is a stop, and what has no letter of its own is unknown.
pub(crate) fn append_residue(residue: u8, text: &mut Vec<u8>) {
    let name: &[u8; 3] = match residue {
        b'A' => b"Ala",
        b'B' => b"Asx",
        b'C' => b"Cys",
        b'D' => b"Asp",
        b'E' => b"Glu",
        b'F' => b"Phe",
        b'G' => b"Gly",
        b'H' => b"His",
        b'I' => b"Ile",
        b'J' => b"Xle",
        b'K' => b"Lys",
        b'L' => b"Leu",
        b'M' => b"Met",
        b'N' => b"Asn",
        b'O' => b"Pyl",
        b'P' => b"Pro",
        b'Q' => b"Gln",
        b'R' => b"Arg",
        b'S' => b"Ser",
        b'T' => b"Thr",
        b'U' => b"Sec",
        b'V' => b"Val",
        b'W' => b"Trp",
        b'Y' => b"Tyr",
        b'Z' => b"Glx",
        b'*' => b"Ter",
        _ => b"Xaa",
    };
    text.extend_from_slice(name);
}

/// Appends the names of all residues.
pub(crate) fn append_residues(residues: &[u8], text: &mut Vec<u8>) {
    for residue in residues {
        append_residue(*residue, text);
    }
}
