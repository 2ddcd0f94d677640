//! Addresses to which strangers have links mailed.

use gas_service::{account::EmailAddress, desk::DeskError};

use crate::{app::App, error::WebError, rate_limit::LinkKind};

/// The address that somebody typed, to which a link is about to be mailed.
pub(crate) fn typed_address(app: &App, text: &str, kind: LinkKind) -> Result<EmailAddress, WebError> {
    let mailbox = text.parse().map_err(DeskError::from)?;
    count_link(app, &mailbox, kind)?;
    Ok(mailbox)
}

/// Counts a link that is about to be mailed, or refuses it.
pub(crate) fn count_link(app: &App, mailbox: &EmailAddress, kind: LinkKind) -> Result<(), WebError> {
    let verdict = app.rate_limiter.of_mailbox(kind, mailbox);
    let Some(retry_after_seconds) = verdict.and_then(|verdict| verdict.retry_after) else { return Ok(()) };
    let message = "many links were mailed to this address lately; use the newest one, or try again later";
    Err(WebError::TooMany { message: message.to_owned(), retry_after_seconds })
}
