-- When a session began; none in those that an earlier version began.
ALTER TABLE session ADD COLUMN created INTEGER;

-- Tokens that an earlier version made may do what they could then.
ALTER TABLE api_token ADD COLUMN scope TEXT NOT NULL DEFAULT 'account';
ALTER TABLE api_token ADD COLUMN last_used INTEGER;

CREATE TABLE email_change (
    secret  TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    email   TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX email_change_expires ON email_change (expires);
CREATE INDEX email_change_user ON email_change (user_id);
