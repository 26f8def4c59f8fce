-- What was answered to requests that named a key, for a day: sent again they are answered alike.
CREATE TABLE idempotency_key (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32), -- of method, target and body
    created INTEGER NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT;
CREATE INDEX idempotency_key_created ON idempotency_key (created);
