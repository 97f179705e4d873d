-- Format version 1. Every blob is sealed or random; what SQL sees are random ids, sizes and counts.

-- The file: one row.
CREATE TABLE header (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  slots BLOB NOT NULL -- the key slots (slots.rs)
) STRICT;

-- The vaults' manifests: always eight rows of one size (manifest.rs).
CREATE TABLE manifest (
  place  INTEGER PRIMARY KEY, -- 0 to 7
  sealed BLOB NOT NULL
) STRICT;

-- Records (record.rs). The row's own number is the random half of the id, so that a record is found
-- without an index beside the table.
CREATE TABLE record (
  key     INTEGER PRIMARY KEY, -- first 8 bytes of the id
  tag     BLOB NOT NULL,       -- last 8 bytes of the id
  rev     BLOB NOT NULL,       -- 24 random bytes, new at each write: the nonce of both parts
  summary BLOB NOT NULL,
  body    BLOB NOT NULL
) STRICT;

-- Chunks of documents (documents.rs).
CREATE TABLE chunk (
  place  INTEGER PRIMARY KEY, -- upper 40 bits of the record's key, then the chunk's position
  owner  BLOB NOT NULL,       -- id of the document's record
  sealed BLOB NOT NULL
) STRICT;
