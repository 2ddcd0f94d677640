//! What each route is about, and what its callers get. A route that is not listed here fails a test.

use axum::{
    body::Body,
    http::{Request, header},
};

use gas_service::account::Scope;
use gas_web::router::{Access, Entry};

use super::site::{By, FILE_NAME, Person, Site, input, request};

/// What the route's `{id}` (or other parameter) names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The route has none.
    Nothing,
    /// A job with a result.
    CompletedJob,
    /// A job that waits.
    PendingJob,
    /// An upload without bytes.
    Upload,
    /// An upload with its bytes.
    FullUpload,
    /// An API token.
    Token,
    /// A user.
    User,
    /// Something that does not exist.
    Missing,
}

/// What the request brings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Brings {
    Nothing,
    Form(&'static str),
    Json(&'static str),
    Bytes,
    File,
}

/// A route and what its callers get.
pub(super) struct Expected {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) subject: Subject,
    pub(super) brings: Brings,
    /// Status for the owner of the subject.
    pub(super) owner: u16,
    /// Status for others who are signed in.
    pub(super) other: u16,
}

const fn own(method: &'static str, path: &'static str, brings: Brings, status: u16) -> Expected {
    Expected { method, path, subject: Subject::Nothing, brings, owner: status, other: status }
}

const fn of(subject: Subject, method: &'static str, path: &'static str, owner: u16) -> Expected {
    Expected { method, path, subject, brings: Brings::Nothing, owner, other: 404 }
}

/// For administrators; nobody else is to know that it is there.
const fn admins(method: &'static str, path: &'static str, subject: Subject, brings: Brings) -> Expected {
    Expected { method, path, subject, brings, owner: 404, other: 404 }
}

const KEY: &str = "key=019ab000-0000-7000-8000-000000000001";
const UPLOAD_ID: &str = "upload_id=019ab000-0000-7000-8000-000000000002";

/// Every route there is.
pub(super) const ROUTES: &[Expected] = {
    use Brings::{Bytes, File, Form, Json, Nothing};
    use Subject::{CompletedJob, FullUpload, Missing, PendingJob, Token, Upload, User};
    &[
        own("GET", "/", Nothing, 200),
        own("GET", "/sign-in", Nothing, 303),
        own("POST", "/sign-in", Form("email=someone@example.org"), 303),
        own("GET", "/sign-in/sent", Nothing, 200),
        Expected { other: 410, ..of(Missing, "GET", "/sign-in/{secret}", 410) },
        Expected { other: 410, ..of(Missing, "POST", "/sign-in/{secret}", 410) },
        Expected { brings: Form("next=/"), ..of(Missing, "POST", "/sign-in/with/{provider}", 404) },
        of(Missing, "GET", "/sign-in/callback/{provider}", 404),
        own("GET", "/sign-in/address", Nothing, 410),
        own("POST", "/sign-in/address", Form("email=someone@example.org"), 410),
        own("POST", "/sign-out", Nothing, 303),
        // For callers at the same machine only; these have no address.
        own("GET", "/outbox", Nothing, 404),
        of(Missing, "GET", "/outbox/{id}", 404),
        of(Missing, "GET", "/assets/{*path}", 404),
        own("GET", "/healthz", Nothing, 200),
        own("GET", "/readyz", Nothing, 200),
        own("GET", "/metrics", Nothing, 404),
        own("GET", "/annotate", Nothing, 200),
        own("POST", "/annotate", File, 303),
        own("POST", "/annotate/example", Form(UPLOAD_ID), 303),
        own("POST", "/uploads", Json(r#"{"file_name":"a.vcf","size":10}"#), 201),
        Expected { brings: Bytes, ..of(Upload, "PUT", "/uploads/{id}", 200) },
        Expected { brings: Json("{}"), ..of(FullUpload, "POST", "/uploads/{id}/submit", 200) },
        own("POST", "/uploads/recognise", Json(r#"{"header":"","records":{}}"#), 200),
        own("GET", "/annotations", Nothing, 200),
        of(CompletedJob, "GET", "/annotations/{id}", 200),
        of(CompletedJob, "GET", "/annotations/{id}/row", 200),
        of(CompletedJob, "GET", "/annotations/{id}/live", 200),
        of(CompletedJob, "GET", "/annotations/{id}/variants", 200),
        of(CompletedJob, "GET", "/annotations/{id}/log", 200),
        of(CompletedJob, "GET", "/annotations/{id}/log.txt", 200),
        of(CompletedJob, "GET", "/annotations/{id}/download", 200),
        of(CompletedJob, "GET", "/annotations/{id}/input", 200),
        of(CompletedJob, "GET", "/annotations/{id}/report", 200),
        of(PendingJob, "POST", "/annotations/{id}/cancel", 303),
        of(CompletedJob, "POST", "/annotations/{id}/delete", 303),
        Expected { brings: Form(KEY), ..of(CompletedJob, "POST", "/annotations/{id}/run-again", 303) },
        own("GET", "/profile", Nothing, 200),
        own("POST", "/profile", Form("name=Eve&institution=Somewhere"), 303),
        of(Missing, "POST", "/profile/identities/connect/{provider}", 404),
        own("POST", "/profile/identities/disconnect", Form("issuer=https://id.example.org&subject=1"), 303),
        own("POST", "/profile/email", Form("email=new%40example.org"), 303),
        Expected { other: 410, ..of(Missing, "GET", "/profile/email/{secret}", 410) },
        Expected { other: 410, ..of(Missing, "POST", "/profile/email/{secret}", 410) },
        own("POST", "/profile/sign-out-everywhere", Nothing, 303),
        own("GET", "/profile/export", Nothing, 200),
        own("GET", "/profile/delete", Nothing, 200),
        // The address is that of nobody there.
        own("POST", "/profile/delete", Form("email=nobody%40example.org"), 422),
        own("GET", "/account-deleted", Nothing, 200),
        own("POST", "/profile/tokens", Form("name=new&scope=read&expires=7d"), 200),
        // Does nothing to another's token, and says no more about it.
        Expected { other: 303, ..of(Token, "POST", "/profile/tokens/{id}/revoke", 303) },
        own("GET", "/subscribe", Nothing, 200),
        own("POST", "/subscribe", Nothing, 303),
        own("GET", "/subscribe/done", Nothing, 200),
        own("GET", "/unsubscribe", Nothing, 200),
        own("POST", "/unsubscribe", Nothing, 303),
        // Without a payment provider nobody is known there, and nobody's notices are taken.
        own("POST", "/subscription/portal", Nothing, 409),
        own("POST", "/billing/stripe/webhook", Json("{}"), 400),
        own("GET", "/api/v1/jobs", Nothing, 200),
        own("POST", "/api/v1/jobs", File, 201),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}", 200),
        of(CompletedJob, "DELETE", "/api/v1/jobs/{id}", 204),
        of(PendingJob, "POST", "/api/v1/jobs/{id}/cancel", 200),
        of(CompletedJob, "POST", "/api/v1/jobs/{id}/rerun", 201),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/result", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/input", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/report", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/log", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/summary", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/variants", 200),
        of(CompletedJob, "GET", "/api/v1/jobs/{id}/events", 200),
        own("GET", "/api/v1/profile", Nothing, 200),
        own("PATCH", "/api/v1/profile", Json(r#"{"name":"Eve"}"#), 200),
        own("POST", "/api/v1/subscription", Json(r#"{"plan":"premium_user"}"#), 200),
        own("DELETE", "/api/v1/subscription", Nothing, 200),
        own("GET", "/api/v1/tokens", Nothing, 200),
        own("POST", "/api/v1/tokens", Json(r#"{"name":"new"}"#), 201),
        of(Token, "DELETE", "/api/v1/tokens/{id}", 204),
        admins("GET", "/admin", Subject::Nothing, Nothing),
        admins("GET", "/admin/users", Subject::Nothing, Nothing),
        admins("GET", "/admin/users/{id}", User, Nothing),
        admins("POST", "/admin/users/{id}/plan", User, Form("plan=premium_user&reason=asked")),
        admins("POST", "/admin/users/{id}/administrator", User, Form("admin=true&reason=asked")),
        admins("POST", "/admin/users/{id}/end-sessions", User, Form("reason=asked")),
        admins("GET", "/admin/jobs", Subject::Nothing, Nothing),
        admins("GET", "/admin/jobs/{id}", CompletedJob, Nothing),
        admins("POST", "/admin/jobs/{id}/cancel", PendingJob, Form("reason=asked")),
        admins("GET", "/admin/letters", Subject::Nothing, Nothing),
        admins("POST", "/admin/letters/retry", Subject::Nothing, Form("queue=job-requests")),
        admins("POST", "/admin/letters/discard", Subject::Nothing, Form("queue=job-requests")),
        admins("GET", "/admin/storage", Subject::Nothing, Nothing),
        admins("GET", "/admin/audit", Subject::Nothing, Nothing),
        admins("GET", "/admin/mode", Subject::Nothing, Nothing),
        admins("POST", "/admin/mode", Subject::Nothing, Form("mode=open&note=")),
        own("GET", "/api/v1/service-info", Nothing, 200),
        own("GET", "/api/v1/openapi.json", Nothing, 200),
    ]
};

impl Expected {
    /// Who may use it.
    pub(super) fn access(&self) -> Access {
        let same = |entry: &&Entry| entry.method == self.method && entry.path == self.path;
        gas_web::router::table().iter().find(same).unwrap().access
    }

    /// Whether it is for people and not for programs.
    pub(super) fn is_page(&self) -> bool {
        matches!(self.access(), Access::Page | Access::Recent)
    }

    /// Whether strangers may use it.
    pub(super) fn is_public(&self) -> bool {
        matches!(self.access(), Access::Public | Access::Impersonal)
    }

    /// The path, with a fresh subject that belongs to `owner`.
    pub(super) async fn path_of(&self, site: &Site, owner: &Person) -> String {
        let id = match self.subject {
            Subject::Nothing => return self.path.to_owned(),
            Subject::CompletedJob => site.completed_job(owner).await.job_id.to_string(),
            Subject::PendingJob => site.pending_job(owner).await.job_id.to_string(),
            Subject::Upload => site.upload(owner).await.upload_id.to_string(),
            Subject::FullUpload => {
                let upload = site.upload(owner).await;
                let bytes = Box::pin(std::io::Cursor::new(input().into_bytes()));
                site.desk.receive(&owner.user, &upload, bytes).await.unwrap();
                upload.upload_id.to_string()
            }
            Subject::Token => {
                let (token, _) = site.token(&owner.user, Scope::Read).await;
                token.token_id.to_string()
            }
            Subject::User => owner.user.user_id.to_string(),
            Subject::Missing => "missing".to_owned(),
        };
        let (begin, rest) = self.path.split_once('{').unwrap();
        let (_, end) = rest.split_once('}').unwrap();
        format!("{begin}{id}{end}")
    }

    /// A request of this kind.
    pub(super) fn request(&self, path: &str, by: By<'_>) -> Request<Body> {
        let request = request(self.method, path, by);
        let of = |kind: &str, body: &str| (kind.to_owned(), Body::from(body.to_owned()));
        let (kind, body) = match self.brings {
            Brings::Nothing => return request.body(Body::empty()).unwrap(),
            Brings::Form(form) => of("application/x-www-form-urlencoded", form),
            Brings::Json(json) => of("application/json", json),
            Brings::Bytes => of("application/octet-stream", &input()),
            Brings::File => {
                of(&format!("multipart/form-data; boundary={BOUNDARY}"), &form(FILE_NAME, &input()))
            }
        };
        request.header(header::CONTENT_TYPE, kind).body(body).unwrap()
    }
}

pub(super) const BOUNDARY: &str = "a-line-that-occurs-nowhere-else";

/// A multipart form with a file.
pub(super) fn form(name: &str, text: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/plain\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n"
    )
}
