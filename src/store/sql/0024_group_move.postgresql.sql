-- Moves of groups and their limits: what was proposed, who agreed, what became of it.
CREATE TABLE group_move (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('limit', 'join', 'leave', 'merge', 'split')),
    legal_entity text COLLATE "C" NOT NULL,
    group_id text COLLATE "C" NOT NULL REFERENCES customer_group (id),
    target text COLLATE "C" NOT NULL, -- of a merge: the group that takes; else empty
    request text COLLATE "C" NOT NULL, -- JSON, as it was proposed
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'owed', 'done', 'refused', 'rejected')),
    proposed bigint NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL, -- behind the proposer; empty: a token
    agreed_by text COLLATE "C",
    made text COLLATE "C", -- of a split: the new group
    ended bigint,
    CHECK ((state IN ('done', 'refused', 'rejected')) = (ended IS NOT NULL))
);
CREATE INDEX group_move_group ON group_move (group_id, number);
CREATE INDEX group_move_target ON group_move (target, number);
