-- How often the kiosk has started: its wall clock is not trusted, so times are told as boot and tick.
CREATE TABLE boot (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    last      INTEGER NOT NULL CHECK (last BETWEEN 0 AND 4294967295)  -- 0: never started
) STRICT;
INSERT INTO boot (only_row, last) VALUES (1, 0);
