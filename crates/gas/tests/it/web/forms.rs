//! Uploads that go by a form to where a back end keeps them.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    body::Body,
    http::{Method, header},
};
use gas_service::{
    job::{Bucket, ObjectKey, StoredFile},
    ports::{BoxRead, FormTarget, ObjectStore, ObjectStoreError, UploadForm},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::site::{Answer, By, Person, Site, input, read, request};

const ADDRESS: &str = "https://inputs.example/";
const MOST: u64 = 1000;

/// A store that also takes forms, or says so.
struct Offering(Arc<dyn ObjectStore>);

#[async_trait]
impl ObjectStore for Offering {
    async fn put(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
        bytes: BoxRead,
        max_bytes: Option<u64>,
    ) -> Result<StoredFile, ObjectStoreError> {
        self.0.put(bucket, key, bytes, max_bytes).await
    }

    async fn find(&self, bucket: Bucket, key: &ObjectKey) -> Result<Option<StoredFile>, ObjectStoreError> {
        self.0.find(bucket, key).await
    }

    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError> {
        self.0.open(file, offset).await
    }

    async fn copy(&self, from: &StoredFile, to: &ObjectKey) -> Result<StoredFile, ObjectStoreError> {
        self.0.copy(from, to).await
    }

    async fn delete(&self, bucket: Bucket, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        self.0.delete(bucket, key).await
    }

    async fn download_address(
        &self,
        file: &StoredFile,
        name: &str,
    ) -> Result<Option<String>, ObjectStoreError> {
        self.0.download_address(file, name).await
    }

    async fn form_target(&self) -> Result<Option<FormTarget>, ObjectStoreError> {
        Ok(Some(FormTarget { address: ADDRESS.to_owned(), max_bytes: MOST }))
    }

    async fn upload_form(
        &self,
        file: &StoredFile,
        life: Duration,
    ) -> Result<Option<UploadForm>, ObjectStoreError> {
        let fields = [
            ("key", file.key.as_str()),
            ("size", &file.size.to_string()),
            ("sha256", &file.sha256),
            ("seconds", &life.as_secs().to_string()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Ok((file.size <= MOST).then(|| UploadForm { address: ADDRESS.to_owned(), fields }))
    }
}

async fn agree(site: &Site, by: &Person, announced: Value) -> Answer {
    let agree = request("POST", "/uploads", By::Cookie(by)).header(header::CONTENT_TYPE, "application/json");
    site.ask(agree.body(Body::from(announced.to_string())).unwrap()).await
}

fn sha256(text: &str) -> String {
    gas_service::notation::hexadecimal(&Sha256::digest(text))
}

#[tokio::test]
async fn an_upload_goes_by_a_form_where_there_is_one() {
    let site = Site::open_with(|objects| Arc::new(Offering(objects))).await;
    let ada = site.person("ada@example.org").await;
    let text = input();
    let announced = json!({ "file_name": "a.vcf", "size": text.len(), "sha256": sha256(&text) });
    let agreed = agree(&site, &ada, announced).await.json();
    let upload = site.desk.upload(&ada.user, agreed["upload_id"].as_str().unwrap().parse().unwrap()).await;
    let upload = upload.unwrap();
    let key = ObjectKey::of_job(upload.user_id, upload.job_id, &upload.file_name);
    // Half of an upload's life of 24 hours.
    let fields = json!({
        "key": key.as_str(), "size": text.len().to_string(), "sha256": sha256(&text), "seconds": "43200"
    });
    assert_eq!(agreed["form"], json!({ "url": ADDRESS, "fields": fields }));

    let submit = agreed["submit_url"].as_str().unwrap();
    site.post_form(By::Cookie(&ada), submit, "").await.refused(409, "not_uploaded");
    site.desk.ports.objects.put(Bucket::Inputs, &key, read(&text), None).await.unwrap();
    let answer = site.post_form(By::Cookie(&ada), submit, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn an_upload_comes_here_where_there_is_no_form() {
    let offering = Site::open_with(|objects| Arc::new(Offering(objects))).await;
    let sum = sha256("x");
    for (site, announced) in [
        (&offering, json!({ "file_name": "a.vcf", "size": MOST + 1, "sha256": sum })),
        (&offering, json!({ "file_name": "a.vcf", "size": 7 })),
        (&offering, json!({ "file_name": "a.vcf", "sha256": sum })),
        (&Site::open().await, json!({ "file_name": "a.vcf", "size": 7, "sha256": sum })),
    ] {
        let ada = site.person("ada@example.org").await;
        let agreed = agree(site, &ada, announced.clone()).await;
        assert_eq!((agreed.status.as_u16(), agreed.json().get("form")), (201, None), "{announced}");
        let url = agreed.json()["url"].as_str().unwrap().to_owned();
        let put = request("PUT", &url, By::Cookie(&ada)).body(Body::from(input())).unwrap();
        assert_eq!(site.ask(put).await.status, 200);
    }
}

#[tokio::test]
async fn what_is_no_checksum_is_refused() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for sum in ["", "abc", &sha256("x").to_uppercase(), &sha256("x").replace(|_: char| true, "é")] {
        let announced = json!({ "file_name": "a.vcf", "size": 7, "sha256": sum });
        agree(&site, &ada, announced).await.refused(422, "invalid_body");
    }
}

/// Scripts may speak to the one address, and only where there is one.
#[tokio::test]
async fn pages_know_where_forms_go() {
    let offering = Site::open_with(|objects| Arc::new(Offering(objects))).await;
    for (site, most, allowed) in [
        (&offering, MOST, "connect-src 'self' https://inputs.example/"),
        (&Site::open().await, 0, "connect-src 'self'"),
    ] {
        let ada = site.person("ada@example.org").await;
        let page = site.get(By::Cookie(&ada), "/annotate").await;
        assert!(page.text().contains(&format!("data-direct-bytes=\"{most}\"")), "{}", page.text());
        let policy = page.header("content-security-policy");
        assert_eq!(policy.split("; ").last(), Some(allowed));
        let other = request(Method::GET.as_str(), "/sign-in", By::Nobody).body(Body::empty()).unwrap();
        assert_eq!(site.ask(other).await.header("content-security-policy"), policy);
    }
}
