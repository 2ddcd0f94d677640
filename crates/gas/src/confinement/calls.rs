//! System calls, by a filter: those that reading, computing and writing take, and no others.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// Why the filter cannot be set.
#[derive(Debug, thiserror::Error)]
pub(super) enum FilterError {
    /// It cannot be made for this kind of machine.
    #[error("the filter of system calls cannot be made")]
    Made(#[from] BackendError),
    /// The system does not take it.
    #[error("the system does not take the filter of system calls")]
    Taken(#[from] seccompiler::Error),
}

/// Calls that are allowed whatever they are given. Opening is among them: Landlock says what can be opened.
const ALLOWED: &[c_long] = &[
    // Files.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_dup,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_fadvise64,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_linkat,
    libc::SYS_ppoll,
    libc::SYS_umask,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    // Threads; `clone3`, whose flags a filter cannot see, does not exist here, and libraries then use `clone`.
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // Signals to itself.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // Clocks and chance.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    // What the machine is like.
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrusage,
    libc::SYS_times,
];

/// The same by the older names that this kind of machine still has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_link,
    libc::SYS_poll,
    libc::SYS_dup2,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// What may be done to an open file by `fcntl`. Having signals sent when something happens to it (`F_SETOWN`, `F_SETSIG`,
/// `F_NOTIFY`, leases) is not among it: before Linux 6.12 Landlock does not keep them from other processes.
const ON_OPEN_FILES: &[i32] =
    &[libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL];

/// Whether this system has filters.
pub(crate) fn filters_calls() -> bool {
    std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail")
        .is_ok_and(|actions| actions.split_whitespace().any(|action| action == "errno"))
}

/// Gives up all other calls: they fail as if the right to them were lacking. Children and new rights go along.
pub(super) fn filter() -> Result<(), FilterError> {
    let without_clone3 = [(libc::SYS_clone3, Vec::new())].into();
    // The later filter is asked first, but the stricter answer holds.
    apply(without_clone3, SeccompAction::Allow, SeccompAction::Errno(errno(libc::ENOSYS)))?;
    apply(rules()?, SeccompAction::Errno(errno(libc::EPERM)), SeccompAction::Allow)
}

fn errno(number: i32) -> u32 {
    number.unsigned_abs()
}

fn apply(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<(), FilterError> {
    let filter = SeccompFilter::new(rules, otherwise, matched, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(apply_filter(&program)?)
}

fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().chain(OLDER).map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let thread = 0x0001_0000;
    for (call, argument, operation, value) in [
        // New threads, but no new processes.
        (libc::SYS_clone, 0, SeccompCmpOp::MaskedEq(thread), thread),
        // A signal to itself, which is how a process ends for a fault of its own.
        (libc::SYS_tgkill, 0, SeccompCmpOp::Eq, own),
        // Looking at limits, but not setting them.
        (libc::SYS_prlimit64, 2, SeccompCmpOp::Eq, 0),
        // The names of threads and of memory.
        (libc::SYS_prctl, 0, SeccompCmpOp::Eq, 15),
        (libc::SYS_prctl, 0, SeccompCmpOp::Eq, 0x5356_4d41),
        // Whether a stream is a terminal, and how wide.
        (libc::SYS_ioctl, 1, SeccompCmpOp::Eq, libc::TCGETS),
        (libc::SYS_ioctl, 1, SeccompCmpOp::Eq, libc::TIOCGWINSZ),
    ] {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operation, value)?;
        rules.entry(call).or_default().push(SeccompRule::new(vec![condition])?);
    }
    let on_open_files = rules.entry(libc::SYS_fcntl).or_default();
    for command in ON_OPEN_FILES {
        on_open_files.push(SeccompRule::new(vec![command_is(*command)?])?);
    }
    // A terminal has an owner already, whom this flag would have signals sent to.
    let quiet = SeccompCmpOp::MaskedEq(u64::from(libc::O_ASYNC.unsigned_abs()));
    let quiet = SeccompCondition::new(2, SeccompCmpArgLen::Dword, quiet, 0)?;
    on_open_files.push(SeccompRule::new(vec![command_is(libc::F_SETFL)?, quiet])?);
    Ok(rules)
}

/// The system takes the command of `fcntl` for a number of 32 bits, whatever the others of the register are.
fn command_is(command: i32) -> Result<SeccompCondition, BackendError> {
    let command = u64::from(command.unsigned_abs());
    SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, command)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use seccompiler::sock_filter;

    use super::*;

    /// What the filter answers to a call: the few instructions of BPF that it is made of, run as the system does.
    fn answer(program: &[sock_filter], call: c_long, arguments: [u64; 3]) -> u32 {
        let arch: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };
        let mut data = [i32::try_from(call).unwrap().to_le_bytes(), arch.to_le_bytes()].concat();
        data.extend([0; 8]);
        data.extend(arguments.into_iter().flat_map(u64::to_le_bytes));
        let (mut at, mut value) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at].clone();
            at += 1;
            let jump = |holds: bool| usize::from(if holds { jt } else { jf });
            match code {
                0x20 => {
                    let from = usize::try_from(k).unwrap();
                    value = u32::from_le_bytes(data[from..from + 4].try_into().unwrap());
                }
                0x05 => at += usize::try_from(k).unwrap(),
                0x15 => at += jump(value == k),
                0x25 => at += jump(value > k),
                0x35 => at += jump(value >= k),
                0x54 => value &= k,
                0x06 => return k,
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    const ALLOW: u32 = 0x7fff_0000;
    const DENY: u32 = 0x0005_0001;

    fn program() -> BpfProgram {
        let (deny, arch) = (SeccompAction::Errno(errno(libc::EPERM)), std::env::consts::ARCH);
        let filter =
            SeccompFilter::new(rules().unwrap(), deny, SeccompAction::Allow, arch.try_into().unwrap());
        filter.unwrap().try_into().unwrap()
    }

    #[rstest]
    #[case(libc::F_DUPFD_CLOEXEC, 0, ALLOW)]
    #[case(libc::F_GETFD, 0, ALLOW)]
    #[case(libc::F_SETFD, libc::FD_CLOEXEC, ALLOW)]
    #[case(libc::F_GETFL, 0, ALLOW)]
    #[case(libc::F_SETFL, libc::O_NONBLOCK, ALLOW)]
    #[case(libc::F_SETFL, libc::O_NONBLOCK | libc::O_ASYNC, DENY)]
    #[case(libc::F_SETOWN, 1, DENY)]
    #[case(15, 1, DENY)] // F_SETOWN_EX
    #[case(10, libc::SIGKILL, DENY)] // F_SETSIG
    #[case(libc::F_NOTIFY, 1, DENY)]
    #[case(libc::F_SETLEASE, 0, DENY)]
    fn no_open_file_sends_signals(#[case] command: i32, #[case] value: i32, #[case] expected: u32) {
        let (command, value) = (u64::from(command.unsigned_abs()), u64::from(value.unsigned_abs()));
        // What is above 32 bits is nothing to the system, and so nothing to the filter.
        for above in [0, 1 << 32, u64::MAX << 32] {
            let arguments = [1, command | above, value | above];
            assert_eq!(answer(&program(), libc::SYS_fcntl, arguments), expected, "{arguments:?}");
        }
    }

    #[rstest]
    #[case(libc::SYS_read, ALLOW)]
    #[case(libc::SYS_socket, DENY)]
    #[case(libc::SYS_kill, DENY)]
    fn calls_are_answered_as_listed(#[case] call: c_long, #[case] expected: u32) {
        assert_eq!(answer(&program(), call, [0; 3]), expected);
    }
}
