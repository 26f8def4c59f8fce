-- The steps of the credit plane for the feed of events, and the outbox: chains of ledger commands that are owed.
CREATE TABLE event (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    ledger bigint NOT NULL CHECK (ledger >= 0), -- events of the ledger that stood
    at bigint NOT NULL,
    op text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    case_ref text COLLATE "C",
    detail text COLLATE "C" -- JSON
);
CREATE TABLE outbox (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    case_ref text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL, -- what goes on when the answer is there
    subject text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    commands text COLLATE "C" NOT NULL, -- JSON, as it is submitted, each time the same
    made bigint NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'accepted', 'refused')),
    answer text COLLATE "C", -- JSON: the results, command by command
    ledger bigint, -- events of the ledger that stood with the answer
    answered bigint,
    UNIQUE (case_ref, step),
    CHECK ((state = 'owed') = (answer IS NULL)),
    CHECK ((state = 'owed') = (answered IS NULL))
);
CREATE INDEX outbox_owed ON outbox (number) WHERE state = 'owed';
