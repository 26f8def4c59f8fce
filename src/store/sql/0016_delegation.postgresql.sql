-- Written delegation: one person stands in for another in the tasks of a post, from a day to a day.
CREATE TABLE delegation (
    number bigint NOT NULL PRIMARY KEY CHECK (number > 0),
    delegator text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    delegate text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    organisation text COLLATE "C" NOT NULL REFERENCES organisation (id), -- with the role: the delegator's post
    role text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    until bigint NOT NULL,
    document text COLLATE "C" NOT NULL, -- its number
    reason text COLLATE "C" NOT NULL,
    made bigint NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    revoked bigint,
    revoked_by text COLLATE "C",
    revoke_reason text COLLATE "C",
    CHECK (until > since),
    CHECK (delegator <> delegate),
    CHECK ((revoked IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX delegation_delegate ON delegation (delegate, until);
CREATE INDEX delegation_delegator ON delegation (delegator, until);
ALTER TABLE process_task ADD COLUMN claimed_for text COLLATE "C"; -- in whose stead; NULL: in their own right
