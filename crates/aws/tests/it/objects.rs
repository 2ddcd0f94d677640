//! What the contract of objects cannot see: what S3 is asked, by which name, and by whom else.

use std::time::Duration;

use gas_service::{
    id::{JobId, UserId},
    job::{Bucket, ObjectKey, StoredFile},
    notation::hexadecimal,
    ports::UploadForm,
};
use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::fixture::{self, AwsFixture, buckets};
use gas_aws::AwsSettings;
use gas_service::contract::Fixture as _;

mod broken;

fn key(name: &str) -> ObjectKey {
    ObjectKey::of_job(UserId::generate(), JobId::generate(), &name.parse().unwrap())
}

fn described(name: &str, bytes: &[u8]) -> StoredFile {
    let size = bytes.len() as u64;
    StoredFile { bucket: Bucket::Inputs, key: key(name), size, sha256: hexadecimal(&Sha256::digest(bytes)) }
}

async fn form(fixture: &AwsFixture, file: &StoredFile) -> UploadForm {
    let form = fixture.ports().objects.upload_form(file, Duration::from_mins(1)).await;
    form.unwrap().expect("a form is offered")
}

/// Sends a form as browsers do; returns the status and the code of S3's error.
async fn send(form: &UploadForm, bytes: &[u8]) -> (StatusCode, String) {
    let fields = form.fields.iter().cloned();
    let body = fields.fold(Form::new(), |body, (name, value)| body.text(name, value));
    let body = body.part("file", Part::bytes(bytes.to_vec()).file_name("blob"));
    let answer = reqwest::Client::new().post(&form.address).multipart(body).send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    (status, code.map(|(code, _)| code.to_owned()).unwrap_or_default())
}

fn with(form: &UploadForm, name: &str, value: &str) -> UploadForm {
    let mut changed = form.clone();
    let field = changed.fields.iter_mut().find(|(field, _)| field == name);
    value.clone_into(&mut field.expect("the form has the field").1);
    changed
}

#[tokio::test]
async fn a_form_stores_what_it_was_made_for() {
    let fixture = fixture::open().await;
    let objects = fixture.ports().objects;
    for name in ["a.vcf", "köln 🧬.vcf", "it's \"quoted\" &<>%41+.vcf.gz"] {
        let bytes = name.repeat(1000).into_bytes();
        let file = described(name, &bytes);
        let form = form(&fixture, &file).await;
        for _ in 0..2 {
            assert_eq!(send(&form, &bytes).await, (StatusCode::NO_CONTENT, String::new()), "{name}");
        }
        assert_eq!(objects.find(Bucket::Inputs, &file.key).await.unwrap(), Some(file.clone()));
        let mut read = Vec::new();
        objects.open(&file, 0).await.unwrap().read_to_end(&mut read).await.unwrap();
        assert!(read == bytes);
    }
}

#[tokio::test]
async fn a_form_stores_nothing_else() {
    let fixture = fixture::open().await;
    let objects = fixture.ports().objects;
    let bytes = b"##fileformat=VCFv4.2\n".repeat(100);
    let file = described("a.vcf", &bytes);
    let form = form(&fixture, &file).await;
    let denied = (StatusCode::FORBIDDEN, "AccessDenied".to_owned());

    let other = key("b.vcf");
    assert_eq!(send(&with(&form, "key", other.as_str()), &bytes).await, denied);
    assert_eq!(send(&with(&form, "x-amz-server-side-encryption", "aws:kms"), &bytes).await, denied);
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(send(&with(&form, "x-amz-checksum-sha256", empty), &bytes).await, denied);
    let mut public = form.clone();
    public.fields.insert(0, ("acl".to_owned(), "public-read".to_owned()));
    assert_eq!(send(&public, &bytes).await, denied);
    for (length, code) in
        [(bytes.len() + 1, "EntityTooLarge"), (bytes.len() - 1, "EntityTooSmall"), (0, "EntityTooSmall")]
    {
        let sent = send(&form, &bytes.repeat(2)[..length]).await;
        assert_eq!(sent, (StatusCode::BAD_REQUEST, code.to_owned()));
    }
    let results = UploadForm { address: form.address.replace("-inputs", "-results"), ..form.clone() };
    assert_ne!(results.address, form.address);
    assert_eq!(send(&results, &bytes).await, denied);

    for key in [&file.key, &other] {
        for bucket in [Bucket::Inputs, Bucket::Results] {
            assert_eq!(objects.find(bucket, key).await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn a_form_that_others_made_is_refused() {
    if !buckets::enforced().await {
        return;
    }
    let fixture = fixture::open().await;
    let file = described("a.vcf", b"bytes");
    let form = form(&fixture, &file).await;
    let refused = (StatusCode::FORBIDDEN, "SignatureDoesNotMatch".to_owned());
    assert_eq!(send(&with(&form, "x-amz-signature", &"0".repeat(64)), b"bytes").await, refused);
    let longer = fixture.ports().objects.upload_form(&file, Duration::from_hours(1)).await.unwrap().unwrap();
    let policy = longer.fields.iter().find(|(name, _)| name == "policy").unwrap();
    assert_eq!(send(&with(&form, "policy", &policy.1), b"bytes").await, refused);
    assert_eq!(fixture.ports().objects.find(Bucket::Inputs, &file.key).await.unwrap(), None);
}

#[tokio::test]
async fn a_form_ends() {
    let fixture = fixture::open().await;
    let file = described("a.vcf", b"bytes");
    let form = fixture.ports().objects.upload_form(&file, Duration::from_secs(1)).await.unwrap().unwrap();
    fixture.pass(Duration::from_millis(1100)).await;
    assert_eq!(send(&form, b"bytes").await, (StatusCode::FORBIDDEN, "AccessDenied".to_owned()));
}

/// The emulator does not verify the field `x-amz-checksum-sha256` of forms, as S3 does. What it does not know it does
/// not tell either, so the object is read and its true checksum found, and whoever reads it notices.
#[tokio::test]
async fn other_bytes_of_the_same_size_are_not_taken_for_those_announced() {
    let fixture = fixture::open().await;
    let file = described("a.vcf", b"bytes");
    let (status, _) = send(&form(&fixture, &file).await, b"other").await;
    let found = fixture.ports().objects.find(Bucket::Inputs, &file.key).await.unwrap();
    if status.is_success() {
        assert_eq!(found.unwrap().sha256, hexadecimal(&Sha256::digest(b"other")));
    } else {
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn no_form_is_offered_for_what_s3_does_not_take_by_one() {
    let fixture = fixture::open().await;
    let objects = fixture.ports().objects;
    let file = described("a.vcf", b"bytes");
    for refused in [
        StoredFile { size: 0, ..file.clone() },
        StoredFile { size: (5 << 30) + 1, ..file.clone() },
        StoredFile { bucket: Bucket::Results, ..file.clone() },
        StoredFile { key: key("${filename}.vcf"), ..file.clone() },
    ] {
        assert_eq!(objects.upload_form(&refused, Duration::from_mins(1)).await.unwrap(), None, "{refused:?}");
    }
    assert!(
        objects
            .upload_form(&StoredFile { size: 5 << 30, ..file }, Duration::from_mins(1))
            .await
            .unwrap()
            .is_some()
    );
}

/// Browsers ask first, for they report progress.
#[tokio::test]
async fn the_site_may_send_forms_and_no_other_site() {
    if !buckets::enforced().await {
        return;
    }
    let fixture = fixture::open().await;
    let target = fixture.ports().objects.form_target().await.unwrap().unwrap();
    assert!(target.address.starts_with(&std::env::var("GAS_TEST_MINISTACK").unwrap()), "{target:?}");
    let ask = async |origin: &str| {
        let asking = reqwest::Client::new().request(reqwest::Method::OPTIONS, &target.address);
        let asking = asking.header("origin", origin).header("access-control-request-method", "POST");
        asking.send().await.unwrap()
    };
    let allowed = ask(buckets::ORIGIN).await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], buckets::ORIGIN);
    assert_eq!(ask("https://elsewhere.example").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_link_gives_the_bytes_under_the_name() {
    let fixture = fixture::open().await;
    let objects = fixture.ports().objects;
    let bytes = b"##fileformat=VCFv4.2\n".repeat(100);
    let key = key("köln 🧬.annot.vcf.gz");
    let file = objects
        .put(Bucket::Results, &key, Box::pin(std::io::Cursor::new(bytes.clone())), None)
        .await
        .unwrap();
    let link = objects.download_address(&file, "köln 🧬.annot.vcf.gz").await.unwrap().unwrap();
    let answer = reqwest::get(&link).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/gzip");
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
    assert_eq!(
        answer.headers()["content-disposition"],
        "attachment; filename=\"k_ln _.annot.vcf.gz\"; filename*=UTF-8''k%C3%B6ln%20%F0%9F%A7%AC.annot.vcf.gz"
    );
    assert!(answer.bytes().await.unwrap() == bytes);
    let other = link.replace("annot", "other");
    assert_eq!(reqwest::get(&other).await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn keys_begin_with_the_prefix_and_objects_are_encrypted() {
    let fixture = fixture::open().await;
    let client = buckets::client(&fixture.shared);
    for prefix in ["gas", "gas/deeper/"] {
        let settings = AwsSettings { prefix: prefix.to_owned(), ..fixture.settings.clone() };
        let objects = fixture::ports_by(&fixture.shared, &settings).objects;
        let file = described("a.vcf", b"bytes");
        let form = objects.upload_form(&file, Duration::from_mins(1)).await.unwrap().unwrap();
        assert!(send(&form, b"bytes").await.0.is_success());
        assert_eq!(objects.find(Bucket::Inputs, &file.key).await.unwrap(), Some(file.clone()));
        let copy = objects.copy(&file, &key("b.vcf")).await.unwrap();
        for key in [&file.key, &copy.key] {
            let name = format!("{}/{key}", prefix.trim_end_matches('/'));
            let head = client.head_object().bucket(&fixture.settings.buckets.inputs).key(name);
            let head = head.send().await.unwrap();
            assert_eq!(head.server_side_encryption().unwrap().as_str(), "AES256");
        }
    }
}

#[tokio::test]
async fn many_parts_make_one_object() {
    let fixture = fixture::open().await;
    let objects = fixture.ports().objects;
    let bytes: Vec<u8> = (0_u32..10_000_000).flat_map(u32::to_le_bytes).collect();
    let key = key("large.vcf");
    let stream = Box::pin(std::io::Cursor::new(bytes.clone()));
    let stored = objects.put(Bucket::Inputs, &key, stream, None).await.unwrap();
    assert_eq!(stored.sha256, hexadecimal(&Sha256::digest(&bytes)));
    let client = buckets::client(&fixture.shared);
    let head = client.head_object().bucket(&fixture.settings.buckets.inputs).key(key.as_str()).send().await;
    assert!(head.unwrap().e_tag().unwrap().ends_with("-5\""), "five parts");
    let mut read = Vec::new();
    objects.open(&stored, 0).await.unwrap().read_to_end(&mut read).await.unwrap();
    assert!(read == bytes);
    assert_eq!(fixture.half_written().await, 0);
}
