-- Configuration packs: contents by their hash, and which of them is active at an organisation.
CREATE TABLE pack (
    hash text COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(hash) = 64), -- SHA-256 of content, hexadecimal
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    title_zh text COLLATE "C" NOT NULL,
    title_en text COLLATE "C" NOT NULL,
    content text COLLATE "C" NOT NULL, -- JSON: the canonical form
    report text COLLATE "C" NOT NULL, -- JSON: what the check said when it was stored
    stored bigint NOT NULL,
    stored_by text COLLATE "C" NOT NULL,
    UNIQUE (id, version)
);
CREATE TABLE pack_activation (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id),
    pack text COLLATE "C" NOT NULL REFERENCES pack (hash),
    before text COLLATE "C" REFERENCES pack (hash), -- what was active there then
    roll_back bigint NOT NULL CHECK (roll_back IN (0, 1)),
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'active', 'replaced', 'rejected')),
    proposed bigint NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    decided bigint,
    decided_by text COLLATE "C",
    decision_reason text COLLATE "C",
    ended bigint, -- when it was replaced
    CHECK ((state = 'proposed') = (decided IS NULL)),
    CHECK ((decided IS NULL) = (decided_by IS NULL)),
    CHECK ((state = 'replaced') = (ended IS NOT NULL)),
    CHECK (state NOT IN ('active', 'replaced') OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX pack_activation_open ON pack_activation (organisation) WHERE state = 'proposed';
CREATE UNIQUE INDEX pack_activation_active ON pack_activation (organisation) WHERE state = 'active';
