-- Who works here: legal entities, their organisations as a tree, users, the posts they hold, their sessions.
CREATE TABLE legal_entity (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    closed bigint
);
CREATE TABLE organisation (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    legal_entity text COLLATE "C" NOT NULL REFERENCES legal_entity (id),
    parent text COLLATE "C" REFERENCES organisation (id),
    path text COLLATE "C" NOT NULL UNIQUE, -- "/head/branch/": the ids from the root, each between slashes
    name text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    closed bigint
);
CREATE TABLE bank_user (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    login text COLLATE "C" NOT NULL UNIQUE,
    name text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id),
    password text COLLATE "C", -- argon2id, encoded; NULL: cannot sign in by password
    password_set bigint NOT NULL DEFAULT 0,
    failures bigint NOT NULL DEFAULT 0,
    locked_until bigint NOT NULL DEFAULT 0,
    totp_key bytea,
    totp_step bigint NOT NULL DEFAULT 0,
    disabled bigint,
    created bigint NOT NULL
);
CREATE TABLE post (
    bank_user text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id),
    role text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    until bigint,
    PRIMARY KEY (bank_user, organisation, role, since),
    CHECK (until IS NULL OR until >= since)
);
CREATE TABLE session (
    digest bytea NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    bank_user text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    created bigint NOT NULL,
    seen bigint NOT NULL,
    ended bigint,
    address text COLLATE "C" NOT NULL
);
CREATE INDEX session_bank_user ON session (bank_user);
