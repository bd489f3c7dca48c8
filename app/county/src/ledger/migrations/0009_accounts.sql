-- Who may sign in to the staff pages, and what was seen and done there.

CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE, -- the officer's, as it stands beside what they do
    office          INTEGER NOT NULL,        -- number of accounts::Office
    township        TEXT    NOT NULL,        -- division code of 9 digits; '' unless the office is in one
    village         TEXT    NOT NULL,        -- code of the committee; '' unless the office is in one
    password        TEXT    NOT NULL,        -- Argon2id, in the PHC string format
    password_set_ms INTEGER NOT NULL,        -- a session that began under another password has ended
    disabled        INTEGER NOT NULL         -- 1 if the account opens nothing any more
) STRICT;
CREATE TRIGGER accounts_remain BEFORE DELETE ON accounts
BEGIN SELECT RAISE(ABORT, 'accounts are disabled, never deleted'); END;

CREATE TABLE accesses (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    name   TEXT    NOT NULL,                 -- of the account; '' for who works at the county's machine itself
    office INTEGER NOT NULL,                 -- at that time; 0 for who works at the machine
    act    INTEGER NOT NULL,                 -- number of accounts::Act
    about  TEXT    NOT NULL,                 -- such as a case's number; never a person's data
    reason TEXT    NOT NULL                  -- '' where the act asks for none
) STRICT;
CREATE TRIGGER accesses_stay BEFORE UPDATE ON accesses
BEGIN SELECT RAISE(ABORT, 'accesses are append-only'); END;
CREATE TRIGGER accesses_remain BEFORE DELETE ON accesses
BEGIN SELECT RAISE(ABORT, 'accesses are append-only'); END;

-- Cases of a township, the newest first.
CREATE INDEX cases_township ON cases (township, id);
