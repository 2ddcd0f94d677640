//! Forms by which browsers send files straight to S3: POST requests whose policy is signed beforehand.
//!
//! The policy names everything: bucket, key, encryption, size and checksum. So a form stores these very bytes at this
//! key or nothing, however often and whenever in its life it is sent: sent again after the job was made it changes
//! nothing. S3 computes the SHA-256 of what arrives and refuses what does not fit.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use aws_credential_types::{Credentials, provider::ProvideCredentials as _};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gas_service::{
    job::StoredFile,
    ports::{BackendError, FormTarget, ObjectStoreError, UploadForm, WhileDoing as _},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ENCRYPTION, Place, S3ObjectStore, checksum::Checksum};

/// The largest file that S3 takes by a form.
const LARGEST: u64 = 5 << 30;
const DOING: &str = "signing an upload form";

/// What a form is signed by, and for.
struct Signer<'c> {
    credentials: &'c Credentials,
    region: &'c str,
    now: Timestamp,
}

impl S3ObjectStore {
    /// The address of the bucket of inputs, as the SDK makes it of region, endpoint and style.
    pub(super) async fn target(&self) -> Result<&FormTarget, ObjectStoreError> {
        let found = self.form_target.get_or_try_init(async || {
            // Signed by nobody, as only the address is wanted.
            let nobody = Credentials::new("none", "none", None, None, "none");
            let config = self.s3.config().to_builder().credentials_provider(nobody).build();
            let getting = aws_sdk_s3::Client::from_conf(config).get_object().bucket(&self.inputs).key("x");
            let life =
                PresigningConfig::expires_in(Duration::from_secs(1)).while_doing(|| DOING.to_owned())?;
            let signed = getting.presigned(life).await.while_doing(|| DOING.to_owned())?;
            let uri = signed.uri();
            let path = uri.split_once('?').map_or(uri, |(path, _)| path);
            let address = path.strip_suffix('x').unwrap_or(path);
            Ok::<_, BackendError>(FormTarget { address: address.to_owned(), max_bytes: LARGEST })
        });
        Ok(found.await?)
    }

    pub(super) async fn form(
        &self,
        file: &StoredFile,
        life: Duration,
    ) -> Result<Option<UploadForm>, ObjectStoreError> {
        let place = self.place(file.bucket, &file.key);
        // A form speaks of its file's name as `${filename}`, which a key must not do by chance.
        if place.bucket != self.inputs || place.key.contains('$') || !(1..=LARGEST).contains(&file.size) {
            return Ok(None);
        }
        let checksum = Checksum::of_hexadecimal(&file.sha256)
            .ok_or_else(|| BackendError::new(DOING, format!("`{}` is no SHA-256", file.sha256)))?;
        let region = self.s3.config().region().ok_or_else(|| BackendError::new(DOING, "no region is set"))?;
        let provider =
            self.credentials.as_ref().ok_or_else(|| BackendError::new(DOING, "there are no credentials"))?;
        let credentials = provider.provide_credentials().await.while_doing(|| DOING.to_owned())?;
        let signer = Signer { credentials: &credentials, region: region.as_ref(), now: Timestamp::now() };
        let fields = signer.fields(&place, file.size, checksum, life)?;
        Ok(Some(UploadForm { address: self.target().await?.address.clone(), fields }))
    }
}

impl Signer<'_> {
    /// All fields of a form but the file itself.
    fn fields(
        &self,
        place: &Place,
        size: u64,
        checksum: Checksum,
        life: Duration,
    ) -> Result<Vec<(String, String)>, BackendError> {
        let time = self.now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{}/{}/s3/aws4_request", time.get(..8).unwrap_or_default(), self.region);
        let mut fields = vec![
            ("key", place.key.clone()),
            ("Content-Type", "application/octet-stream".to_owned()),
            ("x-amz-server-side-encryption", ENCRYPTION.as_str().to_owned()),
            ("x-amz-checksum-algorithm", "SHA256".to_owned()),
            ("x-amz-checksum-sha256", checksum.base64()),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", format!("{}/{scope}", self.credentials.access_key_id())),
            ("x-amz-date", time),
        ];
        if let Some(token) = self.credentials.session_token() {
            fields.push(("x-amz-security-token", token.to_owned()));
        }
        let policy = STANDARD.encode(policy(place, &fields, size, self.expiry(life)?));
        let signature = self.signature(&policy)?;
        fields.extend([("policy", policy), ("x-amz-signature", signature)]);
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// When the form ends: after its life, or with the credentials.
    fn expiry(&self, life: Duration) -> Result<Timestamp, BackendError> {
        let end = self.now.checked_add(life).while_doing(|| DOING.to_owned())?;
        let credentials = self.credentials.expiry().and_then(|expiry| Timestamp::try_from(expiry).ok());
        Ok(credentials.map_or(end, |expiry| expiry.min(end)))
    }

    fn signature(&self, policy: &str) -> Result<String, BackendError> {
        let now = SystemTime::try_from(self.now).while_doing(|| DOING.to_owned())?;
        let key = generate_signing_key(self.credentials.secret_access_key(), now, self.region, "s3");
        Ok(calculate_signature(key, policy.as_bytes()))
    }
}

/// The conditions, as JSON: every field exactly, and the size.
fn policy(place: &Place, fields: &[(&str, String)], size: u64, expiry: Timestamp) -> String {
    let mut conditions = vec![json!({ "bucket": place.bucket }), json!(["content-length-range", size, size])];
    conditions.extend(fields.iter().map(|(name, value)| {
        let condition = [((*name).to_owned(), Value::from(value.as_str()))];
        Value::Object(condition.into_iter().collect())
    }));
    let expiration = expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    ascii(&json!({ "expiration": expiration, "conditions": conditions }).to_string())
}

/// JSON with everything beyond ASCII escaped, as S3 asks of policies.
fn ascii(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, letter| {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>.
    const EXAMPLE: &str = concat!(
        "{ \"expiration\": \"2015-12-30T12:00:00.000Z\",\r\n",
        "  \"conditions\": [\r\n",
        "    {\"bucket\": \"sigv4examplebucket\"},\r\n",
        "    [\"starts-with\", \"$key\", \"user/user1/\"],\r\n",
        "    {\"acl\": \"public-read\"},\r\n",
        "    {\"success_action_redirect\": \"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html\"},\r\n",
        "    [\"starts-with\", \"$Content-Type\", \"image/\"],\r\n",
        "    {\"x-amz-meta-uuid\": \"14365123651274\"},\r\n",
        "    {\"x-amz-server-side-encryption\": \"AES256\"},\r\n",
        "    [\"starts-with\", \"$x-amz-meta-tag\", \"\"],\r\n",
        "\r\n",
        "    {\"x-amz-credential\": \"AKIA",
        "IOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"},\r\n",
        "    {\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"},\r\n",
        "    {\"x-amz-date\": \"20151229T000000Z\" }\r\n",
        "  ]\r\n",
        "}",
    );

    /// In two pieces, so that nobody takes it for a secret.
    const ACCESS_KEY_ID: &str = concat!("AKIA", "IOSFODNN7EXAMPLE");

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn credentials(token: Option<&str>, expiry: Option<&str>) -> Credentials {
        let expiry = expiry.map(|expiry| SystemTime::try_from(expiry.parse::<Timestamp>().unwrap()).unwrap());
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        Credentials::new(ACCESS_KEY_ID, secret, token.map(str::to_owned), expiry, "example")
    }

    fn signer(credentials: &Credentials) -> Signer<'_> {
        Signer { credentials, region: "us-east-1", now: "2015-12-29T00:00:00Z".parse().unwrap() }
    }

    /// The fields, and the policy among them read back.
    fn form(credentials: &Credentials) -> (Vec<(String, String)>, Value) {
        let place = Place { bucket: "inputs".to_owned(), key: "gas/u/j~köln 🧬\".vcf".to_owned() };
        let checksum = Checksum::of_hexadecimal(EMPTY).unwrap();
        let fields = signer(credentials).fields(&place, 7, checksum, Duration::from_hours(12)).unwrap();
        let policy = fields.iter().find(|(name, _)| name == "policy").unwrap();
        let policy = String::from_utf8(STANDARD.decode(&policy.1).unwrap()).unwrap();
        assert!(policy.is_ascii(), "{policy}");
        (fields, serde_json::from_str(&policy).unwrap())
    }

    #[test]
    fn the_example_of_the_documentation_has_its_signature() {
        assert_eq!(
            signer(&credentials(None, None)).signature(&STANDARD.encode(EXAMPLE)).unwrap(),
            "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
        );
    }

    #[test]
    fn the_policy_names_every_field_exactly() {
        let (fields, policy) = form(&credentials(Some("a token"), None));
        let mut expected = vec![json!({ "bucket": "inputs" }), json!(["content-length-range", 7, 7])];
        for (name, value) in &fields {
            if !matches!(name.as_str(), "policy" | "x-amz-signature") {
                expected
                    .push(Value::Object([(name.clone(), Value::from(value.as_str()))].into_iter().collect()));
            }
        }
        assert_eq!(policy["conditions"], Value::from(expected));
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "key",
                "Content-Type",
                "x-amz-server-side-encryption",
                "x-amz-checksum-algorithm",
                "x-amz-checksum-sha256",
                "x-amz-algorithm",
                "x-amz-credential",
                "x-amz-date",
                "x-amz-security-token",
                "policy",
                "x-amz-signature"
            ]
        );
        assert_eq!(fields[4].1, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(fields[6].1, format!("{ACCESS_KEY_ID}/20151229/us-east-1/s3/aws4_request"));
    }

    #[test]
    fn a_form_ends_with_its_life_or_with_the_credentials() {
        let (_, policy) = form(&credentials(None, None));
        assert_eq!(policy["expiration"], "2015-12-29T12:00:00.000Z");
        let (_, policy) = form(&credentials(Some("a token"), Some("2015-12-29T06:00:00Z")));
        assert_eq!(policy["expiration"], "2015-12-29T06:00:00.000Z");
        let (_, policy) = form(&credentials(Some("a token"), Some("2015-12-30T06:00:00Z")));
        assert_eq!(policy["expiration"], "2015-12-29T12:00:00.000Z");
    }
}
