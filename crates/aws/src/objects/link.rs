//! Addresses at which browsers get objects: GET requests that are signed beforehand.

use std::{fmt::Write as _, time::Duration};

use aws_sdk_s3::presigning::PresigningConfig;
use gas_service::{job::StoredFile, ports::ObjectStoreError};

use super::S3ObjectStore;
use crate::failure::WhileDoing as _;

/// How long an address works. What was begun by then goes on to its end.
pub(super) const LIFE: Duration = Duration::from_mins(5);

impl S3ObjectStore {
    pub(super) async fn link(&self, file: &StoredFile, name: &str) -> Result<String, ObjectStoreError> {
        let doing = || format!("signing an address of object `{}`", file.key);
        let place = self.place(file.bucket, &file.key);
        let getting = self
            .s3
            .get_object()
            .bucket(place.bucket)
            .key(place.key)
            .response_content_disposition(disposition(name))
            .response_content_type(content_type(name))
            .response_cache_control("private, no-cache");
        let life = PresigningConfig::expires_in(self.link_life).while_doing(doing)?;
        Ok(getting.presigned(life).await.while_doing(doing)?.uri().to_owned())
    }
}

fn content_type(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    match name.rsplit_once('.').map(|(_, end)| end) {
        Some("gz" | "bgz") => "application/gzip",
        Some("vcf") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `Content-Disposition` of RFC 6266: a name for old clients, and the true one as RFC 8187 encodes it.
fn disposition(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || " .-_~+()".contains(letter);
    let fallback: String = name.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{}", percent_encoded(name, b"-._~"))
}

/// Percent-encodes all bytes but ASCII letters, digits, and those that are kept.
pub(super) fn percent_encoded(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("a\"; x=\"🧬.vcf"),
            "attachment; filename=\"a__ x___.vcf\"; filename*=UTF-8''a%22%3B%20x%3D%22%F0%9F%A7%AC.vcf"
        );
    }

    #[rstest]
    #[case("a.annot.vcf", "text/plain; charset=utf-8")]
    #[case("a.annot.VCF.GZ", "application/gzip")]
    #[case("a.bcf", "application/octet-stream")]
    fn types_by_name(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(content_type(name), expected);
    }
}
