//! The numbers that a BCF's records have instead of names, and the types of values, as its header gives them.

use rustc_hash::FxHashMap;

use crate::vcf::batches::lines;
use crate::vcf::bcf::header::Entry;
use crate::vcf::line::{FIXED_COLUMNS, Line, cut_ending};

/// Where a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Contig,
    Filter,
    Info,
    Format,
}

impl Scope {
    const ALL: [Self; 4] = [Self::Contig, Self::Filter, Self::Info, Self::Format];

    /// What the header's line begins with.
    fn start(self) -> &'static str {
        match self {
            Self::Contig => "##contig=<ID=",
            Self::Filter => "##FILTER=<ID=",
            Self::Info => "##INFO=<ID=",
            Self::Format => "##FORMAT=<ID=",
        }
    }

    /// Its word in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Contig => "contig",
            Self::Filter => "FILTER",
            Self::Info => "INFO",
            Self::Format => "FORMAT",
        }
    }
}

/// The type of an INFO or FORMAT value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Flag,
    Integer,
    Float,
    Text,
}

impl Type {
    fn of(line: &[u8]) -> Self {
        const KEY: &[u8] = b"Type=";
        let value = memchr::memmem::find(line, KEY).map_or(&b""[..], |at| &line[at + KEY.len()..]);
        match value {
            value if value.starts_with(b"Flag") => Self::Flag,
            value if value.starts_with(b"Integer") => Self::Integer,
            value if value.starts_with(b"Float") => Self::Float,
            _ => Self::Text,
        }
    }
}

/// A name's number, and the type of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) number: i32,
    pub(crate) value: Type,
}

/// A key's number, and the type of its values in each scope that names it.
#[derive(Clone, Copy, Debug)]
struct Key {
    number: i32,
    values: [Option<Type>; Scope::ALL.len()],
}

/// The names of a header.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    /// The header, without an end.
    text: Vec<u8>,
    /// Where the line of column names begins, if it was seen.
    column_line: Option<usize>,
    contigs: FxHashMap<Vec<u8>, i32>,
    /// FILTER, INFO and FORMAT have their numbers in common.
    keys: FxHashMap<Vec<u8>, Key>,
    pub(crate) samples: usize,
}

impl Default for Dictionary {
    fn default() -> Self {
        let mut dictionary = Self {
            text: Vec::new(),
            column_line: None,
            contigs: FxHashMap::default(),
            keys: FxHashMap::default(),
            samples: 0,
        };
        // PASS has a number whether it is named or not (VCF 4.3, 6.2.1).
        dictionary.add(Scope::Filter, b"PASS", Type::Flag);
        dictionary
    }
}

impl Dictionary {
    /// Bytes of the header until now.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Takes in a line of the header, given without its ending.
    pub(crate) fn read(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        let entry = Entry::of(line);
        let scope = Scope::ALL.into_iter().find(|scope| line.starts_with(scope.start().as_bytes()));
        if let (Some(scope), Some(name)) = (scope, &entry.name) {
            self.add(scope, &line[name.clone()], Type::of(line));
        }
        if line.starts_with(b"#CHROM") {
            self.column_line = Some(self.text.len());
            let columns = line.split(|byte| *byte == b'\t').filter(|name| !name.is_empty()).count();
            self.samples = columns.saturating_sub(FIXED_COLUMNS + 1);
        }
        // Numbers of a BCF that was read are not those that this one has.
        let numbering = entry.numbering.unwrap_or(line.len()..line.len());
        self.text.extend_from_slice(&line[..numbering.start]);
        self.text.extend_from_slice(&line[numbering.end..]);
        self.text.push(b'\n');
    }

    fn add(&mut self, scope: Scope, name: &[u8], value: Type) {
        if scope == Scope::Contig {
            let next = i32::try_from(self.contigs.len()).unwrap_or(i32::MAX);
            self.contigs.entry(name.to_vec()).or_insert(next);
            return;
        }
        let next = i32::try_from(self.keys.len()).unwrap_or(i32::MAX);
        let key = self.keys.entry(name.to_vec()).or_insert(Key { number: next, values: Default::default() });
        key.values[scope as usize].get_or_insert(value);
    }

    /// The contig of a name.
    pub(crate) fn contig(&self, name: &[u8]) -> Option<i32> {
        self.contigs.get(name).copied()
    }

    /// The filter of a name. One that is a key of another kind has a number as well, but readers ask for its own line.
    pub(crate) fn filter(&self, name: &[u8]) -> Option<i32> {
        self.known(Scope::Filter, name).map(|known| known.number)
    }

    /// A key with the type of its values.
    pub(crate) fn known(&self, scope: Scope, name: &[u8]) -> Option<Known> {
        let key = self.keys.get(name)?;
        key.values[scope as usize].map(|value| Known { number: key.number, value })
    }

    /// Adds a line for each name that records use and the header lacks. Values are text then, which is what they are read as.
    pub(crate) fn declare_names_of(&mut self, records: &[u8]) {
        for line in lines(records) {
            let Ok(line) = Line::split(cut_ending(line).0) else { continue };
            self.declare(Scope::Contig, line.contig(), "");
            for name in line.fixed(6).split(|byte| *byte == b';').filter(|name| *name != b".") {
                self.declare(Scope::Filter, name, "Description=\"Not in the header\"");
            }
            for entry in line.info().split(|byte| *byte == b';').filter(|entry| !matches!(*entry, b"" | b"."))
            {
                let equals = entry.iter().position(|byte| *byte == b'=');
                let more = match equals {
                    Some(_) => "Number=.,Type=String,Description=\"Not in the header\"",
                    None => "Number=0,Type=Flag,Description=\"Not in the header\"",
                };
                self.declare(Scope::Info, &entry[..equals.unwrap_or(entry.len())], more);
            }
            let keys = line.after_info().get(1..).unwrap_or_default().split(|byte| *byte == b'\t').next();
            for key in
                keys.unwrap_or_default().split(|byte| *byte == b':').filter(|key| !matches!(*key, b"" | b"."))
            {
                self.declare(Scope::Format, key, "Number=.,Type=String,Description=\"Not in the header\"");
            }
        }
    }

    /// Adds a contig, unless the header has one of its name.
    pub(crate) fn declare_contig(&mut self, name: &str, length: u64) {
        self.declare(Scope::Contig, name.as_bytes(), &format!("length={length}"));
    }

    fn declare(&mut self, scope: Scope, name: &[u8], more: &str) {
        let is_known = match scope {
            Scope::Contig => self.contig(name).is_some(),
            _ => self.known(scope, name).is_some(),
        };
        let is_nameable =
            !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic() && !b"<>,\"".contains(byte));
        if is_known || !is_nameable {
            return;
        }
        let name = String::from_utf8_lossy(name);
        let comma = if more.is_empty() { "" } else { "," };
        let line = format!("{}{name}{comma}{more}>\n", scope.start());
        self.add(scope, name.as_bytes(), Type::of(line.as_bytes()));
        let at = self.column_line.unwrap_or(self.text.len());
        self.text.splice(at..at, line.bytes());
        self.column_line = Some(at + line.len());
    }

    /// The beginning of the file (VCF 4.3, 6.2).
    pub(crate) fn opening(&self) -> Vec<u8> {
        let mut text = self.text.clone();
        text.push(0);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        [b"BCF\x02\x02", &length.to_le_bytes()[..], &text].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_numbers_and_what_is_lacking_gets_lines() {
        let mut dictionary = Dictionary::default();
        for line in [
            "##fileformat=VCFv4.2",
            "##INFO=<ID=DP,Number=1,Type=Integer,Description=\"x\",IDX=7>",
            "##contig=<ID=1,length=9>",
            "##FORMAT=<ID=DP,Number=1,Type=Float,Description=\"y\">",
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB",
        ] {
            dictionary.read(line.as_bytes());
        }
        dictionary.declare_names_of(b"2\t5\t.\tA\tG\t.\tq10\tDP=3;DB;XN=a\tGT:DP\t0/1\t0/1\n");
        assert_eq!(dictionary.samples, 2);
        assert_eq!([b"1", b"2"].map(|name| dictionary.contig(name)), [Some(0), Some(1)]);
        assert_eq!(dictionary.known(Scope::Info, b"DP"), Some(Known { number: 1, value: Type::Integer }));
        assert_eq!(dictionary.known(Scope::Format, b"DP"), Some(Known { number: 1, value: Type::Float }));
        assert_eq!(dictionary.known(Scope::Info, b"DB"), Some(Known { number: 3, value: Type::Flag }));
        assert_eq!(dictionary.filter(b"q10"), Some(2));
        let text = String::from_utf8(dictionary.text).unwrap();
        assert!(text.contains("##INFO=<ID=DP,Number=1,Type=Integer,Description=\"x\">\n"));
        assert!(
            text.contains("##FORMAT=<ID=GT,Number=.,Type=String,Description=\"Not in the header\">\n#CHROM")
        );
    }
}
