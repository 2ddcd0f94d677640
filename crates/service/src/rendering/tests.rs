use std::{fs, io, os::unix::fs::PermissionsExt as _};

use rstest::rstest;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;

use super::*;

const FORMAT: Rendering = Rendering::Result(ResultFormat::Tsv);

/// A renderer whose program is that script.
fn renderer(script: &str, max_output: &str, at_once: usize) -> (Renderer, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("child.sh");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let limits = serde_json::json!({
        "at_once": 1, "threads": 1, "lease": "1m", "drain": "0s", "max_attempts": 1, "reference": "x", "max_memory": "1GB",
        "max_cpu_time": "60s", "max_wall_time": "5s", "max_output": max_output,
    });
    let renderer = Renderer {
        program,
        places: Arc::new(Semaphore::new(at_once)),
        settings: RenderingSettings {
            at_once,
            patience: Duration::from_millis(50),
            idle_limit: Duration::from_millis(300),
        },
        limits: serde_json::from_value(limits).unwrap(),
    };
    (renderer, folder)
}

fn input(text: &str) -> (BoxRead, u64) {
    (Box::pin(io::Cursor::new(text.as_bytes().to_vec())), text.len() as u64)
}

async fn render(renderer: &Renderer, text: &str) -> anyhow::Result<String> {
    let (bytes, size) = input(text);
    let mut made = String::new();
    renderer.render(bytes, size, FORMAT).await?.read_to_string(&mut made).await?;
    Ok(made)
}

#[tokio::test]
async fn the_child_gets_the_bytes_and_the_limits() {
    let (renderer, _folder) = renderer("echo \"$*\"; cat", "1MB", 1);
    let made = render(&renderer, "bytes").await.unwrap();
    let limits = "--max-memory 1000000000 --max-cpu-time 60";
    let confined = format!("--child-of {} --confined possible", std::process::id());
    assert_eq!(made, format!("convert - -O tsv {limits} {confined}\nbytes"));
    // The place is free again.
    render(&renderer, "bytes").await.unwrap();
}

#[rstest]
#[case::an_exit_code("cat; exit 1")]
#[case::a_signal("cat; kill -9 $$")]
#[case::too_much("cat; exec yes")]
#[case::a_stop("cat; sleep 60")]
#[tokio::test]
async fn what_breaks_off_in_the_middle_does_not_look_whole(#[case] script: &str) {
    let (renderer, _folder) = renderer(script, "1MB", 1);
    let (bytes, size) = input("the beginning\n");
    let mut made = renderer.render(bytes, size, FORMAT).await.unwrap();
    let mut text = Vec::new();
    assert!(made.read_to_end(&mut text).await.is_err(), "{} bytes", text.len());
    assert!(text.starts_with(b"the beginning\n"));
}

#[tokio::test]
async fn an_input_that_breaks_off_does_not_look_whole() {
    let (renderer, _folder) = renderer("cat", "1MB", 1);
    let (bytes, size) = input("half of it\n");
    let mut made = renderer.render(bytes, size * 2, FORMAT).await.unwrap();
    assert!(made.read_to_end(&mut Vec::new()).await.is_err());
}

#[tokio::test]
async fn what_fails_at_once_is_known_before_anything_is_promised() {
    let (renderer, _folder) = renderer("echo no CSQ >&2; exit 1", "1MB", 1);
    let error = render(&renderer, "bytes").await.unwrap_err();
    assert!(format!("{error:#}").contains("no CSQ"), "{error:#}");
}

#[tokio::test]
async fn no_more_are_made_at_once_than_are_allowed_and_who_stands_still_is_broken_off() {
    let (renderer, _folder) = renderer("exec yes", "1GB", 1);
    let (bytes, size) = input("");
    let mut standing = renderer.render(bytes, size, FORMAT).await.unwrap();
    let (bytes, size) = input("");
    assert!(matches!(renderer.render(bytes, size, FORMAT).await, Err(RenderError::Busy)));
    time::sleep(Duration::from_millis(500)).await;
    let (bytes, size) = input("");
    renderer.render(bytes, size, FORMAT).await.unwrap();
    assert!(standing.read_to_end(&mut Vec::new()).await.is_err());
}

#[tokio::test]
async fn who_goes_away_ends_the_child() {
    let (renderer, folder) = renderer("echo $$ > \"${0%/*}/pid\"; exec yes", "1GB", 1);
    let (bytes, size) = input("");
    drop(renderer.render(bytes, size, FORMAT).await.unwrap());
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    let runs = || fs::read_to_string(&stat).is_ok_and(|text| !text.contains(") Z "));
    for _ in 0..200 {
        if !runs() {
            return;
        }
        time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the child still runs");
}

#[rstest]
#[case("a.annot.vcf", ResultFormat::Tsv, "a.annot.tsv")]
#[case("a.annot.vcf", ResultFormat::PlainTsv, "a.annot.tsv")]
#[case("a.annot.vcf.gz", ResultFormat::Vcf, "a.annot.vcf")]
#[case("a.annot.vcf", ResultFormat::VcfGz, "a.annot.vcf.gz")]
#[case("a.annot.vcf.gz", ResultFormat::JsonLines, "a.annot.jsonl")]
fn names(#[case] stored: &str, #[case] format: ResultFormat, #[case] expected: &str) {
    let stored: FileName = stored.parse().unwrap();
    assert_eq!(format.name(&stored), expected);
    assert_eq!(format.as_str().parse(), Ok(format));
}
