//! The child process that reads a stranger's file, so that no other has to.

use std::{
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use rustix::process::Signal;
use tokio::{
    process::{Child, Command},
    sync::watch,
    time,
};

use super::report::{Done, Verdict, read_reports};
use crate::{
    child_process::{Group, read_complaints},
    job::{Failure, Progress},
};

/// How a child ended.
#[derive(Debug)]
pub(super) enum End {
    /// It says that it is done.
    Done(Done),
    /// It names a fault of the input, or hit a limit.
    Failed(Failure),
    /// Neither.
    Crashed(String),
}

/// Runs the child in `folder` until it ends; beyond `max_wall_time` it is killed. Dropping the future kills it, too.
///
/// No shell is involved, and of the environment nothing is passed on.
pub(super) async fn run_child(
    mut command: Command,
    folder: &Path,
    max_wall_time: Duration,
    progress: &watch::Sender<Progress>,
) -> anyhow::Result<End> {
    command
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().context("starting the annotation's process")?;
    let mut group = Group::of(&child);
    let Ok(ended) = time::timeout(max_wall_time, follow(&mut child, progress)).await else {
        drop(group);
        child.wait().await.context("waiting for the killed process")?;
        return Ok(End::Failed(took_too_long(max_wall_time)));
    };
    let (verdict, complaints, status) = ended?;
    group.has_ended();
    Ok(judge(verdict, &complaints, status))
}

async fn follow(
    child: &mut Child,
    progress: &watch::Sender<Progress>,
) -> anyhow::Result<(Option<Verdict>, String, ExitStatus)> {
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let (output, errors) = output.zip(errors).context("the child has no output")?;
    let (verdict, complaints) = tokio::join!(read_reports(output, progress), read_complaints(errors));
    let status = child.wait().await.context("waiting for the annotation's process")?;
    if !complaints.is_empty() {
        tracing::info!(complaints, "the child's standard error");
    }
    Ok((verdict, complaints, status))
}

fn judge(verdict: Option<Verdict>, complaints: &str, status: ExitStatus) -> End {
    match (verdict, status.code(), status.signal()) {
        (Some(Verdict::Done(done)), Some(0), _) => End::Done(done),
        (Some(Verdict::Failure(failure)), Some(1), _) => End::Failed(failure),
        (_, _, Some(signal)) if signal == Signal::XCPU.as_raw() => End::Failed(too_much_time()),
        (_, _, Some(signal)) if signal == Signal::XFSZ.as_raw() => End::Failed(result_too_large()),
        (_, _, Some(signal)) if signal == Signal::ABORT.as_raw() && lacked_memory(complaints) => {
            End::Failed(too_much_memory())
        }
        (_, _, Some(signal)) => End::Crashed(format!("it was ended by signal {signal}")),
        (_, Some(0), _) => End::Crashed("it ended without saying that it was done".to_owned()),
        (_, code, _) => End::Crashed(format!("it ended with code {}", code.unwrap_or(-1))),
    }
}

/// What Rust's allocator says before it aborts.
fn lacked_memory(complaints: &str) -> bool {
    complaints.contains("memory allocation")
}

fn limit(code: &str, cause: &str, remedy: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        line: None,
        column: None,
        cause: cause.to_owned(),
        remedy: remedy.to_owned(),
    }
}

fn too_much_time() -> Failure {
    limit(
        "too_much_time",
        "Annotating the file took more processor time than one job may have.",
        "Split the file, by chromosome for instance, and submit the parts.",
    )
}

fn took_too_long(most: Duration) -> Failure {
    let minutes = most.as_secs().div_ceil(60);
    limit(
        "took_too_long",
        &format!("The annotation had not ended after {minutes} min and was stopped."),
        "Split the file, by chromosome for instance, and submit the parts.",
    )
}

fn result_too_large() -> Failure {
    limit(
        "result_too_large",
        "The annotated file grew larger than one job's result may be.",
        "Split the file, or remove samples that you do not need (`bcftools view -s`), and submit the parts.",
    )
}

fn too_much_memory() -> Failure {
    limit(
        "too_much_memory",
        "Annotating the file took more memory than one job may have.",
        "Look for extremely long lines in the file; split it and submit the parts.",
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(24, "", "too_much_time")]
    #[case(25, "", "result_too_large")]
    #[case(6, "memory allocation of 9 bytes failed", "too_much_memory")]
    fn signals_of_limits_are_failures(#[case] signal: i32, #[case] complaints: &str, #[case] code: &str) {
        let end = judge(None, complaints, ExitStatus::from_raw(signal));
        assert!(matches!(end, End::Failed(failure) if failure.code == code));
    }

    #[rstest]
    #[case(ExitStatus::from_raw(9), "signal 9")]
    #[case(ExitStatus::from_raw(6), "signal 6")]
    #[case(ExitStatus::from_raw(0), "without saying")]
    #[case(ExitStatus::from_raw(101 << 8), "code 101")]
    fn other_ends_are_crashes(#[case] status: ExitStatus, #[case] how: &str) {
        let end = judge(None, "", status);
        assert!(matches!(end, End::Crashed(text) if text.contains(how)));
    }

    #[test]
    fn a_verdict_counts_only_with_its_exit_code() {
        let done = || Some(Verdict::Done(Done { annotated_by: "gas".into(), records: 1 }));
        assert!(matches!(judge(done(), "", ExitStatus::from_raw(0)), End::Done(_)));
        assert!(matches!(judge(done(), "", ExitStatus::from_raw(9)), End::Crashed(_)));
    }
}
