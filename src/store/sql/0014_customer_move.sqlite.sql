-- Customers merged and split, with their limits: what was proposed, who agreed, what it came to.
ALTER TABLE customer ADD COLUMN moving INTEGER; -- the move that the ledger owes an answer to
CREATE INDEX customer_merged ON customer (merged_into) WHERE merged_into IS NOT NULL;
ALTER TABLE credit_limit ADD COLUMN holder TEXT NOT NULL DEFAULT ''; -- as the ledger has it, for ever
UPDATE credit_limit SET holder = customer;
CREATE INDEX credit_limit_holder ON credit_limit (holder);
CREATE TABLE customer_move (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('merge', 'split', 'join', 'leave', 'limit', 'absorb')),
    source TEXT NOT NULL, -- that gives
    target TEXT NOT NULL, -- that takes; a customer or a group
    request TEXT NOT NULL, -- JSON: what is to move, as it was proposed
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'owed', 'done', 'refused', 'rejected')),
    proposed INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    person TEXT NOT NULL, -- behind the proposer; empty: a token
    plan TEXT, -- JSON: limits as they were and are
    result TEXT, -- JSON: what of the customers it changed
    ended INTEGER,
    CHECK ((state IN ('done', 'refused', 'rejected')) = (ended IS NOT NULL))
) STRICT;
CREATE INDEX customer_move_source ON customer_move (source, number);
CREATE INDEX customer_move_target ON customer_move (target, number);
CREATE TABLE customer_move_consent ( -- one for each legal entity that it concerns
    move INTEGER NOT NULL REFERENCES customer_move (number),
    legal_entity TEXT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (move, legal_entity)
) STRICT, WITHOUT ROWID;
