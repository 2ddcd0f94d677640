-- What is kept of users at the payment provider. `revision` is raised with each write.
CREATE TABLE subscription (
    user_id               TEXT PRIMARY KEY REFERENCES user ON DELETE CASCADE,
    customer_id           TEXT NOT NULL UNIQUE,
    subscription_id       TEXT,
    standing              TEXT,
    period_end            INTEGER,
    cancels_at_period_end INTEGER NOT NULL,
    grace_until           INTEGER,
    attend_at             INTEGER,
    revision              INTEGER NOT NULL
) STRICT;
CREATE INDEX subscription_attend ON subscription (attend_at) WHERE attend_at IS NOT NULL;

-- Notices of the provider that were dealt with.
CREATE TABLE seen_notice (
    notice_id TEXT PRIMARY KEY,
    expires   INTEGER NOT NULL
) STRICT;
CREATE INDEX seen_notice_expires ON seen_notice (expires);
