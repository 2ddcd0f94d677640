//! What happens to every request before and after its handler.

pub(crate) mod authenticate;
pub(crate) mod compression;
pub(crate) mod csrf;
pub(crate) mod rate_limit;
pub(crate) mod request;
pub(crate) mod security_headers;
pub(crate) mod standing;
pub(crate) mod time_limit;
pub(crate) mod upload_body;
