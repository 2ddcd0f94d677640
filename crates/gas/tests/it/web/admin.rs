//! What administrators see and do, and what they do not.

use std::time::Duration;

use axum::body::Body;
use gas_service::{
    job::JobStatus,
    message::QueueName,
    plan::Plan,
    ports::{Actor, AdminChange, AuditEvent},
};
use gas_web::router::Access;

use super::{
    expected::{ROUTES, Subject},
    site::{Answer, By, FILE_NAME, MARK, Person, Site, request},
};

pub(super) async fn administrator(site: &Site, email: &str) -> Person {
    let person = site.person(email).await;
    let ports = &site.desk.ports;
    let made = ports.directory.set_admin(person.user.user_id, true, ports.clock.now()).await.unwrap();
    assert_eq!(made, AdminChange::Holds);
    // The session from before opens nothing of an administrator's.
    site.person(email).await
}

/// Opens a page as a browser does, and follows to where it is sent. Gives the cookie that it has then, if it got another.
async fn open(site: &Site, person: &Person, path: &str) -> (Answer, Option<String>) {
    let page = |person| request("GET", path, By::Cookie(person)).header("accept", "text/html,*/*;q=0.8");
    let answer = site.ask(page(person).body(Body::empty()).unwrap()).await;
    let Some(cookie) = answer.header("set-cookie").strip_prefix("gas_session=") else {
        return (answer, None);
    };
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, path));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let renewed = Person { cookie: cookie.clone(), ..site.person("somebody@example.org").await };
    (site.ask(page(&renewed).body(Body::empty()).unwrap()).await, Some(cookie))
}

async fn acts(site: &Site) -> Vec<AuditEvent> {
    site.desk.administration(Actor::CommandLine).acts(None, 100).await.unwrap().items
}

async fn is_admin(site: &Site, person: &Person) -> bool {
    site.desk.ports.accounts.user(person.user.user_id).await.unwrap().unwrap().admin
}

#[tokio::test]
async fn administrators_use_every_route_of_theirs_and_read_nobody_s_genome() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let ada = site.person("ada@example.org").await;
    let mut used = 0;
    for route in ROUTES.iter().filter(|route| route.access() == Access::Admin) {
        let path = route.path_of(&site, &ada).await;
        let answer = site.ask(route.request(&path, By::Cookie(&root))).await;
        let expected = if route.method == "GET" { 200 } else { 303 };
        assert_eq!(answer.status, expected, "{}: {}", answer.told, answer.text());
        assert!(!answer.text().contains(MARK), "{} tells what is in a file", answer.told);
        let by_token = site.ask(route.request(&path, By::Token(&root))).await;
        assert_eq!(by_token.status, 404, "{}: tokens open no pages", by_token.told);
        used += 1;
    }
    assert!(used >= 15);
    let job = site.completed_job(&ada).await;
    let list = site.get(By::Cookie(&root), "/admin/jobs?q=ada%40example.org&state=COMPLETED").await.text();
    assert!(list.contains(FILE_NAME) && list.contains(&job.job_id.to_string()));
    for path in ROUTES.iter().filter(|route| route.subject == Subject::CompletedJob && route.method == "GET")
    {
        if path.access() == Access::Admin {
            continue;
        }
        let path = path.path.replace("{id}", &job.job_id.to_string());
        assert_eq!(site.get(By::Cookie(&root), &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_right_holds_and_ends_with_the_next_request() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let ada = site.person("ada@example.org").await;
    assert_eq!(site.get(By::Cookie(&ada), "/admin").await.status, 404);
    assert!(!site.get(By::Cookie(&ada), "/annotations").await.text().contains("href=\"/admin\""));
    let path = format!("/admin/users/{}/administrator", ada.user.user_id);
    let made = site.post_form(By::Cookie(&root), &path, "admin=true&reason=helps").await;
    assert_eq!(made.status, 303, "{}", made.text());
    let (page, cookie) = open(&site, &ada, "/admin").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let ada = Person { cookie: cookie.unwrap(), ..ada };
    assert!(site.get(By::Cookie(&ada), "/annotations").await.text().contains("href=\"/admin\""));
    let unmade = site.post_form(By::Cookie(&root), &path, "admin=false&reason=went").await;
    assert_eq!(unmade.status, 303);
    assert_eq!(site.get(By::Cookie(&ada), "/admin").await.status, 404);
    assert!(!site.get(By::Cookie(&ada), "/annotations").await.text().contains("href=\"/admin\""));
}

/// Whoever knew a secret from before the change knows nothing after it, in either direction.
#[tokio::test]
async fn a_browser_gets_another_secret_when_its_user_becomes_or_ceases_to_be_an_administrator() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let mut ada = site.person("ada@example.org").await;
    let path = format!("/admin/users/{}/administrator", ada.user.user_id);
    for (admin, shown) in [(true, 200), (false, 404)] {
        let form = format!("admin={admin}&reason=asked");
        assert_eq!(site.post_form(By::Cookie(&root), &path, &form).await.status, 303);
        // What scripts ask for works as before, and gives nothing more.
        assert_eq!(site.get(By::Cookie(&ada), "/api/v1/profile").await.status, 200);
        assert_eq!(site.get(By::Cookie(&ada), "/admin").await.status, 404);
        let (page, cookie) = open(&site, &ada, "/admin").await;
        assert_eq!(page.status, shown, "{}", page.text());
        let cookie = cookie.expect("another secret");
        assert_eq!(site.get(By::Cookie(&ada), "/annotations").await.status, 303, "the former is no good");
        ada = Person { cookie, ..ada };
        let (page, again) = open(&site, &ada, "/annotations").await;
        assert_eq!((page.status.as_u16(), again), (200, None), "once is enough");
        assert_eq!(site.desk.sessions(&ada.user).await.unwrap().len(), 1, "it is the same session");
    }
}

#[tokio::test]
async fn an_administrator_ends_the_sessions_of_a_user() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let (ada, eve) = (site.person("ada@example.org").await, site.person("eve@example.org").await);
    let other_browser = site.person("ada@example.org").await;
    let path = format!("/admin/users/{}/end-sessions", ada.user.user_id);
    assert_eq!(site.post_form(By::Cookie(&root), &path, "reason=%20").await.status, 422);
    assert_eq!(site.get(By::Cookie(&ada), "/annotations").await.status, 200);
    assert_eq!(site.post_form(By::Cookie(&root), &path, "reason=lost+a+laptop").await.status, 303);
    for (person, status) in [(&ada, 303), (&other_browser, 303), (&eve, 200), (&root, 200)] {
        assert_eq!(site.get(By::Cookie(person), "/annotations").await.status, status);
    }
    assert_eq!(site.get(By::Token(&ada), "/api/v1/jobs").await.status, 200, "tokens are apart");
    let told: Vec<_> = acts(&site).await.into_iter().map(|act| (act.action, act.detail)).collect();
    assert_eq!(told, [("sessions_ended".to_owned(), "lost a laptop".to_owned())]);
    // Who signs in anew is signed in.
    let again = site.person("ada@example.org").await;
    assert_eq!(site.get(By::Cookie(&again), "/annotations").await.status, 200);
}

#[tokio::test]
async fn the_last_administrator_stays_and_every_act_upon_people_has_a_reason() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let own = format!("/admin/users/{}/administrator", root.user.user_id);
    let refused = site.post_form(By::Cookie(&root), &own, "admin=false&reason=tired").await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(is_admin(&site, &root).await);
    let ada = site.person("ada@example.org").await;
    let job = site.pending_job(&ada).await;
    for (path, form) in [
        (format!("/admin/users/{}/plan", ada.user.user_id), "plan=premium_user&reason=%20"),
        (format!("/admin/users/{}/administrator", ada.user.user_id), "admin=true&reason="),
        (format!("/admin/jobs/{}/cancel", job.job_id), "reason=%00"),
        (format!("/admin/jobs/{}/cancel", job.job_id), ""),
    ] {
        let answer = site.post_form(By::Cookie(&root), &path, form).await;
        assert_eq!(answer.status, 422, "{path} {form}: {}", answer.text());
    }
    let user = site.desk.ports.accounts.user(ada.user.user_id).await.unwrap().unwrap();
    assert_eq!((user.plan, user.admin), (Plan::FreeUser, false));
    let job = site.desk.ports.jobs.find(job.job_id).await.unwrap().unwrap();
    assert_eq!(job.job_status, JobStatus::Pending);
}

#[tokio::test]
async fn acts_stand_in_the_log_with_who_upon_whom_and_why() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let ada = site.person("ada@example.org").await;
    let job = site.pending_job(&ada).await;
    let plan = format!("/admin/users/{}/plan", ada.user.user_id);
    site.post_form(By::Cookie(&root), &plan, "plan=premium_user&reason=won+a+prize").await;
    let cancel = format!("/admin/jobs/{}/cancel", job.job_id);
    assert_eq!(site.post_form(By::Cookie(&root), &cancel, "reason=%3Cb%3Enot+needed").await.status, 303);
    let again = site.post_form(By::Cookie(&root), &cancel, "reason=twice").await;
    assert_eq!(again.status, 409, "{}", again.text());
    site.post_form(By::Cookie(&root), "/admin/mode", "mode=drain&note=a+move").await;
    let acts = acts(&site).await;
    let told: Vec<_> = acts.iter().map(|act| (act.action.as_str(), act.detail.as_str())).collect();
    let expected = [
        ("mode_changed", "drain: a move"),
        ("job_cancelled_failed", "twice"),
        ("job_cancelled", "twice"),
        ("job_cancelled", "<b>not needed"),
        ("plan_changed", "premium_user: won a prize"),
    ];
    assert_eq!(told, expected);
    assert!(acts.iter().all(|act| act.by == Actor::Admin(root.user.user_id)));
    assert_eq!((acts[3].user_id, acts[3].job_id), (Some(ada.user.user_id), Some(job.job_id)));
    let user = site.desk.ports.accounts.user(ada.user.user_id).await.unwrap().unwrap();
    assert_eq!(user.plan, Plan::PremiumUser);
    for path in ["/admin/audit".to_owned(), format!("/admin/users/{}", ada.user.user_id)] {
        let page = site.get(By::Cookie(&root), &path).await.text();
        assert!(page.contains("won a prize") && page.contains("root@example.org"), "{path}");
        assert!(page.contains("&#60;b&#62;not needed") && !page.contains("<b>not"), "{path}");
    }
}

#[tokio::test]
async fn dead_letters_are_shown_retried_and_discarded() {
    let site = Site::open().await;
    let root = administrator(&site, "root@example.org").await;
    let ada = site.person("ada@example.org").await;
    let job = site.pending_job(&ada).await;
    let queue = &site.desk.ports.queue;
    let take = async || queue.take_next(QueueName::JobRequests, Duration::from_mins(1), Duration::ZERO).await;
    let bury = async || {
        while let Some(taken) = take().await.unwrap() {
            queue.give_back(&taken, Duration::ZERO).await.unwrap();
        }
    };
    bury().await;
    let page = site.get(By::Cookie(&root), "/admin/letters").await.text();
    assert!(page.contains("annotate") && page.contains(&job.job_id.to_string()), "{page}");
    let id = queue.dead_letters(QueueName::JobRequests, 1).await.unwrap()[0].id.clone();
    let form = format!("queue=job-requests&id={id}");
    let retried = site.post_form(By::Cookie(&root), "/admin/letters/retry", &form).await;
    assert_eq!(retried.header("location"), "/admin/letters?retried=1");
    assert!(take().await.unwrap().is_some());
    let gone = site.post_form(By::Cookie(&root), "/admin/letters/retry", &form).await;
    assert_eq!(gone.status, 404);
    site.pending_job(&ada).await;
    bury().await;
    let discarded = site.post_form(By::Cookie(&root), "/admin/letters/discard", "queue=job-requests").await;
    assert_eq!(discarded.header("location"), "/admin/letters?discarded=1");
    let page = site.get(By::Cookie(&root), "/admin/letters").await.text();
    assert!(page.contains("No dead letters"), "{page}");
}
