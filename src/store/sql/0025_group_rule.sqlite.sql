-- The pack's limits over groups of connected customers; moves that bring a group to them, and the rules that each went by.
CREATE TABLE group_rule (
    id TEXT NOT NULL PRIMARY KEY, -- of the ledger's limit
    group_id TEXT NOT NULL REFERENCES customer_group (id),
    number INTEGER NOT NULL, -- of the group's, from 1
    rule TEXT NOT NULL, -- of the pack
    types TEXT NOT NULL, -- of customers that it counts, ';' between; empty: all
    currency TEXT NOT NULL,
    cap INTEGER NOT NULL, -- minor units
    mode TEXT NOT NULL,
    above_total INTEGER NOT NULL, -- 1: the group's total stands below it
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    UNIQUE (group_id, number)
) STRICT;
ALTER TABLE group_move RENAME TO group_move_before;
DROP INDEX group_move_group;
DROP INDEX group_move_target;
CREATE TABLE group_move (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('limit', 'join', 'leave', 'merge', 'split', 'rules')),
    legal_entity TEXT NOT NULL,
    group_id TEXT NOT NULL REFERENCES customer_group (id),
    target TEXT NOT NULL, -- of a merge: the group that takes; else empty
    request TEXT NOT NULL, -- JSON, as it was proposed
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'owed', 'done', 'refused', 'rejected')),
    proposed INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    person TEXT NOT NULL, -- behind the proposer; empty: a token
    agreed_by TEXT,
    made TEXT, -- of a split: the new group
    ended INTEGER,
    rules TEXT, -- JSON: the pack's limits that it went by; NULL: not agreed to yet, or older than this schema
    CHECK ((state IN ('done', 'refused', 'rejected')) = (ended IS NOT NULL))
) STRICT;
INSERT INTO group_move SELECT number, kind, legal_entity, group_id, target, request, reason, state, proposed, proposed_by, person,
agreed_by, made, ended, NULL FROM group_move_before;
DROP TABLE group_move_before;
CREATE INDEX group_move_target ON group_move (target, number);
CREATE INDEX group_move_group ON group_move (group_id, number);
-- Whose a limit is that somebody asks the ledger about.
CREATE INDEX customer_group_limit ON customer_group (limit_id);
