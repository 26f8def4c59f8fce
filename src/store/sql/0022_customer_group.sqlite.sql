-- Groups of customers as a legal entity keeps them, in versions; whose members they are, from when to when.
CREATE TABLE customer_group (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL, -- the newest
    legal_entity TEXT NOT NULL REFERENCES legal_entity (id),
    organisation TEXT NOT NULL REFERENCES organisation (id), -- that looks after it
    path TEXT NOT NULL, -- of the organisation
    name TEXT NOT NULL,
    lead_customer TEXT NOT NULL REFERENCES customer (id),
    merged_into TEXT REFERENCES customer_group (id),
    limit_id TEXT, -- of its total in the ledger
    currency TEXT,
    cap INTEGER, -- minor units
    moving INTEGER, -- the move that the ledger owes an answer to
    created INTEGER NOT NULL,
    CHECK ((limit_id IS NULL) = (currency IS NULL) AND (limit_id IS NULL) = (cap IS NULL))
) STRICT;
CREATE INDEX customer_group_name ON customer_group (name, number);
CREATE TABLE customer_group_version (
    group_id TEXT NOT NULL REFERENCES customer_group (id),
    version INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, -- a day
    recorded_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    lead_customer TEXT NOT NULL,
    merged_into TEXT,
    PRIMARY KEY (group_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_group_member (
    group_id TEXT NOT NULL REFERENCES customer_group (id),
    number INTEGER NOT NULL,
    legal_entity TEXT NOT NULL, -- of the group
    customer TEXT NOT NULL REFERENCES customer (id),
    reason TEXT NOT NULL,
    since INTEGER NOT NULL, -- days; the last one is not included
    until INTEGER,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;
-- In one group of a legal entity at a time.
CREATE UNIQUE INDEX customer_group_member_one ON customer_group_member (customer, legal_entity) WHERE until IS NULL;
