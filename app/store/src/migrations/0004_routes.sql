-- What goes over each way to the county: what a month has cost, and how the way stood when it was last looked at.

CREATE TABLE route_month (
    id     INTEGER PRIMARY KEY,
    route  TEXT    NOT NULL CHECK (length(route) BETWEEN 1 AND 100),        -- its name in the settings
    month  INTEGER NOT NULL CHECK (month BETWEEN 100001 AND 999912),        -- in China: 202611 is November 2026
    bytes  INTEGER NOT NULL CHECK (bytes BETWEEN 0 AND 1125899906842624),   -- both ways
    UNIQUE (route, month)
) STRICT;

CREATE TABLE route_state (
    id                INTEGER PRIMARY KEY,
    route             TEXT    NOT NULL UNIQUE CHECK (length(route) BETWEEN 1 AND 100),
    state             INTEGER NOT NULL CHECK (state BETWEEN 0 AND 255),     -- number of store::RouteCondition
    bytes_per_second  INTEGER,                                              -- NULL while none is known
    boot              INTEGER NOT NULL,
    tick_ms           INTEGER NOT NULL,
    wall_ms           INTEGER NOT NULL
) STRICT;

-- What the driver of a route has to know after a restart, in its own words: the calls of the day.
CREATE TABLE route_kept (
    id     INTEGER PRIMARY KEY,
    route  TEXT    NOT NULL UNIQUE CHECK (length(route) BETWEEN 1 AND 100),
    kept   TEXT    NOT NULL CHECK (length(kept) <= 4096)
) STRICT;
