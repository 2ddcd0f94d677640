-- Whether the person looks after the service.
ALTER TABLE user ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
