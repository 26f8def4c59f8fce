-- The pack's limits over many customers of no group, brought to the day together: what was proposed, who agreed.
CREATE TABLE rule_move (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    legal_entity text COLLATE "C" NOT NULL,
    request text COLLATE "C" NOT NULL, -- JSON: the customers
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'agreed', 'rejected')),
    proposed bigint NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL, -- behind the proposer
    agreed_by text COLLATE "C",
    ended bigint,
    CHECK ((state = 'proposed') = (ended IS NULL) AND (state = 'agreed') = (agreed_by IS NOT NULL))
);
