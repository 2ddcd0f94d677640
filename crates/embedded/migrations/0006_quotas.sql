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
