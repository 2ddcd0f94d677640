//! Every statement that touches the job table, in one place, so that a test can ask SQLite how it would run
//! each: none may read the whole table.

pub(super) const INSERT: &str =
    "INSERT INTO job (job_id, user_id, job_status, submit_order, attend_at, results_file_archive_id,
         discard_archive_id, deleted, idempotency_key, revision, job, submit_time, complete_time)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

pub(super) const FIND: &str = "SELECT job FROM job WHERE job_id = ?";

pub(super) const FIND_BY_IDEMPOTENCY_KEY: &str =
    "SELECT job FROM job WHERE user_id = ? AND idempotency_key = ?";

pub(super) const FIND_BY_ARCHIVE: &str = "SELECT job FROM job WHERE results_file_archive_id = ?";

pub(super) const REPLACE: &str =
    "UPDATE job SET job_status = ?, attend_at = ?, results_file_archive_id = ?, discard_archive_id = ?,
         deleted = ?, revision = revision + 1, job = ?, complete_time = ?
     WHERE job_id = ? AND revision = ?";

pub(super) const OF_USER: &str =
    "SELECT job FROM job WHERE user_id = ? AND deleted = 0 AND (submit_order, job_id) < (?, ?)
     ORDER BY submit_order DESC, job_id DESC LIMIT ?";

pub(super) const RECENT: &str = "SELECT job FROM job WHERE deleted = 0 AND (submit_order, job_id) < (?, ?)
     ORDER BY submit_order DESC, job_id DESC LIMIT ?";

pub(super) const RECENT_IN_STATE: &str =
    "SELECT job FROM job WHERE job_status = ? AND deleted = 0 AND (submit_order, job_id) < (?, ?)
     ORDER BY submit_order DESC, job_id DESC LIMIT ?";

pub(super) const ON_THE_WAY: &str =
    "SELECT job FROM job WHERE deleted = 0 AND result_place IN ('archiving', 'thawing') AND attend_at > 0
     ORDER BY attend_at LIMIT ?";

pub(super) const OVERDUE: &str =
    "SELECT job FROM job WHERE attend_at IS NOT NULL AND attend_at <= ? ORDER BY attend_at LIMIT ?";

pub(super) const OWN_BEFORE: &str = "SELECT count(*) FROM job
     WHERE user_id = ? AND job_status = 'PENDING' AND deleted = 0 AND (submit_order, job_id) < (?, ?)";

/// Of each other user as many as have their turn until then.
pub(super) const OTHERS_BEFORE: &str =
    "SELECT coalesce(sum(min(pending, ?)), 0) FROM usage WHERE pending > 0 AND user_id <> ?";

pub(super) const USAGE: &str =
    "SELECT unfinished, jobs_of_day, stored_bytes, day FROM usage WHERE user_id = ?";

pub(super) const COUNT_BY_STATUS: &str = "SELECT job_status, jobs FROM job_count ORDER BY job_status";

pub(super) const PURGE: &str = "DELETE FROM job WHERE job_id = ?";
pub(super) const FORGET_USER: &str = "DELETE FROM usage WHERE user_id = ?";

#[cfg(test)]
pub(super) const ALL: [&str; 16] = [
    INSERT,
    FIND,
    FIND_BY_IDEMPOTENCY_KEY,
    FIND_BY_ARCHIVE,
    REPLACE,
    OF_USER,
    RECENT,
    RECENT_IN_STATE,
    ON_THE_WAY,
    OVERDUE,
    OWN_BEFORE,
    OTHERS_BEFORE,
    USAGE,
    COUNT_BY_STATUS,
    PURGE,
    FORGET_USER,
];
