//! Alleles that ALT only tells of but that can be spelled out in bases: indels as VCF 3 writes them, and tandem
//! repeats whose units INFO has. They are then read, named and looked up as any other bases.
//!
//! Source: VCF 3.3 ("`Dn`: delete n bases starting with the base at POS", "`I<seq>`: bases to be inserted just after
//! the base at POS"); VCF 4.4, 5.7 (`RN`, `RUS`, `RUC`, `RB`); Ensembl VEP `Parser/VCF.pm`,
//! `_expand_tandem_repeat_allele_string`.

use crate::record::no_rows::NoRows;
use crate::record::structural::events::Stretch;
use crate::record::structural::info::Info;

/// Bases of the longest allele that is spelled out; longer ones are structural variants.
const MOST_BASES: usize = 5000;

/// Alternatives in bases, with the REF that they replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelled<'c> {
    /// First base of REF, counted from 1.
    pub(crate) position: u64,
    pub(crate) reference: &'c [u8],
    /// With `,` between them.
    pub(crate) alternatives: Vec<u8>,
}

/// How many bases `D3` deletes; none for another allele.
pub(crate) fn deleted_bases(allele: &[u8]) -> Option<usize> {
    let digits = allele.strip_prefix(b"D").or(allele.strip_prefix(b"d"))?;
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

/// An indel as VCF 3 has it; none for another allele, and for long ones.
pub(crate) fn indel<'c>(
    allele: &[u8],
    position: u64,
    sequence: &'c [u8],
) -> Option<Result<Spelled<'c>, NoRows>> {
    let at = usize::try_from(position).ok()?.checked_sub(1)?;
    if let [b'I' | b'i', inserted @ ..] = allele {
        let reference = sequence.get(at..=at)?;
        return Some(Ok(Spelled { position, reference, alternatives: [reference, inserted].concat() }));
    }
    let count = deleted_bases(allele)?;
    if count > MOST_BASES {
        return None;
    }
    // A base beside what goes: the one before it, or at the start of a contig the one after it.
    let (begin, kept) = if at > 0 { (at - 1, at - 1) } else { (0, count) };
    let end = if at > 0 { at + count } else { count + 1 };
    Some(match (sequence.get(begin..end), sequence.get(kept)) {
        _ if count == 0 => Err(NoRows::Unchanged),
        (Some(reference), Some(base)) => {
            Ok(Spelled { position: begin as u64 + 1, reference, alternatives: vec![*base] })
        }
        _ => Err(NoRows::Incomplete),
    })
}

/// A `<CNV:TR>` whose stretch of the reference and units are known; none when they are not, or are long.
///
/// `repeats` says which of the alternatives are repeats, `index` which of them is meant.
pub(crate) fn repeat<'c>(
    info: &Info<'_>,
    stretch: Stretch,
    repeats: &[bool],
    index: usize,
    sequence: &'c [u8],
) -> Option<Result<Spelled<'c>, NoRows>> {
    let units = Units::of(info)?;
    let counts = unit_counts(info, repeats)?;
    let first: usize = counts.get(..index)?.iter().sum();
    let mut bases = Vec::new();
    for number in first..first + counts.get(index)? {
        bases.extend(units.spell(number)?);
        if bases.len() > MOST_BASES {
            return None;
        }
    }
    let reference = bases_of(stretch, sequence)?;
    if bases == reference {
        return Some(Err(NoRows::Unchanged));
    }
    let position = u64::try_from(stretch.first).ok()?;
    if !bases.is_empty() {
        return Some(Ok(Spelled { position, reference, alternatives: bases }));
    }
    // None is left: with the base before it, as VCF has a deletion.
    let before = Stretch { first: stretch.first - 1, last: stretch.last };
    let reference = bases_of(before, sequence)?;
    Some(Ok(Spelled { position: position - 1, reference, alternatives: vec![*reference.first()?] }))
}

/// All repeats of a record as VEP spells them: whole units only, an unknown unit as `N`.
pub(crate) fn repeats_as_vep<'c>(
    info: &Info<'_>,
    stretch: Stretch,
    repeats: usize,
    sequence: &'c [u8],
) -> Option<Result<Spelled<'c>, NoRows>> {
    let units = Units::of(info)?;
    let told = info.unit_counts.map(|counts| counts.split(',').filter(|count| *count != ".").map(whole));
    let counts: Vec<usize> = told.map_or_else(|| vec![1; repeats], Iterator::collect);
    if counts.iter().any(|count| *count > MOST_BASES) {
        return None;
    }
    let mut alternatives: Vec<Vec<u8>> = Vec::new();
    let mut number = 0;
    for count in counts {
        let mut bases = Vec::new();
        for _ in 0..count {
            bases.extend(units.spell_as_vep(number)?);
            number += 1;
            if bases.len() > MOST_BASES {
                return None;
            }
        }
        alternatives.push(bases);
    }
    // Past the end of the contig VEP has no bases, and drops the record for its length.
    let Some(reference) = bases_of(stretch, sequence) else { return Some(Err(NoRows::Incomplete)) };
    let position = u64::try_from(stretch.first).ok()?;
    Some(Ok(Spelled { position, reference, alternatives: alternatives.join(&b',') }))
}

fn bases_of(stretch: Stretch, sequence: &[u8]) -> Option<&[u8]> {
    let first = usize::try_from(stretch.first).ok()?.checked_sub(1)?;
    let last = usize::try_from(stretch.last).ok()?;
    sequence.get(first..last).filter(|bases| !bases.is_empty() && bases.len() <= MOST_BASES)
}

/// How many units each of the alternatives has; one each for repeats where `RN` is missing.
fn unit_counts(info: &Info<'_>, repeats: &[bool]) -> Option<Vec<usize>> {
    let Some(told) = info.unit_counts else {
        return Some(repeats.iter().map(|is_repeat| usize::from(*is_repeat)).collect());
    };
    let counts = told.split(',').map(|count| if count == "." { Some(0) } else { count.trim().parse().ok() });
    // A repeat needs as many bases at least; more would be no repeat that is spelled out.
    let counts: Option<Vec<usize>> = counts.collect();
    counts.filter(|counts| counts.len() == repeats.len() && counts.iter().all(|count| *count <= MOST_BASES))
}

/// The units of all repeats of a record: their bases, and how often or how long they are.
#[derive(Clone, Copy, Debug)]
struct Units<'a> {
    sequences: &'a str,
    copies: Option<&'a str>,
    bases: Option<&'a str>,
}

impl<'a> Units<'a> {
    fn of(info: &Info<'a>) -> Option<Self> {
        let sequences = info.unit_sequences?;
        let (copies, bases) = (info.unit_copies, info.unit_bases);
        (copies.is_some() || bases.is_some()).then_some(Self { sequences, copies, bases })
    }

    /// A unit as often as it is there; `RB` tells the bases, `RUC` may be no whole number.
    fn spell(&self, number: usize) -> Option<Vec<u8>> {
        let unit = self.sequences.split(',').nth(number)?.as_bytes();
        if unit.is_empty() || !unit.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        let told = |list: Option<&'a str>| list?.split(',').nth(number)?.trim().parse::<f64>().ok();
        let copies = |count: f64| (count * f64::from(u32::try_from(unit.len()).ok()?)).into();
        let length: Option<f64> = told(self.bases).or_else(|| told(self.copies).and_then(copies));
        let length = length.filter(|length| (0.0..=5000.0).contains(length))?;
        Some(unit.iter().copied().cycle().take(rounded(length)).collect())
    }

    fn spell_as_vep(&self, number: usize) -> Option<Vec<u8>> {
        let unit = self.sequences.split(',').nth(number).filter(|unit| *unit != ".").unwrap_or("N");
        let told = |list: &str| list.split(',').nth(number).map_or(0, whole);
        let copies = match (self.copies, self.bases) {
            (Some(copies), _) => told(copies),
            (None, bases) => bases.map_or(0, told) / unit.len().max(1),
        };
        (unit.len().saturating_mul(copies) <= MOST_BASES).then(|| unit.repeat(copies).into_bytes())
    }
}

/// A number without what is behind its point; 0 for what is none.
fn whole(text: &str) -> usize {
    let text = text.trim();
    text.split('.').next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// A small number of bases.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 5,000")]
fn rounded(length: f64) -> usize {
    length.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const SEQUENCE: &[u8] = b"ACGTACGTAC";

    fn told(spelled: Option<Result<Spelled<'_>, NoRows>>) -> String {
        match spelled {
            None => "not spelled".to_owned(),
            Some(Err(reason)) => reason.name().to_owned(),
            Some(Ok(spelled)) => format!(
                "{} {} {}",
                spelled.position,
                String::from_utf8_lossy(spelled.reference),
                String::from_utf8_lossy(&spelled.alternatives)
            ),
        }
    }

    #[rstest]
    #[case("D3", 2, "1 ACGT A")]
    #[case("D3", 1, "1 ACGT T")]
    #[case("D2", 9, "8 TAC T")]
    #[case("D3", 9, "structural_incomplete")]
    #[case("D10", 1, "structural_incomplete")]
    #[case("D0", 2, "unchanged")]
    #[case("D99999", 2, "not spelled")]
    #[case("D99999999999999999999999", 2, "not spelled")]
    #[case("IGG", 2, "2 C CGG")]
    #[case("iGG", 10, "10 C CGG")]
    #[case("IGG", 11, "not spelled")]
    #[case("D3", 0, "not spelled")]
    #[case("<DEL>", 2, "not spelled")]
    fn indels_of_vcf_3(#[case] allele: &str, #[case] position: u64, #[case] expected: &str) {
        assert_eq!(told(indel(allele.as_bytes(), position, SEQUENCE)), expected);
    }

    /// The stretch is `GTAC` at 3 to 6.
    #[rstest]
    #[case::copies("RUS=CA;RUC=3", "3 GTAC CACACA")]
    #[case::bases("RUS=CA;RB=5", "3 GTAC CACAC")]
    #[case::bases_are_exacter("RUS=CA;RUC=2.5;RB=5", "3 GTAC CACAC")]
    #[case::part_of_a_unit("RUS=CAG;RUC=1.67", "3 GTAC CAGCA")]
    #[case::two_units("RN=2;RUS=CA,T;RUC=2,1", "3 GTAC CACAT")]
    #[case::as_the_reference("RUS=GTAC;RUC=1", "unchanged")]
    #[case::none_left("RUS=GTAC;RUC=0", "2 CGTAC C")]
    #[case::unknown_unit("RUS=.;RUC=3", "not spelled")]
    #[case::unknown_count("RUS=CA;RUC=.", "not spelled")]
    #[case::nothing_told(".", "not spelled")]
    #[case::too_few("RN=2;RUS=CA;RUC=2", "not spelled")]
    #[case::long("RUS=CA;RUC=99999", "not spelled")]
    #[case::hostile("RN=4000000000;RUS=CA;RUC=1", "not spelled")]
    #[case::not_a_number("RUS=CA;RUC=NaN", "not spelled")]
    #[case::negative("RUS=CA;RB=-4", "not spelled")]
    fn repeats(#[case] info: &str, #[case] expected: &str) {
        let stretch = Stretch { first: 3, last: 6 };
        let info = Info::read(info.as_bytes());
        assert_eq!(told(repeat(&info, stretch, &[true], 0, SEQUENCE)), expected);
    }

    #[test]
    fn each_repeat_has_its_own_units() {
        let info = Info::read(b"RN=1,2,.;RUS=CA,T,GG;RUC=1,2,1");
        let stretch = Stretch { first: 3, last: 4 };
        let each = [0, 1, 2].map(|index| told(repeat(&info, stretch, &[true, true, false], index, SEQUENCE)));
        assert_eq!(each, ["3 GT CA", "3 GT TTGG", "2 CGT C"]);
    }

    /// `Parser_VCF.t` has such records.
    #[rstest]
    #[case("RUS=CA,T;RUC=2,3", 2, "3 GTAC CACA,TTT")]
    #[case("RN=2,1;RUS=CA,T,.;RB=5,3,2", 2, "3 GTAC CACATTT,NN")]
    #[case("RUS=CA;RUC=2.9", 1, "3 GTAC CACA")]
    #[case("RUS=CA", 1, "not spelled")]
    #[case("RUS=CA;RUC=99999", 1, "not spelled")]
    #[case("RN=999999999;RUS=CA;RUC=9", 1, "not spelled")]
    fn repeats_of_vep(#[case] info: &str, #[case] count: usize, #[case] expected: &str) {
        let info = Info::read(info.as_bytes());
        let spelled = told(repeats_as_vep(&info, Stretch { first: 3, last: 6 }, count, SEQUENCE));
        assert_eq!(spelled, expected);
        let past_the_end = Stretch { first: 9, last: 12 };
        let there = told(repeats_as_vep(&info, past_the_end, count, SEQUENCE));
        assert_eq!(there, if expected == "not spelled" { expected } else { "structural_incomplete" });
    }
}
