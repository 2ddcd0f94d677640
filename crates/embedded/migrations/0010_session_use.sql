-- When a session was last used; none if not since it began, or before this was written down.
ALTER TABLE session ADD COLUMN last_used INTEGER;
CREATE INDEX session_last_sign ON session (coalesce(last_used, created));
