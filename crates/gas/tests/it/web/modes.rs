//! What is done and what is not while the service is drained or for reading only.

use gas_service::{desk::DeskError, operation::Mode, ports::Actor};

use super::{
    expected::{Expected, ROUTES},
    operation::metrics,
    site::{Answer, By, Person, Site},
};
use gas_web::router::Access;

const NOTE: &str = "We move at <noon>, back by one.";

async fn set(site: &Site, mode: Mode) {
    site.desk.administration(Actor::CommandLine).set_mode(mode, NOTE).await.unwrap();
}

/// Every way to change something that the owner has; administrators' are tested elsewhere.
fn changes() -> impl Iterator<Item = &'static Expected> {
    ROUTES.iter().filter(|route| route.method != "GET" && route.access() != Access::Admin)
}

async fn asked(site: &Site, person: &Person, route: &Expected) -> Answer {
    let path = route.path_of(site, person).await;
    site.ask(route.request(&path, By::Cookie(person))).await
}

#[tokio::test]
async fn a_drained_service_takes_no_jobs_and_does_everything_else() {
    let site = Site::open().await;
    set(&site, Mode::Drain).await;
    let mut refused = Vec::new();
    for route in changes() {
        // As some end the session, or the account.
        let ada = site.person("ada@example.org").await;
        let path = route.path_of(&site, &ada).await;
        let before = site.tables().await["job"].len();
        let answer = site.ask(route.request(&path, By::Cookie(&ada))).await;
        assert!(site.tables().await["job"].len() <= before, "{} made a job", answer.told);
        if answer.status == 503 {
            assert!(answer.text().contains("no new jobs are taken") || answer.text().contains("No new jobs"));
            assert!(!answer.header("retry-after").is_empty());
            refused.push(route.path);
        } else {
            assert_eq!(answer.status, route.owner, "{}: {}", answer.told, answer.text());
        }
    }
    refused.sort_unstable();
    let makers = [
        "/annotate",
        "/annotate/example",
        "/annotations/{id}/run-again",
        "/api/v1/jobs",
        "/api/v1/jobs/{id}/rerun",
        "/uploads",
        "/uploads/{id}",
        "/uploads/{id}/submit",
    ];
    assert_eq!(refused, makers);
}

#[tokio::test]
async fn nothing_changes_in_a_service_for_reading_only() {
    let site = Site::open().await;
    for route in changes() {
        set(&site, Mode::Open).await;
        let ada = site.person("ada@example.org").await;
        let path = route.path_of(&site, &ada).await;
        set(&site, Mode::ReadOnly).await;
        let (tables, files) = (site.tables().await, site.files("objects"));
        let answer = site.ask(route.request(&path, By::Cookie(&ada))).await;
        if route.path.starts_with("/sign-in") || ["/sign-out", "/uploads/recognise"].contains(&route.path) {
            assert_eq!(answer.status, route.owner, "{}: {}", answer.told, answer.text());
            continue;
        }
        assert_eq!(answer.status, 503, "{}: {}", answer.told, answer.text());
        assert!(answer.text().contains("othing can be changed"), "{}: {}", answer.told, answer.text());
        assert_eq!(site.tables().await, tables, "{} changed something", answer.told);
        assert_eq!(site.files("objects"), files, "{} changed something", answer.told);
    }
}

#[tokio::test]
async fn reading_goes_on_in_a_service_for_reading_only() {
    let site = Site::open().await;
    set(&site, Mode::ReadOnly).await;
    for route in ROUTES.iter().filter(|route| route.method == "GET" && route.access() != Access::Admin) {
        let ada = site.person("ada@example.org").await;
        let answer = asked(&site, &ada, route).await;
        assert_eq!(answer.status, route.owner, "{}: {}", answer.told, answer.text());
    }
}

#[tokio::test]
async fn pages_programs_and_machines_are_told() {
    let site = Site::open_as(|options| options.metrics_from = vec!["127.0.0.1/32".parse().unwrap()]).await;
    let ada = site.person("ada@example.org").await;
    assert!(!site.get(By::Nobody, "/").await.text().contains("class=\"banner"));
    assert_eq!(site.get(By::Nobody, "/readyz").await.text(), "ready\n");
    set(&site, Mode::ReadOnly).await;
    for path in ["/", "/annotations", "/annotate", "/profile", "/nowhere"] {
        let page = site.get(By::Cookie(&ada), path).await.text();
        assert!(
            page.contains("class=\"banner") && page.contains("We move at &#60;noon&#62;"),
            "{path}: {page}"
        );
    }
    let refused = site.post_form(By::Cookie(&ada), "/api/v1/tokens", "name=new").await;
    refused.refused(503, "read_only");
    assert!(refused.json()["detail"].as_str().unwrap().contains("back by one"));
    assert_eq!(site.get(By::Nobody, "/readyz").await.text(), "ready\nmode: read-only\n");
    let metrics = metrics(&site, [127, 0, 0, 1], None).await.text();
    for line in ["gas_mode{mode=\"open\"} 0", "gas_mode{mode=\"drain\"} 0", "gas_mode{mode=\"read-only\"} 1"]
    {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    set(&site, Mode::Drain).await;
    site.post_form(By::Token(&ada), "/api/v1/jobs", "").await.refused(503, "draining");
    assert_eq!(site.get(By::Nobody, "/readyz").await.text(), "ready\nmode: drain\n");
}

/// Who is at the command line is told the same, and the way back stays open.
#[tokio::test]
async fn administrators_change_nothing_either_but_the_mode() {
    let site = Site::open().await;
    let ada = site.person("ada@example.org").await;
    let reason = gas_service::administration::Reason::given("a test").unwrap();
    set(&site, Mode::ReadOnly).await;
    let by_hand = site.desk.administration(Actor::CommandLine);
    let refused = by_hand.set_admin(&ada.user, true, &reason).await;
    assert!(matches!(refused, Err(DeskError::ReadOnly { .. })), "{refused:?}");
    assert!(!by_hand.user(ada.user.user_id).await.unwrap().admin);
    set(&site, Mode::Open).await;
    by_hand.set_admin(&ada.user, true, &reason).await.unwrap();
}
