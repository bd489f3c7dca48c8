-- Deadlines are facts of the events that issued them. Rules that change later issue other ones and leave these alone.

-- The rules that were ever worked by, whole, so that a deadline can be counted again by the rule it came from.
CREATE TABLE rule_editions (
    edition  TEXT    PRIMARY KEY,            -- relief::Rulebook::edition
    files    TEXT    NOT NULL,               -- JSON: a rule file's name to its text
    since_ms INTEGER NOT NULL                -- first worked by
) STRICT, WITHOUT ROWID;

-- The edition by which each event issued its deadlines, none included.
CREATE TABLE event_rules (
    event_id INTEGER PRIMARY KEY REFERENCES case_events (id),
    edition  TEXT    NOT NULL REFERENCES rule_editions (edition)
) STRICT;

CREATE TABLE deadlines (
    id          INTEGER PRIMARY KEY,         -- of each step of a case the latest counts
    case_id     INTEGER NOT NULL REFERENCES cases (id),
    event_id    INTEGER REFERENCES case_events (id),   -- NULL: a year's holidays were published
    issued_ms   INTEGER NOT NULL,
    step        TEXT    NOT NULL,            -- relief::Step, as in the rule files
    due         TEXT,                        -- last day, such as 2026-06-15; NULL: the step has none
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    edition     TEXT    NOT NULL REFERENCES rule_editions (edition),
    body        TEXT    NOT NULL             -- relief::Deadline::to_json
) STRICT;
CREATE INDEX deadlines_case ON deadlines (case_id, id);
CREATE INDEX deadlines_provisional ON deadlines (case_id) WHERE provisional = 1;

CREATE TRIGGER rule_editions_stay BEFORE UPDATE ON rule_editions
BEGIN SELECT RAISE(ABORT, 'rule editions are append-only'); END;
CREATE TRIGGER rule_editions_remain BEFORE DELETE ON rule_editions
BEGIN SELECT RAISE(ABORT, 'rule editions are append-only'); END;
CREATE TRIGGER event_rules_stay BEFORE UPDATE ON event_rules
BEGIN SELECT RAISE(ABORT, 'the rules of an event are append-only'); END;
CREATE TRIGGER event_rules_remain BEFORE DELETE ON event_rules
BEGIN SELECT RAISE(ABORT, 'the rules of an event are append-only'); END;
CREATE TRIGGER deadlines_stay BEFORE UPDATE ON deadlines
BEGIN SELECT RAISE(ABORT, 'deadlines are append-only'); END;
CREATE TRIGGER deadlines_remain BEFORE DELETE ON deadlines
BEGIN SELECT RAISE(ABORT, 'deadlines are append-only'); END;

-- On which ground a special case takes longer.
ALTER TABLE case_events ADD COLUMN ground INTEGER;   -- relief::GroundCode; NULL: none was named
