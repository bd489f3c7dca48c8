-- The codes that officers show beside their password.

CREATE TABLE second_factors (
    account INTEGER PRIMARY KEY REFERENCES accounts (id),
    secret  BLOB    NOT NULL,                -- of totp::TotpSecret, sealed under the register key
    step    INTEGER NOT NULL,                -- of the last code that was taken; none of an earlier or the same step is
    set_ms  INTEGER NOT NULL
) STRICT;
