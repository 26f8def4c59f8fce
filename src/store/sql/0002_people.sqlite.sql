-- Who works here: legal entities, their organisations as a tree, users, the posts they hold, their sessions.
CREATE TABLE legal_entity (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    closed INTEGER
) STRICT;
CREATE TABLE organisation (
    id TEXT NOT NULL PRIMARY KEY,
    legal_entity TEXT NOT NULL REFERENCES legal_entity (id),
    parent TEXT REFERENCES organisation (id),
    path TEXT NOT NULL UNIQUE, -- "/head/branch/": the ids from the root, each between slashes
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    closed INTEGER
) STRICT;
CREATE TABLE bank_user (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL REFERENCES organisation (id),
    password TEXT, -- argon2id, encoded; NULL: cannot sign in by password
    password_set INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER NOT NULL DEFAULT 0,
    totp_key BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE post (
    bank_user TEXT NOT NULL REFERENCES bank_user (id),
    organisation TEXT NOT NULL REFERENCES organisation (id),
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (bank_user, organisation, role, since),
    CHECK (until IS NULL OR until >= since)
) STRICT;
CREATE TABLE session (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    bank_user TEXT NOT NULL REFERENCES bank_user (id),
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    ended INTEGER,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX session_bank_user ON session (bank_user);
