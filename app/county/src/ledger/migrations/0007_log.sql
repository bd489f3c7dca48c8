-- The log of all that is kept for good: each row of the tables that it covers is an entry, in the order in which they came.
-- Its Merkle tree (RFC 9162, SHA-256) makes a quiet change show. See ledger/log/covered.rs for what an entry is made of.

-- Rows that are here and not yet in the log; they are taken up a few seconds later, many at a time.
CREATE TABLE log_pending (
    id   INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,                   -- ledger::log::Covered
    key  BLOB    NOT NULL                    -- the row's key
) STRICT;

CREATE TABLE log_entries (
    number INTEGER PRIMARY KEY,              -- from 0, without gaps
    kind   INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    leaf   BLOB    NOT NULL CHECK (length(leaf) = 32)
) STRICT;
CREATE UNIQUE INDEX log_entries_key ON log_entries (kind, key);

-- Roots of the perfect subtrees; those of level 0 are the leaves themselves.
CREATE TABLE log_nodes (
    level INTEGER NOT NULL CHECK (0 < level),
    ix    INTEGER NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, ix)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_checkpoints (
    number   INTEGER PRIMARY KEY,            -- from 1, without gaps
    size     INTEGER NOT NULL UNIQUE,        -- entries
    taken_ms INTEGER NOT NULL,
    message  BLOB    NOT NULL                -- signed envelope::CountyMessage::Checkpoint
) STRICT;

CREATE TRIGGER log_entries_stay BEFORE UPDATE ON log_entries
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_entries_remain BEFORE DELETE ON log_entries
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_nodes_stay BEFORE UPDATE ON log_nodes
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_nodes_remain BEFORE DELETE ON log_nodes
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_checkpoints_stay BEFORE UPDATE ON log_checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_checkpoints_remain BEFORE DELETE ON log_checkpoints
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
