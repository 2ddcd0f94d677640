//! What a structural variant is, by the words of ALT and INFO's `SVTYPE`.
//!
//! Source: Ensembl VEP `Parser.pm`, `get_SO_term`; Ensembl Variation `Utils/Config.pm`, `%SO_TERMS` (release 115).

/// A class of structural variants, named as the Sequence Ontology names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Insertion,
    MobileElementInsertion,
    AluInsertion,
    HervInsertion,
    Line1Insertion,
    SvaInsertion,
    Deletion,
    MobileElementDeletion,
    AluDeletion,
    HervDeletion,
    Line1Deletion,
    SvaDeletion,
    TandemRepeat,
    TandemDuplication,
    Duplication,
    CopyNumberVariation,
    Inversion,
    Breakpoint,
}

impl Class {
    /// The class of an ALT, or of a `SVTYPE`; none for words that VEP does not know either.
    pub(crate) fn of(words: &str) -> Option<Self> {
        let upper = words.to_ascii_uppercase();
        if let Some(class) = mobile_element(&upper) {
            return Some(class);
        }
        if upper.contains("DUP:TANDEM") {
            return Some(Self::TandemDuplication);
        }
        if upper.contains("CNV:TR") {
            return Some(Self::TandemRepeat);
        }
        if let Some(class) = copy_number(&upper) {
            return Some(class);
        }
        if upper.contains("CNV") {
            return Some(Self::CopyNumberVariation);
        }
        if words.contains(['[', ']']) || words.starts_with('.') || words.ends_with('.') {
            return Some(Self::Breakpoint);
        }
        let is_symbol = words.starts_with('<') || words.ends_with('>');
        let bare = words.replace(['<', '>'], "");
        let name = if is_symbol { bare.split(':').next().unwrap_or_default() } else { words };
        Some(match name {
            "INS" => Self::Insertion,
            "DEL" => Self::Deletion,
            "DUP" => Self::Duplication,
            "INV" => Self::Inversion,
            "BND" => Self::Breakpoint,
            _ => return None,
        })
    }

    /// Its name, which VEP shows in the field `Allele`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Insertion => "insertion",
            Self::MobileElementInsertion => "mobile_element_insertion",
            Self::AluInsertion => "Alu_insertion",
            Self::HervInsertion => "HERV_insertion",
            Self::Line1Insertion => "LINE1_insertion",
            Self::SvaInsertion => "SVA_insertion",
            Self::Deletion => "deletion",
            Self::MobileElementDeletion => "mobile_element_deletion",
            Self::AluDeletion => "Alu_deletion",
            Self::HervDeletion => "HERV_deletion",
            Self::Line1Deletion => "LINE1_deletion",
            Self::SvaDeletion => "SVA_deletion",
            Self::TandemRepeat => "tandem_repeat",
            Self::TandemDuplication => "tandem_duplication",
            Self::Duplication => "duplication",
            Self::CopyNumberVariation => "copy_number_variation",
            Self::Inversion => "inversion",
            Self::Breakpoint => "chromosome_breakpoint",
        }
    }

    /// Whether sequence goes.
    pub(crate) fn loses(self) -> bool {
        self.name().ends_with("deletion")
    }

    /// Whether sequence comes.
    pub(crate) fn gains(self) -> bool {
        self.is_insertion() || self.copies()
    }

    /// Whether sequence comes that is not there yet.
    pub(crate) fn is_insertion(self) -> bool {
        self.name().ends_with("insertion")
    }

    /// Whether sequence comes once more.
    pub(crate) fn copies(self) -> bool {
        matches!(self, Self::Duplication | Self::TandemDuplication | Self::TandemRepeat)
    }
}

/// `INS:ME:ALU` and its like. An element that is not known is a mobile element still.
fn mobile_element(upper: &str) -> Option<Class> {
    let inserts = upper.find("INS:ME");
    let deletes = upper.find("DEL:ME");
    let (at, is_insertion) = match (inserts, deletes) {
        (Some(at), other) if other.is_none_or(|other| at < other) => (at, true),
        (_, Some(at)) => (at, false),
        _ => return None,
    };
    let rest = &upper[at + "INS:ME".len()..];
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(rest.len());
    Some(match (&rest[..end], is_insertion) {
        ("ALU", true) => Class::AluInsertion,
        ("ALU", false) => Class::AluDeletion,
        ("HERV", true) => Class::HervInsertion,
        ("HERV", false) => Class::HervDeletion,
        ("L1" | "LINE1", true) => Class::Line1Insertion,
        ("L1" | "LINE1", false) => Class::Line1Deletion,
        ("SVA", true) => Class::SvaInsertion,
        ("SVA", false) => Class::SvaDeletion,
        (_, true) => Class::MobileElementInsertion,
        (_, false) => Class::MobileElementDeletion,
    })
}

/// `CN0` is a deletion and `CN2` a duplication, of one copy where one is normal; `CN` and other numbers say only that
/// the number varies.
fn copy_number(upper: &str) -> Option<Class> {
    let is_count = |at: usize| {
        let rest = &upper[at + 2..];
        rest.strip_prefix('=').unwrap_or(rest).starts_with(|letter: char| letter.is_ascii_digit())
    };
    if !upper.match_indices("CN").any(|(at, _)| is_count(at)) {
        return None;
    }
    let bare = upper.strip_prefix('<').unwrap_or(upper);
    Some(match bare.strip_suffix('>').unwrap_or(bare) {
        "CN0" | "CN=0" => Class::Deletion,
        "CN2" | "CN=2" => Class::Duplication,
        _ => Class::CopyNumberVariation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("<DEL>", "deletion")]
    #[case("<DUP>", "duplication")]
    #[case("<DUP:TANDEM>", "tandem_duplication")]
    #[case("<INS>", "insertion")]
    #[case("<INS:NOVEL>", "insertion")]
    #[case("<INS:ME:ALU>", "Alu_insertion")]
    #[case("<INS:ME>", "mobile_element_insertion")]
    #[case("<DEL:ME>", "mobile_element_deletion")]
    #[case("<DEL:ME:L1>", "LINE1_deletion")]
    #[case("<DEL:ME:OTHER>", "mobile_element_deletion")]
    #[case("<INV>", "inversion")]
    #[case("<CNV>", "copy_number_variation")]
    #[case("<CNV:TR>", "tandem_repeat")]
    #[case("<CN0>", "deletion")]
    #[case("<CN=0>", "deletion")]
    #[case("<CN2>", "duplication")]
    #[case("<CN3>", "copy_number_variation")]
    #[case("<CN0>/<CN2>", "copy_number_variation")]
    #[case("<CNV>/<CNV>", "copy_number_variation")]
    #[case("<BND>", "chromosome_breakpoint")]
    #[case("G]17:198982]", "chromosome_breakpoint")]
    #[case(".A", "chromosome_breakpoint")]
    #[case("A.", "chromosome_breakpoint")]
    #[case("INV", "inversion")]
    fn classes_known_to_vep(#[case] words: &str, #[case] expected: &str) {
        assert_eq!(Class::of(words).map(Class::name), Some(expected));
    }

    #[rstest]
    #[case("<CPX>")]
    #[case("TRA")]
    #[case("<DEL>/<DUP>")]
    #[case("G/<NON_REF>")]
    #[case("<del>")]
    #[case("<\u{e9}>")]
    fn others_have_none(#[case] words: &str) {
        assert_eq!(Class::of(words), None);
    }

    #[test]
    fn what_comes_and_goes() {
        assert!(Class::AluDeletion.loses() && !Class::AluDeletion.gains());
        assert!(Class::AluInsertion.gains() && !Class::AluInsertion.copies());
        assert!(Class::TandemRepeat.gains() && Class::TandemRepeat.copies());
        assert!(!Class::Inversion.loses() && !Class::Inversion.gains());
        assert!(!Class::Breakpoint.loses() && !Class::CopyNumberVariation.gains());
    }
}
