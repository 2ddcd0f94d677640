//! What a process gives up before it reads a stranger's file: other files, the network, other programs. A fault in the
//! reader is then worth little to whoever finds it.
//!
//! Two means of Linux, both free to every process and neither in need of namespaces: Landlock for files, a filter of
//! system calls for all else. Where the system lacks one, the other still holds.

mod calls;
mod files;

use std::path::Path;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use gas_service::settings::Confinement;

use self::{calls::filters_calls, files::restricts_files};

/// How a child process is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Degree {
    /// As far as the system can.
    Possible,
    /// Wholly, or it does not run.
    Whole,
}

/// How a process says that it is a child that reads strangers' files.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct ConfinementFlags {
    /// End together with that process, which started this one
    #[arg(long, hide = true, value_name = "PROCESS")]
    child_of: Option<i32>,
    /// Give up what is not needed before the file is read
    #[arg(long, hide = true, value_name = "DEGREE")]
    confined: Option<Degree>,
}

impl ConfinementFlags {
    /// Does what the flags say. There is no way back, and threads that run already are not affected: call it before
    /// there are any.
    pub(crate) fn apply(self, read: &[&Path], write: &[&Path]) -> anyhow::Result<()> {
        if let Some(parent) = self.child_of {
            follow(parent)?;
        }
        match self.confined {
            Some(degree) => confine(degree, read, write),
            None => Ok(()),
        }
    }
}

/// Has the system end this process when its parent ends, so that nobody works on for nobody.
fn follow(parent: i32) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).context("asking to end with the parent")?;
    let lives = getppid().map(Pid::as_raw_nonzero).is_some_and(|now| now.get() == parent);
    anyhow::ensure!(lives, "the process `{parent}` that this one was to work for has ended");
    Ok(())
}

fn confine(degree: Degree, read: &[&Path], write: &[&Path]) -> anyhow::Result<()> {
    let wholly = degree == Degree::Whole;
    // Asked first: afterwards not even the answer can be read.
    let filters = filters_calls();
    let restricted = files::restrict(read, write).context("giving up other files")?;
    anyhow::ensure!(restricted || !wholly, "{}", lacking("Landlock"));
    anyhow::ensure!(filters || !wholly, "{}", lacking("seccomp"));
    if filters { calls::filter().context("giving up system calls") } else { Ok(()) }
}

/// Whether this system knows how to confine wholly.
pub(crate) fn is_whole() -> bool {
    restricts_files() && filters_calls()
}

/// What holds for child processes on this system, for whoever operates it.
pub(crate) fn in_words(wished: Confinement) -> String {
    let off = wished == Confinement::Off;
    let holds = match (restricts_files(), filters_calls()) {
        _ if off => "are not confined, as `annotator.confinement` says",
        (true, true) => "are kept from other files (Landlock), the network and other programs (seccomp)",
        (true, false) => {
            "are kept from other files (Landlock), but not from the network: this system has no seccomp"
        }
        (false, true) => {
            "are kept from the network and other programs (seccomp), but not from other files: this system has no Landlock"
        }
        (false, false) => "are not confined: this system has neither Landlock nor seccomp",
    };
    format!("processes that read uploads {holds}")
}

fn lacking(what: &str) -> String {
    format!("this system has no {what}, and `annotator.confinement` says that it must")
}

#[cfg(test)]
mod tests {
    use std::{fs, io, net::TcpStream, process::Command};

    use super::*;

    /// Does something in a thread that has given up all but these files; other threads are not affected.
    fn confined<T: Send>(read: &[&Path], write: &[&Path], does: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                confine(Degree::Whole, read, write).unwrap();
                does()
            });
            thread.join().unwrap()
        })
    }

    fn kind<T>(done: io::Result<T>) -> Option<io::ErrorKind> {
        done.err().map(|error| error.kind())
    }

    #[test]
    fn other_files_cannot_be_read_or_written() {
        if !restricts_files() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        let input = folder.path().join("input.vcf");
        for folder in [&own, &other] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("there"), "x").unwrap();
        }
        fs::write(&input, "x").unwrap();
        let denied = Some(io::ErrorKind::PermissionDenied);
        confined(&[&input], &[&own], || {
            assert_eq!(fs::read(&input).unwrap(), b"x");
            assert_eq!(kind(fs::write(&input, "y")), denied);
            assert_eq!(fs::read(own.join("there")).unwrap(), b"x");
            fs::write(own.join("new"), "y").unwrap();
            fs::rename(own.join("new"), own.join("newer")).unwrap();
            fs::remove_file(own.join("newer")).unwrap();
            for path in ["/etc/passwd", "/proc/self/environ", "/proc/self/maps"] {
                assert_eq!(kind(fs::read(path)), denied, "{path}");
            }
            assert_eq!(kind(fs::read(other.join("there"))), denied);
            assert_eq!(kind(fs::write(other.join("new"), "y")), denied);
            assert_eq!(kind(fs::read_dir(&other)), denied);
            assert_eq!(kind(fs::remove_file(other.join("there"))), denied);
            assert!(fs::rename(own.join("there"), other.join("moved")).is_err());
            assert!(fs::hard_link(other.join("there"), own.join("linked")).is_err());
            std::os::unix::fs::symlink(other.join("there"), own.join("led")).unwrap_err();
        });
    }

    #[test]
    fn neither_network_nor_programs_nor_rights_can_be_had() {
        if !filters_calls() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path();
        fs::write(own.join("there"), "x").unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let denied = Some(io::ErrorKind::PermissionDenied);
        confined(&[], &[own], || {
            assert_eq!(kind(TcpStream::connect(address)), denied);
            assert_eq!(kind(std::net::UdpSocket::bind("127.0.0.1:0")), denied);
            assert_eq!(kind(std::os::unix::net::UnixStream::pair()), denied);
            assert_eq!(kind(Command::new("/bin/true").spawn()), denied);
            assert_eq!(kind(std::os::unix::fs::chroot(own)), denied);
            assert_eq!(kind(std::os::unix::fs::chown(own.join("there"), Some(1), None)), denied);
            let rights: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o4777);
            assert_eq!(kind(fs::set_permissions(own.join("there"), rights)), denied);
            assert!(rustix::process::test_kill_process(getppid().unwrap()).is_err());
            assert!(rlimit::Resource::NOFILE.set(10, 10).is_err());
            // Handles of files that are open, and threads, are needed.
            fs::File::open(own.join("there")).unwrap().try_clone().unwrap();
            assert_eq!(std::thread::spawn(|| 1).join().unwrap(), 1);
        });
    }

    #[test]
    fn a_child_of_another_does_not_begin() {
        let flags = ConfinementFlags { child_of: Some(i32::MAX), confined: None };
        let ended =
            std::thread::spawn(move || flags.apply(&[], &[]).unwrap_err().to_string()).join().unwrap();
        set_parent_process_death_signal(None).unwrap();
        assert!(ended.contains("has ended"), "{ended}");
    }
}
