//! A site in a temporary folder, people who use it, and jobs of theirs.

use std::{
    collections::BTreeMap, fs::Permissions, os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use gas_embedded::Embedded;
use gas_service::{
    account::{ApiToken, Scope, Secret, Session, User},
    desk::Desk,
    id::TokenId,
    job::{Bucket, Job, ObjectKey, Outcome, ResultFile, StoredFile},
    plan::Plan,
    ports::{BoxRead, ObjectStore, SystemClock},
    reference::{Contig, InstalledReference, InstalledReferences},
    settings::Settings,
    upload::{FileName, Upload},
};
use gas_web::{App, Providers, WebOptions};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{ConnectOptions as _, Row as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Most bytes that the free plan takes on this site.
pub(super) const FREE_LIMIT: u64 = 50_000;
/// Occurs in every file of every job made here. Its first letter is no hexadecimal digit: behind one that a `%` escaped, the rest
/// of it would be the whole.
pub(super) const MARK: &str = "ONLY_FOR_ITS_OWNER";
/// Says what it was asked for and gives what it got; breaks off in the middle when asked for Parquet.
const RENDERER: &str = "#!/bin/sh\necho \"$1 $4\"; cat; [ \"$4\" != parquet ]\n";
/// The name of every input.
pub(super) const FILE_NAME: &str = "private_genome.vcf";

pub(super) struct Site {
    pub(super) router: Router,
    pub(super) desk: Desk,
    pub(super) folder: TempDir,
}

pub(super) struct Person {
    pub(super) user: User,
    pub(super) cookie: String,
    pub(super) token: String,
    pub(super) api_token: ApiToken,
}

/// How a request says from whom it is.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    Nobody,
    StaleCookie,
    UnknownToken,
    Cookie(&'a Person),
    Token(&'a Person),
}

impl Site {
    pub(super) async fn open() -> Self {
        Self::open_with(|objects| objects).await
    }

    /// A site with other options.
    pub(super) async fn open_as(change: impl FnOnce(&mut WebOptions)) -> Self {
        let mut site = Self::open().await;
        let mut options = WebOptions { show_outbox: true, ..WebOptions::default() };
        change(&mut options);
        site.router = gas_web::router(App::new(site.desk.clone(), options));
        site
    }

    /// A site on the store that is made of the embedded one.
    pub(super) async fn open_with(store: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self::make(store, |_| {}).await
    }

    /// A site whose settings are changed.
    pub(super) async fn set_up(change: impl FnOnce(&mut Settings)) -> Self {
        Self::make(|objects| objects, change).await
    }

    async fn make(
        store: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let defaults = include_str!("../../../../../config.default.toml");
        let mut all: toml::Table = defaults.parse().unwrap();
        let rules = ["site", "plans", "sign_in", "uploads", "annotator", "rendering", "workers"];
        let mut rules: toml::Table =
            rules.iter().map(|key| ((*key).to_owned(), all.remove(*key).unwrap())).collect();
        let grace = all["billing"]["grace"].clone();
        rules.insert("billing".to_owned(), toml::Table::from_iter([("grace".to_owned(), grace)]).into());
        let mut settings: Settings = rules.try_into().unwrap();
        settings.site.address = "http://localhost:8080".to_owned();
        settings.plans.free.max_upload = Some(bytesize::ByteSize(FREE_LIMIT));
        // Who hits a limit has set it.
        settings.plans.free.max_jobs_at_once = None;
        settings.plans.free.max_jobs_per_day = None;
        settings.plans.free.max_stored = None;
        change(&mut settings);
        let providers =
            Providers::with_time_limit(&settings.sign_in, &settings.site.address, Duration::from_secs(2));
        let embedded = all.remove("embedded").unwrap().try_into().unwrap();
        let folder = TempDir::new().unwrap();
        let (clock, references) = (Arc::new(SystemClock), Arc::new(references()));
        let opened = Embedded::open(folder.path(), &embedded, &settings.site, clock, references).await;
        let program = folder.path().join("renderer.sh");
        std::fs::write(&program, RENDERER).unwrap();
        std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        let mut ports = opened.unwrap().ports;
        ports.objects = store(ports.objects);
        let desk = Desk::new(ports, Arc::new(settings), program);
        let options = WebOptions { show_outbox: true, ..WebOptions::default() };
        let app = App::new(desk.clone(), options).with_providers(providers.unwrap());
        Self { router: gas_web::router(app), desk, folder }
    }

    pub(super) async fn person(&self, email: &str) -> Person {
        let ports = &self.desk.ports;
        let now = ports.clock.now();
        let user = ports.accounts.user_of_email(&email.parse().unwrap(), now).await.unwrap();
        let cookie = self.session_begun(&user, now).await;
        let (api_token, token) = self.token(&user, Scope::Account).await;
        Person { user, cookie, token: token.reveal().to_owned(), api_token }
    }

    /// The cookie of a session that began then and has an hour left.
    pub(super) async fn session_begun(&self, user: &User, created: Timestamp) -> String {
        let secret = Secret::generate();
        let session = Session {
            secret: secret.hash(),
            user_id: user.user_id,
            created: Some(created),
            authenticated: None,
            expires: self.desk.ports.clock.now() + Duration::from_hours(1),
            provider: None,
            last_used: None,
            admin: user.admin,
        };
        self.desk.ports.accounts.add_session(&session).await.unwrap();
        secret.reveal().to_owned()
    }

    /// A token of that scope, even where there are more than there can be.
    pub(super) async fn token(&self, user: &User, scope: Scope) -> (ApiToken, Secret) {
        let secret = Secret::generate();
        let token = ApiToken {
            token_id: TokenId::generate(),
            secret: secret.hash(),
            user_id: user.user_id,
            name: "a token of theirs".to_owned(),
            scope,
            created: self.desk.ports.clock.now(),
            expires: None,
            last_used: None,
        };
        assert!(self.desk.ports.accounts.add_token(&token, u32::MAX).await.unwrap());
        (token, secret)
    }

    pub(super) async fn premium(&self, person: &Person) {
        let now = self.desk.ports.clock.now();
        self.desk.ports.accounts.set_plan(person.user.user_id, Plan::PremiumUser, now).await.unwrap();
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Answer {
        let told = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { told, status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, by: By<'_>, path: &str) -> Answer {
        self.ask(request("GET", path, by).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post_form(&self, by: By<'_>, path: &str, form: &str) -> Answer {
        let request =
            request("POST", path, by).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// An upload that was agreed but of which nothing has come.
    pub(super) async fn upload(&self, owner: &Person) -> Upload {
        self.desk.agree_upload(&owner.user, FILE_NAME, None).await.unwrap()
    }

    pub(super) async fn pending_job(&self, owner: &Person) -> Job {
        let upload = self.upload(owner).await;
        self.desk.receive(&owner.user, &upload, read(&input())).await.unwrap();
        self.desk.submit(&owner.user, upload.upload_id, None, None).await.unwrap()
    }

    pub(super) async fn completed_job(&self, owner: &Person) -> Job {
        let job = self.pending_job(owner).await;
        let ports = &self.desk.ports;
        let now = ports.clock.now();
        let running = job.claim(now, Duration::from_mins(1)).unwrap();
        let running = ports.jobs.replace(&running).await.unwrap();
        let name = &job.input_file_name;
        let result = annotated();
        let outcome = Outcome {
            result: ResultFile { name: name.result(), file: self.store(&job, &name.result(), &result).await },
            log: self.store(&job, &name.log(), &format!("the log, {MARK}\n")).await,
            summary: self.store(&job, &name.summary(), &format!("{{\"notes\":[\"{MARK}\"]}}")).await,
            annotated_by: "a test".to_owned(),
        };
        let completed = running.complete(running.attempt, outcome, now).unwrap();
        ports.jobs.replace(&completed).await.unwrap()
    }

    async fn store(&self, job: &Job, name: &FileName, text: &str) -> StoredFile {
        let key = ObjectKey::of_job(job.user_id, job.job_id, name);
        self.desk.ports.objects.put(Bucket::Results, &key, read(text), None).await.unwrap()
    }

    /// Every row of every table but the audit trail, which notes downloads, and the use of tokens.
    pub(super) async fn tables(&self) -> BTreeMap<String, Vec<String>> {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("gas.db")).read_only(true);
        let mut database = options.connect().await.unwrap();
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let mut tables = BTreeMap::new();
        for name in sqlx::query(names).fetch_all(&mut database).await.unwrap() {
            let name: String = name.get(0);
            if name == "audit_event" || name.starts_with('_') {
                continue;
            }
            let columns = format!(
                "SELECT group_concat('quote(\"' || name || '\")', '||''|''||') FROM pragma_table_info('{name}') WHERE name <> 'last_used'"
            );
            let columns: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(columns)).fetch_one(&mut database).await.unwrap();
            let rows = format!("SELECT {columns} AS line FROM \"{name}\" ORDER BY line");
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&mut database).await.unwrap();
            tables.insert(name, rows);
        }
        tables
    }

    /// All files under a folder of the data directory.
    pub(super) fn files(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path.display().to_string());
                }
            }
        }
        files.sort();
        files
    }
}

/// The default, and another of the same chromosome.
fn references() -> InstalledReferences {
    let reference = |name: &str, assembly: &str, length| {
        let contig = Contig { name: "MT".to_owned(), length, synonyms: vec!["chrM".to_owned()] };
        Arc::new(InstalledReference {
            name: name.to_owned(),
            assembly: assembly.to_owned(),
            contigs: vec![contig],
            sources: Vec::new(),
        })
    };
    InstalledReferences::new([
        reference("human-mt", "rCRS", 16_569),
        reference("old-mt", "NC_001807", 16_571),
    ])
}

/// An input with the mark in it.
pub(super) fn input() -> String {
    format!(
        "##fileformat=VCFv4.2\n##source={MARK}\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t60\t.\tT\tA\t.\t.\t.\n"
    )
}

fn annotated() -> String {
    let format = "Allele|Consequence|IMPACT|SYMBOL|Gene|Existing_variation";
    let header = format!("##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: {format}\">\n#CHROM");
    let record = format!("MT\t4000\t.\tA\tG\t.\t.\tCSQ=G|missense_variant|MODERATE|MT-ND1|ENSG1|{MARK}\n");
    input().replace("#CHROM", &header) + &record
}

/// A text as a stream.
pub(super) fn read(text: &str) -> BoxRead {
    Box::pin(std::io::Cursor::new(text.as_bytes().to_vec()))
}

/// A request by somebody, from a page of this site.
pub(super) fn request(method: &str, path: &str, by: By<'_>) -> axum::http::request::Builder {
    let stale = "0".repeat(64);
    let token = match by {
        _ if method == "GET" => None,
        By::Nobody => Some(csrf_token("visitor", &stale)),
        By::StaleCookie => Some(csrf_token("session", &stale)),
        By::Cookie(person) => Some(csrf_token("session", &person.cookie)),
        By::UnknownToken | By::Token(_) => None,
    };
    let request = bare_request(method, path, by);
    if let Some(token) = token { request.header("x-csrf-token", token) } else { request }
}

/// The same from elsewhere: browsers send cookies with it, but nobody knows the token of a page.
pub(super) fn bare_request(method: &str, path: &str, by: By<'_>) -> axum::http::request::Builder {
    let stale = "0".repeat(64);
    let (name, value) = match by {
        By::Nobody => (header::COOKIE, format!("gas_visitor={stale}")),
        By::StaleCookie => (header::COOKIE, format!("gas_session={stale}")),
        By::UnknownToken => (header::AUTHORIZATION, format!("Bearer {stale}")),
        By::Cookie(person) => (header::COOKIE, format!("gas_session={}", person.cookie)),
        By::Token(person) => (header::AUTHORIZATION, format!("Bearer {}", person.token)),
    };
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
    request.header(name, value)
}

/// The token of a session or of a visitor as a page could show it, behind a mask of zeros.
pub(super) fn csrf_token(of: &str, secret: &str) -> String {
    let digest = Sha256::digest(format!("gas csrf {of}\0{secret}"));
    "0".repeat(64) + &gas_service::notation::hexadecimal(&digest)
}

/// What came back.
pub(super) struct Answer {
    /// The request.
    pub(super) told: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.told, self.text()))
    }

    /// Checks that it is a problem as RFC 9457 has it, and gives its code.
    pub(super) fn problem(&self) -> String {
        let told = &self.told;
        assert_eq!(self.header("content-type"), "application/problem+json", "{told}: {}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16(), "{told}");
        let code = problem["code"].as_str().unwrap().to_owned();
        assert_eq!(problem["type"], format!("urn:gas:problem:{code}"), "{told}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{told}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{told}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{told}: {problem}");
        let documented = include_str!("../../../../../docs/api.md");
        assert!(
            documented.contains(&format!("| `{code}` |")),
            "docs/api.md does not explain the code `{code}`"
        );
        code
    }

    /// Checks that it is the refusal of a token where only people go; as a page, for it is one's address.
    pub(super) fn refused_on_page(&self) {
        assert_eq!(self.status, 403, "{}", self.told);
        assert!(
            self.text().contains("API tokens open addresses that begin with"),
            "{}: {}",
            self.told,
            self.text()
        );
    }

    /// Checks that it is a refusal of that status and code.
    pub(super) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.problem().as_str()), (status, code), "{}", self.told);
    }
}
