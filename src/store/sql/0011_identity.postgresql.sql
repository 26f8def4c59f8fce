-- By what name an issuer of OpenID Connect knows a user.
CREATE TABLE identity (
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    bank_user text COLLATE "C" NOT NULL REFERENCES bank_user (id),
    created bigint NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (bank_user, issuer)
);
