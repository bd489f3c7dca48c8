-- What makes a delivery checkable long after it: tries told in ticks, the county's numbers, refusals, an audit log.

-- A retry is due by boot and tick, since the wall clock may jump; next_try_ms stays for older builds.
ALTER TABLE outbox ADD COLUMN due_boot INTEGER NOT NULL DEFAULT 0;     -- in another boot than this it is due at once
ALTER TABLE outbox ADD COLUMN due_tick_ms INTEGER NOT NULL DEFAULT 0;  -- in that boot it is due from this tick on
-- The county numbers the objects that it holds of this kiosk. A number that it gives twice, or one beyond its
-- count, says that it has gone back to an older backup.
ALTER TABLE outbox ADD COLUMN number INTEGER;                -- NULL until told, and by counties that do not number
ALTER TABLE outbox ADD COLUMN refusal INTEGER;               -- number of envelope::Refusal; NULL: not refused
ALTER TABLE outbox ADD COLUMN blocks_held BLOB;              -- block map the county last told; NULL: none known
CREATE INDEX outbox_owed ON outbox (priority, id) WHERE acknowledged_ms IS NULL;
CREATE INDEX outbox_number ON outbox (number) WHERE number IS NOT NULL;

ALTER TABLE acknowledgement ADD COLUMN county_ms INTEGER;    -- the county's clock when it signed; NULL in older rows

-- The newest time that the county has told, and when this kiosk heard it.
CREATE TABLE county_time (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    county_ms INTEGER NOT NULL,
    boot      INTEGER NOT NULL,
    tick_ms   INTEGER NOT NULL
) STRICT;

-- County keys learnt from the county itself, beside the one from the settings. The newest is sealed to.
CREATE TABLE county_key (
    id         INTEGER PRIMARY KEY,
    public_key BLOB    NOT NULL UNIQUE,      -- envelope::CountyPublic::to_bytes
    heard_ms   INTEGER NOT NULL
) STRICT;

-- Parts of the visit in hand, sealed with a key that is nowhere but in memory.
CREATE TABLE draft (
    part   INTEGER PRIMARY KEY,
    sealed BLOB    NOT NULL
) STRICT;

-- Who did what; each row's hash covers the row before, so that none can be changed or taken out unseen.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    boot    INTEGER NOT NULL,
    tick_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    actor   INTEGER NOT NULL,                -- number of store::AuditActor
    action  INTEGER NOT NULL,                -- number of store::AuditAction
    subject TEXT    NOT NULL,                -- a slip number, an object's name or a count; never an answer
    hash    BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_remains BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
