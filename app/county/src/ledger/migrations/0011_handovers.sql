-- Papers that were handed in without an application: what a case lacked, or an office's report.

-- One row a handover, written when its record is verified.
CREATE TABLE handovers (
    id                INTEGER PRIMARY KEY,
    submission_id     BLOB    NOT NULL UNIQUE CHECK (length(submission_id) = 16),
    record_hash       BLOB    NOT NULL UNIQUE REFERENCES objects (hash),
    slip_number       TEXT    NOT NULL,      -- its own
    case_number       TEXT    NOT NULL,      -- the slip number of its case, which may come later or never; '' for an office's
    status_token_hash BLOB    NOT NULL CHECK (length(status_token_hash) = 32),
    kiosk_wall_ms     INTEGER NOT NULL,      -- the kiosk's own clock, as told
    kiosk_boot        INTEGER NOT NULL,
    kiosk_tick_ms     INTEGER NOT NULL,
    received_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX handovers_case ON handovers (case_number, id);
CREATE INDEX handovers_token ON handovers (status_token_hash);
CREATE TRIGGER handovers_stay BEFORE UPDATE ON handovers
BEGIN SELECT RAISE(ABORT, 'handovers are append-only'); END;
CREATE TRIGGER handovers_remain BEFORE DELETE ON handovers
BEGIN SELECT RAISE(ABORT, 'handovers are append-only'); END;

-- What its record says belongs to it; a paper's object may arrive before or after the record.
CREATE TABLE handover_papers (
    handover_id INTEGER NOT NULL REFERENCES handovers (id),
    ordinal     INTEGER NOT NULL,            -- place in the record's list
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (handover_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER handover_papers_stay BEFORE UPDATE ON handover_papers
BEGIN SELECT RAISE(ABORT, 'handovers are append-only'); END;
CREATE TRIGGER handover_papers_remain BEFORE DELETE ON handover_papers
BEGIN SELECT RAISE(ABORT, 'handovers are append-only'); END;
