//! The INFO fields that are taken from a file, and what its header says of them.

use std::ops::Range;

use crate::known::info_field::{FieldType, Number, escaped, fraction};
use crate::known::source::Stop;

/// Names that an error about a missing field lists.
const MOST_LISTED: usize = 60;

/// An INFO field that is taken.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Key in the file's INFO.
    pub(crate) key: String,
    /// Whether the file gives percentages, which are shown as fractions.
    pub(crate) is_percentage: bool,
    /// Which value of a draft it is.
    pub(crate) column: usize,
    /// What the header says; nothing before it is read.
    declared: Option<(Number, FieldType)>,
    /// Whether some value was not of the declared type.
    pub(crate) is_untyped: bool,
    /// Where its values are in the INFO at hand; a flag has none.
    found: Option<Range<usize>>,
}

/// As many values as there are is not what the header says, so that none can be given to an allele.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Uncounted;

impl Field {
    pub(crate) fn new(key: &str, is_percentage: bool, column: usize) -> Self {
        Self { key: key.to_owned(), is_percentage, column, declared: None, is_untyped: false, found: None }
    }

    /// The type of its values in the store.
    pub(crate) fn kind(&self) -> FieldType {
        match self.declared {
            _ if self.is_untyped => FieldType::String,
            Some((_, FieldType::Integer)) if self.is_percentage => FieldType::Float,
            Some((_, kind)) => kind,
            None => FieldType::String,
        }
    }

    /// The value of alternative `index` of `count` in the INFO that was searched last; nothing when it is missing.
    pub(crate) fn value(&self, info: &[u8], index: usize, count: usize) -> Option<Result<String, Uncounted>> {
        let range = self.found.clone()?;
        let text = info.get(range).filter(|text| !text.is_empty());
        let text = String::from_utf8_lossy(text.unwrap_or(b"1"));
        if text == "." {
            return None;
        }
        let number = self.declared.map_or(Number::Unknown, |(number, _)| number);
        let Some(value) = number.pick(&text, index, count) else { return Some(Err(Uncounted)) };
        let value = escaped(value);
        Some(Ok(if self.is_percentage { fraction(&value) } else { value }))
            .filter(|value| *value != Ok(String::new()))
    }

    /// Whether a value is of the declared type; remembers when it is not.
    pub(crate) fn judge_type(&mut self, value: &str) -> bool {
        let kind = self.declared.map_or(FieldType::String, |(_, kind)| kind);
        // Several values of a record are no number, but no fault either.
        let is_typed = kind.fits(value);
        self.is_untyped |= !is_typed;
        is_typed || value.split('&').all(|value| value == "." || kind.fits(value))
    }

    pub(crate) fn untyped_reason(&self, id: &str) -> String {
        let kind = self.declared.map_or(FieldType::String, |(_, kind)| kind);
        format!("type of a value of {}, which the header calls {kind}: taken as text ({id})", self.key)
    }

    pub(crate) fn uncounted_reason(&self, id: &str) -> String {
        format!("value of {}, since there are not as many as the header says ({id})", self.key)
    }
}

/// All fields that are taken from a file.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Vec<Field>,
    /// All keys of the header.
    keys: Vec<String>,
}

impl Fields {
    pub(crate) fn new(fields: Vec<Field>) -> Self {
        Self { fields, keys: Vec::new() }
    }

    pub(crate) fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.fields.iter_mut()
    }

    /// Takes in a header line.
    pub(crate) fn read_header(&mut self, text: &[u8]) {
        let Some(entries) = text.strip_prefix(b"##INFO=") else { return };
        let entries = String::from_utf8_lossy(entries);
        let entry = |name: &str, place: usize| {
            let of_version_4 = entries.strip_prefix('<').map(|entries| {
                entries.split(',').find_map(|entry| entry.trim_start().strip_prefix(name)?.strip_prefix('='))
            });
            // VCF 3.3: `##INFO=AF,1,Float,"…"`.
            of_version_4
                .unwrap_or_else(|| entries.split(',').nth(place))
                .map(|value| value.trim_end_matches('>').to_owned())
        };
        let Some(key) = entry("ID", 0) else { return };
        let number = entry("Number", 1).map_or(Number::Unknown, |number| Number::of(&number));
        let kind = entry("Type", 2).map_or(FieldType::String, |kind| FieldType::of(&kind));
        for field in self.fields.iter_mut().filter(|field| field.key == key) {
            field.declared = Some((number, kind));
        }
        self.keys.push(key);
    }

    /// Whether the header has all fields.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        let Some(missing) = self.fields.iter().find(|field| field.declared.is_none()) else { return Ok(()) };
        let mut known = self.keys.iter().take(MOST_LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.keys.len() > MOST_LISTED {
            known.push_str(", …");
        }
        let known = if known.is_empty() { "none".to_owned() } else { known };
        Err(Stop::because(format!("its header has no INFO field `{}`; it has {known}", missing.key)))
    }

    /// Finds the fields in an INFO column.
    pub(crate) fn find(&mut self, info: &[u8]) {
        self.fields.iter_mut().for_each(|field| field.found = None);
        let mut begin = 0;
        for end in memchr::memchr_iter(b';', info).chain([info.len()]) {
            let entry = &info[begin..end];
            let length = memchr::memchr(b'=', entry).unwrap_or(entry.len());
            for field in &mut self.fields {
                if field.found.is_none() && field.key.as_bytes() == &entry[..length] {
                    field.found = Some((begin + length + 1).min(end)..end);
                }
            }
            begin = end + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn fields(header: &[&str], keys: &[&str]) -> Fields {
        let mut fields = Fields::new(keys.iter().map(|key| Field::new(key, false, 1)).collect());
        for line in header {
            fields.read_header(line.as_bytes());
        }
        fields
    }

    #[rstest]
    #[case(
        "##INFO=<ID=AF,Number=A,Type=Float,Description=\"x, Type=String\">",
        "AF=0.1,0.2",
        Some(Ok("0.2")),
        FieldType::Float
    )]
    #[case(
        "##INFO=<ID=AF,Number=A,Type=Float,Description=\"x\">",
        "AF=0.1",
        Some(Err(Uncounted)),
        FieldType::Float
    )]
    #[case("##INFO=<ID=AF,Number=A,Type=Float,Description=\"x\">", "AF=0.1,.", None, FieldType::Float)]
    #[case(
        "##INFO=<ID=AF,Number=R,Type=Float,Description=\"x\">",
        "AF=0.7,0.1,0.2",
        Some(Ok("0.2")),
        FieldType::Float
    )]
    #[case(
        "##INFO=<ID=AF,Number=1,Type=String,Description=\"x\">",
        "XAF=1;AF=a b;Z=1",
        Some(Ok("a_b")),
        FieldType::String
    )]
    #[case("##INFO=<ID=AF,Number=0,Type=Flag,Description=\"x\">", "DB;AF", Some(Ok("1")), FieldType::Flag)]
    #[case(
        "##INFO=<ID=AF,Number=2,Type=Integer,Description=\"x\">",
        "AF=1,2",
        Some(Ok("1&2")),
        FieldType::Integer
    )]
    #[case("##INFO=AF,A,Integer,\"of VCF 3.3\"", "AF=4,5", Some(Ok("5")), FieldType::Integer)]
    #[case("##INFO=<ID=AF,Number=A,Type=Float,Description=\"x\">", "DB;AC=1", None, FieldType::Float)]
    fn values_of_the_second_of_two_alternatives(
        #[case] header: &str,
        #[case] info: &str,
        #[case] expected: Option<Result<&str, Uncounted>>,
        #[case] kind: FieldType,
    ) {
        let mut fields = fields(&[header], &["AF"]);
        fields.check().unwrap();
        fields.find(info.as_bytes());
        assert_eq!(
            fields.fields[0].value(info.as_bytes(), 1, 2),
            expected.map(|value| value.map(str::to_owned))
        );
        assert_eq!(fields.fields[0].kind(), kind);
    }

    #[test]
    fn a_field_that_the_header_lacks_is_told_with_those_that_it_has() {
        let header = ["##INFO=<ID=AC,Number=A,Type=Integer>", "##INFO=<ID=AN,Number=1,Type=Integer>"];
        let Err(Stop::Source { reason, .. }) = fields(&header, &["AC", "AF"]).check() else { panic!() };
        assert_eq!(reason, "its header has no INFO field `AF`; it has AC, AN");
        assert!(
            matches!(fields(&[], &["AF"]).check(), Err(Stop::Source { reason, .. }) if reason.ends_with("it has none"))
        );
    }

    #[rstest]
    #[case("Integer", "12", true, FieldType::Integer)]
    #[case("Integer", "1.5", false, FieldType::String)]
    #[case("Integer", "1&2", true, FieldType::String)]
    #[case("Float", "6.5e-06", true, FieldType::Float)]
    #[case("Float", "high", false, FieldType::String)]
    #[case("String", "high", true, FieldType::String)]
    #[case("Character", "h", true, FieldType::String)]
    fn types(#[case] declared: &str, #[case] value: &str, #[case] fits: bool, #[case] stored: FieldType) {
        let mut fields = fields(&[&format!("##INFO=<ID=X,Number=1,Type={declared}>")], &["X"]);
        assert_eq!(fields.fields[0].judge_type(value), fits);
        assert_eq!(fields.fields[0].kind(), stored);
    }
}
