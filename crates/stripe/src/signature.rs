//! Whether a notice comes from Stripe: the header `Stripe-Signature`.
//!
//! The header is `t=<epoch seconds>,v1=<hex>[,v1=<hex>…]`, with schemes that we do not know beside `v1`. A signature is
//! HMAC-SHA256, keyed by the endpoint's secret, over the time as it stands there, a dot, and the body, byte for byte.
//! While a secret is being replaced Stripe signs with both, so one good signature of several is enough.

use gas_service::{notation::hexadecimal, ports::RefusedNotice};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// How far the time of a signature may be from ours, in seconds, as in Stripe's own libraries.
const TOLERANCE: i64 = 300;
/// More signatures are not looked at.
const SIGNATURES: usize = 8;

/// Checks the header against the body.
pub(crate) fn verify(
    header: Option<&str>,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), RefusedNotice> {
    let header = header.ok_or(RefusedNotice::Signature("the header `Stripe-Signature` is missing"))?;
    let (time, signatures) = read(header)?;
    // The signature first: whoever cannot sign learns nothing of our clock.
    let good = |signature: &Vec<u8>| secrets.iter().any(|secret| matches(secret, time, body, signature));
    if !signatures.iter().any(good) {
        return Err(RefusedNotice::Signature("no signature of it is by the configured secret"));
    }
    let signed: i64 = time.parse().map_err(|_| RefusedNotice::Signature("its time is no number"))?;
    if now.as_second().abs_diff(signed) > TOLERANCE.unsigned_abs() {
        return Err(RefusedNotice::Signature("it was signed more than five minutes from now"));
    }
    Ok(())
}

/// The time, as it stands there, and the signatures of the scheme that we know.
fn read(header: &str) -> Result<(&str, Vec<Vec<u8>>), RefusedNotice> {
    let mut time = None;
    let mut signatures = Vec::new();
    for (name, value) in header.split(',').filter_map(|part| part.trim().split_once('=')) {
        match name {
            "t" => time = time.or(Some(value)),
            "v1" if signatures.len() < SIGNATURES => signatures.extend(bytes(value)),
            _ => {}
        }
    }
    let time = time.ok_or(RefusedNotice::Signature("its header has no time"))?;
    if signatures.is_empty() {
        return Err(RefusedNotice::Signature("its header has no signature of the scheme `v1`"));
    }
    Ok((time, signatures))
}

/// A digest in hexadecimal; none for what is no such.
fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..64).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Compares in constant time.
fn matches(secret: &SecretString, time: &str, body: &[u8], signature: &[u8]) -> bool {
    digest(secret, time, body).is_some_and(|digest| digest.verify_slice(signature).is_ok())
}

fn digest(secret: &SecretString, time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let secret = secret.expose_secret().trim();
    if secret.is_empty() {
        return None;
    }
    let mut digest = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    digest.update(time.as_bytes());
    digest.update(b".");
    digest.update(body);
    Some(digest)
}

/// A header as Stripe would send it; for tests, and for whoever replays notices.
pub fn sign(secret: &SecretString, body: &[u8], at: Timestamp) -> String {
    let time = at.as_second().to_string();
    let digest = digest(secret, &time, body).map(|digest| digest.finalize().into_bytes());
    format!("t={time},v1={}", hexadecimal(&digest.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn now() -> Timestamp {
        "2026-11-26T12:00:00Z".parse().unwrap()
    }

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    fn by(secret_text: &str, at: Timestamp) -> String {
        sign(&secret(secret_text), BODY, at)
    }

    fn digest_of(header: &str) -> &str {
        header.split_once("v1=").unwrap().1
    }

    fn judged(header: Option<&str>) -> Result<(), RefusedNotice> {
        verify(header, BODY, &[secret("whsec_new"), secret("whsec_old")], now())
    }

    /// The scheme as Stripe documents it, computed by another program (`openssl dgst -sha256 -hmac`).
    #[test]
    fn the_scheme_is_stripes() {
        let at = Timestamp::from_second(1_492_774_577).unwrap();
        let header = sign(&secret("whsec_test_secret"), b"{\"id\":\"evt_test\"}", at);
        assert_eq!(
            header,
            "t=1492774577,v1=22f7d74836ddad3284a2b80853dd2fe731655c1bfddcff3c3666a500cf3abd80"
        );
    }

    #[rstest]
    #[case::ours("whsec_new", 0, true)]
    #[case::the_secret_before("whsec_old", 0, true)]
    #[case::another_secret("whsec_other", 0, false)]
    #[case::no_secret("", 0, false)]
    #[case::almost_too_old("whsec_new", -300, true)]
    #[case::too_old("whsec_new", -301, false)]
    #[case::a_little_ahead("whsec_new", 300, true)]
    #[case::from_the_future("whsec_new", 301, false)]
    fn secret_and_time_decide(#[case] secret: &str, #[case] seconds: i64, #[case] good: bool) {
        let at = Timestamp::from_second(now().as_second() + seconds).unwrap();
        assert_eq!(judged(Some(&by(secret, at))).is_ok(), good);
    }

    #[test]
    fn what_was_changed_on_its_way_is_refused() {
        let header = by("whsec_new", now());
        let judged = |body: &[u8]| verify(Some(&header), body, &[secret("whsec_new")], now());
        assert!(judged(BODY).is_ok());
        assert!(judged(br#"{"id":"evt_2"}"#).is_err());
        assert!(judged(b"").is_err());
        let later = header.replace(&now().as_second().to_string(), &(now().as_second() + 1).to_string());
        assert!(super::tests::judged(Some(&later)).is_err(), "the time is signed, too");
    }

    #[rstest]
    #[case::two_the_second_good("t={t},v1={bad},v1={good}", true)]
    #[case::two_the_first_good("t={t},v1={good},v1={bad}", true)]
    #[case::with_other_schemes("t={t},v0={bad},v1={good},v2={bad}", true)]
    #[case::with_spaces("t={t}, v1={good}", true)]
    #[case::the_time_last("v1={good},t={t}", true)]
    #[case::only_another_scheme("t={t},v0={good}", false)]
    #[case::no_time("v1={good}", false)]
    #[case::two_times("t={t}0,t={t},v1={good}", false)]
    #[case::no_signature("t={t}", false)]
    #[case::cut_short("t={t},v1=00ff", false)]
    #[case::no_digits("t={t},v1=zz{bad}", false)]
    #[case::empty("", false)]
    #[case::other_letters("t={t},v1=🧬", false)]
    fn headers_are_read_as_stripe_writes_them(#[case] header: &str, #[case] good: bool) {
        let signed = by("whsec_new", now());
        let header = header
            .replace("{t}", &now().as_second().to_string())
            .replace("{good}", digest_of(&signed))
            .replace("{bad}", &"0".repeat(64));
        assert_eq!(judged(Some(&header)).is_ok(), good, "{header}");
    }

    #[test]
    fn of_many_signatures_not_all_are_tried() {
        let signed = by("whsec_new", now());
        let bad = format!("v1={},", "0".repeat(64));
        let header = |before: usize| {
            format!("t={},{}v1={}", now().as_second(), bad.repeat(before), digest_of(&signed))
        };
        assert!(judged(Some(&header(SIGNATURES - 1))).is_ok());
        assert!(judged(Some(&header(SIGNATURES))).is_err());
    }

    #[test]
    fn without_a_header_or_a_secret_nothing_is_taken() {
        assert!(judged(None).is_err());
        let header = by("whsec_new", now());
        assert!(verify(Some(&header), BODY, &[], now()).is_err());
        assert!(verify(Some(&header), BODY, &[secret(" ")], now() + Duration::from_secs(1)).is_err());
    }

    proptest! {
        #[test]
        fn no_header_brings_it_down(header in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(verify(Some(&header), &body, &[secret("whsec_new")], now()).is_err());
        }
    }
}
