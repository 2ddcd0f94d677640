//! Named steps at which a test may end the process, as a power cut would.
//!
//! Compiled in with the feature `failpoints` only. `GAS_FAILPOINT=annotator.claimed` kills the process
//! (SIGKILL, nothing is cleaned up) when it reaches that step; `GAS_FAILPOINT=annotator.claimed:3` the third time.

/// Every step, in the order in which a job passes them on its way from the upload to the archive and back.
pub const STEPS: &[&str] = &[
    "upload.stored",
    "submit.created",
    "submit.sent",
    "annotator.claimed",
    "annotator.copied",
    "annotator.annotated",
    "annotator.stored",
    "annotator.completed",
    "annotator.told",
    "notifier.mailed",
    "notifier.noted",
    "archiver.begun",
    "archiver.stored",
    "archiver.recorded",
    "archiver.deleted",
    "archiver.told",
    "archiver.archived",
    "plan.announced",
    "plan.written",
    "restorer.marked",
    "restorer.announced",
    "restorer.begun",
    "restorer.started",
    "restorer.recorded",
    "thawer.stored",
    "thawer.told",
    "thawer.thawed",
    "thawer.discarded",
];

/// Every step of following the payment provider's word, in their order.
pub const BILLING_STEPS: &[&str] =
    &["billing.announced", "billing.settled", "billing.told", "billing.followed"];

/// Every step, in the order in which the deletion of an account passes them.
pub const DELETION_STEPS: &[&str] = &[
    "deletion.begun",
    "deletion.announced",
    "deletion.cancelled",
    "deletion.counted",
    "deletion.erased",
    "deletion.forgotten",
    "deletion.removed",
    "deletion.mailed",
];

/// Ends the process here if the environment asks for it.
#[cfg(feature = "failpoints")]
pub fn reached(step: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let Ok(wanted) = std::env::var("GAS_FAILPOINT") else { return };
    let (name, times) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if name == step && REACHED.fetch_add(1, Ordering::SeqCst) + 1 >= times.parse().unwrap_or(1) {
        // Without the destructors and handlers that an exit would run, and without the core file of an abort.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

/// Does nothing: this build has no fail-points.
#[cfg(not(feature = "failpoints"))]
pub fn reached(_step: &str) {}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{BILLING_STEPS, DELETION_STEPS, STEPS};

    fn steps_under(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                steps_under(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let calls = text.split("failpoint::reached(\"").skip(1);
                found.extend(calls.filter_map(|rest| rest.split_once('"')).map(|(step, _)| step.to_owned()));
            }
        }
    }

    #[test]
    fn the_list_names_every_step_of_the_source_and_no_other() {
        let mut found = BTreeSet::new();
        steps_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let all = || STEPS.iter().chain(BILLING_STEPS).chain(DELETION_STEPS);
        let listed: BTreeSet<String> = all().map(|step| (*step).to_owned()).collect();
        // This test's own search string is a call without a name.
        found.retain(|step| step.contains('.'));
        assert_eq!(found, listed);
        assert_eq!(listed.len(), all().count(), "no step is listed twice");
    }
}
