-- The steps of the credit plane for the feed of events, and the outbox: chains of ledger commands that are owed.
CREATE TABLE event (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    ledger INTEGER NOT NULL CHECK (ledger >= 0), -- events of the ledger that stood
    at INTEGER NOT NULL,
    op TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    case_ref TEXT,
    detail TEXT -- JSON
) STRICT;
CREATE TABLE outbox (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    case_ref TEXT NOT NULL,
    step TEXT NOT NULL,
    purpose TEXT NOT NULL, -- what goes on when the answer is there
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    commands TEXT NOT NULL, -- JSON, as it is submitted, each time the same
    made INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'accepted', 'refused')),
    answer TEXT, -- JSON: the results, command by command
    ledger INTEGER, -- events of the ledger that stood with the answer
    answered INTEGER,
    UNIQUE (case_ref, step),
    CHECK ((state = 'owed') = (answer IS NULL)),
    CHECK ((state = 'owed') = (answered IS NULL))
) STRICT;
CREATE INDEX outbox_owed ON outbox (number) WHERE state = 'owed';
