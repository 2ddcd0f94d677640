//! Queries and bodies, read strictly: a field that is not known is refused, for it was meant to do something.

use std::{fmt, marker::PhantomData};

use axum::{
    Form, Json,
    extract::{
        FromRequest, FromRequestParts, Query, Request,
        rejection::{FormRejection, JsonRejection},
    },
    http::{StatusCode, header, request::Parts},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::error::WebError;

/// The query. Its type says `deny_unknown_fields`.
pub(crate) struct StrictQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for StrictQuery<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|Query(query)| Self(query))
            .map_err(|why| WebError::invalid("invalid_query", why.body_text()))
    }
}

/// A JSON body. Its type says `deny_unknown_fields`.
pub(crate) struct StrictJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let body = Json::<Object<T>>::from_request(request, state).await;
        body.map(|Json(Object(body))| Self(body)).map_err(why_not_json)
    }
}

/// Something written as a JSON object. Derived readers take an array of the fields' values as well, which would set
/// fields that nobody named.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FromMap(PhantomData)).map(Self)
    }
}

struct FromMap<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FromMap<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

fn why_not_json(why: JsonRejection) -> WebError {
    match why {
        JsonRejection::JsonDataError(why) => WebError::invalid("invalid_body", why.body_text()),
        JsonRejection::MissingJsonContentType(_) => {
            WebError::UnsupportedMediaType { expected: "application/json" }
        }
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => WebError::BodyTooLarge,
        other => WebError::Malformed(other.body_text()),
    }
}

/// A body as JSON or as a form. Its type says `deny_unknown_fields`.
pub(crate) struct JsonOrForm<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonOrForm<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded")) {
            let body = Form::<T>::from_request(request, state).await;
            return body.map(|Form(body)| Self(body)).map_err(why_not_form);
        }
        StrictJson::from_request(request, state).await.map(|StrictJson(body)| Self(body))
    }
}

fn why_not_form(why: FormRejection) -> WebError {
    match why {
        FormRejection::FailedToDeserializeFormBody(why) => WebError::invalid("invalid_body", why.body_text()),
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => WebError::BodyTooLarge,
        other => WebError::Malformed(other.body_text()),
    }
}
