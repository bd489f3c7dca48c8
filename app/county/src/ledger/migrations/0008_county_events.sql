-- What the county's registers are made of, apart from cases: near relatives, payments, reports, complaints, and the rest.

CREATE TABLE county_events (
    id    INTEGER PRIMARY KEY,               -- relief::EventId: later events have larger numbers
    at_ms INTEGER NOT NULL,
    role  INTEGER NOT NULL,                  -- as in case_events
    actor TEXT    NOT NULL,                  -- an officer's name; '' for a machine
    body  BLOB    NOT NULL                   -- reason, evidence and fact, sealed under the register key
) STRICT;
CREATE TRIGGER county_events_stay BEFORE UPDATE ON county_events
BEGIN SELECT RAISE(ABORT, 'county events are append-only'); END;
CREATE TRIGGER county_events_remain BEFORE DELETE ON county_events
BEGIN SELECT RAISE(ABORT, 'county events are append-only'); END;

-- The register key, under each of the county's secrets that was ever the current one.
CREATE TABLE register_keys (
    county_key BLOB PRIMARY KEY,             -- envelope::KeyId of the secret
    sealed     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
