//! The log at its most talkative, after a file's whole way: nothing in it opens anything, and nothing in it is a genotype.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, header, multipart, redirect::Policy};

/// Occurs in the input only.
const SAMPLE: &str = "PATIENT0815";
const FILTER: &str = "UNLIKELYFILTER";
const EMAIL: &str = "ada.of.the.log@example.org";

struct Server {
    child: Child,
    address: String,
    log: std::thread::JoinHandle<String>,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gas"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .current_dir(data)
            .env_clear()
            .env("GAS__LOG__FILTER", "trace")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            let _ = errors.read_to_end(&mut log);
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address =
            lines.find_map(|line| line.trim().strip_prefix("open").map(|rest| rest.trim().to_owned()));
        // Read on, or the server would find its output closed.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.unwrap(), log }
    }

    /// Ends it and gives its log.
    fn log(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.join().unwrap()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {text}"));
    rest.split_once(after).unwrap().0
}

async fn page(client: &Client, address: String, cookie: &str) -> (String, String) {
    let answer = client.get(address).header(header::COOKIE, cookie).send().await.unwrap();
    let set = answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
    let set = set.map_or_else(|| cookie.to_owned(), |set| set.split(';').next().unwrap().to_owned());
    (answer.text().await.unwrap(), set)
}

/// Goes the whole way and gives every secret met on it.
async fn way(server: &Server) -> Vec<String> {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let at = |path: &str| format!("{}{path}", server.address);
    let post = async |path: &str, cookie: &str, fields: &[(&str, &str)]| {
        let request = client.post(at(path)).header(header::COOKIE, cookie).form(fields);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303, "{path}");
        answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned())
    };
    let mut secrets = Vec::new();
    let (text, visitor) = page(&client, at("/sign-in"), "").await;
    let csrf = between(&text, "name=\"csrf_token\" value=\"", "\"").to_owned();
    post("/sign-in", &visitor, &[("csrf_token", &csrf), ("email", EMAIL), ("next", "/")]).await;
    let (text, _) = page(&client, at("/outbox"), &visitor).await;
    let mail = between(&text, "<li><a href=\"", "\"").to_owned();
    let (text, _) = page(&client, at(&mail), &visitor).await;
    let link = format!("/sign-in/{}", between(&text, "href=\"/sign-in/", "\""));
    let (text, _) = page(&client, at(&link), &visitor).await;
    let confirm = between(&text, "name=\"csrf_token\" value=\"", "\"").to_owned();
    let session = post(&link, &visitor, &[("csrf_token", &confirm)]).await.unwrap();
    let session = session.split(';').next().unwrap().to_owned();
    let (text, _) = page(&client, at("/profile"), &session).await;
    let meta = between(&text, "<meta name=\"csrf-token\" content=\"", "\"").to_owned();
    for secret in [&visitor, &session] {
        secrets.push(secret.split('=').next_back().unwrap().to_owned());
    }
    secrets.push(link.trim_start_matches("/sign-in/").to_owned());
    secrets.extend([csrf, confirm, meta.clone()]);
    annotate(&client, server, &session, &meta).await;
    secrets
}

async fn annotate(client: &Client, server: &Server, session: &str, csrf: &str) {
    // The second cannot be read: what is amiss is told to its owner, and to nobody else.
    for record in [
        "MT\t4000\t.\tA\tG\t.\tUNLIKELYFILTER\t.\tGT\t0/1",
        "MT\tTWELVE\t.\tA\tUNLIKELYFILTER\t.\t.\t.\tGT\t0/1",
    ] {
        let head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t";
        let file = multipart::Part::text(format!("{head}{SAMPLE}\n{record}\n")).file_name("a.vcf");
        let jobs = client.post(format!("{}/api/v1/jobs", server.address));
        let jobs = jobs.header(header::COOKIE, session).header("x-csrf-token", csrf);
        let job = jobs.multipart(multipart::Form::new().part("file", file)).send().await.unwrap();
        assert_eq!(job.status(), 201);
        let job: serde_json::Value = job.json().await.unwrap();
        let job = format!("{}/api/v1/jobs/{}", server.address, job["job_id"].as_str().unwrap());
        let end = Instant::now() + Duration::from_mins(1);
        loop {
            let (text, _) = page(client, job.clone(), session).await;
            if text.contains("\"COMPLETED\"") || text.contains("\"FAILED\"") {
                break;
            }
            assert!(Instant::now() < end, "{text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for end in ["/result", "/result?format=tsv", "/log", "/input"] {
            page(client, format!("{job}{end}"), session).await;
        }
    }
}

#[tokio::test]
async fn the_log_tells_no_secrets_and_no_genotypes() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let secrets = way(&server).await;
    let log = server.log();
    assert!(log.contains("answered 303") && log.contains("/sign-in/{secret}"), "the log is there");
    for secret in secrets.iter().map(String::as_str).chain([SAMPLE, FILTER, EMAIL]) {
        assert!(secret.len() > 8, "{secret}");
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a line of the log has `{secret}`");
    }
}
