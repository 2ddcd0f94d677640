//! One table of all routes, and the layers around them.

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath},
    handler::Handler,
    http::Method,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::{
    api,
    app::App,
    assets, downloads,
    error::{self, WebError},
    health,
    layers::{authenticate, compression, request, security_headers, time_limit, upload_body},
    pages, references, sign_in, uploads,
};

/// Routes open to everybody. Every other needs a user, whatever its handler does.
pub const PUBLIC: &[&str] = &[
    "/",
    "/sign-in",
    "/sign-in/sent",
    "/sign-in/{secret}",
    "/sign-out",
    "/outbox",
    "/outbox/{id}",
    "/assets/{*path}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/service-info",
    "/api/v1/openapi.json",
];

/// Public routes for which nobody looks up who calls, so that they answer without the tables.
pub(crate) const IMPERSONAL: &[&str] = &["/assets/{*path}", "/healthz", "/readyz", "/metrics"];

/// Routes that take files: no limit on time or body but those of the upload itself.
const UPLOADS: &[&str] = &["/uploads/{id}", "/annotate", "/api/v1/jobs"];

/// Whether a request brings a file.
pub(crate) fn takes_file(method: &Method, matched: Option<&MatchedPath>) -> bool {
    *method != Method::GET && matched.is_some_and(|path| UPLOADS.contains(&path.as_str()))
}

/// Most bytes of a body, in all routes that do not take files.
const BODY_LIMIT: usize = 64 * 1024;

/// A route, by method and path pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// GET answers HEAD as well.
    pub method: Method,
    /// The pattern, such as `/annotations/{id}`.
    pub path: String,
}

/// Routes, and the table of them.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    table: Vec<Entry>,
}

impl Routes {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a GET route. It must not change anything.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.route(&Method::GET, path, on(MethodFilter::GET, handler))
    }

    /// Adds a POST route.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.route(&Method::POST, path, on(MethodFilter::POST, handler))
    }

    /// Adds a PUT route.
    #[must_use]
    pub fn put<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.route(&Method::PUT, path, on(MethodFilter::PUT, handler))
    }

    /// Adds all routes of another.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        Self { router: self.router.merge(other.router), table: self.table }
    }

    /// Adds routes that were made elsewhere, and what they are.
    #[must_use]
    pub fn with(mut self, router: Router<App>, table: Vec<Entry>) -> Self {
        self.table.extend(table);
        Self { router: self.router.merge(router), table: self.table }
    }

    fn route(mut self, method: &Method, path: &str, handler: MethodRouter<App>) -> Self {
        self.table.push(Entry { method: method.clone(), path: path.to_owned() });
        let takes_files = UPLOADS.contains(&path) && method != Method::GET;
        let handler = if takes_files { handler.layer(DefaultBodyLimit::disable()) } else { handler };
        Self { router: self.router.route(path, handler), table: self.table }
    }
}

fn routes() -> Routes {
    Routes::new()
        .merge(pages::routes())
        .merge(sign_in::email_link::routes())
        .merge(uploads::routes())
        .merge(references::routes())
        .merge(downloads::routes())
        .merge(api::routes())
        .merge(assets::routes())
        .merge(health::routes())
}

/// Every route there is.
pub fn table() -> Vec<Entry> {
    routes().table
}

/// The whole site.
pub fn router(app: App) -> Router {
    // The last layer is the outermost.
    routes()
        .router
        .fallback(async || WebError::NotFound)
        .method_not_allowed_fallback(async || WebError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), time_limit::apply))
        .layer(from_fn_with_state(app.clone(), upload_body::watch))
        .layer(from_fn_with_state(app.clone(), authenticate::authenticate))
        .layer(CsrfLayer::new().with_rejection_response(refuse_cross_site))
        .layer(from_fn(error::render))
        .layer(compression::layer())
        .layer(from_fn_with_state(app.clone(), security_headers::set))
        .layer(from_fn(request::log))
        .with_state(app)
}

fn refuse_cross_site(_: ProtectionError) -> Response {
    WebError::CrossSite.into_response()
}
