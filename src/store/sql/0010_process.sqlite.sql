-- Running cases, what they wait for, their history, their tasks and the effects that are owed.
CREATE TABLE process_case (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    pack TEXT NOT NULL REFERENCES pack (hash), -- processes, decisions and calendar that it runs by
    process TEXT NOT NULL,
    organisation TEXT NOT NULL REFERENCES organisation (id),
    path TEXT NOT NULL, -- of the organisation
    subject TEXT NOT NULL, -- what it is about
    start TEXT NOT NULL, -- with the subject its key
    started_by TEXT NOT NULL,
    step INTEGER NOT NULL CHECK (step > 0),
    phase TEXT NOT NULL CHECK (phase IN ('running', 'completed', 'cancelled')),
    incidents INTEGER NOT NULL CHECK (incidents >= 0),
    state BLOB NOT NULL, -- of the machine
    started INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    ended INTEGER,
    UNIQUE (subject, start),
    CHECK ((phase = 'running') = (ended IS NULL))
) STRICT;
CREATE INDEX process_case_path ON process_case (path, number);
CREATE TABLE process_history (
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    step INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    effect TEXT NOT NULL, -- JSON
    PRIMARY KEY (case_number, step, ordinal)
) STRICT;
CREATE TABLE process_wait (
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    wait INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('task', 'service', 'timer', 'message', 'incident')),
    due INTEGER, -- of a timer
    PRIMARY KEY (case_number, wait),
    CHECK ((kind = 'timer') = (due IS NOT NULL))
) STRICT;
CREATE INDEX process_wait_due ON process_wait (due, case_number, wait) WHERE due IS NOT NULL;
CREATE TABLE process_task (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    wait INTEGER NOT NULL,
    element TEXT NOT NULL,
    name TEXT NOT NULL,
    form TEXT NOT NULL,
    roles TEXT NOT NULL, -- as the process names its candidates
    assignee TEXT, -- a user: nobody else
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'returned', 'done', 'cancelled')),
    version INTEGER NOT NULL CHECK (version > 0),
    round INTEGER NOT NULL, -- of a multi-instance activity; 0: none
    claimed_by TEXT,
    role TEXT, -- under which it was claimed
    inputs TEXT NOT NULL, -- JSON
    outputs TEXT, -- JSON
    reason TEXT, -- of the last return
    created INTEGER NOT NULL,
    due INTEGER,
    returned INTEGER, -- since when it waits for a supplement
    ended INTEGER,
    UNIQUE (case_number, wait),
    CHECK (state NOT IN ('claimed', 'returned', 'done') OR claimed_by IS NOT NULL),
    CHECK ((claimed_by IS NULL) = (role IS NULL)),
    CHECK ((state = 'returned') = (returned IS NOT NULL)),
    CHECK ((state IN ('done', 'cancelled')) = (ended IS NOT NULL))
) STRICT;
CREATE INDEX process_task_claimed ON process_task (claimed_by, number) WHERE state IN ('claimed', 'returned');
CREATE INDEX process_task_open ON process_task (number) WHERE state = 'open';
CREATE TABLE process_candidate ( -- of open tasks
    role TEXT NOT NULL, -- of the program
    path TEXT NOT NULL, -- of the organisation whose posts count
    task INTEGER NOT NULL REFERENCES process_task (number),
    PRIMARY KEY (role, path, task)
) STRICT;
CREATE INDEX process_candidate_task ON process_candidate (task);
CREATE TABLE process_duty ( -- who had which part in a case: one person, one duty
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    person TEXT NOT NULL,
    duty TEXT NOT NULL CHECK (duty IN ('initiate', 'review', 'vote', 'decide', 'release')),
    PRIMARY KEY (case_number, person)
) STRICT;
CREATE TABLE process_effect (
    case_number INTEGER NOT NULL REFERENCES process_case (number),
    step INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    wait INTEGER NOT NULL, -- 0: nobody waits for its completion
    kind TEXT NOT NULL CHECK (kind IN ('service', 'message')),
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    element TEXT NOT NULL,
    payload TEXT NOT NULL, -- JSON
    state TEXT NOT NULL CHECK (state IN ('owed', 'done', 'cancelled')),
    made INTEGER NOT NULL,
    ended INTEGER,
    PRIMARY KEY (case_number, step, ordinal),
    CHECK ((state = 'owed') = (ended IS NULL))
) STRICT;
CREATE INDEX process_effect_owed ON process_effect (made, case_number, step, ordinal) WHERE state = 'owed';
