//! Numbers and sizes, for people.

use gas_service::notation::grouped;

/// A number and its noun.
pub(crate) fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { more })
}

/// A size in bytes, in the largest unit that leaves a number of 1 or more.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return counted(bytes, "byte", "bytes");
    }
    let mut number = bytes as f64;
    let mut shown = "";
    for unit in units {
        // Not "1024 GiB", to which a little less than a TiB would be rounded.
        if number.round() < 1024.0 {
            break;
        }
        number /= 1024.0;
        shown = unit;
    }
    let tenths = (number * 10.0).round();
    let digits = usize::from(tenths < 100.0 && tenths % 10.0 > 0.5);
    format!("{number:.digits$} {shown}")
}

/// A share in percent; small ones do not vanish.
#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        share if share < 0.1 => "< 0.1 %".to_owned(),
        share if share < 10.0 => format!("{share:.1} %"),
        share => format!("{share:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1, "1 byte")]
    #[case(1023, "1,023 bytes")]
    #[case(1024, "1 KiB")]
    #[case(33_102, "32 KiB")]
    #[case(150 * 1024, "150 KiB")]
    #[case(50 << 20, "50 MiB")]
    #[case((1 << 40) - 4096, "1 TiB")]
    #[case(1_600_000, "1.5 MiB")]
    fn sizes_have_fitting_units(#[case] bytes: u64, #[case] text: &str) {
        assert_eq!(size(bytes), text);
    }

    #[rstest]
    #[case(0, 10, "0 %")]
    #[case(1, 0, "0 %")]
    #[case(1, 10_000, "< 0.1 %")]
    #[case(1, 40, "2.5 %")]
    #[case(1, 2, "50 %")]
    fn shares_do_not_vanish(#[case] part: u64, #[case] whole: u64, #[case] text: &str) {
        assert_eq!(percent(part, whole), text);
    }
}
