-- Times are nanoseconds since 1970 (UTC) unless a column's comment says otherwise: they order exactly, and
-- compare as integers.

CREATE TABLE user (
    user_id     TEXT PRIMARY KEY,
    user_email  TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    institution TEXT NOT NULL,
    plan        TEXT NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in_link (
    secret  TEXT PRIMARY KEY,
    email   TEXT NOT NULL,
    next    TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_link_expires ON sign_in_link (expires);

CREATE TABLE session (
    secret  TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX session_expires ON session (expires);
CREATE INDEX session_user ON session (user_id);

CREATE TABLE api_token (
    token_id TEXT PRIMARY KEY,
    secret   TEXT NOT NULL UNIQUE,
    user_id  TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    name     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    expires  INTEGER
) STRICT;
CREATE INDEX api_token_user ON api_token (user_id, created, token_id);

-- The job itself is JSON. Beside it stands what is looked up or compared, and, read out of the JSON, the
-- attributes that the first service's table had, under its names, for whoever has tools that read them.
CREATE TABLE job (
    job_id                  TEXT PRIMARY KEY,
    user_id                 TEXT NOT NULL,
    job_status              TEXT NOT NULL,
    submit_order            INTEGER NOT NULL,
    attend_at               INTEGER,
    results_file_archive_id TEXT,
    discard_archive_id      TEXT,
    deleted                 INTEGER NOT NULL,
    idempotency_key         TEXT,
    revision                INTEGER NOT NULL,
    job                     TEXT NOT NULL,
    submit_time             INTEGER NOT NULL, -- seconds since 1970
    complete_time           INTEGER,          -- seconds since 1970
    user_email          TEXT GENERATED ALWAYS AS (job ->> '$.user_email') VIRTUAL,
    input_file_name     TEXT GENERATED ALWAYS AS (job ->> '$.input_file_name') VIRTUAL,
    s3_inputs_bucket    TEXT GENERATED ALWAYS AS (job ->> '$.input.bucket') VIRTUAL,
    s3_key_input_file   TEXT GENERATED ALWAYS AS (job ->> '$.input.key') VIRTUAL,
    s3_results_bucket   TEXT GENERATED ALWAYS AS (job ->> '$.result.file.bucket') VIRTUAL,
    s3_key_result_file  TEXT GENERATED ALWAYS AS (job ->> '$.result.file.key') VIRTUAL,
    s3_key_log_file     TEXT GENERATED ALWAYS AS (job ->> '$.log.key') VIRTUAL
) STRICT;
CREATE UNIQUE INDEX job_idempotency_key ON job (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX job_of_user ON job (user_id, submit_order, job_id) WHERE deleted = 0;
CREATE INDEX job_attend ON job (attend_at) WHERE attend_at IS NOT NULL;
CREATE INDEX job_pending ON job (submit_order, job_id) WHERE job_status = 'PENDING' AND deleted = 0;
CREATE INDEX job_archive ON job (results_file_archive_id) WHERE results_file_archive_id IS NOT NULL;
CREATE INDEX job_discard ON job (discard_archive_id) WHERE discard_archive_id IS NOT NULL;

-- Counting rows would read them all; so they are counted as they change.
CREATE TABLE job_count (
    job_status TEXT PRIMARY KEY,
    jobs       INTEGER NOT NULL
) STRICT;
CREATE TRIGGER job_count_added AFTER INSERT ON job BEGIN
    INSERT INTO job_count VALUES (new.job_status, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER job_count_changed AFTER UPDATE OF job_status ON job WHEN old.job_status <> new.job_status BEGIN
    UPDATE job_count SET jobs = jobs - 1 WHERE job_status = old.job_status;
    INSERT INTO job_count VALUES (new.job_status, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
END;
CREATE TRIGGER job_count_removed AFTER DELETE ON job BEGIN
    UPDATE job_count SET jobs = jobs - 1 WHERE job_status = old.job_status;
END;

CREATE TABLE upload (
    upload_id TEXT PRIMARY KEY,
    user_id   TEXT NOT NULL,
    expires   INTEGER NOT NULL,
    upload    TEXT NOT NULL
) STRICT;
CREATE INDEX upload_expires ON upload (expires);

CREATE TABLE message (
    message_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    queue         TEXT NOT NULL,
    body          TEXT NOT NULL,
    visible_at    INTEGER NOT NULL,
    receipt       TEXT UNIQUE,
    receive_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX message_visible ON message (queue, visible_at, message_id);

CREATE TABLE dead_letter (
    message_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    queue         TEXT NOT NULL,
    body          TEXT NOT NULL,
    receive_count INTEGER NOT NULL,
    died          INTEGER NOT NULL
) STRICT;
CREATE INDEX dead_letter_queue ON dead_letter (queue, message_id);

CREATE TABLE archive (
    archive_id TEXT PRIMARY KEY,
    sha256     TEXT NOT NULL,
    size       INTEGER NOT NULL
) STRICT;

CREATE TABLE retrieval (
    retrieval_id TEXT PRIMARY KEY,
    archive_id   TEXT NOT NULL REFERENCES archive ON DELETE CASCADE,
    tier         TEXT NOT NULL,
    ready_at     INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX retrieval_archive ON retrieval (archive_id);
CREATE INDEX retrieval_tier ON retrieval (tier, ready_at);
CREATE INDEX retrieval_ends ON retrieval (ends_at);

CREATE TABLE audit_event (
    event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    user_id  TEXT NOT NULL,
    job_id   TEXT,
    action   TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_user ON audit_event (user_id, at, event_id);
