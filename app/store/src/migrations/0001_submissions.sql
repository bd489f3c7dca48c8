-- Submissions, the slips given for them, and the sealed objects owed to the county.
-- Nothing here is readable about a person: objects are sealed to the county's key before they come.

PRAGMA application_id = 0x6d626b73;           -- "mbks": tells this file from any other SQLite file

CREATE TABLE slip_counter (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    last      INTEGER NOT NULL CHECK (last BETWEEN 0 AND 4294967295)  -- the last number given out
) STRICT;
INSERT INTO slip_counter (only_row, last) VALUES (1, 0);

CREATE TABLE submission (
    id             INTEGER PRIMARY KEY,       -- the order of submission, which no clock changes
    submission_id  BLOB    NOT NULL UNIQUE CHECK (length(submission_id) = 16),
    slip_number    TEXT    NOT NULL UNIQUE,
    scheme         INTEGER NOT NULL,
    submitted_ms   INTEGER NOT NULL,          -- Unix milliseconds, UTC, as is every *_ms column
    slip_url       TEXT    NOT NULL,          -- what the slip's QR code says
    stage          INTEGER,                   -- NULL until the county reports where the case stands
    due            TEXT,                      -- ISO date; NULL while no clock is known to run
    as_of_ms       INTEGER                    -- by the county's clock; NULL exactly when stage is
) STRICT;

-- What the county signed, kept as proof.
CREATE TABLE acknowledgement (
    id           INTEGER PRIMARY KEY,
    message      BLOB    NOT NULL,            -- the signed bytes as they came
    received_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
    id               INTEGER PRIMARY KEY,
    submission       INTEGER NOT NULL REFERENCES submission (id),
    hash             BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),  -- SHA-256 of the bytes
    priority         INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),  -- 0 goes first
    len              INTEGER NOT NULL,        -- bytes of the sealed object
    queued_ms        INTEGER NOT NULL,
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (0 <= attempts),
    next_try_ms      INTEGER NOT NULL,
    acknowledged_ms  INTEGER,                 -- NULL until the county names the hash
    acknowledgement  INTEGER REFERENCES acknowledgement (id),
    CHECK ((acknowledged_ms IS NULL) = (acknowledgement IS NULL))
) STRICT;
CREATE INDEX outbox_waiting ON outbox (priority, next_try_ms, id) WHERE acknowledged_ms IS NULL;
CREATE INDEX outbox_submission ON outbox (submission);

-- Apart from the outbox, so that counting an attempt does not rewrite the bytes.
CREATE TABLE ciphertext (
    object  INTEGER PRIMARY KEY REFERENCES outbox (id),
    bytes   BLOB    NOT NULL
) STRICT;

-- Whatever the program does, bytes stay until every object of their submission is acknowledged.
CREATE TRIGGER ciphertext_is_owed BEFORE DELETE ON ciphertext
WHEN EXISTS (
    SELECT 1
    FROM outbox AS mine
    JOIN outbox AS owed ON owed.submission = mine.submission
    WHERE mine.id = OLD.object AND owed.acknowledged_ms IS NULL
)
BEGIN
    SELECT RAISE(ABORT, 'ciphertext is still owed to the county');
END;
