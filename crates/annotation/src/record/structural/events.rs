//! What the symbolic alleles and breakends of a record say: what happens, and from where to where.

use crate::consequence::structural::class::Class;
use crate::output::csq::append_escaped;
use crate::record::no_rows::NoRows;
use crate::record::structural::breakend::{Breakend, Mate};
use crate::record::structural::info::Info;
use crate::record::structural::spelled::deleted_bases;

/// A stretch of a contig; between `last` and `first` when `first` is the base after `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Stretch {
    /// Between a base and the one before it.
    const fn before(position: i64) -> Self {
        Self { first: position, last: position - 1 }
    }
}

/// The other end of a breakend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherEnd {
    /// The contig, as the record calls it.
    pub(crate) contig: String,
    pub(crate) stretch: Stretch,
    /// What the field `Allele` shows for it.
    pub(crate) shown: String,
}

/// A structural variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) class: Class,
    pub(crate) stretch: Stretch,
    /// What the field `Allele` shows.
    pub(crate) shown: String,
    pub(crate) other_ends: Vec<OtherEnd>,
}

/// The parts of a record that say what happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) position: i64,
    pub(crate) reference: &'a str,
    pub(crate) info: Info<'a>,
    /// A longer one is not annotated.
    pub(crate) longest: i64,
}

impl Event {
    /// What one alternative of so many says.
    pub(crate) fn of(
        parts: &Parts<'_>,
        alternative: &str,
        index: usize,
        count: usize,
    ) -> Result<Self, NoRows> {
        if let Some(count) = deleted_bases(alternative.as_bytes()) {
            return Self::long_deletion(parts, count);
        }
        let is_breakend = Class::of(alternative) == Some(Class::Breakpoint) && alternative != ".";
        let class = if is_breakend { Some(Class::Breakpoint) } else { class_of(alternative, &parts.info) };
        let class = class.or_else(|| Class::of(alternative)).ok_or(NoRows::NotSupported)?;
        if class == Class::Breakpoint {
            return Ok(breakend(parts, alternative));
        }
        let first = parts.position + 1;
        let stretch = if class.is_insertion() {
            Stretch::before(first)
        } else {
            let length = parts.info.length_of(index, count).filter(|length| *length > 0);
            let last = length.map(|length| parts.position + length).or(parts.info.end);
            let last = if class.loses() { last.ok_or(NoRows::Incomplete)? } else { last.unwrap_or(first) };
            Stretch { first, last }
        };
        if stretch.last < stretch.first && !class.is_insertion() {
            return Err(NoRows::Incomplete);
        }
        Self { class, stretch, shown: class.name().into(), other_ends: Vec::new() }.at_most(parts.longest)
    }

    /// What VEP takes from all alternatives together (`Parser/VCF.pm`, `create_StructuralVariationFeatures`).
    pub(crate) fn as_vep(parts: &Parts<'_>, alternatives: &str) -> Result<Self, NoRows> {
        let joined = alternatives.replace(',', "/");
        let class = class_of(&joined, &parts.info).ok_or(NoRows::NotSupported)?;
        let mut stretch = stretch_of_vep(parts, alternatives, class != Class::Breakpoint);
        if class.name().contains("tandem")
            && let Some(length) = parts.info.largest_length()
        {
            stretch.last = stretch.first + length - 1;
        }
        let says_end = parts.info.end.is_some() || parts.info.first_length().is_some();
        let is_incomplete = class.loses() && (stretch.first > stretch.last || !says_end);
        if is_incomplete || stretch.first > stretch.last + 1 {
            return Err(NoRows::Incomplete);
        }
        let mut event = Self { class, stretch, shown: class.name().into(), other_ends: Vec::new() };
        if class == Class::Breakpoint {
            event.read_breakends_as_vep(parts, &joined);
        }
        event.at_most(parts.longest)
    }

    /// `D9000`, as VCF 3 has it.
    fn long_deletion(parts: &Parts<'_>, count: usize) -> Result<Self, NoRows> {
        let count = i64::try_from(count).ok().filter(|count| *count < 1 << 60).ok_or(NoRows::TooLong)?;
        let stretch = Stretch { first: parts.position, last: parts.position + count - 1 };
        let class = Class::Deletion;
        Self { class, stretch, shown: class.name().into(), other_ends: Vec::new() }.at_most(parts.longest)
    }

    /// Whether the variant is a tandem repeat whose stretch of the reference is told.
    pub(crate) fn is_repeat(&self, info: &Info<'_>) -> bool {
        self.class == Class::TandemRepeat && (info.end.is_some() || info.first_length().is_some())
    }

    fn at_most(self, longest: i64) -> Result<Self, NoRows> {
        if self.stretch.last - self.stretch.first > longest { Err(NoRows::TooLong) } else { Ok(self) }
    }

    /// `StructuralVariationFeature.pm`, `_parse_breakends`: all other ends, and how the near one is shown.
    fn read_breakends_as_vep(&mut self, parts: &Parts<'_>, joined: &str) {
        let mut alleles: Vec<String> = joined.split('/').map(str::to_owned).collect();
        if let Some(mate) = mate_of_info(&parts.info) {
            alleles.retain(|allele| !matches!(allele.to_ascii_uppercase().as_str(), "BND" | "<BND>"));
            alleles.push(shown_mate(&mate));
        }
        let ends: Vec<(Breakend<'_>, &String)> =
            alleles.iter().filter_map(|allele| Some((Breakend::read(allele)?, allele))).collect();
        if ends.is_empty() {
            return;
        }
        let cuts_left = ends.iter().any(|(end, _)| end.cuts_left);
        self.shown = shown_end(parts.reference, cuts_left);
        self.other_ends = ends
            .into_iter()
            .map(|(end, allele)| OtherEnd {
                contig: end.mate.contig.to_owned(),
                stretch: Stretch { first: end.mate.position, last: end.mate.position },
                shown: escaped(allele),
            })
            .collect();
    }
}

/// VEP goes by ALT when it begins as the specification says, else by `SVTYPE` if there is one.
fn class_of(alternative: &str, info: &Info<'_>) -> Option<Class> {
    let bare = alternative.strip_prefix('<').unwrap_or(alternative);
    let is_count = bare.strip_prefix("CN").is_some_and(|rest| {
        rest.strip_prefix('=').unwrap_or(rest).starts_with(|letter: char| letter.is_ascii_digit())
    });
    let speaks = is_count || ["DEL", "INS", "DUP", "INV", "CNV"].iter().any(|word| bare.starts_with(word));
    Class::of(info.kind.filter(|_| !speaks).unwrap_or(alternative))
}

/// Between which bases a breakend cuts, and where its mate does.
fn breakend(parts: &Parts<'_>, alternative: &str) -> Event {
    let read = Breakend::read(alternative);
    let cuts_left = read.map_or(alternative.starts_with('.'), |read| read.cuts_left);
    let length = i64::try_from(parts.reference.len()).unwrap_or(1);
    let stretch = Stretch::before(if cuts_left { parts.position } else { parts.position + length });
    let class = Class::Breakpoint;
    let Some(mate) = read.map(|read| read.mate).or_else(|| mate_of_info(&parts.info)) else {
        return Event { class, stretch, shown: class.name().into(), other_ends: Vec::new() };
    };
    let other = OtherEnd {
        contig: mate.contig.to_owned(),
        stretch: Stretch::before(if mate.joins_right { mate.position } else { mate.position + 1 }),
        shown: escaped(&if read.is_some() { alternative.to_owned() } else { shown_mate(&mate) }),
    };
    Event { class, stretch, shown: shown_end(parts.reference, cuts_left), other_ends: vec![other] }
}

fn mate_of_info<'a>(info: &Info<'a>) -> Option<Mate<'a>> {
    let position = info.mate_position.or(info.end)?;
    Some(Mate { contig: info.mate_contig?, position, joins_right: true })
}

/// A stranger's text so that none of its marks ends a row or its field.
fn escaped(allele: &str) -> String {
    let mut text = Vec::with_capacity(allele.len());
    append_escaped(&mut text, allele, b"_");
    String::from_utf8_lossy(&text).into_owned()
}

fn shown_mate(mate: &Mate<'_>) -> String {
    format!("N[{}:{}[", mate.contig, mate.position)
}

/// VEP writes the near end as a single breakend.
fn shown_end(reference: &str, cuts_left: bool) -> String {
    let is_plain = reference.bytes().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T' | b'N'));
    let reference = if is_plain { reference } else { "N" };
    if cuts_left { format!(".{reference}") } else { format!("{reference}.") }
}

/// `get_start` and `get_end` of Ensembl's `BaseVCF4.pm`.
fn stretch_of_vep(parts: &Parts<'_>, alternatives: &str, heeds_end: bool) -> Stretch {
    let is_named = parts.info.kind.is_some() || alternatives.contains(['<', '>', '[', ']']);
    let changes_length = alternatives.split(',').any(|allele| allele.len() != parts.reference.len());
    let first = parts.position + i64::from(is_named || changes_length);
    let last = if let Some(length) = parts.info.first_length() {
        first + length - 1
    } else if let Some(end) = parts.info.end.filter(|_| heeds_end) {
        end
    } else if is_named {
        first
    } else {
        parts.position + i64::try_from(parts.reference.len()).unwrap_or(1) - 1
    };
    Stretch { first, last }
}

/// Whether VEP takes a record for a structural variant, all alternatives together (`create_VariationFeatures`).
pub(crate) fn is_structural_to_vep(reference: &[u8], alternatives: &[u8], info: &[u8]) -> bool {
    let is_plain = |allele: &[u8]| allele.iter().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T' | b','));
    if is_plain(reference) && is_plain(alternatives) {
        return false;
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let encloses = |text: &[u8]| {
        let opens = text.iter().position(|byte| matches!(byte, b'<' | b'[' | b']'));
        let closes = text.iter().rposition(|byte| matches!(byte, b'>' | b'[' | b']'));
        opens.zip(closes).is_some_and(|(opens, closes)| closes >= opens + 2)
    };
    alternatives.split(|byte| *byte == b'*').any(encloses)
        || matches!(alternatives, [b'.', next, ..] if is_word(next))
        || matches!(alternatives, [.., last, b'.'] if is_word(last))
        || Info::read(info).kind.is_some()
}

#[cfg(test)]
mod tests;
