//! Requests of strangers and of a user to a site on which somebody else has jobs: bodies, cookies, tokens, ids, queries.
//! No answer may be a server's error, none may tell anything of the other, and nothing of the other's may change.
//!
//! An input is four bytes, which choose the route, the caller, what the path's parameter names and the kind of body;
//! then three texts, each ended by a line feed: a word for the place that was chosen for it, the query, a further header;
//! the rest is the body. Half of the notices of the payment provider are signed as it would sign them.

#![no_main]
#![allow(clippy::unwrap_used)]

use std::{cell::RefCell, fmt::Write as _, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, header},
};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

// The site of the tests, which use more of it.
#[allow(dead_code)]
#[path = "../../../crates/gas/tests/it/web/site.rs"]
mod site;
mod stripe;

use site::{By, FILE_NAME, MARK, Person, Site};
use stripe::Stripe;

/// Requests to one site; then a new one, so that an input's effect does not depend on all that came before.
const REQUESTS_TO_ONE_SITE: u32 = 2_000;

/// An address that no page has for an example.
const ADA: &str = "a.lovelace@example.org";

/// From here on an input's first byte means a notice of the payment provider, wherever that stands in the table.
const NOTICES: u8 = 0xf0;

struct World {
    runtime: Runtime,
    site: Site,
    ada: Person,
    eve: Person,
    /// What a path's parameter may name.
    ids: Vec<String>,
    /// What no answer may say.
    secrets: Vec<String>,
    /// All rows that are Ada's.
    rows: Vec<String>,
    asked: u32,
    stripe: Stripe,
}

impl World {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (site, stripe, ada, eve, ids, secrets) = runtime.block_on(async {
            let mut site = Site::open().await;
            let stripe = Stripe::open(&mut site).await;
            let (ada, eve) = (site.person(ADA).await, site.person("eve@example.org").await);
            site.premium(&eve).await;
            stripe.knows(&site, &eve).await;
            let job = site.completed_job(&ada).await.job_id.to_string();
            let waiting = site.pending_job(&ada).await.job_id.to_string();
            let upload = site.upload(&ada).await.upload_id.to_string();
            let own = site.desk.agree_upload(&eve.user, "own.vcf", None).await.unwrap();
            let text = site::input().replace(MARK, "hers");
            site.desk.receive(&eve.user, &own, site::read(&text)).await.unwrap();
            let own_job = site.desk.submit(&eve.user, own.upload_id, None, None).await.unwrap();
            let spare = site.desk.agree_upload(&eve.user, "spare.vcf", None).await.unwrap();
            let token = ada.api_token.token_id.to_string();
            let ids =
                vec![job, waiting, upload, token, own_job.job_id.to_string(), spare.upload_id.to_string()];
            let user_id = ada.user.user_id.to_string();
            let secrets = [MARK, FILE_NAME, ADA, &ada.cookie, &ada.token, &user_id];
            let secrets = secrets.map(str::to_owned).to_vec();
            (site, stripe, ada, eve, ids, secrets)
        });
        let mut world = Self { runtime, site, ada, eve, ids, secrets, rows: Vec::new(), asked: 0, stripe };
        world.rows = world.rows_of_ada();
        world
    }

    fn rows_of_ada(&self) -> Vec<String> {
        let id = self.ada.user.user_id.to_string();
        let tables = self.runtime.block_on(self.site.tables());
        tables.into_values().flatten().filter(|row| row.contains(&id)).collect()
    }

    fn ask(&mut self, input: &Input<'_>) {
        let Some(request) = input.request(self) else { return };
        self.asked += 1;
        let told = format!("{} {}", request.method(), request.uri());
        // Streams of events end with their job.
        let is_stream = request.uri().path().ends_with("/events");
        let (status, headers, body) = self.runtime.block_on(async {
            let answer = self.site.router.clone().oneshot(request);
            let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("no answer came");
            let (parts, body) = answer.unwrap().into_parts();
            let body = if is_stream {
                Vec::new()
            } else {
                axum::body::to_bytes(body, usize::MAX).await.map_or_else(|_| Vec::new(), Vec::from)
            };
            (parts.status, parts.headers, body)
        });
        let answer = format!("{headers:?}\n{}", String::from_utf8_lossy(&body));
        assert!(!status.is_server_error(), "{told} answered {status}: {answer}");
        for secret in &self.secrets {
            let said_it_itself = memory_holds(input.whole, secret.as_bytes());
            assert!(said_it_itself || !answer.contains(secret), "{told} tells `{secret}`: {answer}");
        }
    }
}

fn memory_holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

struct Input<'a> {
    whole: &'a [u8],
    route: u8,
    caller: u8,
    parameter: u8,
    kind: u8,
    word: &'a [u8],
    query: &'a [u8],
    header: &'a [u8],
    body: &'a [u8],
}

impl<'a> Input<'a> {
    fn read(whole: &'a [u8]) -> Option<Self> {
        let [route, caller, parameter, kind, rest @ ..] = whole else { return None };
        let mut parts = rest.splitn(4, |byte| *byte == b'\n');
        let mut next = || parts.next().unwrap_or_default();
        let (word, query, header, body) = (next(), next(), next(), next());
        Some(Self {
            whole,
            route: *route,
            caller: *caller,
            parameter: *parameter,
            kind: *kind,
            word,
            query,
            header,
            body,
        })
    }

    fn request(&self, world: &World) -> Option<Request<Body>> {
        let table = gas_web::router::table();
        let entry = if self.route >= NOTICES {
            table.iter().find(|entry| entry.path == stripe::WEBHOOK)?
        } else {
            &table[usize::from(self.route) % table.len()]
        };
        let named = world.ids.get(usize::from(self.parameter)).cloned();
        let mut path = match entry.path.split_once('{') {
            Some((begin, rest)) => {
                let end = rest.split_once('}')?.1;
                format!("{begin}{}{end}", named.unwrap_or_else(|| escaped(self.word)))
            }
            None => entry.path.clone(),
        };
        if !self.query.is_empty() {
            write!(path, "?{}", escaped(self.query)).ok()?;
        }
        let by = match self.caller % 5 {
            0 => By::Nobody,
            1 => By::Cookie(&world.eve),
            2 => By::Token(&world.eve),
            _ => By::StaleCookie,
        };
        path.parse::<axum::http::Uri>().ok()?;
        let mut request = site::request(entry.method.as_str(), &path, by);
        let headers = request.headers_mut()?;
        if self.caller % 5 >= 3 {
            let name = if self.caller % 5 == 3 { header::COOKIE } else { header::AUTHORIZATION };
            headers.insert(name, HeaderValue::from_bytes(self.word).ok()?);
        }
        if let Some((name, value)) =
            self.header.iter().position(|byte| *byte == b':').map(|at| self.header.split_at(at))
            && let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name), HeaderValue::from_bytes(&value[1..]))
        {
            headers.insert(name, value);
        }
        if entry.path == stripe::WEBHOOK && self.caller % 2 == 0 {
            headers.insert(stripe::SIGNATURE, world.stripe.sign(self.body));
        }
        let kinds = [
            "",
            "application/json",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "multipart/form-data; boundary=edge",
        ];
        let kind = kinds[usize::from(self.kind) % kinds.len()];
        if !kind.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        request.body(Body::from(self.body.to_vec())).ok()
    }
}

/// What cannot stand in an address, percent-encoded; what can, as it is, so that there are odd addresses, too.
fn escaped(text: &[u8]) -> String {
    let mut address = String::new();
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/[]".contains(byte) {
            address.push(char::from(*byte));
        } else {
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

fuzz_target!(|bytes: &[u8]| {
    let Some(input) = Input::read(bytes) else { return };
    WORLD.with_borrow_mut(|world| {
        world.get_or_insert_with(World::new).ask(&input);
        if world.as_ref().is_some_and(|world| world.asked >= REQUESTS_TO_ONE_SITE)
            && let Some(old) = world.take()
        {
            assert_eq!(old.rows_of_ada(), old.rows, "something of Ada's has changed");
        }
    });
});
