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
    libc::SYS_fcntl,
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
    Ok(rules)
}
