-- Applications and their versions, decisions, and the limits that decisions opened in the ledger.
CREATE TABLE application (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    id text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL,
    legal_entity text COLLATE "C" NOT NULL REFERENCES legal_entity (id),
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id),
    path text COLLATE "C" NOT NULL, -- of the organisation
    customer text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'submitted', 'withdrawn', 'rejected', 'approved', 'active', 'refused')),
    body text COLLATE "C" NOT NULL, -- JSON, as of the version
    case_ref text COLLATE "C",
    created_by text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    changed bigint NOT NULL,
    submitted bigint
);
CREATE INDEX application_customer ON application (customer, number);
CREATE INDEX application_state ON application (state, number);
CREATE TABLE application_version (
    application text COLLATE "C" NOT NULL REFERENCES application (id),
    version bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (application, version)
);
CREATE TABLE decision (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    id text COLLATE "C" NOT NULL UNIQUE,
    application text COLLATE "C" NOT NULL REFERENCES application (id),
    case_ref text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    legal_entity text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('approve', 'reject')),
    decider text COLLATE "C" NOT NULL,
    opinion text COLLATE "C",
    body text COLLATE "C" NOT NULL, -- JSON: what was approved
    rules text COLLATE "C" NOT NULL, -- JSON: the limits of the pack that it must fit
    proof text COLLATE "C", -- JSON: the decision table's own account of the authority
    valid_until bigint, -- days
    made bigint NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('rejected', 'waiting', 'owed', 'active', 'refused')),
    UNIQUE (case_ref, step)
);
CREATE INDEX decision_application ON decision (application, number);
CREATE INDEX decision_turn ON decision (legal_entity, customer, number) WHERE state IN ('waiting', 'owed');
CREATE TABLE credit_limit (
    id text COLLATE "C" NOT NULL PRIMARY KEY, -- of the ledger's limit
    legal_entity text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('total', 'rule', 'line')),
    decision text COLLATE "C" NOT NULL REFERENCES decision (id), -- that opened it
    clause text COLLATE "C" NOT NULL, -- line of the decision, or rule of the pack
    parents text COLLATE "C" NOT NULL, -- ids, a space between
    currency text COLLATE "C" NOT NULL,
    cap bigint NOT NULL, -- minor units
    state text COLLATE "C" NOT NULL CHECK (state IN ('owed', 'open', 'refused'))
);
CREATE INDEX credit_limit_customer ON credit_limit (customer, legal_entity, id);
CREATE INDEX credit_limit_decision ON credit_limit (decision);
