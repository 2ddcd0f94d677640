-- Whose turn it is: messages of one group, which are those of one user, take turns with those of the others.

ALTER TABLE message ADD COLUMN fairness_group TEXT NOT NULL DEFAULT '';
ALTER TABLE dead_letter ADD COLUMN fairness_group TEXT NOT NULL DEFAULT '';
UPDATE message SET fairness_group = coalesce(
    (SELECT user_id FROM job WHERE job_id = body ->> '$.job_id'), body ->> '$.user_id', '')
    WHERE json_valid(body);
CREATE INDEX message_of_group ON message (queue, fairness_group, visible_at, message_id);
-- Those that were taken: in hand until they become visible again.
CREATE INDEX message_taken ON message (queue, fairness_group, visible_at) WHERE receipt IS NOT NULL;

-- A row stays when the group has no messages left, so that it does not come first again each time it sends one.
CREATE TABLE message_group (
    queue          TEXT NOT NULL,
    fairness_group TEXT NOT NULL,
    due            INTEGER,          -- when the first of its messages can be taken; none while it has none
    served         INTEGER NOT NULL, -- counts the messages taken from the queue; as it stood when this group was served
    PRIMARY KEY (queue, fairness_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_group_turn ON message_group (queue, served, due);
INSERT INTO message_group SELECT queue, fairness_group, min(visible_at), 0 FROM message GROUP BY 1, 2;
CREATE TRIGGER message_group_sent AFTER INSERT ON message BEGIN
    INSERT INTO message_group VALUES (new.queue, new.fairness_group, new.visible_at, 0)
    ON CONFLICT DO UPDATE SET due = min(coalesce(due, excluded.due), excluded.due);
END;
CREATE TRIGGER message_group_moved AFTER UPDATE OF visible_at ON message BEGIN
    UPDATE message_group SET due =
        (SELECT min(visible_at) FROM message WHERE queue = new.queue AND fairness_group = new.fairness_group)
    WHERE queue = new.queue AND fairness_group = new.fairness_group;
END;
CREATE TRIGGER message_group_gone AFTER DELETE ON message BEGIN
    UPDATE message_group SET due =
        (SELECT min(visible_at) FROM message WHERE queue = old.queue AND fairness_group = old.fairness_group)
    WHERE queue = old.queue AND fairness_group = old.fairness_group;
END;

-- What each user has, changed by the same statements as the user's jobs. The sums of the rows that are there already are
-- taken once, here. `Job::charge` says the same of one job.

ALTER TABLE job ADD COLUMN pending INTEGER GENERATED ALWAYS AS (deleted = 0 AND job_status = 'PENDING') VIRTUAL;
ALTER TABLE job ADD COLUMN unfinished INTEGER
    GENERATED ALWAYS AS (deleted = 0 AND job_status IN ('PENDING', 'RUNNING')) VIRTUAL;
ALTER TABLE job ADD COLUMN stored_bytes INTEGER GENERATED ALWAYS AS (
    iif(deleted = 0,
        coalesce(job ->> '$.input.size', 0) + coalesce(job ->> '$.log.size', 0) + coalesce(job ->> '$.summary.size', 0)
        + iif(coalesce(job ->> '$.result_place', '') = 'expired', 0, coalesce(job ->> '$.result.file.size', 0)),
        0)) VIRTUAL;

CREATE TABLE usage (
    user_id      TEXT PRIMARY KEY,
    unfinished   INTEGER NOT NULL,
    pending      INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    day          INTEGER NOT NULL, -- days since 1970 (UTC)
    jobs_of_day  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_pending ON usage (pending) WHERE pending > 0;
INSERT INTO usage SELECT user_id, sum(unfinished), sum(pending), sum(stored_bytes), unixepoch() / 86400,
    count(*) FILTER (WHERE submit_time / 86400 = unixepoch() / 86400) FROM job GROUP BY user_id;

CREATE TRIGGER usage_added AFTER INSERT ON job BEGIN
    INSERT INTO usage
    VALUES (new.user_id, new.unfinished, new.pending, new.stored_bytes, new.submit_time / 86400, 1)
    ON CONFLICT DO UPDATE SET
        unfinished = unfinished + excluded.unfinished,
        pending = pending + excluded.pending,
        stored_bytes = stored_bytes + excluded.stored_bytes,
        jobs_of_day = iif(excluded.day > day, 1, jobs_of_day + 1),
        day = max(day, excluded.day);
END;
CREATE TRIGGER usage_changed AFTER UPDATE OF job_status, deleted, job ON job
WHEN (old.unfinished, old.pending, old.stored_bytes) <> (new.unfinished, new.pending, new.stored_bytes) BEGIN
    UPDATE usage SET
        unfinished = unfinished + new.unfinished - old.unfinished,
        pending = pending + new.pending - old.pending,
        stored_bytes = stored_bytes + new.stored_bytes - old.stored_bytes
    WHERE user_id = new.user_id;
END;
CREATE TRIGGER usage_removed AFTER DELETE ON job BEGIN
    UPDATE usage SET
        unfinished = unfinished - old.unfinished,
        pending = pending - old.pending,
        stored_bytes = stored_bytes - old.stored_bytes
    WHERE user_id = old.user_id;
END;

-- A place in the queue is a user's own jobs before it, and what the others' turns come to.
DROP INDEX job_pending;
CREATE INDEX job_pending ON job (user_id, submit_order, job_id) WHERE job_status = 'PENDING' AND deleted = 0;

-- Uploads that are not yet jobs are bounded in number.
ALTER TABLE upload ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
UPDATE upload SET closed = 1 WHERE EXISTS (SELECT 1 FROM job WHERE job_id = upload ->> '$.job_id');
CREATE INDEX upload_open ON upload (user_id) WHERE closed = 0;
