//! One data line as borrowed bytes: nothing is copied, nothing re-encoded.

use memchr::memchr_iter;

use crate::error::{Fault, Misfit, Place, quoted};

/// Columns that every data line has, CHROM to INFO (VCF 4.3, 1.6.1).
pub(crate) const FIXED_COLUMNS: usize = 8;

/// A data line cut at its first eight columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    text: &'a [u8],
    /// Where each of the eight columns ends.
    ends: [usize; FIXED_COLUMNS],
}

impl<'a> Line<'a> {
    /// Cuts a line, given without its line ending.
    ///
    /// # Errors
    /// Fewer than eight columns.
    pub(crate) fn split(text: &'a [u8]) -> Result<Self, Fault> {
        let mut ends = [text.len(); FIXED_COLUMNS];
        let mut found = 0;
        for (end, tab) in ends.iter_mut().zip(memchr_iter(b'\t', text)) {
            *end = tab;
            found += 1;
        }
        if found < FIXED_COLUMNS - 1 {
            return Err(too_few(text, found as u64 + 1));
        }
        Ok(Self { text, ends })
    }

    /// Number of all columns, samples included.
    pub(crate) fn columns(&self) -> u64 {
        let after = &self.text[self.ends[FIXED_COLUMNS - 1]..];
        FIXED_COLUMNS as u64 + memchr_iter(b'\t', after).count() as u64
    }

    /// One of the first eight columns, counted from 0; empty beyond them.
    pub(crate) fn fixed(&self, index: usize) -> &'a [u8] {
        if index < FIXED_COLUMNS { self.column(index) } else { b"" }
    }

    fn column(&self, index: usize) -> &'a [u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] + 1 };
        &self.text[start..self.ends[index]]
    }

    pub(crate) fn contig(&self) -> &'a [u8] {
        self.column(0)
    }

    pub(crate) fn id(&self) -> &'a [u8] {
        self.column(2)
    }

    pub(crate) fn reference_allele(&self) -> &'a [u8] {
        self.column(3)
    }

    pub(crate) fn alternatives(&self) -> &'a [u8] {
        self.column(4)
    }

    pub(crate) fn info(&self) -> &'a [u8] {
        self.column(7)
    }

    /// Everything before INFO, with the tab.
    pub(crate) fn before_info(&self) -> &'a [u8] {
        &self.text[..=self.ends[6]]
    }

    /// Everything after INFO, from the tab on.
    pub(crate) fn after_info(&self) -> &'a [u8] {
        &self.text[self.ends[7]..]
    }

    /// POS, counted from 1; 0 is the telomere.
    ///
    /// # Errors
    /// What stands there, when it is not a whole number of at most 18 digits.
    pub(crate) fn position(&self) -> Result<u64, &'a [u8]> {
        const MOST_DIGITS: usize = 18;
        let digits = self.column(1);
        if digits.is_empty() || digits.len() > MOST_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
            return Err(digits);
        }
        Ok(digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

/// Tabs with nothing behind them.
pub(crate) fn trailing_tabs(text: &[u8]) -> u64 {
    text.iter().rev().take_while(|byte| **byte == b'\t').count() as u64
}

fn too_few(text: &[u8], found: u64) -> Fault {
    let mut words = text.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    // Prose has as many words, but hardly a number for the second.
    let has_position = words.nth(1).is_some_and(|word| word.iter().all(u8::is_ascii_digit));
    if found == 1 && has_position && words.count() >= FIXED_COLUMNS - 2 {
        return Fault::SpacesForTabs;
    }
    Fault::ColumnCount { found, expected: format!("at least {FIXED_COLUMNS}") }
}

/// The parts of a data line that the engine needs, checked against what the specification forbids.
pub(crate) fn read(
    text: &[u8],
    number: u64,
    expected_columns: Option<u64>,
) -> Result<(Line<'_>, u64), Misfit> {
    let whole = |fault| Misfit { place: Place::line(number), fault };
    let line = Line::split(text).map_err(whole)?;
    if let Some(expected) = expected_columns {
        let found = line.columns();
        // Tabs at the end of a line are odd, but name no column.
        if found != expected && found - trailing_tabs(text) != expected {
            return Err(whole(Fault::ColumnCount { found, expected: expected.to_string() }));
        }
    }
    let contig = line.contig();
    if contig.is_empty() || contig.iter().any(u8::is_ascii_whitespace) {
        let fault = Fault::Chromosome { found: quoted(contig) };
        return Err(Misfit { place: Place::column(number, 1), fault });
    }
    let position = line.position().map_err(|found| Misfit {
        place: Place::column(number, 2),
        fault: Fault::PositionNotANumber { found: quoted(found) },
    })?;
    Ok((line, position))
}

/// Cuts the line ending off: `\n`, `\r\n`, or none at the end of a file.
pub(crate) fn cut_ending(line: &[u8]) -> (&[u8], &[u8]) {
    let end = match line {
        [.., b'\r', b'\n'] => line.len() - 2,
        // A last line without a newline may still end as its neighbours do.
        [.., b'\n' | b'\r'] => line.len() - 1,
        _ => line.len(),
    };
    line.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn columns_are_borrowed() {
        let text = b"MT\t73\trs1\tA\tG,C\t.\tPASS\tAC=1\tGT\t0|1\t1|1";
        let (line, position) = read(text, 7, Some(11)).unwrap();
        assert_eq!(position, 73);
        assert_eq!(line.contig(), b"MT");
        assert_eq!(line.id(), b"rs1");
        assert_eq!(line.reference_allele(), b"A");
        assert_eq!(line.alternatives(), b"G,C");
        assert_eq!(line.info(), b"AC=1");
        assert_eq!(line.before_info(), b"MT\t73\trs1\tA\tG,C\t.\tPASS\t");
        assert_eq!(line.after_info(), b"\tGT\t0|1\t1|1");
    }

    #[rstest]
    #[case(b"MT\t73\t.\tA\tG\t.\t.\t.\t", 8, true)]
    #[case(b"MT\t73\t.\tA\tG\t.\t.\t.\tGT\t", 10, true)]
    #[case(b"MT\t73\t.\tA\tG\t.\t.\t.\tGT\t", 9, true)]
    #[case(b"MT\t73\t.\tA\tG\t.\t.\t.\tGT\t0/1\t", 9, false)]
    fn tabs_at_the_end_name_no_column(#[case] text: &[u8], #[case] columns: u64, #[case] passes: bool) {
        assert_eq!(read(text, 1, Some(columns)).is_ok(), passes);
    }

    #[rstest]
    #[case::few(b"MT\t73\t.\tA\tG".as_slice(), None)]
    #[case::unlike_the_header(b"MT\t73\t.\tA\tG\t.\t.\t.\tGT", Some(8))]
    #[case::garbage(b"\xff\xfe garbage", None)]
    #[case::spaces(b"MT 73 . A G . . AC=1", None)]
    #[case::no_number(b"MT\tseven\t.\tA\tG\t.\t.\t.", None)]
    #[case::negative(b"MT\t-1\t.\tA\tG\t.\t.\t.", None)]
    #[case::enormous(b"MT\t99999999999999999999999\t.\tA\tG\t.\t.\t.", None)]
    #[case::no_contig(b"\t73\t.\tA\tG\t.\t.\t.", None)]
    fn forbidden_lines_are_refused(#[case] text: &[u8], #[case] columns: Option<u64>) {
        let misfit = read(text, 3, columns).unwrap_err();
        assert_eq!(misfit.place.line, Some(3));
    }

    #[rstest]
    #[case(b"a\r\n", b"a", b"\r\n")]
    #[case(b"a\n", b"a", b"\n")]
    #[case(b"a\r", b"a", b"\r")]
    #[case(b"a", b"a", b"")]
    #[case(b"", b"", b"")]
    fn endings(#[case] line: &[u8], #[case] text: &[u8], #[case] ending: &[u8]) {
        assert_eq!(cut_ending(line), (text, ending));
    }
}
