-- What came over each line and from each kiosk, and how the last call went, for those who look after them. Figures of a
-- call are added while it goes on and when it ends; a call during which the county was switched off has no end here.
CREATE TABLE line_calls (
    line            TEXT    PRIMARY KEY,      -- as gateway::LineSettings names it
    calls           INTEGER NOT NULL,         -- over all calls, as are the sums below
    bytes_in        INTEGER NOT NULL,
    bytes_out       INTEGER NOT NULL,
    frames_damaged  INTEGER NOT NULL,
    bytes_corrected INTEGER NOT NULL,         -- by parity
    packets_lost    INTEGER NOT NULL,
    objects         INTEGER NOT NULL,         -- that came to be held over it
    last_kiosk      INTEGER,                  -- NULL: it did not show itself
    last_began_ms   INTEGER NOT NULL,
    last_noted_ms   INTEGER NOT NULL,         -- the call's end, or when it was last known to go on
    last_end        INTEGER                   -- number of gateway::CallEnd; NULL until it ends
) STRICT, WITHOUT ROWID;

-- The same for each kiosk that has shown itself.
CREATE TABLE kiosk_calls (
    kiosk           INTEGER PRIMARY KEY CHECK (kiosk BETWEEN 0 AND 65535),
    calls           INTEGER NOT NULL,
    bytes_in        INTEGER NOT NULL,
    bytes_out       INTEGER NOT NULL,
    frames_damaged  INTEGER NOT NULL,
    bytes_corrected INTEGER NOT NULL,         -- by parity
    packets_lost    INTEGER NOT NULL,
    objects         INTEGER NOT NULL,
    last_line       TEXT    NOT NULL,
    last_began_ms   INTEGER NOT NULL,
    last_noted_ms   INTEGER NOT NULL,
    last_end        INTEGER
) STRICT;
