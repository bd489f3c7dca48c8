-- A kiosk has several keys in its life: a new one beside those that its earlier objects and slips are signed with.
-- A key that was lost or stolen is revoked and stays here, so that what it signed can be named for what it is.
CREATE TABLE kiosk_keys (
    kiosk       INTEGER NOT NULL REFERENCES kiosks (id),
    public_key  BLOB    NOT NULL,            -- envelope::KioskPublic::to_bytes
    enrolled_ms INTEGER NOT NULL,
    revoked_ms  INTEGER,                     -- NULL until revoked; for good then
    PRIMARY KEY (kiosk, public_key)
) STRICT, WITHOUT ROWID;
INSERT INTO kiosk_keys (kiosk, public_key, enrolled_ms) SELECT id, public_key, enrolled_ms FROM kiosks;
CREATE TRIGGER kiosk_keys_remain BEFORE DELETE ON kiosk_keys
BEGIN SELECT RAISE(ABORT, 'kiosk keys are never deleted'); END;
CREATE TRIGGER kiosk_keys_stay_revoked BEFORE UPDATE ON kiosk_keys WHEN OLD.revoked_ms IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a revoked key stays revoked'); END;

ALTER TABLE kiosks DROP COLUMN public_key;
ALTER TABLE kiosks DROP COLUMN enrolled_ms;
-- The county's key that the kiosk's newest object was sealed to: one that the kiosk trusts. NULL before its first.
ALTER TABLE kiosks ADD COLUMN county_key BLOB CHECK (length(county_key) = 4);   -- envelope::KeyId
UPDATE kiosks SET county_key =
    (SELECT substr(bytes, 11, 4) FROM objects WHERE kiosk = kiosks.id ORDER BY held_ms DESC LIMIT 1);
