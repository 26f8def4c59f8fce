-- The pack's limits over groups of connected customers; moves that bring a group to them, and the rules that each went by.
ALTER TABLE group_move DROP CONSTRAINT group_move_kind_check;
ALTER TABLE group_move ADD CONSTRAINT group_move_kind_check
CHECK (kind IN ('limit', 'join', 'leave', 'merge', 'split', 'rules'));
ALTER TABLE group_move ADD COLUMN rules text COLLATE "C"; -- JSON: the pack's limits that it went by; NULL: not agreed to yet, or older than this schema
CREATE TABLE group_rule (
    id text COLLATE "C" NOT NULL PRIMARY KEY, -- of the ledger's limit
    group_id text COLLATE "C" NOT NULL REFERENCES customer_group (id),
    number bigint NOT NULL, -- of the group's, from 1
    rule text COLLATE "C" NOT NULL, -- of the pack
    types text COLLATE "C" NOT NULL, -- of customers that it counts, ';' between; empty: all
    currency text COLLATE "C" NOT NULL,
    cap bigint NOT NULL, -- minor units
    mode text COLLATE "C" NOT NULL,
    above_total bigint NOT NULL, -- 1: the group's total stands below it
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'closed')),
    UNIQUE (group_id, number)
);
-- Whose a limit is that somebody asks the ledger about.
CREATE INDEX customer_group_limit ON customer_group (limit_id);
