//! The token of pages, without which nothing is changed by cookie.

use axum::body::Body;
use gas_web::router::{Access, Entry};
use rstest::rstest;

use super::{
    expected::{BOUNDARY, ROUTES, form},
    site::{Answer, By, Site, bare_request, csrf_token, input},
};

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {text}"));
    rest.split_once(after).unwrap().0
}

fn hidden(page: &Answer) -> String {
    between(&page.text(), "name=\"csrf_token\" value=\"", "\"").to_owned()
}

#[tokio::test]
async fn nothing_is_changed_by_cookie_without_the_token() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let eve = site.person("eve@example.org").await;
    let of_others = [None, Some(String::new()), Some(csrf_token("session", &eve.cookie))];
    for route in ROUTES.iter().filter(|route| route.method != "GET") {
        let is_this = |entry: &&Entry| entry.method == route.method && entry.path == route.path;
        let access = gas_web::router::table().iter().find(is_this).unwrap().access;
        if access == Access::Impersonal {
            continue;
        }
        let path = route.path_of(&site, &ada).await;
        let tables = site.tables().await;
        for token in of_others.clone() {
            let mut request = route.request(&path, By::Cookie(&ada));
            request.headers_mut().remove("x-csrf-token");
            if let Some(token) = token {
                request.headers_mut().insert("x-csrf-token", token.parse().unwrap());
            }
            let answer = site.ask(request).await;
            let (status, code) =
                if access == Access::Admin { (404, "not_found") } else { (403, "no_csrf_token") };
            assert_eq!(answer.status, status, "{}: {}", answer.told, answer.text());
            assert!(answer.text().contains(code), "{}", answer.told);
        }
        assert_eq!(site.tables().await, tables, "{} {path} changed something", route.method);
    }
}

/// Posts a form as a browser does that loaded no script.
async fn post(site: &Site, by: By<'_>, path: &str, kind: &str, body: String) -> Answer {
    let request = bare_request("POST", path, by).header("content-type", kind);
    site.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_stranger_s_form_works_with_the_cookie_that_came_with_it_only() {
    let site = Site::open().await;
    let ask = async |cookie: &str, token: &str| {
        let request = axum::http::Request::post("/sign-in").header("host", "localhost:8080");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = if cookie.is_empty() { request } else { request.header("cookie", cookie) };
        let form = format!("csrf_token={token}&email=ada%40example.org");
        site.ask(request.body(Body::from(form)).unwrap()).await.status.as_u16()
    };
    let visit = async || {
        let request = axum::http::Request::get("/sign-in").header("host", "localhost:8080");
        let page = site.ask(request.body(Body::empty()).unwrap()).await;
        let cookie = page.header("set-cookie").to_owned();
        for part in ["gas_visitor=", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        (cookie.split(';').next().unwrap().to_owned(), hidden(&page))
    };
    let (cookie, token) = visit().await;
    let (other, of_other) = visit().await;
    assert_ne!(cookie, other);
    assert_eq!(ask(&cookie, &token).await, 303);
    assert_eq!(ask(&cookie, &of_other).await, 403);
    assert_eq!(ask(&cookie, "").await, 403);
    assert_eq!(ask("", &token).await, 403);
    assert_eq!(ask("gas_visitor=", &token).await, 403);
}

#[tokio::test]
async fn who_has_a_cookie_gets_no_other() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for (by, path) in
        [(By::Nobody, "/sign-in"), (By::StaleCookie, "/sign-in"), (By::Cookie(&ada), "/profile")]
    {
        let page = site.get(by, path).await;
        assert_eq!((page.status.as_u16(), page.header("set-cookie")), (200, ""), "{path}");
    }
    // Nor does anybody for what is no page.
    let request = axum::http::Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(site.ask(request).await.header("set-cookie"), "");
}

#[rstest]
#[case::form("application/x-www-form-urlencoded", "csrf_token=TOKEN&name=Ada&institution=")]
#[case::last("application/x-www-form-urlencoded", "name=Ada&institution=&csrf_token=TOKEN")]
#[tokio::test]
async fn a_page_s_own_form_works(#[case] kind: &str, #[case] body: &str) {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let page = site.get(By::Cookie(&ada), "/profile").await;
    let meta = between(&page.text(), "<meta name=\"csrf-token\" content=\"", "\"").to_owned();
    for token in [hidden(&page), meta] {
        let answer = post(&site, By::Cookie(&ada), "/profile", kind, body.replace("TOKEN", &token)).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    let user = site.desk.ports.accounts.user(ada.user.user_id).await.unwrap().unwrap();
    assert_eq!(user.name, "Ada");
}

#[tokio::test]
async fn a_form_with_a_file_has_the_token_first() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let token = hidden(&site.get(By::Cookie(&ada), "/annotate").await);
    let part =
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n");
    let file = form("a.vcf", &input());
    let answer = post(&site, By::Cookie(&ada), "/annotate", &kind, format!("{part}{file}")).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let last = file.replace(&format!("--{BOUNDARY}--"), &format!("{part}--{BOUNDARY}--"));
    for refused in [file, last] {
        let answer = post(&site, By::Cookie(&ada), "/annotate", &kind, refused).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
    }
    assert_eq!(site.desk.jobs(&ada.user, None, 10).await.unwrap().items.len(), 1);
}
