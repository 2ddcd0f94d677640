//! A provider on loopback. It is honest until told otherwise.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use openidconnect::{
    JsonWebKeyId, PrivateSigningKey as _,
    core::{CoreEdDsaPrivateSigningKey, CoreJwsSigningAlgorithm},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

pub(super) const CLIENT_ID: &str = "gas at home";
pub(super) const CLIENT_SECRET: &str = "it's a secret/+";
/// The subject of everybody, until told otherwise.
pub(super) const SUBJECT: &str = "ada-at-the-institute";

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Signature {
    #[default]
    Honest,
    /// `alg: none`, and nothing behind the last dot.
    None,
    /// `alg: none` with a signature all the same.
    NoneSigned,
    /// HS256 with the public key, which anybody has.
    HmacOfPublicKey,
    /// HS256 with the client's secret, which others than the provider may have.
    HmacOfClientSecret,
    /// Another's key under the name of the right one.
    ForgedKey,
    /// A key that is not among the published ones.
    UnknownKey,
    /// One character changed.
    Broken,
}

/// How a document is given out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Manner {
    #[default]
    Honest,
    Huge,
    Endless,
    Silent,
    Redirect,
    NotJson,
    Failing,
}

type Edit = Box<dyn Fn(&mut Value) + Send>;

/// What is wrong with it.
#[derive(Default)]
pub(super) struct Lies {
    pub(super) signature: Signature,
    /// Changes the claims of the token.
    pub(super) claims: Option<Edit>,
    /// What its document says other than it should.
    pub(super) document: Option<Edit>,
    /// Changes what the place for further claims says.
    pub(super) further: Option<Edit>,
    /// What the place for tokens says other than it should.
    pub(super) tokens: Option<Edit>,
    pub(super) discovery: Manner,
    pub(super) keys: Manner,
    pub(super) token_endpoint: Manner,
    pub(super) userinfo: Manner,
}

struct Key {
    id: String,
    signing: CoreEdDsaPrivateSigningKey,
}

impl Key {
    fn new(id: &str) -> Self {
        // PKCS #8 of an Ed25519 key (RFC 8410, section 7): a head of sixteen bytes, and the seed.
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let der = [head.as_slice(), &rand::random::<[u8; 32]>()].concat();
        let pem =
            format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", "PRIVATE KEY", STANDARD.encode(der));
        let signing =
            CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(id.to_owned())));
        Self { id: id.to_owned(), signing: signing.unwrap() }
    }

    fn public(&self) -> Value {
        serde_json::to_value(self.signing.as_verification_key()).unwrap()
    }
}

/// A code that was given out, and for what.
struct Grant {
    nonce: String,
    challenge: String,
    redirect: String,
}

pub(super) struct Provider {
    pub(super) issuer: String,
    inner: Arc<Inner>,
}

struct Inner {
    issuer: String,
    key: Mutex<Key>,
    lies: Mutex<Lies>,
    grants: Mutex<HashMap<String, Grant>>,
    discoveries: AtomicU32,
    key_fetches: AtomicU32,
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            issuer: issuer.clone(),
            key: Mutex::new(Key::new("first")),
            lies: Mutex::default(),
            grants: Mutex::default(),
            discoveries: AtomicU32::new(0),
            key_fetches: AtomicU32::new(0),
        });
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(keys))
            .route("/realm/token", post(token))
            .route("/realm/me", get(userinfo))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, inner }
    }

    /// From now on it lies so.
    pub(super) fn lie(&self, lies: Lies) {
        *self.inner.lies.lock().unwrap() = lies;
    }

    /// It says these claims of everybody.
    pub(super) fn say(&self, claims: Value) {
        self.lie(Lies { claims: Some(saying(claims)), ..Lies::default() });
    }

    /// It signs with a new key from now on.
    pub(super) fn rotate(&self, id: &str) {
        *self.inner.key.lock().unwrap() = Key::new(id);
    }

    /// A code for whoever asks so.
    pub(super) fn grant(&self, asked: &BTreeMap<String, String>) -> String {
        assert_eq!(asked["client_id"], CLIENT_ID);
        assert_eq!(
            (asked["response_type"].as_str(), asked["code_challenge_method"].as_str()),
            ("code", "S256")
        );
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        for random in ["state", "nonce", "code_challenge"] {
            assert!(asked[random].len() >= 43, "{random}");
        }
        let code = format!("{:x}", rand::random::<u128>());
        let grant = Grant {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        self.inner.grants.lock().unwrap().insert(code.clone(), grant);
        code
    }

    pub(super) fn discoveries(&self) -> u32 {
        self.inner.discoveries.load(Ordering::Relaxed)
    }

    pub(super) fn key_fetches(&self) -> u32 {
        self.inner.key_fetches.load(Ordering::Relaxed)
    }
}

/// Sets claims, or removes those that are null.
pub(super) fn saying(changes: Value) -> Edit {
    Box::new(move |all| {
        for (name, value) in changes.as_object().unwrap() {
            let all = all.as_object_mut().unwrap();
            if value.is_null() {
                all.remove(name)
            } else {
                all.insert(name.clone(), value.clone())
            };
        }
    })
}

/// Claims that are so many seconds from now.
pub(super) fn times(offsets: &'static [(&'static str, i64)]) -> Edit {
    Box::new(move |all| {
        for (name, offset) in offsets {
            all[*name] = (jiff::Timestamp::now().as_second() + offset).into();
        }
    })
}

fn edited(mut value: Value, edit: Option<&Edit>) -> Value {
    if let Some(edit) = edit {
        edit(&mut value);
    }
    value
}

async fn given(manner: Manner, honest: Value) -> Response {
    match manner {
        Manner::Honest => Json(honest).into_response(),
        Manner::Huge => {
            let huge = format!("{{\"a\":\"{}\"}}", "a".repeat(2 << 20));
            ([(header::CONTENT_TYPE, "application/json")], huge).into_response()
        }
        Manner::Endless => {
            let drips = futures::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
            });
            ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(drips)).into_response()
        }
        Manner::Silent => std::future::pending().await,
        Manner::Redirect => Redirect::temporary("http://169.254.169.254/latest/meta-data").into_response(),
        Manner::NotJson => "<html>hello</html>".into_response(),
        Manner::Failing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn discovery(State(inner): State<Arc<Inner>>) -> Response {
    inner.discoveries.fetch_add(1, Ordering::Relaxed);
    let issuer = &inner.issuer;
    let (manner, document) = {
        let lies = inner.lies.lock().unwrap();
        let honest = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/keys"),
            "end_session_endpoint": format!("{issuer}/end"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
        });
        (lies.discovery, edited(honest, lies.document.as_ref()))
    };
    given(manner, document).await
}

async fn keys(State(inner): State<Arc<Inner>>) -> Response {
    inner.key_fetches.fetch_add(1, Ordering::Relaxed);
    let manner = inner.lies.lock().unwrap().keys;
    let keys = json!({ "keys": [inner.key.lock().unwrap().public()] });
    given(manner, keys).await
}

/// The client and the one who asked are who they say; then a token, as honest as the lies let it be.
async fn token(
    State(inner): State<Arc<Inner>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let encoded = |text: &str| form_encoded(text);
    let expected = STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("");
    if shown != format!("Basic {expected}") {
        let error = json!({ "error": "invalid_client" });
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let grant = inner.grants.lock().unwrap().remove(&form["code"]);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let Some(grant) =
        grant.filter(|grant| grant.challenge == challenge && grant.redirect == form["redirect_uri"])
    else {
        let error = json!({ "error": "invalid_grant" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let (manner, tokens) = {
        let lies = inner.lies.lock().unwrap();
        let now = jiff::Timestamp::now().as_second();
        let claims = json!({
            "iss": inner.issuer, "sub": SUBJECT, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": grant.nonce,
            "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace", "organization": "The Institute",
        });
        let claims = edited(claims, lies.claims.as_ref());
        let token = signed(&inner.key.lock().unwrap(), lies.signature, &claims);
        let tokens =
            json!({ "access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token });
        (lies.token_endpoint, edited(tokens, lies.tokens.as_ref()))
    };
    given(manner, tokens).await
}

async fn userinfo(State(inner): State<Arc<Inner>>, headers: HeaderMap) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer access");
    let (manner, claims) = {
        let lies = inner.lies.lock().unwrap();
        let honest = json!({ "sub": SUBJECT });
        (lies.userinfo, edited(honest, lies.further.as_ref()))
    };
    given(manner, claims).await
}

fn form_encoded(text: &str) -> String {
    let encoded = openidconnect::url::form_urlencoded::byte_serialize(text.as_bytes());
    encoded.collect()
}

fn signed(key: &Key, how: Signature, claims: &Value) -> String {
    let algorithm = match how {
        Signature::None | Signature::NoneSigned => "none",
        Signature::HmacOfPublicKey | Signature::HmacOfClientSecret => "HS256",
        _ => "EdDSA",
    };
    let other = Key::new("unknown");
    let id = if matches!(how, Signature::UnknownKey) { "unknown" } else { &key.id };
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": id, "typ": "JWT" })), part(claims));
    let by = |key: &Key| key.signing.sign(&CoreJwsSigningAlgorithm::EdDsa, signed.as_bytes()).unwrap();
    let signature = match how {
        Signature::Honest | Signature::NoneSigned => by(key),
        Signature::None => Vec::new(),
        Signature::HmacOfPublicKey => {
            let public = key.public()["x"].as_str().unwrap().to_owned();
            hmac(&URL_SAFE_NO_PAD.decode(public).unwrap(), signed.as_bytes())
        }
        Signature::HmacOfClientSecret => hmac(CLIENT_SECRET.as_bytes(), signed.as_bytes()),
        Signature::ForgedKey | Signature::UnknownKey => by(&other),
        Signature::Broken => by(key).into_iter().map(|byte| byte ^ 1).collect(),
    };
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// HMAC-SHA-256 (RFC 2104), for keys of at most 64 bytes.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |with: u8| (0..64).map(|at| key.get(at).unwrap_or(&0) ^ with).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}
