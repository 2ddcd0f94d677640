//! The child that makes a format: bytes in at its standard input, bytes out at its standard output.

use std::{io, process::Stdio};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
};

use crate::{
    child_process::{Group, read_complaints},
    ports::BoxRead,
};

/// A child under way.
pub(super) struct Rendering {
    pub(super) output: ChildStdout,
    child: Child,
    group: Group,
    feeding: JoinHandle<io::Result<()>>,
    complaints: JoinHandle<String>,
}

/// Starts it and feeds it, which must take `size` bytes.
pub(super) fn start(mut command: Command, input: BoxRead, size: u64) -> anyhow::Result<Rendering> {
    command
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().context("starting the process that converts")?;
    let group = Group::of(&child);
    let pipes = child.stdin.take().zip(child.stdout.take()).zip(child.stderr.take());
    let ((mut stdin, output), errors) = pipes.context("the child lacks a pipe")?;
    let feeding = tokio::spawn(async move {
        // The end of what is read may also be the end of what can be read.
        let fed = tokio::io::copy(&mut input.take(size + 1), &mut stdin).await?;
        stdin.shutdown().await?;
        if fed == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    });
    let complaints = tokio::spawn(read_complaints(errors));
    Ok(Rendering { output, child, group, feeding, complaints })
}

impl Rendering {
    /// After the last byte: whether that was all there is.
    pub(super) async fn finish(mut self) -> anyhow::Result<()> {
        let status = self.child.wait().await.context("waiting for the process that converts")?;
        self.group.has_ended();
        let complaints = (&mut self.complaints).await.unwrap_or_default();
        anyhow::ensure!(status.success(), "the conversion ended with {status}: {complaints}");
        (&mut self.feeding).await.context("feeding the conversion")?.context("reading what is converted")
    }
}

impl Drop for Rendering {
    fn drop(&mut self) {
        self.feeding.abort();
        self.complaints.abort();
    }
}
