//! The price in words.

use crate::objects::{Price, Recurring};

/// Such as `9.00 EUR a month`; none for prices that are not one amount.
pub(crate) fn in_words(price: &Price) -> Option<String> {
    let (amount, recurring) = (price.unit_amount?, price.recurring.as_ref()?);
    let currency = price.currency.to_ascii_uppercase();
    Some(format!("{} {currency} {}", amount_in(&currency, amount), period(recurring)))
}

/// Stripe counts in the smallest unit of a currency, which is mostly a hundredth.
fn amount_in(currency: &str, amount: i64) -> String {
    let decimals = match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2_usize,
    };
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let sign = if amount < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

fn period(recurring: &Recurring) -> String {
    match recurring.interval_count {
        1 => format!("a {}", recurring.interval),
        count => format!("every {count} {}s", recurring.interval),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(900, "eur", "month", 1, "9.00 EUR a month")]
    #[case(5, "usd", "year", 1, "0.05 USD a year")]
    #[case(1200, "jpy", "month", 3, "1200 JPY every 3 months")]
    #[case(1500, "kwd", "week", 1, "1.500 KWD a week")]
    fn prices_are_told_in_words(
        #[case] amount: i64,
        #[case] currency: &str,
        #[case] interval: &str,
        #[case] count: u32,
        #[case] words: &str,
    ) {
        let recurring = json!({"interval": interval, "interval_count": count, "usage_type": "licensed"});
        let price = json!({"currency": currency, "unit_amount": amount, "recurring": recurring});
        assert_eq!(in_words(&serde_json::from_value(price).unwrap()).as_deref(), Some(words));
    }

    #[test]
    fn what_is_paid_once_or_by_tiers_has_no_words() {
        for price in [
            json!({"currency": "eur", "unit_amount": 900, "recurring": null}),
            json!({"currency": "eur", "unit_amount": null, "recurring": {"interval": "month", "interval_count": 1}}),
        ] {
            assert_eq!(in_words(&serde_json::from_value(price).unwrap()), None);
        }
    }
}
