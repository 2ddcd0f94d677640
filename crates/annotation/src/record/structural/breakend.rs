//! Breakends: `G]17:198982]` and its like (VCF 4.3, 5.4).

/// The other end of a breakend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mate<'a> {
    pub(crate) contig: &'a str,
    pub(crate) position: i64,
    /// `[`: what is joined lies right of the mate's position; else left of it.
    pub(crate) joins_right: bool,
}

/// What an ALT with brackets says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Breakend<'a> {
    pub(crate) mate: Mate<'a>,
    /// The bracket comes first: what is left of POS is cut off, else what is right of it.
    pub(crate) cuts_left: bool,
}

impl<'a> Breakend<'a> {
    /// Reads an ALT; none if it names no other end.
    pub(crate) fn read(alternative: &'a str) -> Option<Self> {
        let first = alternative.find(['[', ']'])?;
        let bracket = alternative[first..].chars().next()?;
        let inside = &alternative[first + 1..];
        let inside = &inside[..inside.find(['[', ']'])?];
        let (contig, position) = inside.rsplit_once(':')?;
        let position =
            position.trim().parse().ok().filter(|position: &i64| (0..1 << 60).contains(position))?;
        let mate = Mate { contig: contig.trim(), position, joins_right: bracket == '[' };
        (!mate.contig.is_empty()).then_some(Self { mate, cuts_left: first == 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("G]17:198982]", "17", 198_982, false, false)]
    #[case("]13:123456]T", "13", 123_456, false, true)]
    #[case("C[2:321682[", "2", 321_682, true, false)]
    #[case("[17:198983[A", "17", 198_983, true, true)]
    #[case("C[HLA-A*01:01:7[", "HLA-A*01:01", 7, true, false)]
    fn the_four_forms(
        #[case] alternative: &str,
        #[case] contig: &str,
        #[case] position: i64,
        #[case] joins_right: bool,
        #[case] cuts_left: bool,
    ) {
        let mate = Mate { contig, position, joins_right };
        assert_eq!(Breakend::read(alternative), Some(Breakend { mate, cuts_left }));
    }

    #[rstest]
    #[case("A.")]
    #[case("<BND>")]
    #[case("G]17:198982")]
    #[case("G]17]")]
    #[case("G]:5]")]
    #[case("G]17:-5]")]
    #[case("]")]
    #[case("\u{e9}[\u{e9}:\u{e9}[")]
    fn others_name_no_mate(#[case] alternative: &str) {
        assert_eq!(Breakend::read(alternative), None);
    }
}
