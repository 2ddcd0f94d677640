//! `gas`: the Genomics Annotation Service in one program.

mod client;
mod commands;
mod compose;
mod configuration;
mod confinement;
mod fetch;
mod logging;
mod references;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use self::commands::Command;

/// Annotates variants, on the command line or as a service.
#[derive(Parser)]
#[command(name = "gas", version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command.run() {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whoever read our output, such as `head`, has seen enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
