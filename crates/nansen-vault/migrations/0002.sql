-- Format version 2: what is remembered of passphrases that opened nothing (attempts.rs): one row of one
-- size. Everything else that is new stands in sealed bytes: the share of a vault in its key slots.

CREATE TABLE attempt (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  state BLOB NOT NULL
) STRICT;

INSERT INTO attempt (one, state) VALUES (1, zeroblob(16));
