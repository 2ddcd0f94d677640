-- When a session was last used; none if not since it began, or before this was written down.
ALTER TABLE session ADD COLUMN last_used INTEGER;
CREATE INDEX session_last_sign ON session (coalesce(last_used, created));

-- Whether its user was an administrator when the secret was made; unknown of those before, who get another if they are.
ALTER TABLE session ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
