-- Customers: identities shared by all legal entities, in versions; who looks after them; their lists.
CREATE TABLE customer (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL, -- the newest
    created bigint NOT NULL,
    merged_into text COLLATE "C" REFERENCES customer (id)
);
CREATE TABLE customer_version (
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    version bigint NOT NULL,
    valid_from bigint NOT NULL, -- a day
    recorded_at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (customer, version)
);
CREATE TABLE customer_identifier (
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    PRIMARY KEY (kind, value)
);
CREATE INDEX customer_identifier_customer ON customer_identifier (customer);
CREATE TABLE customer_name (
    name_key text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    PRIMARY KEY (name_key, customer)
);
CREATE INDEX customer_name_customer ON customer_name (customer);
-- One row for each organisation that stands at or above one that looks after the customer, and one with the empty
-- organisation: so a page within any reach, in any order, is a piece of an index.
CREATE TABLE customer_scope (
    organisation text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    type text COLLATE "C" NOT NULL,
    folded text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    PRIMARY KEY (organisation, name, customer)
);
CREATE INDEX customer_scope_customer ON customer_scope (customer, organisation);
CREATE INDEX customer_scope_created ON customer_scope (organisation, created, customer, type, folded);
CREATE TABLE customer_listing (
    customer text COLLATE "C" NOT NULL REFERENCES customer (id),
    number bigint NOT NULL,
    list text COLLATE "C" NOT NULL,
    legal_entity text COLLATE "C" NOT NULL REFERENCES legal_entity (id),
    since bigint NOT NULL,
    until bigint,
    PRIMARY KEY (customer, number)
);
CREATE INDEX customer_listing_list ON customer_listing (list, legal_entity);
