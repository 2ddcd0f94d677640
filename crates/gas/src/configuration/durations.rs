//! How long things may take or last.

use std::time::Duration;

use super::Configuration;

/// Times are reckoned from now on, and the calendar ends: behind the year 9999 there is nothing to write down.
const LONGEST: Duration = Duration::from_hours(24 * 366 * 100);

/// The setting that is longer than a hundred years, of those that are added to the time.
pub(super) fn too_long(configuration: &Configuration) -> Option<&'static str> {
    let Configuration { plans, billing, sign_in, uploads, annotator, rendering, workers, embedded, .. } =
        configuration;
    let cold = &embedded.cold_storage;
    let durations = [
        ("plans.free.retention", plans.free.retention),
        ("plans.free.input_retention", plans.free.input_retention),
        ("plans.premium.retention", plans.premium.retention),
        ("plans.premium.input_retention", plans.premium.input_retention),
        ("billing.grace", Some(billing.grace)),
        ("sign_in.link_life", Some(sign_in.link_life)),
        ("sign_in.session_life", Some(sign_in.session_life)),
        ("sign_in.session_idle", Some(sign_in.session_idle)),
        ("sign_in.recent", Some(sign_in.recent)),
        ("sign_in.attempt_life", Some(sign_in.attempt_life)),
        ("uploads.life", Some(uploads.life)),
        ("annotator.lease", Some(annotator.lease)),
        ("annotator.drain", Some(annotator.drain)),
        ("annotator.max_cpu_time", Some(annotator.max_cpu_time)),
        ("annotator.max_wall_time", Some(annotator.max_wall_time)),
        ("rendering.patience", Some(rendering.patience)),
        ("rendering.idle_limit", Some(rendering.idle_limit)),
        ("workers.visibility", Some(workers.visibility)),
        ("workers.retry_delay", Some(workers.retry_delay)),
        ("workers.archive_lease", Some(workers.archive_lease)),
        ("workers.sweep_interval", Some(workers.sweep_interval)),
        ("workers.patience", Some(workers.patience)),
        ("embedded.cold_storage.expedited_time", Some(cold.expedited_time)),
        ("embedded.cold_storage.standard_time", Some(cold.standard_time)),
    ];
    let found = durations.iter().find(|(_, duration)| duration.is_some_and(|duration| duration > LONGEST));
    found.map(|(setting, _)| *setting)
}
