//! `gas admin`, as it is typed.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn gas(data: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
    command.arg("admin").args(arguments).args(["--data", "data"]).current_dir(data.path());
    command.env_clear().env("HOME", data.path()).stdin(Stdio::null()).output().unwrap()
}

fn json(data: &TempDir, arguments: &[&str]) -> Value {
    let done = gas(data, &[arguments, &["--json"]].concat());
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

fn refused(data: &TempDir, arguments: &[&str]) -> String {
    let done = gas(data, arguments);
    assert!(!done.status.success(), "{arguments:?}");
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn a_service_is_looked_after_from_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let first = json(&data, &["grant", "root@example.org"]);
    assert_eq!((&first["user_email"], &first["admin"]), (&"root@example.org".into(), &true.into()));
    assert!(refused(&data, &["revoke", "root@example.org"]).contains("the last administrator"));
    assert!(refused(&data, &["user", "ada@example.org"]).contains("no such user"));
    json(&data, &["grant", "ada@example.org", "--reason", "on call"]);
    assert_eq!(json(&data, &["revoke", "root@example.org"])["admin"], false);
    assert_eq!(json(&data, &["plan", "root@example.org", "premium_user"])["plan"], "premium_user");
    let users = json(&data, &["users", "--email", "ro"]);
    assert_eq!(users.as_array().unwrap().len(), 1);
    let person = json(&data, &["user", "ada@example.org"]);
    assert_eq!(person["events"][0]["detail"], "on call");
    assert_eq!(json(&data, &["jobs"]), Value::Array(Vec::new()));
    assert_eq!(json(&data, &["queues"]).as_array().unwrap().len(), 5);
    assert_eq!(json(&data, &["dead-letters"]), Value::Array(Vec::new()));
    assert_eq!(json(&data, &["dead-letters", "job-thaw", "--retry-all"])["retried"], 0);
    assert!(refused(&data, &["dead-letters", "job-thaw", "--discard", "1"]).contains("no such dead letter"));
    assert_eq!(json(&data, &["mode"])["mode"], "open");
    assert_eq!(json(&data, &["mode", "read-only", "--note", "a move"])["note"], "a move");
    assert!(refused(&data, &["plan", "ada@example.org", "premium_user"]).contains("a move"));
    assert_eq!(json(&data, &["mode", "open"])["mode"], "open");
    let acts = json(&data, &["audit"]);
    let acts: Vec<_> = acts.as_array().unwrap().iter().map(|act| act["action"].as_str().unwrap()).collect();
    let expected = [
        "mode_changed",
        "mode_changed",
        "letters_discarded_failed",
        "letters_discarded",
        "letters_retried",
        "plan_changed",
        "unmade_administrator",
        "made_administrator",
        "unmade_administrator_failed",
        "unmade_administrator",
        "made_administrator",
    ];
    assert_eq!(acts, expected);
    for words in [&["users"][..], &["queues"], &["mode"], &["audit"]] {
        let done = gas(&data, words);
        assert!(done.status.success() && !done.stdout.is_empty(), "{words:?}");
    }
}
