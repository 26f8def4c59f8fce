-- Customers merged and split, with their limits: what was proposed, who agreed, what it came to.
ALTER TABLE customer ADD COLUMN moving bigint; -- the move that the ledger owes an answer to
CREATE INDEX customer_merged ON customer (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE credit_limit ADD COLUMN holder text COLLATE "C" NOT NULL DEFAULT ''; -- as the ledger has it, for ever
UPDATE credit_limit SET holder = customer;
CREATE INDEX credit_limit_holder ON credit_limit (holder);
CREATE TABLE customer_move (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('merge', 'split', 'join', 'leave', 'limit', 'absorb')),
    source text COLLATE "C" NOT NULL, -- that gives
    target text COLLATE "C" NOT NULL, -- that takes; a customer or a group
    request text COLLATE "C" NOT NULL, -- JSON: what is to move, as it was proposed
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'owed', 'done', 'refused', 'rejected')),
    proposed bigint NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL, -- behind the proposer; empty: a token
    plan text COLLATE "C", -- JSON: limits as they were and are
    result text COLLATE "C", -- JSON: what of the customers it changed
    ended bigint,
    CHECK ((state IN ('done', 'refused', 'rejected')) = (ended IS NOT NULL))
);
CREATE INDEX customer_move_source ON customer_move (source, number);
CREATE INDEX customer_move_target ON customer_move (target, number);
CREATE TABLE customer_move_consent ( -- one for each legal entity that it concerns
    move bigint NOT NULL REFERENCES customer_move (number),
    legal_entity text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (move, legal_entity)
);
