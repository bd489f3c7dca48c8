-- Objects are numbered per kiosk in the order in which they came to be held, so that a kiosk notices when the county
-- has gone back to an older backup.
ALTER TABLE objects ADD COLUMN number INTEGER;
UPDATE objects SET number = (
    SELECT count(*) FROM objects AS earlier
    WHERE earlier.kiosk = objects.kiosk
      AND (earlier.held_ms, earlier.hash) <= (objects.held_ms, objects.hash)
);
CREATE UNIQUE INDEX objects_number ON objects (kiosk, number);

-- When a kiosk's boot and tick met the county's clock: what its own clock is corrected by.
CREATE TABLE exchanges (
    kiosk          INTEGER NOT NULL REFERENCES kiosks (id),
    boot           INTEGER NOT NULL,
    tick_ms        INTEGER NOT NULL,         -- of that boot, when the kiosk sealed what it sent
    wall_ms        INTEGER NOT NULL,         -- by the kiosk's clock
    county_ms      INTEGER,                  -- the newest county time that the kiosk had heard; NULL: none
    county_tick_ms INTEGER,                  -- the tick at which it heard it; NULL: in an earlier boot
    received_ms    INTEGER NOT NULL,         -- by the county's clock
    PRIMARY KEY (kiosk, boot, tick_ms)
) STRICT, WITHOUT ROWID;
INSERT INTO exchanges (kiosk, boot, tick_ms, wall_ms, received_ms)
SELECT o.kiosk, c.kiosk_boot, c.kiosk_tick_ms, c.kiosk_wall_ms, c.received_ms
FROM cases AS c JOIN objects AS o ON o.hash = c.record_hash
WHERE true ON CONFLICT DO NOTHING;
