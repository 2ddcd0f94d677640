//! Addresses at which browsers get objects: GET requests that are signed beforehand.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use gas_service::{
    job::StoredFile,
    notation::Disposition,
    ports::{ObjectStoreError, WhileDoing as _},
};

use super::S3ObjectStore;

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
            .response_content_disposition(Disposition::Attachment.of_file(name))
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.annot.vcf", "text/plain; charset=utf-8")]
    #[case("a.annot.VCF.GZ", "application/gzip")]
    #[case("a.bcf", "application/octet-stream")]
    fn types_by_name(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(content_type(name), expected);
    }
}
