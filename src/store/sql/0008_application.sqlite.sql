-- Applications and their versions, decisions, and the limits that decisions opened in the ledger.
CREATE TABLE application (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    legal_entity TEXT NOT NULL REFERENCES legal_entity (id),
    organisation TEXT NOT NULL REFERENCES organisation (id),
    path TEXT NOT NULL, -- of the organisation
    customer TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'withdrawn', 'rejected', 'approved', 'active', 'refused')),
    body TEXT NOT NULL, -- JSON, as of the version
    case_ref TEXT,
    created_by TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    submitted INTEGER
) STRICT;
CREATE INDEX application_customer ON application (customer, number);
CREATE INDEX application_state ON application (state, number);
CREATE TABLE application_version (
    application TEXT NOT NULL REFERENCES application (id),
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (application, version)
) STRICT;
CREATE TABLE decision (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    id TEXT NOT NULL UNIQUE,
    application TEXT NOT NULL REFERENCES application (id),
    case_ref TEXT NOT NULL,
    step TEXT NOT NULL,
    legal_entity TEXT NOT NULL,
    customer TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('approve', 'reject')),
    decider TEXT NOT NULL,
    opinion TEXT,
    body TEXT NOT NULL, -- JSON: what was approved
    rules TEXT NOT NULL, -- JSON: the limits of the pack that it must fit
    proof TEXT, -- JSON: the decision table's own account of the authority
    valid_until INTEGER, -- days
    made INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('rejected', 'waiting', 'owed', 'active', 'refused')),
    UNIQUE (case_ref, step)
) STRICT;
CREATE INDEX decision_application ON decision (application, number);
CREATE INDEX decision_turn ON decision (legal_entity, customer, number) WHERE state IN ('waiting', 'owed');
CREATE TABLE credit_limit (
    id TEXT NOT NULL PRIMARY KEY, -- of the ledger's limit
    legal_entity TEXT NOT NULL,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('total', 'rule', 'line')),
    decision TEXT NOT NULL REFERENCES decision (id), -- that opened it
    clause TEXT NOT NULL, -- line of the decision, or rule of the pack
    parents TEXT NOT NULL, -- ids, a space between
    currency TEXT NOT NULL,
    cap INTEGER NOT NULL, -- minor units
    state TEXT NOT NULL CHECK (state IN ('owed', 'open', 'refused'))
) STRICT;
CREATE INDEX credit_limit_customer ON credit_limit (customer, legal_entity, id);
CREATE INDEX credit_limit_decision ON credit_limit (decision);
