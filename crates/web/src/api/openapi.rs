//! The API's routes and their description, which is made from the same declarations.

use std::sync::OnceLock;

use axum::{Json, Router, extract::DefaultBodyLimit, http::Method};
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
    router::{self, Entry, Routes},
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

fn declared() -> OpenApiRouter<App> {
    let uploads = OpenApiRouter::new().routes(routes!(jobs::create)).layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(Description::openapi()).nest(
        PREFIX,
        OpenApiRouter::new()
            .merge(uploads)
            .routes(routes!(jobs::list))
            .routes(routes!(jobs::show, jobs::delete))
            .routes(routes!(jobs::cancel))
            .routes(routes!(jobs::rerun))
            .routes(routes!(files::result))
            .routes(routes!(files::report))
            .routes(routes!(files::input))
            .routes(routes!(files::log))
            .routes(routes!(files::summary))
            .routes(routes!(variants::list))
            .routes(routes!(events::stream))
            .routes(routes!(account::profile, account::change_profile))
            .routes(routes!(account::subscribe, account::unsubscribe))
            .routes(routes!(tokens::list, tokens::create))
            .routes(routes!(tokens::revoke))
            .routes(routes!(service_info::show))
            .routes(routes!(show)),
    )
}

/// The API's routes.
pub(crate) fn routes() -> Routes {
    let (router, description): (Router<App>, _) = declared().split_for_parts();
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
                table.push(Entry { method, path: path.clone() });
            }
        }
    }
    Routes::new().with(router, table)
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
    let mut description = declared().into_openapi();
    if let Some(components) = &mut description.components {
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("gas_session")));
        components.add_security_scheme("token", bearer);
        components.add_security_scheme("session", cookie);
    }
    for (path, item) in &mut description.paths.paths {
        let public = router::PUBLIC.contains(&path.as_str());
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            describe(operation, public);
        }
    }
    description
}

fn describe(operation: &mut Operation, public: bool) {
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
    responses.entry("default".to_owned()).or_insert_with(|| problem("Whatever went wrong; `code` says what"));
    if public {
        return;
    }
    let unknown = "Nobody is signed in: `not_signed_in`, or `unknown_token`";
    responses.entry("401".to_owned()).or_insert_with(|| problem(unknown));
    let none: [String; 0] = [];
    operation.security = Some(vec![
        SecurityRequirement::new("token", none.clone()),
        SecurityRequirement::new("session", none),
    ]);
}
