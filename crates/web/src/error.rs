//! What can go wrong with a request, and the two faces it is shown with: a page, or a problem of RFC 9457.
//!
//! Handlers return a [`WebError`]; it travels within the response to the outermost layer, which alone knows
//! the path, the request id and the user, and gives it its face.

mod render;

use std::{error::Error, sync::Arc};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gas_service::{account::Scope, desk::DeskError};

pub(crate) use self::render::{Problem, render};
use crate::sign_in::openid::OpenIdError;

/// Why a request was not answered as asked. Each message ends in, or implies, what to do next.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The service said no.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// No provider's word signed anybody in.
    #[error(transparent)]
    OpenId(#[from] OpenIdError),
    /// Nobody is signed in, and the address is not for everybody.
    #[error(
        "this is only for people who are signed in; sign in, or send an API token as `Authorization: Bearer TOKEN`"
    )]
    NotSignedIn,
    /// Somebody signed in too long ago for what changes who can get in.
    #[error("signing in lies too far back for this; sign in again, or send an API token")]
    SignInAgain,
    /// The token is not one of ours.
    #[error("the API token is unknown or has been revoked; make a new one on your profile page")]
    UnknownToken,
    /// The token may do less than is asked.
    #[error(
        "the API token has the scope `{}`, and this needs `{}`; make a token of that scope on your profile page",
        scope.as_str(),
        needed.as_str()
    )]
    InsufficientScope {
        /// What the token may do.
        scope: Scope,
        /// What would do.
        needed: Scope,
    },
    /// A token where only people go.
    #[error(
        "API tokens open addresses that begin with `/api/v1`, and no pages; use those, or sign in with a browser"
    )]
    TokenOnPage,
    /// The token was good once.
    #[error("the API token has expired; make a new one on your profile page")]
    ExpiredToken,
    /// Another site made the browser send this.
    #[error("another site sent this request, so nothing was done; open the page here and try again")]
    CrossSite,
    /// What changes something came without the token of a page of this site.
    #[error(
        "this did not come from a page of this site, or the page was opened before you signed in or out, so nothing was done; open the page again and try once more"
    )]
    NoCsrfToken,
    /// No such address.
    #[error("there is nothing at this address; check it, or start from the home page")]
    NotFound,
    /// No such token, or another's.
    #[error("there is no such API token; it may have been revoked already")]
    NoSuchToken,
    /// The address exists, but not for this method.
    #[error("this address cannot be used in this way; go back and use the page's own buttons")]
    MethodNotAllowed,
    /// Understood, but not possible.
    #[error("{message}")]
    Invalid {
        /// A stable word for programs.
        code: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// Not understood.
    #[error("{0}")]
    Malformed(String),
    /// Not a format that this address reads.
    #[error("this address does not read that format; send `{expected}`")]
    UnsupportedMediaType {
        /// What it reads.
        expected: &'static str,
    },
    /// More than this address takes; uploads have limits of their own.
    #[error("the request is larger than this address takes; send less")]
    BodyTooLarge,
    /// Too often.
    #[error("{message}")]
    TooMany {
        /// What was too often.
        message: String,
        /// When to try again, in seconds.
        retry_after_seconds: u32,
    },
    /// The answer was not ready in time.
    #[error("the server took too long; try again in a minute")]
    TimedOut,
    /// A part of a file that it does not have.
    #[error("the file has {size} bytes, and none in the range asked for")]
    RangeNotSatisfiable {
        /// Size of the whole, in bytes.
        size: u64,
    },
    /// A fault of ours.
    #[error(
        "something went wrong on our side and has been noted; try again, and tell us the request id if it stays"
    )]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl WebError {
    /// A query, form or body that makes no sense to us.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { code, message: message.into() }
    }

    /// A fault of ours.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Desk(error) => error.code(),
            Self::OpenId(error) => error.code(),
            Self::NotSignedIn => "not_signed_in",
            Self::UnknownToken => "unknown_token",
            Self::ExpiredToken => "expired_token",
            Self::SignInAgain => "sign_in_again",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::TokenOnPage => "token_on_page",
            Self::CrossSite => "cross_site",
            Self::NoCsrfToken => "no_csrf_token",
            Self::NotFound => "not_found",
            Self::NoSuchToken => "no_such_token",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Invalid { code, .. } => code,
            Self::Malformed(_) => "malformed",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::BodyTooLarge => "too_large",
            Self::TooMany { .. } => "too_many_requests",
            Self::TimedOut => "timed_out",
            Self::RangeNotSatisfiable { .. } => "range_not_satisfiable",
            Self::Internal(_) => "internal",
        }
    }

    /// The status that goes with it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Desk(error) => status_of_desk(error),
            Self::OpenId(error) => status_of_open_id(error),
            Self::NotSignedIn | Self::UnknownToken | Self::ExpiredToken => StatusCode::UNAUTHORIZED,
            Self::SignInAgain
            | Self::InsufficientScope { .. }
            | Self::TokenOnPage
            | Self::CrossSite
            | Self::NoCsrfToken => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoSuchToken => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Self::RangeNotSatisfiable { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

fn status_of_desk(error: &DeskError) -> StatusCode {
    match error {
        DeskError::NoSuchJob | DeskError::NoSuchUpload | DeskError::NoSuchUser | DeskError::NoSuchLetter => {
            StatusCode::NOT_FOUND
        }
        DeskError::OtherEmailTyped
        | DeskError::FileName(_)
        | DeskError::Email(_)
        | DeskError::SameEmail
        | DeskError::EmptyFile
        | DeskError::NoSuchReference { .. }
        | DeskError::InvalidCursor
        | DeskError::NoReason
        | DeskError::TooLargeToSort => StatusCode::UNPROCESSABLE_ENTITY,
        DeskError::EmailLinksOff | DeskError::OtherBrowser | DeskError::OtherAccount => StatusCode::FORBIDDEN,
        DeskError::StaleLink | DeskError::StaleAttempt | DeskError::Expired | DeskError::InputGone => {
            StatusCode::GONE
        }
        DeskError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        DeskError::BrokenOff | DeskError::Notice(_) => StatusCode::BAD_REQUEST,
        DeskError::NotUploaded
        | DeskError::NotFinished(_)
        | DeskError::AlreadyEnded(_)
        | DeskError::NoResult
        | DeskError::Archived
        | DeskError::Thawing
        | DeskError::NoSubscription
        | DeskError::LastAdministrator
        | DeskError::StorageFull { .. }
        | DeskError::IdentityTaken
        | DeskError::LastWayIn
        | DeskError::EmailTaken
        | DeskError::TooManyTokens
        | DeskError::AccountLeaving
        | DeskError::ExportRunning
        | DeskError::Conflict => StatusCode::CONFLICT,
        DeskError::TooManyJobs { .. }
        | DeskError::TooManyJobsToday { .. }
        | DeskError::TooManyUploads { .. } => StatusCode::TOO_MANY_REQUESTS,
        DeskError::Busy | DeskError::Draining { .. } | DeskError::ReadOnly { .. } | DeskError::Backend(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

fn status_of_open_id(error: &OpenIdError) -> StatusCode {
    match error {
        OpenIdError::NoSuchProvider => StatusCode::NOT_FOUND,
        OpenIdError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        OpenIdError::Declined { .. } | OpenIdError::Refused { .. } | OpenIdError::Unproven { .. } => {
            StatusCode::FORBIDDEN
        }
    }
}

/// An error on its way to the layer that renders it.
#[derive(Clone)]
pub(crate) struct Fault(pub(crate) Arc<WebError>);

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::TooMany { retry_after_seconds, .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
            }
            Self::Desk(DeskError::TooManyJobsToday { begins_in, .. }) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(begins_in.as_secs()));
            }
            Self::Desk(
                DeskError::Backend(_)
                | DeskError::Busy
                | DeskError::TooManyJobs { .. }
                | DeskError::Draining { .. }
                | DeskError::ReadOnly { .. },
            )
            | Self::OpenId(OpenIdError::Unavailable { .. })
            | Self::TimedOut => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            Self::NotSignedIn | Self::UnknownToken | Self::ExpiredToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::RangeNotSatisfiable { size } => {
                if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
                    headers.insert(header::CONTENT_RANGE, range);
                }
            }
            _ => {}
        }
        response.extensions_mut().insert(Fault(Arc::new(self)));
        response
    }
}
