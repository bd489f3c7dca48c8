-- How each kiosk stands by the newest report that has come; an older one that comes later changes nothing.
CREATE TABLE kiosk_conditions (
    kiosk       INTEGER PRIMARY KEY REFERENCES kiosks (id),
    boot        INTEGER NOT NULL,            -- the kiosk's time when it made the report
    tick_ms     INTEGER NOT NULL,
    report      BLOB    NOT NULL,            -- relief::KioskCondition, as it was sealed
    received_ms INTEGER NOT NULL
) STRICT;
