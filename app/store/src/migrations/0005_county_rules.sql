-- The county's own rule files, as its newest message brought them: the signed message, so that a bit that flips here is noticed.
CREATE TABLE county_rules (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    as_of_ms  INTEGER NOT NULL,                                -- by the county's clock; of two messages the later holds
    message   BLOB    NOT NULL CHECK (length(message) <= 65536)
) STRICT;
