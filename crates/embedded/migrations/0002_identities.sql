-- Identities of other providers, whose they are, and the attempts to sign in by them.

CREATE TABLE linked_identity (
    issuer   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    provider TEXT NOT NULL,
    label    TEXT NOT NULL,
    user_id  TEXT NOT NULL REFERENCES user ON DELETE CASCADE,
    linked   INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX linked_identity_user ON linked_identity (user_id, linked);

CREATE TABLE sign_in_attempt (
    state         TEXT PRIMARY KEY,
    browser       TEXT NOT NULL,
    provider      TEXT NOT NULL,
    nonce         TEXT NOT NULL,
    pkce_verifier TEXT NOT NULL,
    next          TEXT NOT NULL,
    connects      TEXT,
    expires       INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_attempt_expires ON sign_in_attempt (expires);

CREATE TABLE pending_identity (
    secret      TEXT PRIMARY KEY,
    browser     TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    provider    TEXT NOT NULL,
    label       TEXT NOT NULL,
    name        TEXT NOT NULL,
    institution TEXT NOT NULL,
    next        TEXT NOT NULL,
    expires     INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_identity_expires ON pending_identity (expires);

-- The provider that began a session; NULL for a mailed link.
ALTER TABLE session ADD COLUMN provider TEXT;
