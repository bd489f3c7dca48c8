-- What an event says beside its reason, and what shows it.
ALTER TABLE case_events ADD COLUMN details  BLOB;                        -- relief::Details::to_cbor; NULL: nothing
ALTER TABLE case_events ADD COLUMN evidence TEXT NOT NULL DEFAULT '';    -- '' where nothing is named
