-- Moves of groups and their limits: what was proposed, who agreed, what became of it.
CREATE TABLE group_move (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind IN ('limit', 'join', 'leave', 'merge', 'split')),
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
    CHECK ((state IN ('done', 'refused', 'rejected')) = (ended IS NOT NULL))
) STRICT;
CREATE INDEX group_move_group ON group_move (group_id, number);
CREATE INDEX group_move_target ON group_move (target, number);
