//! One INFO field of a source of known alleles: which of its values belongs to which allele.

use std::fmt;

/// How many values a field has (VCF 4.3, 1.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// One for each alternative allele.
    A,
    /// One for each allele, the reference first.
    R,
    /// A fixed number: the values belong to the record.
    Fixed,
    /// Not said. As many as alternatives: one each; else they belong to the record.
    Unknown,
}

impl Number {
    /// Reads `Number=` of a header line.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "A" => Self::A,
            "R" => Self::R,
            "." | "G" => Self::Unknown,
            _ => Self::Fixed,
        }
    }

    /// The value of alternative `index` of `count`, still as the source writes it. `None` when the
    /// source's values do not fit its own header, so that none can be given to an allele.
    pub(crate) fn pick(self, values: &str, index: usize, count: usize) -> Option<&str> {
        let given = values.split(',').count();
        match self {
            Self::A | Self::Unknown if given == count => values.split(',').nth(index),
            Self::R if given == count + 1 => values.split(',').nth(index + 1),
            Self::A | Self::R => None,
            Self::Fixed | Self::Unknown => Some(values),
        }
    }
}

/// The type of an INFO field's values (VCF 4.3, 1.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FieldType {
    /// A whole number.
    Integer,
    /// A decimal number, written as its source writes it.
    Float,
    /// Present or not: `1`, or missing.
    Flag,
    /// Text, or several numbers with `&` between them.
    String,
}

impl FieldType {
    /// Reads `Type=` of a header line.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "Integer" => Self::Integer,
            "Float" => Self::Float,
            "Flag" => Self::Flag,
            _ => Self::String,
        }
    }

    /// Whether a text is one value of this type.
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Integer => text.parse::<i64>().is_ok(),
            Self::Float => text.parse::<f64>().is_ok(),
            Self::Flag => text == "1",
            Self::String => true,
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A value as it may stand in a CSQ field: Ensembl VEP's replacements (`,` and `|` to `&`, `;` to `%3B`,
/// white space to `_`), and control characters gone. A missing value (`.`) is nothing.
pub(crate) fn escaped(value: &str) -> String {
    if value == "." {
        return String::new();
    }
    let mut escaped = String::with_capacity(value.len());
    let mut after_space = false;
    for character in value.trim().chars() {
        let space = character.is_whitespace();
        match character {
            ',' | '|' => escaped.push('&'),
            ';' => escaped.push_str("%3B"),
            _ if space && after_space => {}
            _ if space => escaped.push('_'),
            _ if character.is_control() => {}
            _ => escaped.push(character),
        }
        after_space = space;
    }
    escaped
}

/// A percentage as a fraction; what is no number stays as it is.
pub(crate) fn fraction(percentage: &str) -> String {
    match percentage.parse::<f64>() {
        Ok(number) if number.is_finite() => {
            let text = format!("{:.8}", number / 100.0);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => percentage.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Number::A, "0.1,0.2", 1, 2, Some("0.2"))]
    #[case(Number::A, "0.1", 1, 2, None)]
    #[case(Number::R, "0.7,0.1,0.2", 0, 2, Some("0.1"))]
    #[case(Number::Fixed, "x", 1, 2, Some("x"))]
    #[case(Number::Unknown, "LHON,DEAF", 1, 2, Some("DEAF"))]
    #[case(Number::Unknown, "1,2,3", 1, 2, Some("1,2,3"))]
    fn picking(
        #[case] number: Number,
        #[case] values: &str,
        #[case] index: usize,
        #[case] count: usize,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(number.pick(values, index, count), expected);
    }

    #[rstest]
    #[case("Leigh Syndrome; MELAS, other|more", "Leigh_Syndrome%3B_MELAS&_other&more")]
    #[case(".", "")]
    #[case("a\tb\u{1}", "a_b")]
    #[case("Cfrm [LP]", "Cfrm_[LP]")]
    fn escaping(#[case] value: &str, #[case] expected: &str) {
        assert_eq!(escaped(value), expected);
    }

    #[rstest]
    #[case("0.1212", "0.001212")]
    #[case("39.9560", "0.39956")]
    #[case("0.0000", "0")]
    #[case("100", "1")]
    #[case("n/a", "n/a")]
    fn fractions(#[case] percentage: &str, #[case] expected: &str) {
        assert_eq!(fraction(percentage), expected);
    }
}
