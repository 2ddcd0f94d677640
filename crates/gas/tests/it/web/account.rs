//! Oneself: profile, address, role, tokens, sessions.

use std::time::Duration;

use axum::body::Body;
use gas_service::{
    account::{Scope, Secret, TokenLife},
    plan::Plan,
};
use rstest::rstest;
use serde_json::{Value, json};

use super::site::{Answer, By, Person, Site, request};

async fn api(site: &Site, by: By<'_>, method: &str, path: &str, body: &Value) -> Answer {
    let request = request(method, path, by).header("content-type", "application/json");
    site.ask(request.body(Body::from(body.to_string())).unwrap()).await
}

/// The same person with another token.
async fn with_token(site: &Site, person: &Person, scope: Scope) -> Person {
    let (api_token, secret) = site.token(&person.user, scope).await;
    Person {
        user: person.user.clone(),
        cookie: person.cookie.clone(),
        token: secret.reveal().to_owned(),
        api_token,
    }
}

/// Another browser of the same person.
async fn other_browser(site: &Site, person: &Person) -> Person {
    site.person(person.user.user_email.as_str()).await
}

#[rstest]
#[case(Scope::Read, [200, 403, 403, 403])]
#[case(Scope::Submit, [200, 204, 403, 403])]
#[case(Scope::Account, [200, 204, 200, 201])]
#[tokio::test]
async fn a_token_does_what_its_scope_allows(#[case] scope: Scope, #[case] statuses: [u16; 4]) {
    let site = Site::open().await;
    let ada = with_token(&site, &site.person("ada@example.org").await, scope).await;
    let job = format!("/api/v1/jobs/{}", site.completed_job(&ada).await.job_id);
    let by = By::Token(&ada);
    let answers = [
        site.get(by, &job).await,
        api(&site, by, "DELETE", &job, &Value::Null).await,
        api(&site, by, "PATCH", "/api/v1/profile", &json!({"name": "Ada"})).await,
        api(&site, by, "POST", "/api/v1/tokens", &json!({"name": "x", "scope": "account"})).await,
    ];
    assert_eq!(answers.each_ref().map(|answer| answer.status.as_u16()), statuses);
    for refused in answers.iter().filter(|answer| answer.status == 403) {
        assert_eq!(refused.problem(), "insufficient_scope");
    }
}

#[tokio::test]
async fn a_token_is_made_as_wished_and_listed_without_its_secret() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let post = async |wish: Value| api(&site, By::Token(&ada), "POST", "/api/v1/tokens", &wish).await;
    let made = post(json!({"name": "robot"})).await.json();
    assert_eq!((&made["scope"], &made["last_used"]), (&json!("submit"), &Value::Null));
    let days = |made: &Value| {
        let time = |name: &str| made[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        time("expires").duration_since(time("created")).as_hours() / 24
    };
    assert_eq!(days(&made), 90);
    let made = post(json!({"name": "robot", "scope": "read", "expires": "7d"})).await.json();
    assert_eq!((&made["scope"], days(&made)), (&json!("read"), 7));
    let made = post(json!({"name": "robot", "expires": "never"})).await.json();
    assert_eq!(made["expires"], Value::Null);
    post(json!({"name": "robot", "scope": "admin"})).await.refused(422, "no_such_scope");
    post(json!({"name": "robot", "expires": "8d"})).await.refused(422, "no_such_life");
    let listed = site.get(By::Token(&ada), "/api/v1/tokens").await;
    assert_eq!(listed.json()["tokens"].as_array().unwrap().len(), 4);
    let secret = made["secret"].as_str().unwrap();
    assert!(!listed.text().contains(secret) && !format!("{:?}", site.tables().await).contains(secret));
}

#[tokio::test]
async fn the_use_of_a_token_is_shown() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let used = async || site.desk.tokens(&ada.user).await.unwrap()[0].last_used;
    assert_eq!(used().await, None);
    site.get(By::Cookie(&ada), "/api/v1/jobs").await;
    assert_eq!(used().await, None);
    site.get(By::Token(&ada), "/api/v1/jobs").await;
    let first = loop {
        // It is noted beside the request.
        if let Some(first) = used().await {
            break first;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    site.get(By::Token(&ada), "/api/v1/jobs").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(used().await, Some(first), "once a minute is enough");
}

#[tokio::test]
async fn an_expired_token_says_that_it_has_expired() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let secret = Secret::generate();
    let now = site.desk.ports.clock.now();
    let mut token = ada.api_token.clone();
    token.token_id = gas_service::id::TokenId::generate();
    token.secret = secret.hash();
    token.expires = Some(now);
    assert!(site.desk.ports.accounts.add_token(&token, u32::MAX).await.unwrap());
    let ada = Person { token: secret.reveal().to_owned(), ..ada };
    let answer = site.get(By::Token(&ada), "/api/v1/jobs").await;
    answer.refused(401, "expired_token");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert!(site.get(By::Cookie(&ada), "/profile").await.text().contains("expired"));
}

#[tokio::test]
async fn there_are_fifty_tokens_at_most() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    for _ in 1..50 {
        site.token(&ada.user, Scope::Read).await;
    }
    let wish = json!({"name": "one too many"});
    api(&site, By::Token(&ada), "POST", "/api/v1/tokens", &wish).await.refused(409, "too_many_tokens");
    assert!(site.get(By::Cookie(&ada), "/profile").await.text().contains("as many tokens as there can be"));
    site.desk.revoke_token(&ada.user, ada.api_token.token_id).await.unwrap();
    site.desk.create_token(&ada.user, "a", Scope::Read, TokenLife::Week).await.unwrap();
}

#[tokio::test]
async fn a_role_holds_from_the_next_request_on() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let role = async || {
        let roles = [By::Cookie(&ada), By::Token(&ada)].map(async |by| {
            site.get(by, "/api/v1/profile").await.json()["role"].as_str().unwrap().to_owned()
        });
        let [by_cookie, by_token] = roles;
        let (by_cookie, by_token) = (by_cookie.await, by_token.await);
        assert_eq!(by_cookie, by_token);
        by_cookie
    };
    assert_eq!(role().await, "free_user");
    site.desk.change_plan(ada.user.user_id, Plan::PremiumUser).await.unwrap();
    assert_eq!(role().await, "premium_user");
    site.desk.change_plan(ada.user.user_id, Plan::FreeUser).await.unwrap();
    assert_eq!(role().await, "free_user");
}

async fn newest_mail(site: &Site, to: &str) -> Option<gas_service::ports::Mail> {
    let mails = site.desk.ports.outbox.as_ref().unwrap().newest(20).await.unwrap();
    mails.into_iter().map(|mail| mail.mail).find(|mail| mail.to.as_str() == to)
}

/// Wishes for an address, and gives the path in the mail.
async fn wish(site: &Site, by: By<'_>, email: &str) -> String {
    let answer = site.post_form(by, "/profile/email", &format!("email={}", email.replace('@', "%40"))).await;
    assert_eq!(answer.header("location"), "/profile?done=email_wanted", "{}", answer.text());
    let text = newest_mail(site, email).await.unwrap().text;
    let (_, rest) = text.split_once("http://localhost:8080").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_changes_when_its_reader_presses_the_button() {
    let site = Site::open().await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    let email = async || site.get(By::Cookie(&ada), "/api/v1/profile").await.json()["user_email"].clone();
    let path = wish(&site, By::Cookie(&ada), "ada@new.example.org").await;
    // A mail scanner is not signed in, and another user is another user.
    assert_eq!(site.get(By::Nobody, &path).await.status, 303);
    assert_eq!(site.get(By::Cookie(&eve), &path).await.status, 403);
    assert_eq!(site.post_form(By::Cookie(&eve), &path, "").await.status, 403);
    assert_eq!(site.get(By::Cookie(&ada), &path).await.status, 200);
    assert_eq!(email().await, "ada@example.org", "looking changes nothing");
    let answer = site.post_form(By::Cookie(&ada), &path, "").await;
    assert_eq!(answer.header("location"), "/profile?done=email_changed");
    assert_eq!(email().await, "ada@new.example.org");
    let notice = newest_mail(&site, "ada@example.org").await.unwrap();
    assert_eq!(notice.subject, "The address of your account was changed");
    assert!(!notice.text.contains("ada@new.example.org"), "the former address learns no new one");
    assert_eq!(site.post_form(By::Cookie(&ada), &path, "").await.status, 410);
    assert!(site.get(By::Cookie(&ada), "/profile?done=email_changed").await.text().contains("new address"));
    let newcomer = site.person("ada@example.org").await;
    assert_ne!(newcomer.user.user_id, ada.user.user_id, "the former address is free");
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_to_its_reader_only() {
    let site = Site::open().await;
    let (ada, _eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    // The page says the same as of any other address.
    let path = wish(&site, By::Cookie(&ada), "eve@example.org").await;
    let answer = site.post_form(By::Cookie(&ada), &path, "").await;
    assert_eq!(answer.status, 409);
    let own = site.post_form(By::Cookie(&ada), "/profile/email", "email=Ada%40example.org").await;
    assert_eq!(own.status, 422);
    let senseless = site.post_form(By::Cookie(&ada), "/profile/email", "email=ada").await;
    assert_eq!(senseless.status, 422);
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_sessions_and_no_token() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let (elsewhere, eve) = (other_browser(&site, &ada).await, site.person("eve@example.org").await);
    let page = site.get(By::Cookie(&ada), "/profile").await.text();
    assert_eq!(page.matches("this browser").count(), 1);
    assert_eq!(page.matches("a mailed link").count(), 2);
    let answer = site.post_form(By::Cookie(&ada), "/profile/sign-out-everywhere", "").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/sign-in"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    for gone in [&ada, &elsewhere] {
        assert_eq!(site.get(By::Cookie(gone), "/profile").await.status, 303);
    }
    assert_eq!(site.get(By::Cookie(&eve), "/profile").await.status, 200);
    assert_eq!(site.get(By::Token(&ada), "/api/v1/profile").await.status, 200);
}

#[tokio::test]
async fn an_account_is_deleted_when_its_address_is_typed() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let elsewhere = other_browser(&site, &ada).await;
    site.completed_job(&ada).await;
    let page = site.get(By::Cookie(&ada), "/profile/delete").await.text();
    assert!(page.contains("<strong>1 job</strong>") && page.contains("<strong>4 files</strong>"), "{page}");
    let delete = async |typed: &str| {
        site.post_form(By::Cookie(&ada), "/profile/delete", &format!("email={typed}")).await
    };
    assert_eq!(delete("eve%40example.org").await.status, 422);
    assert_eq!(delete("").await.status, 422);
    assert_eq!(site.get(By::Cookie(&ada), "/profile").await.status, 200);
    let answer = delete("%20Ada%40Example.org").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/account-deleted"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    for gone in [&ada, &elsewhere] {
        assert_eq!(site.get(By::Cookie(gone), "/profile").await.status, 303);
        site.get(By::Token(gone), "/api/v1/jobs").await.refused(401, "unknown_token");
    }
    // Until all is gone nobody gets in by the address.
    let form = "email=ada%40example.org";
    assert_eq!(site.post_form(By::Nobody, "/sign-in", form).await.status, 303);
    let text = newest_mail(&site, "ada@example.org").await.unwrap().text;
    let (_, rest) = text.split_once("http://localhost:8080").unwrap();
    let path = rest.split_whitespace().next().unwrap();
    let answer = site.post_form(By::Nobody, path, "").await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("being deleted"));
}

/// Has another program read it: names and contents.
fn unzipped(site: &Site, bytes: &[u8]) -> serde_json::Map<String, Value> {
    const READ: &str = "import sys, json, zipfile\n\
        zip = zipfile.ZipFile(sys.argv[1])\n\
        assert zip.testzip() is None\n\
        print(json.dumps({name: zip.read(name).decode() for name in zip.namelist()}))";
    let file = site.folder.path().join("export.zip");
    std::fs::write(&file, bytes).unwrap();
    let read = std::process::Command::new("python3").args(["-c", READ]).arg(&file).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).unwrap()
}

#[tokio::test]
async fn an_export_has_all_of_one_s_own_and_nothing_of_others() {
    let site = Site::open().await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    let job = site.completed_job(&ada).await;
    let waiting = site.pending_job(&ada).await;
    let hers = site.completed_job(&eve).await;
    let answer = site.get(By::Cookie(&ada), "/profile/export").await;
    assert_eq!(answer.header("content-type"), "application/zip");
    assert!(answer.header("content-disposition").starts_with("attachment; filename=\"gas-export-"));
    let files = unzipped(&site, &answer.body);
    let text =
        |name: &str| files.get(name).unwrap_or_else(|| panic!("no `{name}`: {files:?}")).as_str().unwrap();
    let json = |name: &str| serde_json::from_str::<Value>(text(name)).unwrap();
    assert_eq!(json("profile.json")["user_email"], "ada@example.org");
    assert_eq!(json("tokens.json")[0]["scope"], "account");
    assert_eq!(json("identities.json"), json!([]));
    assert_eq!(json("audit.json")[0]["action"], "exported");
    let jobs = json("jobs.json");
    assert_eq!(jobs.as_array().unwrap().len(), 2);
    assert_eq!(jobs[1]["job_id"], json!(job.job_id));
    let folder = format!("jobs/{}", job.job_id);
    assert_eq!(text(&format!("{folder}/private_genome.vcf")), super::site::input());
    assert!(text(&format!("{folder}/private_genome.annot.vcf")).contains("missense_variant"));
    assert!(files.keys().filter(|name| name.starts_with(&folder)).count() == 4, "{:?}", files.keys());
    assert_eq!(text(&format!("jobs/{}/private_genome.vcf", waiting.job_id)), super::site::input());
    assert_eq!(json("not_included.json"), json!([]));
    let all = format!("{files:?}");
    assert!(!all.contains(&hers.job_id.to_string()) && !all.contains("eve@example.org"));
    assert!(!all.contains(&ada.api_token.secret.0), "not even hashes");
}

#[tokio::test]
async fn an_export_lists_what_is_archived_and_how_to_get_it() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let mut job = site.completed_job(&ada).await;
    job.result_place = Some(gas_service::job::ResultPlace::Archived);
    site.desk.ports.jobs.replace(&job).await.unwrap();
    let files = unzipped(&site, &site.get(By::Cookie(&ada), "/profile/export").await.body);
    let missing: Value = serde_json::from_str(files["not_included.json"].as_str().unwrap()).unwrap();
    assert_eq!(missing[0]["file"], "private_genome.annot.vcf");
    assert!(missing[0]["why"].as_str().unwrap().contains("subscribe to premium"));
}

#[tokio::test]
async fn one_export_at_a_time_is_made_for_a_user() {
    let site = Site::open().await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    for _ in 0..3 {
        site.completed_job(&ada).await;
    }
    let first = site.desk.export(&ada.user).await.unwrap();
    assert_eq!(site.get(By::Cookie(&ada), "/profile/export").await.status, 409);
    assert_eq!(site.get(By::Cookie(&eve), "/profile/export").await.status, 200);
    drop(first);
    for _ in 0..400 {
        if site.get(By::Cookie(&ada), "/profile/export").await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("whoever goes away leaves the way free");
}
