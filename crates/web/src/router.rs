//! One table of all routes, and the layers around them.

use std::{collections::HashMap, sync::OnceLock};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath},
    handler::Handler,
    http::Method,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use gas_service::account::Scope;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::{
    api,
    app::App,
    assets, billing, downloads,
    error::{self, WebError},
    health,
    layers::{
        authenticate, compression, csrf, rate_limit, request, security_headers, standing, time_limit,
        upload_body,
    },
    pages, references, sign_in, uploads,
};

/// Who may use a route. There is no route without: whoever adds one says whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Anybody; and nobody looks up who calls, so that it answers without the tables. No cookie counts, so that what
    /// changes something needs no token of a page either: whoever calls must prove it by what is sent.
    Impersonal,
    /// Anybody.
    Public,
    /// Programs with a token of that scope or a wider one, and this site's own scripts by the session's cookie.
    Api(Scope),
    /// People who are signed in. Tokens open no pages.
    Page,
    /// The same, if they signed in not long ago: here it is changed who can get in.
    Recent,
    /// Administrators who are signed in; for everybody else there is nothing at the address.
    Admin,
}

/// What comes of a request, and so whether it is refused while the service is not open for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that is ever refused: it reads, signs in or out, or sets how the service stands.
    None,
    /// Something is changed, but no job is made: not done while the service is for reading only.
    Change,
    /// A job, or a file for one: not done while the service is drained, either.
    Job,
}

/// Routes that take files: no limit on time or body but those of the upload itself.
const UPLOADS: &[&str] = &["/uploads/{id}", "/annotate", "/api/v1/jobs"];

/// Whether a request brings a file.
pub(crate) fn takes_file(method: &Method, matched: Option<&MatchedPath>) -> bool {
    *method != Method::GET && matched.is_some_and(|path| UPLOADS.contains(&path.as_str()))
}

/// Most bytes of a body, in all routes that do not take files.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// A route, by method and path pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// GET answers HEAD as well.
    pub method: Method,
    /// The pattern, such as `/annotations/{id}`.
    pub path: String,
    /// Who may use it.
    pub access: Access,
    /// What comes of it.
    pub effect: Effect,
}

impl Entry {
    /// A route of which that comes, unless it is of GET: those change nothing.
    pub(crate) fn new(method: Method, path: &str, access: Access, effect: Effect) -> Self {
        let effect = if method == Method::GET { Effect::None } else { effect };
        Self { method, path: path.to_owned(), access, effect }
    }
}

/// Routes for the same callers, or groups of such routes, and the table of them.
pub struct Routes {
    router: Router<App>,
    table: Vec<Entry>,
    access: Access,
    effect: Effect,
}

impl Routes {
    /// No routes yet; those that are added are for these callers, and change something unless they are of GET.
    pub fn of(access: Access) -> Self {
        Self { router: Router::new(), table: Vec::new(), access, effect: Effect::Change }
    }

    /// The same; of what is added from here on, other than by GET, comes this.
    #[must_use]
    pub fn with_effect(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// All routes of several groups.
    pub fn all(groups: impl IntoIterator<Item = Self>) -> Self {
        groups.into_iter().fold(Self::of(Access::Admin), Self::merge)
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

    /// Adds routes that were made elsewhere, and what they are.
    #[must_use]
    pub fn with(mut self, router: Router<App>, table: Vec<Entry>) -> Self {
        self.table.extend(table);
        Self { router: self.router.merge(router), ..self }
    }

    fn merge(self, other: Self) -> Self {
        self.with(other.router, other.table)
    }

    fn route(mut self, method: &Method, path: &str, handler: MethodRouter<App>) -> Self {
        self.table.push(Entry::new(method.clone(), path, self.access, self.effect));
        let takes_files = UPLOADS.contains(&path) && method != Method::GET;
        let handler = if takes_files { handler.layer(DefaultBodyLimit::disable()) } else { handler };
        Self { router: self.router.route(path, handler), ..self }
    }
}

fn routes() -> Routes {
    Routes::all([
        pages::routes(),
        sign_in::email_link::routes(),
        sign_in::openid::routes::routes(),
        uploads::routes(),
        references::routes(),
        downloads::routes(),
        api::routes(),
        assets::routes(),
        billing::routes(),
        health::routes(),
    ])
}

/// Every route there is.
pub fn table() -> &'static [Entry] {
    static TABLE: OnceLock<Vec<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| routes().table)
}

/// All routes of a path.
fn of_path(path: &str) -> &'static [&'static Entry] {
    static BY_PATH: OnceLock<HashMap<&'static str, Vec<&'static Entry>>> = OnceLock::new();
    let by_path = BY_PATH.get_or_init(|| {
        let mut by_path = HashMap::<_, Vec<_>>::new();
        for entry in table() {
            by_path.entry(entry.path.as_str()).or_default().push(entry);
        }
        by_path
    });
    by_path.get(path).map_or(&[], Vec::as_slice)
}

/// The route of that method and path.
fn entry(method: &Method, path: &str) -> Option<&'static Entry> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    of_path(path).iter().find(|entry| entry.method == method).copied()
}

/// Who may use a path in that way; of a method that the path does not know, whoever may do most there. None where there
/// is nothing.
pub(crate) fn access(method: &Method, path: &str) -> Option<Access> {
    let exact = entry(method, path).map(|entry| entry.access);
    exact.or_else(|| of_path(path).iter().map(|entry| entry.access).max())
}

/// What comes of using a path in that way; nothing of a method that the path does not know.
pub(crate) fn effect(method: &Method, path: &str) -> Effect {
    entry(method, path).map_or(Effect::None, |entry| entry.effect)
}

/// The whole site.
pub fn router(app: App) -> Router {
    // The last layer is the outermost.
    routes()
        .router
        .fallback(async || WebError::NotFound)
        .method_not_allowed_fallback(async || WebError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(csrf::check))
        .layer(from_fn_with_state(app.clone(), standing::enforce))
        .layer(from_fn_with_state(app.clone(), time_limit::apply))
        .layer(from_fn_with_state(app.clone(), rate_limit::per_user))
        .layer(from_fn_with_state(app.clone(), upload_body::watch))
        .layer(from_fn_with_state(app.clone(), authenticate::authenticate))
        .layer(CsrfLayer::new().with_rejection_response(refuse_cross_site))
        .layer(from_fn_with_state(app.clone(), rate_limit::per_address))
        .layer(from_fn(error::render))
        .layer(from_fn_with_state(app.clone(), csrf::provide))
        .layer(from_fn_with_state(app.clone(), standing::announce))
        .layer(compression::layer())
        .layer(from_fn_with_state(app.clone(), security_headers::set))
        .layer(from_fn(request::log))
        .with_state(app)
}

fn refuse_cross_site(_: ProtectionError) -> Response {
    WebError::CrossSite.into_response()
}
