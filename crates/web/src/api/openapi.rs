//! The API's routes and their description, which is made from the same declarations.

use std::sync::OnceLock;

use axum::{Json, Router, extract::DefaultBodyLimit, http::Method};
use gas_service::account::Scope;
use utoipa::{
    OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{account, files, jobs, service_info, tokens, variants};
use crate::{
    app::App,
    error::Problem,
    events,
    router::{Access, Effect, Entry, Routes},
};

const PREFIX: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Genomics Annotation Service",
        description = "Annotate VCF files. Send `Authorization: Bearer TOKEN`; tokens are made on the profile page \
                       or by `POST /api/v1/tokens`. Errors are problems as RFC 9457 describes them, with a stable \
                       `code`. Times are RFC 3339, in UTC. Unknown fields and query values are refused.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Description;

/// The operations, by who may use them and what comes of them other than by GET.
fn declared() -> [(Access, Effect, OpenApiRouter<App>); 5] {
    let new = OpenApiRouter::new;
    let submit = new().routes(routes!(jobs::create)).layer(DefaultBodyLimit::disable());
    let submit = submit.routes(routes!(jobs::rerun));
    let read = new()
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show))
        .routes(routes!(files::result))
        .routes(routes!(files::report))
        .routes(routes!(files::input))
        .routes(routes!(files::log))
        .routes(routes!(files::summary))
        .routes(routes!(variants::list))
        .routes(routes!(events::stream))
        .routes(routes!(account::profile));
    let end = new().routes(routes!(jobs::delete)).routes(routes!(jobs::cancel));
    let account = new()
        .routes(routes!(account::change_profile))
        .routes(routes!(account::subscribe, account::unsubscribe))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke));
    [
        (Access::Public, Effect::None, new().routes(routes!(service_info::show)).routes(routes!(show))),
        (Access::Api(Scope::Read), Effect::None, read),
        (Access::Api(Scope::Submit), Effect::Job, submit),
        (Access::Api(Scope::Submit), Effect::Change, end),
        (Access::Api(Scope::Account), Effect::Change, account),
    ]
    .map(|(access, effect, router)| (access, effect, new().nest(PREFIX, router)))
}

/// The API's routes.
pub(crate) fn routes() -> Routes {
    Routes::all(declared().map(|(access, effect, router)| group(access, effect, router)))
}

fn group(access: Access, effect: Effect, router: OpenApiRouter<App>) -> Routes {
    let (router, description): (Router<App>, _) = router.split_for_parts();
    let mut table = Vec::new();
    for (path, item) in &description.paths.paths {
        let operations = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        for (method, operation) in operations {
            if operation.is_some() {
                table.push(Entry::new(method, path, access, effect));
            }
        }
    }
    Routes::of(access).with(router, table)
}

/// The description of the API.
#[utoipa::path(get, path = "/openapi.json", tag = "service", security(()),
    responses((status = 200, description = "This description, as OpenAPI 3.1", content_type = "application/json")))]
async fn show() -> Json<&'static utoipa::openapi::OpenApi> {
    static WHOLE: OnceLock<utoipa::openapi::OpenApi> = OnceLock::new();
    Json(WHOLE.get_or_init(described))
}

/// The description, with what holds for all operations.
fn described() -> utoipa::openapi::OpenApi {
    let mut description = Description::openapi();
    for (access, _, router) in declared() {
        let mut group = router.into_openapi();
        for item in group.paths.paths.values_mut() {
            let operations =
                [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            operations.into_iter().flatten().for_each(|operation| describe(operation, access));
        }
        description.merge(group);
    }
    if let Some(components) = &mut description.components {
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("gas_session")));
        components.add_security_scheme("token", bearer);
        components.add_security_scheme("session", cookie);
    }
    description
}

/// What any operation may answer.
const ANYWHERE: &[(&str, &str)] = &[
    ("401", "Nobody is signed in: `not_signed_in`, or `unknown_token`"),
    ("429", "Too often: `too_many_requests`"),
    ("503", "Not now: `unavailable`, `timed_out`, `draining`, `read_only`"),
];

/// What any operation that reads a body may answer.
const OF_BODIES: &[(&str, &str)] =
    &[("400", "The body cannot be read: `malformed`"), ("413", "The body is too long: `too_large`")];

fn describe(operation: &mut Operation, access: Access) {
    let shape = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(shape))).build();
    let problem = |text: &str| {
        let response = ResponseBuilder::new().description(text);
        RefOr::T(response.content("application/problem+json", content.clone()).build())
    };
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        // The operations only say what a refusal means; its shape is always the same.
        let refusal = status.starts_with('4') || status.starts_with('5');
        if let (true, RefOr::T(response)) = (refusal, response) {
            response.content.insert("application/problem+json".to_owned(), RefOr::T(content.clone()));
        }
    }
    let of_bodies = if operation.request_body.is_some() { OF_BODIES } else { &[] };
    for (status, text) in ANYWHERE.iter().chain(of_bodies) {
        responses.entry((*status).to_owned()).or_insert_with(|| problem(text));
    }
    let Access::Api(scope) = access else { return };
    if scope > Scope::Read {
        let scope = scope.as_str();
        let narrow = format!(
            "`insufficient_scope`: the token's scope is narrower than `{scope}`; or `cross_site`, `sign_in_again`"
        );
        responses.entry("403".to_owned()).or_insert_with(|| problem(&narrow));
    }
    let none: [String; 0] = [];
    operation.security = Some(vec![
        SecurityRequirement::new("token", [scope.as_str()]),
        SecurityRequirement::new("session", none),
    ]);
}
