//! The commands. Each file holds one, or a family of one name.

mod admin;
mod annotate;
mod check;
mod convert;
mod jobs;
mod output_file;
mod output_format;
mod reference;
mod report;
mod serve;

use std::process::ExitCode;

/// What to do.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Run the whole service in one process
    Serve(serve::Serve),
    /// Run only the web face; workers run in processes of their own
    Web(serve::Web),
    /// Run only one kind of worker
    Worker(serve::Worker),
    /// Annotate a VCF file
    Annotate(annotate::Annotate),
    /// Write an annotated file in another format
    Convert(convert::Convert),
    /// Make a report of the counts of a run
    Report(report::Report),
    /// Fetch, build, list and look at references
    #[command(subcommand)]
    Reference(reference::Reference),
    /// Send files to a running server
    Submit(jobs::Submit),
    /// Show your jobs on a server, or one of them
    Jobs(jobs::Jobs),
    /// Download a result from a server
    Download(jobs::Download),
    /// Look after a server, on its own machine
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Show what is configured, what answers and what is missing
    Check(check::Check),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(command) => command.run(),
            Self::Web(command) => command.run(),
            Self::Worker(command) => command.run(),
            Self::Annotate(command) => command.run(),
            Self::Convert(command) => command.run(),
            Self::Report(command) => command.run(),
            Self::Reference(command) => command.run(),
            Self::Submit(command) => command.run(),
            Self::Jobs(command) => command.run(),
            Self::Download(command) => command.run(),
            Self::Admin(command) => command.run(),
            Self::Check(command) => command.run(),
        }
    }
}
