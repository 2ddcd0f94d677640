//! Where Ensembl VEP places a record, and how it writes its alleles: `Location`, `allele_string`.
//!
//! Source: Ensembl VEP `Parser/VCF.pm`; `OutputFactory.pm`, `VariationFeature_to_output_hash`; `Utils.pm`, `format_coords`.

use crate::consequence::edit::Edits;
use crate::output::csq::append_number;
use crate::record::structural::events::{Event, Parts, Stretch, is_structural_to_vep};
use crate::record::structural::info::Info;
use crate::variant::Alternative;
use crate::vcf::line::Line;

/// A record's place and alleles; holds its memory from record to record.
#[derive(Debug, Default)]
pub(crate) struct VepPlace {
    edits: Edits,
    /// First base, counted from 1; for an insertion the base after it.
    pub(crate) start: i64,
    /// Last base; for an insertion `start - 1`.
    pub(crate) end: i64,
    alleles: Vec<u8>,
}

impl VepPlace {
    /// The alleles, REF first, with `/` between them.
    pub(crate) fn alleles(&self) -> &[u8] {
        &self.alleles
    }

    pub(crate) fn set(&mut self, line: &Line<'_>) {
        let (reference, alternatives) = (line.reference_allele(), line.alternatives());
        let position = line.position().ok().and_then(|position| i64::try_from(position).ok()).unwrap_or(0);
        self.alleles.clear();
        if let ([from], [to]) = (reference, alternatives)
            && Alternative::of(alternatives) == Alternative::Bases
        {
            (self.start, self.end) = (position, position);
            self.alleles.extend([from.to_ascii_uppercase(), b'/', to.to_ascii_uppercase()]);
        } else if is_structural_to_vep(reference, alternatives, line.info()) {
            self.set_structural(line, position);
        } else {
            self.edits.set(position.unsigned_abs(), reference, alternatives);
            (self.start, self.end) = self.edits.shared_place();
            self.edits.append_alleles(&mut self.alleles);
        }
    }

    fn set_structural(&mut self, line: &Line<'_>, position: i64) {
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let info = Info::read(line.info());
        let parts = Parts { position, reference: text(line.reference_allele()), info, longest: i64::MAX };
        let length = i64::try_from(parts.reference.len()).unwrap_or(1);
        let whole = Stretch { first: position, last: position + length - 1 };
        // What VEP cannot place stands where the record does.
        let stretch = Event::as_vep(&parts, text(line.alternatives())).map_or(whole, |event| event.stretch);
        (self.start, self.end) = (stretch.first, stretch.last);
        let is_breakend = memchr::memchr2(b'[', b']', line.alternatives()).is_some();
        if is_breakend {
            self.alleles.extend_from_slice(line.reference_allele());
            self.alleles.push(b'/');
        }
        let alternatives = line.alternatives().iter();
        self.alleles.extend(alternatives.map(|byte| if *byte == b',' { b'/' } else { *byte }));
    }

    /// Appends `12`, or `12-14` with the smaller number first.
    pub(crate) fn append_stretch(&self, text: &mut Vec<u8>) {
        append_number(text, self.start.min(self.end));
        if self.start != self.end {
            text.push(b'-');
            append_number(text, self.start.max(self.end));
        }
    }

    /// Appends the name that a variant has: its first ID, or one made of place and alleles.
    pub(crate) fn append_name(&self, line: &Line<'_>, text: &mut Vec<u8>) {
        let first = line.id().split(|byte| *byte == b';').next().unwrap_or_default();
        if !matches!(first, b"" | b".") {
            text.extend_from_slice(first);
            return;
        }
        text.extend_from_slice(line.contig());
        text.push(b'_');
        append_number(text, self.start);
        text.push(b'_');
        text.extend_from_slice(&self.alleles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::snv(".", "a", "G", ".", "1_10_A/G 10")]
    #[case::named("rs1;rs2", "A", "G", ".", "rs1 10")]
    #[case::insertion(".", "A", "AT", ".", "1_11_-/T 10-11")]
    #[case::deletion(".", "CAG", "C", ".", "1_11_AG/- 11-12")]
    #[case::several(".", "GA", "G,GGG", ".", "1_11_A/-/GG 11")]
    #[case::star(".", "A", "G,*", ".", "1_10_A/G/* 10")]
    #[case::none(".", "A", ".", ".", "1_10_A/. 10")]
    #[case::symbolic(".", "A", "<DEL>", "SVTYPE=DEL;END=20", "1_11_<DEL> 11-20")]
    #[case::without_an_end(".", "A", "<DEL>", ".", "1_10_<DEL> 10")]
    #[case::breakend(".", "A", "A[2:5[", ".", "1_11_A/A[2:5[ 11")]
    fn places(
        #[case] id: &str,
        #[case] reference: &str,
        #[case] alternatives: &str,
        #[case] info: &str,
        #[case] expected: &str,
    ) {
        let text = format!("1\t10\t{id}\t{reference}\t{alternatives}\t.\t.\t{info}");
        let line = Line::split(text.as_bytes()).unwrap();
        let mut place = VepPlace::default();
        place.set(&line);
        let mut found = Vec::new();
        place.append_name(&line, &mut found);
        found.push(b' ');
        place.append_stretch(&mut found);
        assert_eq!(String::from_utf8(found).unwrap(), expected);
    }
}
