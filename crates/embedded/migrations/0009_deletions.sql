-- Accounts that are being deleted. The user goes before the deletion does, so this refers to no row.
CREATE TABLE deletion (
    user_id   TEXT PRIMARY KEY,
    attend_at INTEGER NOT NULL,
    deletion  TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX deletion_attend ON deletion (attend_at);
CREATE INDEX upload_user ON upload (user_id);
