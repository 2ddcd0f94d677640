//! Floats as `bcftools` writes them: six digits that count, as C's `%g`.

use std::io::Write;

/// Digits that count.
const DIGITS: usize = 6;

/// Appends a float.
pub(crate) fn append_float(value: f32, out: &mut Vec<u8>) {
    let value = f64::from(value);
    if value.is_sign_negative() && !value.is_nan() {
        out.push(b'-');
    }
    let size = value.abs();
    if size == 0.0 {
        out.push(b'0');
    } else if (0.0001..=999_999.0).contains(&size) {
        append_plain(size, out);
    } else if size.is_finite() {
        append_scientific(size, out);
    } else {
        out.extend_from_slice(if size.is_nan() { b"nan" } else { b"inf" });
    }
}

/// htslib counts in units of 1e-10, cuts what is smaller off, and rounds halves up; `%g` would round them to even.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number below 1e16, whose fraction is meant to be cut off"
)]
fn append_plain(size: f64, out: &mut Vec<u8>) {
    const UNITS: u64 = 10_000_000_000;
    let units = (size * 1e10) as u64;
    let mut step = 10_u64;
    let mut bound = 0.001;
    // Never beyond six digits before the point: those of 100,000 and more are rounded to whole numbers.
    while size >= bound && step < UNITS {
        step *= 10;
        bound *= 10.0;
    }
    let rounded = (units + step / 2) / step * step;
    let start = out.len();
    let _ = write!(out, "{}.{:010}", rounded / UNITS, rounded % UNITS);
    let end = out[start..].iter().rposition(|byte| *byte != b'0').unwrap_or(0);
    out.truncate(start + end + usize::from(out[start + end] != b'.'));
}

fn append_scientific(size: f64, out: &mut Vec<u8>) {
    let text = format!("{size:.*e}", DIGITS - 1);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match exponent {
        // Rounded to six digits, it is a number that is written plainly after all.
        -4 => out
            .extend_from_slice(format!("0.000{}", digits.replace('.', "")).trim_end_matches('0').as_bytes()),
        5 => out.extend_from_slice(digits.replace('.', "").as_bytes()),
        _ => {
            out.extend_from_slice(digits.trim_end_matches('0').trim_end_matches('.').as_bytes());
            let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    // What `bcftools view` prints of a BCF made of these numbers.
    #[rstest]
    #[case(0.0, "0")]
    #[case(-0.0, "-0")]
    #[case(1.0, "1")]
    #[case(7.81, "7.81")]
    #[case(-12.5, "-12.5")]
    #[case(0.1, "0.1")]
    #[case(0.000_123_456_78, "0.000123457")]
    #[case(0.000_1, "0.0001")]
    #[case(0.000_099_999_9, "9.99999e-05")]
    #[case(9.999_996, "10")]
    #[case(1024.125, "1024.13")]
    #[case(3014.156, "3014.16")]
    #[case(123_456.7, "123457")]
    #[case(999_999.0, "999999")]
    #[case(999_999.06, "999999")]
    #[case(999_999.6, "1e+06")]
    #[case(1_000_000.0, "1e+06")]
    #[case(1.5e30, "1.5e+30")]
    #[case(f32::INFINITY, "inf")]
    #[case(f32::NAN, "nan")]
    fn floats(#[case] value: f32, #[case] expected: &str) {
        let mut out = Vec::new();
        append_float(value, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
