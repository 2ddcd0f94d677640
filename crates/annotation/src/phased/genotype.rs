//! Which alleles of a record the haplotypes of the samples carry (VCF 4.3, 1.6.2: `GT` and `PS`).

/// The haplotypes that a genotype speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PhaseSet {
    /// All of the sample's: the genotype is homozygous or haploid, so its phase does not matter.
    Every,
    /// The set of all phased genotypes without a `PS`.
    Unnamed,
    /// The set of one `PS`.
    Named(u64),
}

/// An allele on a haplotype of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carrier {
    /// Number of the sample, from 0.
    pub(crate) sample: u32,
    /// Number of the haplotype in the sample's genotype, from 0.
    pub(crate) haplotype: u16,
    /// Number of the allele in ALT, from 1.
    pub(crate) allele: u16,
    pub(crate) set: PhaseSet,
}

/// Appends who carries an ALT, from the columns after INFO; returns how many heterozygous genotypes say nothing,
/// because they are not phased.
pub(crate) fn read_carriers(after_info: &[u8], carriers: &mut Vec<Carrier>) -> u64 {
    let mut columns = after_info.split(|byte| *byte == b'\t').skip(1);
    let Some(format) = columns.next() else { return 0 };
    let place = |key: &[u8]| format.split(|byte| *byte == b':').position(|found| found == key);
    let Some(genotype) = place(b"GT") else { return 0 };
    let phase_set = place(b"PS");
    let mut unphased = 0;
    for (sample, column) in (0..).zip(columns) {
        let field = |place: usize| column.split(|byte| *byte == b':').nth(place);
        let Some(text) = field(genotype) else { continue };
        // Most genotypes of most records are of the reference alone.
        if !text.iter().any(|letter| matches!(letter, b'1'..=b'9')) {
            continue;
        }
        unphased += u64::from(!read_genotype(text, phase_set.and_then(field), sample, carriers));
    }
    unphased
}

/// False when the genotype is heterozygous without phase, or half of it is missing.
fn read_genotype(text: &[u8], phase_set: Option<&[u8]>, sample: u32, carriers: &mut Vec<Carrier>) -> bool {
    // VCF 4.4 may say the phase of the first allele, too.
    let text = text.strip_prefix(b"|").or(text.strip_prefix(b"/")).unwrap_or(text);
    let alleles = || text.split(|byte| matches!(byte, b'|' | b'/')).map(number_of);
    let first = alleles().next().flatten();
    let set = if first.is_some() && alleles().all(|allele| allele == first) {
        PhaseSet::Every
    } else if text.contains(&b'/') {
        return false;
    } else {
        match phase_set {
            None | Some(b"." | b"") => PhaseSet::Unnamed,
            Some(name) => match number_of(name) {
                Some(name) => PhaseSet::Named(name),
                None => return false,
            },
        }
    };
    for (haplotype, allele) in (0..).zip(alleles()) {
        if let Some(allele) =
            allele.and_then(|allele| u16::try_from(allele).ok()).filter(|allele| *allele > 0)
        {
            carriers.push(Carrier { sample, haplotype, allele, set });
        }
    }
    true
}

fn number_of(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// `sample.haplotype=allele@set`, and the genotypes without phase.
    fn shown(format: &str, samples: &str) -> (String, u64) {
        let mut carriers = Vec::new();
        let text = format!("\t{format}\t{}", samples.replace(' ', "\t"));
        let unphased = read_carriers(text.as_bytes(), &mut carriers);
        let word = |carrier: &Carrier| {
            let set = match carrier.set {
                PhaseSet::Every => "all".to_owned(),
                PhaseSet::Unnamed => "-".to_owned(),
                PhaseSet::Named(name) => name.to_string(),
            };
            format!("{}.{}={}@{set}", carrier.sample, carrier.haplotype, carrier.allele)
        };
        (carriers.iter().map(word).collect::<Vec<_>>().join(" "), unphased)
    }

    #[rstest]
    #[case::phased("GT", "0|1 1|0 1|2", "0.1=1@- 1.0=1@- 2.0=1@- 2.1=2@-", 0)]
    #[case::homozygous("GT", "1/1 1|1", "0.0=1@all 0.1=1@all 1.0=1@all 1.1=1@all", 0)]
    #[case::haploid("GT", "1 0 .", "0.0=1@all", 0)]
    #[case::without_phase("GT", "0/1 1/2 ./1", "", 3)]
    #[case::missing("GT", "./. .|1 1|.", "1.1=1@- 2.0=1@-", 0)]
    #[case::several_copies("GT", "0|1|1 0/1|1", "0.1=1@- 0.2=1@-", 1)]
    #[case::leading_mark("GT", "|0|1 /1", "0.1=1@- 1.0=1@all", 0)]
    #[case::phase_sets(
        "GT:DP:PS",
        "0|1:9:77 0|1:9:. 1|1:9:77 0|1:9",
        "0.1=1@77 1.1=1@- 2.0=1@all 2.1=1@all 3.1=1@-",
        0
    )]
    #[case::set_without_number("GT:PS", "0|1:x", "", 1)]
    #[case::no_genotypes("DP", "10 11", "", 0)]
    #[case::rubbish("GT", "x|1 -1|1 1|99999999", "0.1=1@- 1.1=1@- 2.0=1@-", 0)]
    fn genotypes(#[case] format: &str, #[case] samples: &str, #[case] expected: &str, #[case] unphased: u64) {
        assert_eq!(shown(format, samples), (expected.to_owned(), unphased));
    }

    #[test]
    fn a_file_without_samples_has_no_carriers() {
        assert_eq!(read_carriers(b"", &mut Vec::new()), 0);
    }
}
