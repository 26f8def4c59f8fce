-- Running cases, what they wait for, their history, their tasks and the effects that are owed.
CREATE TABLE process_case (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    pack text COLLATE "C" NOT NULL REFERENCES pack (hash), -- processes, decisions and calendar that it runs by
    process text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id),
    path text COLLATE "C" NOT NULL, -- of the organisation
    subject text COLLATE "C" NOT NULL, -- what it is about
    start text COLLATE "C" NOT NULL, -- with the subject its key
    started_by text COLLATE "C" NOT NULL,
    step bigint NOT NULL CHECK (step > 0),
    phase text COLLATE "C" NOT NULL CHECK (phase IN ('running', 'completed', 'cancelled')),
    incidents bigint NOT NULL CHECK (incidents >= 0),
    state bytea NOT NULL, -- of the machine
    started bigint NOT NULL,
    changed bigint NOT NULL,
    ended bigint,
    UNIQUE (subject, start),
    CHECK ((phase = 'running') = (ended IS NULL))
);
CREATE INDEX process_case_path ON process_case (path, number);
CREATE TABLE process_history (
    case_number bigint NOT NULL REFERENCES process_case (number),
    step bigint NOT NULL,
    ordinal bigint NOT NULL,
    at bigint NOT NULL,
    effect text COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (case_number, step, ordinal)
);
CREATE TABLE process_wait (
    case_number bigint NOT NULL REFERENCES process_case (number),
    wait bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('task', 'service', 'timer', 'message', 'incident')),
    due bigint, -- of a timer
    PRIMARY KEY (case_number, wait),
    CHECK ((kind = 'timer') = (due IS NOT NULL))
);
CREATE INDEX process_wait_due ON process_wait (due, case_number, wait) WHERE due IS NOT NULL;
CREATE TABLE process_task (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    case_number bigint NOT NULL REFERENCES process_case (number),
    wait bigint NOT NULL,
    element text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    roles text COLLATE "C" NOT NULL, -- as the process names its candidates
    assignee text COLLATE "C", -- a user: nobody else
    state text COLLATE "C" NOT NULL CHECK (state IN ('open', 'claimed', 'returned', 'done', 'cancelled')),
    version bigint NOT NULL CHECK (version > 0),
    round bigint NOT NULL, -- of a multi-instance activity; 0: none
    claimed_by text COLLATE "C",
    role text COLLATE "C", -- under which it was claimed
    inputs text COLLATE "C" NOT NULL, -- JSON
    outputs text COLLATE "C", -- JSON
    reason text COLLATE "C", -- of the last return
    created bigint NOT NULL,
    due bigint,
    returned bigint, -- since when it waits for a supplement
    ended bigint,
    UNIQUE (case_number, wait),
    CHECK (state NOT IN ('claimed', 'returned', 'done') OR claimed_by IS NOT NULL),
    CHECK ((claimed_by IS NULL) = (role IS NULL)),
    CHECK ((state = 'returned') = (returned IS NOT NULL)),
    CHECK ((state IN ('done', 'cancelled')) = (ended IS NOT NULL))
);
CREATE INDEX process_task_claimed ON process_task (claimed_by, number) WHERE state IN ('claimed', 'returned');
CREATE INDEX process_task_open ON process_task (number) WHERE state = 'open';
CREATE TABLE process_candidate ( -- of open tasks
    role text COLLATE "C" NOT NULL, -- of the program
    path text COLLATE "C" NOT NULL, -- of the organisation whose posts count
    task bigint NOT NULL REFERENCES process_task (number),
    PRIMARY KEY (role, path, task)
);
CREATE INDEX process_candidate_task ON process_candidate (task);
CREATE TABLE process_duty ( -- who had which part in a case: one person, one duty
    case_number bigint NOT NULL REFERENCES process_case (number),
    person text COLLATE "C" NOT NULL,
    duty text COLLATE "C" NOT NULL CHECK (duty IN ('initiate', 'review', 'vote', 'decide', 'release')),
    PRIMARY KEY (case_number, person)
);
CREATE TABLE process_effect (
    case_number bigint NOT NULL REFERENCES process_case (number),
    step bigint NOT NULL,
    ordinal bigint NOT NULL,
    wait bigint NOT NULL, -- 0: nobody waits for its completion
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('service', 'message')),
    topic text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    element text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL, -- JSON
    state text COLLATE "C" NOT NULL CHECK (state IN ('owed', 'done', 'cancelled')),
    made bigint NOT NULL,
    ended bigint,
    PRIMARY KEY (case_number, step, ordinal),
    CHECK ((state = 'owed') = (ended IS NULL))
);
CREATE INDEX process_effect_owed ON process_effect (made, case_number, step, ordinal) WHERE state = 'owed';
