//! Tokens by which a form or a script shows that it comes from a page of this site.
//!
//! A page carries the token of whoever it is for: of the session, else of the visitor, who gets a cookie for that. Other
//! sites can make a browser send the cookie, but cannot read the page. Nothing is stored: the token is a digest of the
//! cookie's secret, so it changes whenever that does.
//!
//! Templates write [`field`] as the first thing in every form that posts; scripts send the header [`HEADER`] with what
//! the page's `<meta name="csrf-token">` says.

pub(crate) mod body;

use axum::http::HeaderName;
use gas_service::{account::Secret, notation::hexadecimal};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The hidden field of forms.
pub(crate) const FIELD: &str = "csrf_token";
/// The header of scripts.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Bytes of a digest.
const SIZE: usize = 32;

tokio::task_local! {
    static CURRENT: CsrfToken;
}

/// The token of a session or of a visitor.
#[derive(Clone)]
pub(crate) struct CsrfToken([u8; SIZE]);

impl CsrfToken {
    /// Of whoever has this session.
    pub(crate) fn of_session(secret: &Secret) -> Self {
        Self::derived("gas csrf session", secret)
    }

    /// Of whoever has no session, but that cookie.
    pub(crate) fn of_visitor(secret: &Secret) -> Self {
        Self::derived("gas csrf visitor", secret)
    }

    fn derived(domain: &str, secret: &Secret) -> Self {
        let digest = Sha256::new().chain_update(domain).chain_update([0]).chain_update(secret.reveal());
        Self(digest.finalize().into())
    }

    /// As pages show it, different each time: what repeats in a compressed page can be guessed by its length.
    fn masked(&self) -> String {
        let mask = rand::random::<[u8; SIZE]>();
        hexadecimal(&mask) + &hexadecimal(&joined(&mask, &self.0))
    }

    /// Whether a page of the same session showed that text. How long this takes tells nothing.
    pub(crate) fn is_shown_by(&self, text: &[u8]) -> bool {
        let Some(bytes) = bytes_of(text) else { return false };
        let (mask, masked) = bytes.split_at(SIZE);
        joined(mask, masked).ct_eq(&self.0).into()
    }

    /// Has the pages that are made meanwhile carry this token.
    pub(crate) async fn scope<T>(self, made: impl Future<Output = T>) -> T {
        CURRENT.scope(self, made).await
    }

    /// The token of the request under way.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// The token as text, for the page's `<meta name="csrf-token">`. Empty outside of a request.
pub(crate) fn text() -> String {
    CsrfToken::current().map(|token| token.masked()).unwrap_or_default()
}

/// The hidden field, as HTML.
pub(crate) fn field() -> String {
    format!("<input type=\"hidden\" name=\"{FIELD}\" value=\"{}\">", text())
}

fn joined(one: &[u8], other: &[u8]) -> [u8; SIZE] {
    let mut joined = [0; SIZE];
    for (to, (one, other)) in joined.iter_mut().zip(one.iter().zip(other)) {
        *to = one ^ other;
    }
    joined
}

fn bytes_of(text: &[u8]) -> Option<[u8; 2 * SIZE]> {
    let digits = text.len() == 4 * SIZE && text.iter().all(u8::is_ascii_hexdigit);
    let text = str::from_utf8(text).ok().filter(|_| digits)?;
    let mut bytes = [0; 2 * SIZE];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn a_token_is_known_again_only_by_its_own_session() {
        let (one, other) = (Secret::generate(), Secret::generate());
        let token = CsrfToken::of_session(&one);
        let shown = token.masked();
        assert!(token.is_shown_by(shown.as_bytes()));
        assert!(CsrfToken::of_session(&one).is_shown_by(shown.as_bytes()));
        assert_ne!(token.masked(), shown, "each page shows it differently");
        assert!(!CsrfToken::of_session(&other).is_shown_by(shown.as_bytes()));
        assert!(!CsrfToken::of_visitor(&one).is_shown_by(shown.as_bytes()));
        assert!(!shown.contains(one.reveal()));
        for broken in ["", &shown[1..], &format!("{shown}0"), &"é".repeat(64), &"+1".repeat(64)] {
            assert!(!token.is_shown_by(broken.as_bytes()), "{broken}");
        }
    }

    fn templates(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let found = entries.map(|path| if path.is_dir() { templates(&path) } else { vec![path] });
        found.flatten().collect()
    }

    #[test]
    fn every_form_that_posts_begins_with_the_token() {
        let mut forms = 0;
        for path in templates(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))) {
            let text = std::fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("<form") {
                let (tag, content) = text[at..].split_once('>').unwrap();
                if tag.to_ascii_lowercase().contains("method=\"get\"") {
                    continue;
                }
                forms += 1;
                let begins = content.trim_start().starts_with("{{ crate::csrf::field()|safe }}");
                assert!(begins, "{}: `{tag}>` lacks `{{{{ crate::csrf::field()|safe }}}}`", path.display());
            }
        }
        assert!(forms > 10, "only {forms} forms were found");
    }
}
