-- Format version 1. Every blob is sealed or random; what SQL sees are random ids, sizes and counts.
-- Comments stand outside the statements, since a file keeps a statement's text as it is written and
-- must have exactly this one.

-- The key slots (slots.rs): one row.
CREATE TABLE header (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  slots BLOB NOT NULL
) STRICT;

-- The same again, in a table of its own so that no page holds both (copies.rs).
CREATE TABLE spare (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  slots BLOB NOT NULL
) STRICT;

-- The vaults' manifests: always eight rows of one size, at places 0 to 7 (manifest.rs).
CREATE TABLE manifest (
  place  INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

-- Records (record.rs). The key is the first 8 bytes of the id and the tag its last 8: a record is
-- found by the row's own number, without an index beside the table. The rev is 24 random bytes, new
-- at each write: the nonce of both parts.
CREATE TABLE record (
  key     INTEGER PRIMARY KEY,
  tag     BLOB NOT NULL,
  rev     BLOB NOT NULL,
  summary BLOB NOT NULL,
  body    BLOB NOT NULL
) STRICT;

-- Chunks of documents (documents.rs). The place is the upper 40 bits of the record's key, then the
-- chunk's position in 24 bits; the owner is the id of the document's record.
CREATE TABLE chunk (
  place  INTEGER PRIMARY KEY,
  owner  BLOB NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
