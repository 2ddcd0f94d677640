//! Mail that went no further than this machine, for somebody at this machine.

use askama::Template;
use axum::extract::{Path, State};
use gas_service::{desk::DeskError, notation::percent_encoded, ports::OutboxMail};

use super::{
    Page,
    frame::{Frame, Section},
    moment::Moment,
    show,
};
use crate::{
    app::App,
    error::WebError,
    outbox::OutboxReader,
    router::{Access, Routes},
    sign_in::caller::Caller,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public).get("/outbox", list).get("/outbox/{id}", mail)
}

/// Most mails shown.
const NEWEST: usize = 50;

#[derive(Template)]
#[template(path = "outbox.html")]
struct OutboxPage {
    frame: Frame,
    mails: Vec<Entry>,
}

struct Entry {
    address: String,
    subject: String,
    to: String,
    sent: Moment,
}

async fn list(Caller(user): Caller, OutboxReader(outbox): OutboxReader) -> Page {
    let mails = outbox.newest(NEWEST).await.map_err(DeskError::from)?;
    let mails = mails.into_iter().map(|mail| Entry {
        address: format!("/outbox/{}", percent_encoded(&mail.id)),
        subject: mail.mail.subject,
        to: mail.mail.to.to_string(),
        sent: Moment(mail.sent),
    });
    show(&OutboxPage { frame: Frame::new("Outbox", Section::Elsewhere, user), mails: mails.collect() })
}

#[derive(Template)]
#[template(path = "outbox_mail.html")]
struct MailPage {
    frame: Frame,
    mail: OutboxMail,
    sent: Moment,
    pieces: Vec<Piece>,
}

async fn mail(
    State(app): State<App>,
    Caller(user): Caller,
    OutboxReader(outbox): OutboxReader,
    Path(id): Path<String>,
) -> Page {
    let mail = outbox.find(&id).await.map_err(DeskError::from)?.ok_or(WebError::NotFound)?;
    let pieces = pieces(&mail.mail.text, &app.desk.settings.site.address);
    let frame = Frame::new(mail.mail.subject.clone(), Section::Elsewhere, user);
    show(&MailPage { frame, sent: Moment(mail.sent), mail, pieces })
}

/// A piece of a mail's text.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    /// The path, if it is a link to this site.
    path: Option<String>,
}

/// Finds the links to this site in a text. They become paths, so that they lead to the address at which this
/// page was opened.
fn pieces(text: &str, site: &str) -> Vec<Piece> {
    let plain = |text: &str| Piece { text: text.to_owned(), path: None };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(site).filter(|_| !site.is_empty()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|letter: char| letter.is_whitespace() || "<>\"'()".contains(letter));
        let (link, after) = from.split_at(end.unwrap_or(from.len()));
        let path = link.get(site.len()..).unwrap_or_default();
        pieces.push(plain(before));
        // A browser takes `/\` for `//`, which would lead to another host.
        if path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') {
            pieces.push(Piece { text: link.to_owned(), path: Some(path.to_owned()) });
        } else {
            pieces.push(plain(link));
        }
        rest = after;
    }
    pieces.push(plain(rest));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_this_site_are_found_and_others_left_alone() {
        let text = "Sign in:\nhttp://h:1/sign-in/abc\n\nor http://evil.example/ http://h:1/\\evil http://h:1//evil and http://h:12/x.";
        let pieces = pieces(text, "http://h:1");
        let links: Vec<_> = pieces.iter().filter_map(|piece| piece.path.as_deref()).collect();
        assert_eq!(links, ["/sign-in/abc"]);
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    }
}
