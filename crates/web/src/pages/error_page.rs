//! The page for whatever went wrong: what happened, what to do next, and the id that names it in our log.

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Html};
use gas_service::account::User;

use super::frame::{Frame, Section};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    heading: &'static str,
    message: &'a str,
    code: &'a str,
    request_id: &'a str,
    steps: Vec<Step>,
}

/// Something to do next.
#[derive(Clone, Copy)]
struct Step {
    words: &'static str,
    address: &'static str,
}

/// The page for whatever went wrong.
pub(crate) fn error_page(
    status: StatusCode,
    code: &str,
    message: &str,
    request_id: &str,
    user: Option<&User>,
) -> Html<String> {
    let heading = heading_of(status, code);
    let user = user.map(|user| Arc::new(user.clone()));
    let steps = steps(code, user.is_some());
    let frame = Frame::new(heading, Section::Elsewhere, user);
    let page = ErrorPage { frame, status: status.as_u16(), heading, message, code, request_id, steps };
    // The template writes text to a string; should that ever fail, the status still tells.
    Html(page.render().unwrap_or_default())
}

/// Where the status alone would mislead.
fn heading_of(status: StatusCode, code: &str) -> &'static str {
    match code {
        "too_many_jobs" | "too_many_jobs_today" | "too_many_uploads" => "Enough for now",
        "storage_full" => "Your storage is full",
        "sign_in_declined" | "provider_refused" | "identity_not_proven" => "You are not signed in",
        "other_browser" => "In the other browser, please",
        "email_links_off" => "Not in this way",
        _ => heading(status),
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 415 | 422 => "That did not work",
        401 => "Please sign in",
        403 => "Not allowed from there",
        404 => "Nothing here",
        405 => "Not in this way",
        409 => "Not possible now",
        410 => "No longer there",
        413 => "Too large",
        416 => "Beyond the end",
        429 => "Too often",
        503 => "Not available just now",
        status if status >= 500 => "Something broke on our side",
        _ => "That did not work",
    }
}

fn steps(code: &str, signed_in: bool) -> Vec<Step> {
    let step = |words, address| Step { words, address };
    let home = step("Go to the home page", "/");
    let list = step("See your annotations", "/annotations");
    let sign_in = step("Sign in", "/sign-in");
    match code {
        "stale_attempt"
        | "other_browser"
        | "email_links_off"
        | "no_such_provider"
        | "provider_unavailable"
        | "sign_in_declined"
        | "provider_refused"
        | "identity_not_proven"
            if !signed_in =>
        {
            vec![step("Begin again", "/sign-in"), home]
        }
        "identity_taken" | "last_way_in" if signed_in => {
            vec![step("See your ways to sign in", "/profile#sign-in"), home]
        }
        "stale_link" => vec![step("Ask for a new link", "/sign-in"), home],
        "invalid_email" => vec![step("Try another address", "/sign-in")],
        "not_signed_in" | "unknown_token" => vec![sign_in, home],
        "too_large" if signed_in => vec![step("See what Premium takes", "/subscribe"), upload()],
        "empty_file" | "invalid_file_name" | "no_file" | "several_files" | "upload_broken_off"
        | "no_such_upload" | "input_gone"
            if signed_in =>
        {
            vec![upload(), list]
        }
        "too_many_jobs" | "too_many_jobs_today" | "too_many_uploads" | "storage_full" if signed_in => {
            vec![
                list,
                step("See what you use", "/profile#usage"),
                step("See what Premium takes", "/subscribe"),
            ]
        }
        "archived" => vec![step("Bring it back with Premium", "/subscribe"), list],
        _ if signed_in => vec![list, home],
        _ => vec![home, sign_in],
    }
}

fn upload() -> Step {
    Step { words: "Choose a file", address: "/annotate" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_text() {
        let page = error_page(StatusCode::NOT_FOUND, "x", "<script>alert(1)</script>", "<b>", None);
        assert!(!page.0.contains("<script>alert"));
        assert!(!page.0.contains("<b>"));
        assert!(page.0.contains("alert(1)"));
    }

    #[test]
    fn every_page_offers_a_next_step() {
        for status in [400, 401, 403, 404, 405, 409, 410, 413, 415, 416, 422, 429, 500, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            let page = error_page(status, "any", "What.", "request-1", None).0;
            assert!(page.contains("href=\"/\""), "{status}");
            assert!(page.contains("request-1"), "{status}");
            assert!(page.contains(heading(status)), "{status}");
        }
    }
}
