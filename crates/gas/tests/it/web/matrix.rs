//! The whole table of who gets what: every route times nobody, another user, the owner on either plan and an
//! administrator, times the cookie of a page and API tokens to read and to submit.
//!
//! Routes come from the program's own table, and what each caller shall get from [`ROUTES`]; a route that is missing there
//! fails a test.

use axum::http::Method;
use gas_service::account::Scope;
use gas_web::router::{Access, table};
use rstest::rstest;

use super::{
    access::{check_always, check_silent, rows_of},
    admin::administrator,
    expected::{Expected, ROUTES, Subject},
    site::{Answer, By, Person, Site},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nobody,
    AnotherUser,
    FreeOwner,
    PremiumOwner,
    Administrator,
}

/// By what the caller wants to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Page,
    Token(Scope),
}

/// The status that a route answers.
fn expected(route: &Expected, role: Role, proof: Proof) -> u16 {
    let access = route.access();
    let known = match role {
        Role::Nobody => return expected_of_nobody(route, proof),
        Role::FreeOwner | Role::PremiumOwner => route.owner,
        Role::AnotherUser | Role::Administrator => route.other,
    };
    match (access, proof) {
        (Access::Impersonal | Access::Public, _)
        | (Access::Page | Access::Recent | Access::Api(_), Proof::Page) => known,
        (Access::Api(needed), Proof::Token(scope)) if scope >= needed => known,
        (Access::Api(_) | Access::Page | Access::Recent, Proof::Token(_)) => 403,
        (Access::Admin, Proof::Page) if role == Role::Administrator && route.method == "GET" => 200,
        (Access::Admin, Proof::Page) if role == Role::Administrator => 303,
        (Access::Admin, _) => 404,
    }
}

/// Nobody has no token: whatever is sent as one is unknown.
fn expected_of_nobody(route: &Expected, proof: Proof) -> u16 {
    match (route.access(), proof) {
        (Access::Impersonal, _) => route.other,
        (_, Proof::Token(_)) | (Access::Api(_), Proof::Page) => 401,
        // Who is signed in already is led on.
        (Access::Public, Proof::Page) if (route.method, route.path) == ("GET", "/sign-in") => 200,
        (Access::Public, Proof::Page) => route.other,
        (Access::Page | Access::Recent, Proof::Page) => 303,
        (Access::Admin, Proof::Page) => 404,
    }
}

struct Cast {
    owner: Person,
    caller: Option<Person>,
}

/// People who have not met before, since some routes end sessions or accounts.
async fn cast(site: &Site, role: Role, number: usize) -> Cast {
    let owner = site.person(&format!("owner{number}@example.org")).await;
    if role == Role::PremiumOwner {
        site.premium(&owner).await;
    }
    let other = format!("other{number}@example.org");
    let caller = match role {
        Role::Nobody | Role::FreeOwner | Role::PremiumOwner => None,
        Role::AnotherUser => Some(site.person(&other).await),
        Role::Administrator => Some(administrator(site, &other).await),
    };
    Cast { owner, caller }
}

async fn ask(site: &Site, route: &Expected, path: &str, caller: Option<&Person>, proof: Proof) -> Answer {
    let by = match (caller, proof) {
        (None, Proof::Page) => By::Nobody,
        (None, Proof::Token(_)) => By::UnknownToken,
        (Some(person), Proof::Page) => By::Cookie(person),
        (Some(person), Proof::Token(scope)) => {
            let (api_token, secret) = site.token(&person.user, scope).await;
            let (user, cookie) = (person.user.clone(), person.cookie.clone());
            let person = Person { user, cookie, token: secret.reveal().to_owned(), api_token };
            return site.ask(route.request(path, By::Token(&person))).await;
        }
    };
    site.ask(route.request(path, by)).await
}

#[rstest]
#[tokio::test]
async fn every_route_answers_every_caller_as_it_should(
    #[values(Role::Nobody, Role::AnotherUser, Role::FreeOwner, Role::PremiumOwner, Role::Administrator)]
    role: Role,
    #[values(Proof::Page, Proof::Token(Scope::Read), Proof::Token(Scope::Submit))] proof: Proof,
) {
    let site = Site::open().await;
    for (number, entry) in table().iter().enumerate() {
        let same = |route: &&Expected| entry.method == route.method && entry.path == route.path;
        let route = ROUTES.iter().find(same);
        let route = route.unwrap_or_else(|| panic!("{} {} is not in the table", entry.method, entry.path));
        let cast = cast(&site, role, number).await;
        let path = route.path_of(&site, &cast.owner).await;
        let before = rows_of(&site, &cast.owner).await;
        let is_owner = matches!(role, Role::FreeOwner | Role::PremiumOwner);
        let caller = if is_owner { Some(&cast.owner) } else { cast.caller.as_ref() };
        let answer = ask(&site, route, &path, caller, proof).await;
        check_always(&answer);
        let told = format!("{role:?} by {proof:?}: {}: {}", answer.told, answer.text());
        assert_eq!(answer.status, expected(route, role, proof), "{told}");
        if is_owner || (role == Role::Administrator && route.access() == Access::Admin) {
            continue;
        }
        assert_eq!(rows_of(&site, &cast.owner).await, before, "{told} changed something");
        // Another's own files have the same name and the same mark.
        if route.subject != Subject::Nothing {
            check_silent(&answer, &cast.owner);
        }
    }
}

/// Whoever adds a route says what it is; nothing that is asked for by GET is for more than to read.
#[test]
fn nothing_that_only_reads_needs_more_than_to_read() {
    for entry in table() {
        let Access::Api(scope) = entry.access else { continue };
        let may_only_read = entry.method == Method::GET && scope == Scope::Read;
        let lists_tokens = entry.path == "/api/v1/tokens";
        assert!(
            may_only_read || lists_tokens || entry.method != Method::GET,
            "{} {}",
            entry.method,
            entry.path
        );
        assert!(entry.method == Method::GET || scope > Scope::Read, "{} {}", entry.method, entry.path);
    }
}
