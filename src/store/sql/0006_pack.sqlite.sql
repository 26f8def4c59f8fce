-- Configuration packs: contents by their hash, and which of them is active at an organisation.
CREATE TABLE pack (
    hash TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64), -- SHA-256 of content, hexadecimal
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    content TEXT NOT NULL, -- JSON: the canonical form
    report TEXT NOT NULL, -- JSON: what the check said when it was stored
    stored INTEGER NOT NULL,
    stored_by TEXT NOT NULL,
    UNIQUE (id, version)
) STRICT;
CREATE TABLE pack_activation (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    organisation TEXT NOT NULL REFERENCES organisation (id),
    pack TEXT NOT NULL REFERENCES pack (hash),
    before TEXT REFERENCES pack (hash), -- what was active there then
    roll_back INTEGER NOT NULL CHECK (roll_back IN (0, 1)),
    reason TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'active', 'replaced', 'rejected')),
    proposed INTEGER NOT NULL,
    proposed_by TEXT NOT NULL,
    decided INTEGER,
    decided_by TEXT,
    decision_reason TEXT,
    ended INTEGER, -- when it was replaced
    CHECK ((state = 'proposed') = (decided IS NULL)),
    CHECK ((decided IS NULL) = (decided_by IS NULL)),
    CHECK ((state = 'replaced') = (ended IS NOT NULL)),
    CHECK (state NOT IN ('active', 'replaced') OR decided_by <> proposed_by)
) STRICT;
CREATE UNIQUE INDEX pack_activation_open ON pack_activation (organisation) WHERE state = 'proposed';
CREATE UNIQUE INDEX pack_activation_active ON pack_activation (organisation) WHERE state = 'active';
