//! One line of GFF3; those of GTF differ in the ninth column.

use crate::genes::transcript::Strand;

/// A feature line cut at its nine columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) contig: &'a str,
    /// Program or project that the line is from.
    pub(crate) source: &'a str,
    pub(crate) kind: &'a str,
    /// First base, counted from 1; 0 when it lies before the sequence, as genes of a slice can.
    pub(crate) start: u32,
    /// Last base.
    pub(crate) end: u32,
    pub(crate) strand: Option<Strand>,
    /// Bases of a CDS part before its first whole codon.
    pub(crate) phase: u8,
    pub(crate) attributes: Attributes<'a>,
}

impl<'a> Row<'a> {
    /// Cuts a line; says in a clause what is wrong with one that is no feature.
    pub(crate) fn read(text: &'a str) -> Result<Self, String> {
        let mut columns = text.splitn(9, '\t');
        let mut next =
            || columns.next().ok_or_else(|| "it has fewer than nine tab-separated columns".to_owned());
        let (contig, source, kind) = (next()?, next()?, next()?);
        let (start, end) = (next()?, position(next()?)?);
        let is_before = start.strip_prefix('-').is_some_and(|rest| position(rest).is_ok());
        let start = if is_before { 0 } else { position(start)? };
        let (_score, strand, phase) = (next()?, next()?, next()?);
        if start > end || (start == 0 && !is_before) {
            return Err(format!("its range {start} to {end} is none"));
        }
        let strand = match strand {
            "+" => Some(Strand::Forward),
            "-" => Some(Strand::Reverse),
            _ => None,
        };
        let phase = match phase {
            "1" => 1,
            "2" => 2,
            _ => 0,
        };
        Ok(Self { contig, source, kind, start, end, strand, phase, attributes: Attributes(next()?) })
    }
}

fn position(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{}` is no position", crate::error::quoted(text.as_bytes())))
}

/// The ninth column, looked through when asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attributes<'a>(pub(crate) &'a str);

impl<'a> Attributes<'a> {
    /// The value of a key as it is written.
    pub(crate) fn raw(self, key: &str) -> Option<&'a str> {
        let entries = self.0.split(';').filter_map(|entry| entry.split_once('='));
        let mut found = entries.filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim());
        found.next().filter(|value| !value.is_empty())
    }

    /// The value of a key, escapes undone.
    pub(crate) fn get(self, key: &str) -> Option<String> {
        self.raw(key).map(|value| unescaped(value, &[b'%', TOLD]))
    }

    /// The value of the first of several keys that there is.
    pub(crate) fn first(self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// The same, with the escapes of the file: names keep those, which are what VCF writes for such letters too, and
    /// VEP does not undo them.
    pub(crate) fn first_name(self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.raw(key)).map(|value| unescaped(value, &[TOLD]))
    }

    /// The values of a key that may have several.
    pub(crate) fn each(self, key: &str) -> impl Iterator<Item = String> {
        self.raw(key)
            .unwrap_or_default()
            .split(',')
            .filter(|value| !value.is_empty())
            .map(|value| unescaped(value, &[b'%', TOLD]))
    }

    /// Whether a key has a value among its several.
    pub(crate) fn has(self, key: &str, value: &str) -> bool {
        self.raw(key).is_some_and(|values| values.split(',').any(|one| one == value))
    }
}

/// Appends `key=value`, with escapes for what separates entries and values.
pub(crate) fn append_attribute(attributes: &mut String, key: &str, value: &str) {
    if !attributes.is_empty() {
        attributes.push(';');
    }
    attributes.push_str(key);
    attributes.push('=');
    append_value(attributes, value);
}

/// Appends another value to those of the attribute that was appended last.
pub(crate) fn append_value(attributes: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            ';' => attributes.push_str("\u{1a}3B"),
            ',' => attributes.push_str("\u{1a}2C"),
            '=' => attributes.push_str("\u{1a}3D"),
            _ => attributes.push(letter),
        }
    }
}

/// What stands before the digits of an escape: `%` in files, and this where another format is put in the words of GFF3, so
/// that these escapes can be undone alone.
const TOLD: u8 = 0x1a;

/// Undoes `%2C` and its like, with one of these marks for `%`; what is no such escape stays.
fn unescaped(text: &str, marks: &[u8]) -> String {
    if !text.bytes().any(|byte| marks.contains(&byte)) {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.filter(|_| marks.contains(byte));
        let escape = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(escape.unwrap_or(*byte));
        rest = if escape.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_line_is_cut() {
        let row = Row::read("MT\tensembl\tCDS\t3307\t4262\t.\t-\t2\tID=CDS:1;Parent=a,b;Note=x%2Cy 5%;tag=")
            .unwrap();
        assert_eq!((row.contig, row.kind, row.start, row.end), ("MT", "CDS", 3307, 4262));
        assert_eq!((row.strand, row.phase), (Some(Strand::Reverse), 2));
        assert_eq!(row.attributes.each("Parent").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(row.attributes.get("Note").as_deref(), Some("x,y 5%"));
        assert_eq!(row.attributes.get("tag"), None);
        assert_eq!(row.attributes.get("Not"), None);
        assert!(row.attributes.has("Parent", "b"));
    }

    #[test]
    fn a_feature_may_begin_before_the_sequence() {
        let row = Row::read("1\tx\tgene\t-254\t42704\t.\t+\t.\tID=gene:G").unwrap();
        assert_eq!((row.start, row.end), (0, 42_704));
    }

    #[rstest]
    #[case("MT\tx\tCDS\t-x\t2\t.\t+\t0\tID=1", "`-x`")]
    #[case("MT\tx\tCDS", "nine")]
    #[case("MT\tx\tCDS\ta\t2\t.\t+\t0\tID=1", "`a`")]
    #[case("MT\tx\tCDS\t3\t2\t.\t+\t0\tID=1", "range")]
    #[case("MT\tx\tCDS\t0\t2\t.\t+\t0\tID=1", "range")]
    fn what_is_no_feature_is_refused(#[case] text: &str, #[case] reason: &str) {
        assert!(Row::read(text).unwrap_err().contains(reason));
    }
}
