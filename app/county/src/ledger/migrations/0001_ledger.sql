-- Everything the county holds. Names, ID numbers and answers stay inside the sealed objects;
-- the columns here are what lists, clocks and the status page need.
-- Every *_ms column is Unix milliseconds, UTC, by the county's clock unless it says kiosk.

-- Kiosks whose signatures count.
CREATE TABLE kiosks (
    id          INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 65535),
    public_key  BLOB    NOT NULL,            -- envelope::KioskPublic::to_bytes
    enrolled_ms INTEGER NOT NULL
) STRICT;

-- Sealed objects that were verified, exactly as they arrived.
CREATE TABLE objects (
    hash            BLOB    PRIMARY KEY CHECK (length(hash) = 32),   -- SHA-256 of bytes
    kiosk           INTEGER NOT NULL REFERENCES kiosks (id),
    kind            INTEGER NOT NULL,        -- number of envelope::Kind
    bytes           BLOB    NOT NULL,
    held_ms         INTEGER NOT NULL,
    acknowledged_ms INTEGER                  -- NULL until a route says that the kiosk was told
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_unacknowledged ON objects (kiosk, held_ms) WHERE acknowledged_ms IS NULL;
CREATE INDEX objects_newest ON objects (kiosk, held_ms);

-- Objects of which blocks have arrived, over whichever routes.
CREATE TABLE partials (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    len        INTEGER NOT NULL CHECK (0 < len),
    touched_ms INTEGER NOT NULL              -- the longest untouched makes room for a new one
) STRICT, WITHOUT ROWID;
CREATE INDEX partials_touched ON partials (touched_ms);

-- One row a block, so that what is recorded as present and its bytes cannot differ.
CREATE TABLE partial_blocks (
    hash  BLOB    NOT NULL REFERENCES partials (hash) ON DELETE CASCADE,
    ix    INTEGER NOT NULL CHECK (0 <= ix),  -- block ix starts at byte ix * link::BLOCK_LEN
    bytes BLOB    NOT NULL,
    PRIMARY KEY (hash, ix)
) STRICT, WITHOUT ROWID;

-- Whole objects that were refused, kept so that they can be judged again, say after their kiosk is enrolled.
CREATE TABLE refused (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    reason     TEXT    NOT NULL,
    refused_ms INTEGER NOT NULL,
    bytes      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a submission, written when its record is verified.
CREATE TABLE cases (
    id                INTEGER PRIMARY KEY,
    submission_id     BLOB    NOT NULL UNIQUE CHECK (length(submission_id) = 16),
    record_hash       BLOB    NOT NULL UNIQUE REFERENCES objects (hash),
    slip_number       TEXT    NOT NULL,      -- not unique: a restored kiosk may count a number twice
    status_token_hash BLOB    NOT NULL CHECK (length(status_token_hash) = 32),
    scheme            INTEGER NOT NULL,      -- relief::SchemeId
    township          TEXT    NOT NULL,      -- division code of 9 digits
    masked_name       TEXT    NOT NULL,      -- such as 张*, for lists
    kiosk_wall_ms     INTEGER NOT NULL,      -- the kiosk's own clock at submission, as told
    kiosk_boot        INTEGER NOT NULL,
    kiosk_tick_ms     INTEGER NOT NULL,
    received_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_slip ON cases (slip_number);
CREATE INDEX cases_token ON cases (status_token_hash);

-- What a record says belongs to it; an attachment's object may arrive before or after the record.
CREATE TABLE attachments (
    case_id INTEGER NOT NULL REFERENCES cases (id),
    ordinal INTEGER NOT NULL,                -- place in the record's list
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (case_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_hash ON attachments (hash);

-- What happened to a case: who, when, why. A mistake is answered by a further event.
CREATE TABLE case_events (
    id      INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    at_ms   INTEGER NOT NULL,                -- for a submission the kiosk's time where it can be true
    role    INTEGER NOT NULL,                -- 1 applicant, 2 public, 3 township, 4 county, 5 machine
    actor   TEXT    NOT NULL,                -- an officer's name; '' for a machine
    action  INTEGER NOT NULL,                -- number of relief::Action
    reason  TEXT    NOT NULL                 -- '' where the action needs none
) STRICT;
CREATE INDEX case_events_case ON case_events (case_id, id);
CREATE TRIGGER case_events_stay BEFORE UPDATE ON case_events
BEGIN SELECT RAISE(ABORT, 'case events are append-only'); END;
CREATE TRIGGER case_events_remain BEFORE DELETE ON case_events
BEGIN SELECT RAISE(ABORT, 'case events are append-only'); END;
CREATE TRIGGER cases_remain BEFORE DELETE ON cases
BEGIN SELECT RAISE(ABORT, 'cases are never deleted'); END;

-- Status messages owed to a kiosk; a newer one for the same slip replaces one not yet delivered.
CREATE TABLE downlink (
    id           INTEGER PRIMARY KEY,
    kiosk        INTEGER NOT NULL REFERENCES kiosks (id),
    slip_number  TEXT    NOT NULL,
    message      BLOB    NOT NULL,           -- signed envelope::CountyMessage
    queued_ms    INTEGER NOT NULL,
    delivered_ms INTEGER                     -- NULL until the kiosk's end of the line has it whole
) STRICT;
CREATE UNIQUE INDEX downlink_owed ON downlink (kiosk, slip_number) WHERE delivered_ms IS NULL;
