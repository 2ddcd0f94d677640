//! Named steps at which a test may end the process, as a power cut would.
//!
//! Compiled in with the feature `failpoints` only. `GAS_FAILPOINT=annotator.claimed` kills the process
//! (SIGKILL, nothing is cleaned up) when it reaches that step; `GAS_FAILPOINT=annotator.claimed:3` the third time.

/// Ends the process here if the environment asks for it.
#[cfg(feature = "failpoints")]
pub fn reached(step: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("GAS_FAILPOINT") else { return };
    let (name, times) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if name == step && REACHED.fetch_add(1, Ordering::SeqCst) + 1 >= times.parse().unwrap_or(1) {
        // Without the destructors and handlers that an exit would run.
        std::process::abort();
    }
}

/// Does nothing: this build has no fail-points.
#[cfg(not(feature = "failpoints"))]
pub fn reached(_step: &str) {}
