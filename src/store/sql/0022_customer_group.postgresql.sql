-- Groups of customers as a legal entity keeps them, in versions; whose members they are, from when to when.
CREATE TABLE customer_group (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    id text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL, -- the newest
    legal_entity text COLLATE "C" NOT NULL REFERENCES legal_entity (id),
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id), -- that looks after it
    path text COLLATE "C" NOT NULL, -- of the organisation
    name text COLLATE "C" NOT NULL,
    lead_customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    merged_into text COLLATE "C" REFERENCES customer_group (id),
    limit_id text COLLATE "C", -- of its total in the ledger
    currency text COLLATE "C",
    cap bigint, -- minor units
    moving bigint, -- the move that the ledger owes an answer to
    created bigint NOT NULL,
    CHECK ((limit_id IS NULL) = (currency IS NULL) AND (limit_id IS NULL) = (cap IS NULL))
);
CREATE INDEX customer_group_name ON customer_group (name, number);
CREATE TABLE customer_group_version (
    group_id text COLLATE "C" NOT NULL REFERENCES customer_group (id),
    version bigint NOT NULL,
    valid_from bigint NOT NULL, -- a day
    recorded_at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    lead_customer text COLLATE "C" NOT NULL,
    merged_into text COLLATE "C",
    PRIMARY KEY (group_id, version)
);
CREATE TABLE customer_group_member (
    group_id text COLLATE "C" NOT NULL REFERENCES customer_group (id),
    number bigint NOT NULL,
    legal_entity text COLLATE "C" NOT NULL, -- of the group
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    reason text COLLATE "C" NOT NULL,
    since bigint NOT NULL, -- days; the last one is not included
    until bigint,
    PRIMARY KEY (group_id, number)
);
-- In one group of a legal entity at a time.
CREATE UNIQUE INDEX customer_group_member_one ON customer_group_member (customer, legal_entity) WHERE until IS NULL;
