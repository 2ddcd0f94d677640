-- How the service stands, in its one row: open, drained, or for reading only.
CREATE TABLE operation (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    mode     TEXT NOT NULL,
    note     TEXT NOT NULL,
    since    INTEGER
) STRICT;

-- Events know by whom, and may concern nobody in particular.
CREATE TABLE audit_event_by_whom (
    event_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    user_id    TEXT,
    job_id     TEXT,
    action     TEXT NOT NULL,
    by_whom    TEXT NOT NULL,
    detail     TEXT NOT NULL,
    privileged INTEGER NOT NULL
) STRICT;
INSERT INTO audit_event_by_whom (event_id, at, user_id, job_id, action, by_whom, detail, privileged)
    SELECT event_id, at, user_id, job_id, action, 'oneself', '', 0 FROM audit_event;
DROP TABLE audit_event;
ALTER TABLE audit_event_by_whom RENAME TO audit_event;
CREATE INDEX audit_event_user ON audit_event (user_id, at, event_id);
CREATE INDEX audit_event_privileged ON audit_event (at, event_id) WHERE privileged = 1;

-- Lists across users, and what is on its way to cold storage or back.
ALTER TABLE job ADD COLUMN result_place TEXT GENERATED ALWAYS AS (job ->> '$.result_place') VIRTUAL;
CREATE INDEX job_recent ON job (submit_order, job_id) WHERE deleted = 0;
CREATE INDEX job_recent_status ON job (job_status, submit_order, job_id) WHERE deleted = 0;
CREATE INDEX job_on_the_way ON job (attend_at)
    WHERE deleted = 0 AND result_place IN ('archiving', 'thawing');
