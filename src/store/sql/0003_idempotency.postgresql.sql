-- What was answered to requests that named a key, for a day: sent again they are answered alike.
CREATE TABLE idempotency_key (
    actor text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32), -- of method, target and body
    created bigint NOT NULL,
    status bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    etag text COLLATE "C" NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created);
