//! A browser: keeps cookies, brings the token of its pages, follows no redirect by itself.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Request, header},
};
use openidconnect::url::Url;

use super::{
    super::site::{Answer, Site, csrf_token},
    provider::Provider,
};

#[derive(Clone, Default)]
pub(super) struct Browser {
    pub(super) cookies: BTreeMap<String, String>,
}

/// Where a page leads to at a provider.
pub(super) struct Asked {
    pub(super) query: BTreeMap<String, String>,
}

impl Browser {
    /// A browser of somebody who has seen a page, but is not signed in.
    pub(super) fn new() -> Self {
        Self { cookies: [("gas_visitor".to_owned(), "1".repeat(64))].into() }
    }

    pub(super) async fn get(&mut self, site: &Site, path: &str) -> Answer {
        self.ask(site, "GET", path, "").await
    }

    pub(super) async fn post(&mut self, site: &Site, path: &str, form: &str) -> Answer {
        self.ask(site, "POST", path, form).await
    }

    async fn ask(&mut self, site: &Site, method: &str, path: &str, form: &str) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let token = match self.cookies.get("gas_session") {
            Some(session) => csrf_token("session", session),
            None => csrf_token("visitor", &self.cookies["gas_visitor"]),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8080")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-csrf-token", token);
        let answer = site.ask(request.body(Body::from(form.to_owned())).unwrap()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"), "{cookie:?}");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Sets out from the sign-in page.
    pub(super) async fn set_out(&mut self, site: &Site, next: &str) -> Asked {
        let answer = self.post(site, "/sign-in/with/test", &format!("next={next}")).await;
        Asked::by(&answer)
    }

    /// There and back; the provider does as it is set up. Gives the answer to what it had this browser bring.
    pub(super) async fn sign_in(&mut self, site: &Site, provider: &Provider) -> Answer {
        let asked = self.set_out(site, "/annotate").await;
        let path = asked.path_back(&provider.grant(&asked.query));
        self.get(site, &path).await
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("gas_session")
    }
}

impl Asked {
    pub(super) fn by(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}: {}", answer.told, answer.text());
        let address = answer.header("refresh").strip_prefix("0; url=").unwrap();
        let address = Url::parse(address).unwrap();
        let query = address.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self { query: query.collect() }
    }

    /// The address here to which a provider would send the browser.
    pub(super) fn path_back(&self, code: &str) -> String {
        format!("/sign-in/callback/test?code={code}&state={}", self.query["state"])
    }
}
