"""Opens a chain of backups: FORMAT.md, "Backups"."""
from sealed import (CHUNK_BYTES, Reader, derived, read_summary, recovery_bytes, sha256, stretched,
                    told, unseal)

HEADER, FULL = 172, 24 + CHUNK_BYTES + 16
LABEL = b"nansen-backup 1"


def stream_key(header, way, typed):
    if header[:5] != b"NanB\1" or header[6:8] != bytes(2):
        raise ValueError("no backup of version 1")
    if len(header) != HEADER or sha256(header[:-32]) != header[-32:]:
        raise ValueError("the header is damaged")
    if header[5] != {"passphrase": 1, "recovery": 2}.get(way):
        raise ValueError(f"is not locked by a {way}")
    backup, salt, cost = header[8:24], header[24:56], header[56:68]
    if way == "passphrase":
        key = derived(stretched(typed, salt, cost), salt, LABEL + b" passphrase")
    else:
        key = derived(recovery_bytes(typed), salt, LABEL + b" recovery code")
    return unseal(key, header[68:92], backup, header[92:140])


def open_chunks(file, way, typed):
    """What all chunks hold, and the tag of each."""
    header, chunks = file[:HEADER], file[HEADER:]
    key = stream_key(header, way, typed)
    if key is None:
        raise ValueError("wrong secret")
    pieces = [chunks[at:at + FULL] for at in range(0, len(chunks), FULL)]
    stream = []
    for position, piece in enumerate(pieces):
        last = position == len(pieces) - 1
        aad = LABEL + header[-32:] + position.to_bytes(4, "big") + bytes([last])
        stream.append(unseal(key, piece[:24], aad, piece[24:]))
        if stream[-1] is None:
            raise ValueError(f"chunk {position} is damaged, or the last of a backup that was cut")
    return b"".join(stream), [piece[-16:] for piece in pieces]


def read_stream(stream, tags):
    """How it begins, its records by id and rev, and the list at its end."""
    reader = Reader(stream, "the stream")
    if reader.number(1) != 1:
        raise ValueError("a stream without a beginning")
    begin = {"made": reader.number(8, signed=True), "step": reader.number(4),
             "parent": reader.take(16), "vault": reader.take(16)}
    entries = {}
    while (kind := reader.number(1)) in (2, 3):
        version = reader.take(40)
        summary = read_summary(reader.item())
        if kind == 2:
            content = reader.item(4)
        else:
            length, stated = reader.number(8), reader.take(32)
            content = reader.take(length)
            if sha256(content) != stated:
                raise ValueError("a document is not what it was")
        entries[version] = told(summary, content, kind == 3)
    end = reader.at - 1
    if kind != 4 or reader.number(4) != len(entries):
        raise ValueError("an entry of another kind, or too few of them")
    if reader.take(32) != sha256(*tags[:end // CHUNK_BYTES]):
        raise ValueError("the chunks are not those that were written")
    names = [reader.take(40) for _ in range(reader.number(4))]
    rest = stream[reader.at:]
    if any(rest[:-8]) or int.from_bytes(rest[-8:], "big") != end:
        raise ValueError("the end is elsewhere")
    return begin, entries, names


def read_chain(links):
    """Rows that the last list names, of (path, way, secret) from the base to the last increment."""
    known, before, backup = {}, {"step": -1, "vault": None}, bytes(16)
    for path, way, typed in links:
        with open(path, "rb") as file:
            content = file.read()
        begin, entries, names = read_stream(*open_chunks(content, way, typed))
        follows = begin["step"] == before["step"] + 1 and begin["parent"] == backup
        if not follows or before["vault"] not in (None, begin["vault"]):
            raise ValueError(f"{path} does not follow what is before it")
        known |= entries
        before, backup = begin, content[8:24]
    if any(name not in known for name in names):
        raise ValueError("no file of the chain has a record that the list names")
    return begin["made"], begin["step"], [known[name] for name in names]
