-- Objects are numbered per kiosk in the order in which they came to be held, so that a kiosk notices when the county
-- has gone back to an older backup.
ALTER TABLE objects ADD COLUMN number INTEGER;
UPDATE objects SET number = (
    SELECT count(*) FROM objects AS earlier
    WHERE earlier.kiosk = objects.kiosk
      AND (earlier.held_ms, earlier.hash) <= (objects.held_ms, objects.hash)
);
CREATE UNIQUE INDEX objects_number ON objects (kiosk, number);

-- When a kiosk's boot and tick met the county's clock: what its wall clock is corrected by.
CREATE TABLE exchanges (
    kiosk       INTEGER NOT NULL REFERENCES kiosks (id),
    boot        INTEGER NOT NULL,
    tick_ms     INTEGER NOT NULL,            -- of that boot, when the kiosk sealed what it sent
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (kiosk, boot, tick_ms)
) STRICT, WITHOUT ROWID;
