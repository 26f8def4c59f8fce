-- The pack's limits over many customers of no group, brought to the day together: what was proposed, who agreed.
CREATE TABLE rule_move (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    legal_entity TEXT NOT NULL,
    request TEXT NOT NULL, -- JSON: the customers
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'agreed', 'rejected')),
    proposed INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    person TEXT NOT NULL, -- behind the proposer
    agreed_by TEXT,
    ended INTEGER,
    CHECK ((state = 'proposed') = (ended IS NULL) AND (state = 'agreed') = (agreed_by IS NOT NULL))
) STRICT;
