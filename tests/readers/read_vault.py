#!/usr/bin/env python3
"""Opens a vault or a chain of backups with nothing of Nansen and prints what it holds.

Follows crates/nansen-vault/FORMAT.md, whose sections are named here. Needs PyPI's
`cryptography` and `argon2-cffi`.

    read_vault.py VAULT passphrase "six bags of rice"
    read_vault.py VAULT recovery KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N
    read_vault.py VAULT platform 1111...11                (32 bytes in hex)
    read_vault.py VAULT both "six bags of rice" 2222...22
    read_vault.py VAULT cards 06Q90R1R-... N1G:...        (as many as are needed, typed or scanned)
    read_vault.py BASE passphrase|recovery SECRET [INCREMENT passphrase|recovery SECRET]...
"""
import contextlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile

from read_backup import read_chain
from sealed import (CHUNK_BYTES, cards_secret, derived, mac, read_summary, recovery_bytes, sha256,
                    stretched, told, unseal)

SLOT, MANIFEST, SUMMARY, BODY, CHUNK = 1, 2, 3, 4, 5
SLOTS, SLOT_BYTES, WIPES = 16, 104, 128


# "Primitives"

def aad(part, vault, place):
    return b"nansen-vault" + bytes([1, part]) + vault + place


def purpose(key, salt, label):
    return derived(key, salt, b"nansen-vault 1 " + label)


def numbered(place):
    return bytes(15) + bytes([place])


def unpadded(content):
    """Form and content of a padded plaintext, None of one that did not open."""
    if content is None:
        raise ValueError("a record is damaged")
    form, length = content[-5], int.from_bytes(content[-4:], "big")
    if length > len(content) - 5:
        raise ValueError("a length beyond its plaintext")
    return form, content[:length]


# "Key slots"

def way_in(way, typed, salt, cost):
    """Number, input and label of a way."""
    if way == "passphrase":
        return 1, stretched(typed[0], salt, cost), b"passphrase slot"
    if way == "recovery":
        return 2, recovery_bytes(typed[0]), b"recovery slot"
    if way == "platform":
        return 3, bytes.fromhex(typed[0]), b"platform slot"
    if way == "both":
        both = stretched(typed[0], salt, cost) + bytes.fromhex(typed[1])
        return 4, both, b"passphrase and platform slot"
    if way == "cards":
        return 5, cards_secret(*typed), b"guardians slot"
    raise ValueError(f"no way {way}")


def slot_at(table, number):
    return table[61 + SLOT_BYTES * number:61 + SLOT_BYTES * (number + 1)]


def open_slot(table, way, typed):
    """Number of the slot that opens, its way, vault key, vault id and manifest place."""
    file, salt, cost = table[1:17], table[17:49], table[49:61]
    due, ikm, label = way_in(way, typed, salt, cost)
    key = purpose(ikm, file, label)
    for number in range(SLOTS):
        slot = slot_at(table, number)
        content = unseal(key, slot[:24], aad(SLOT, file, numbered(number)), slot[24:])
        if content and content[49] in (due, due + WIPES):
            return number, content[49], content[:32], content[32:48], content[48]
    return None


def open_tables(tables, way, typed):
    """The first intact table that has a slot, and what that opens to."""
    whole = [table for table in tables if len(table) == 1757 and table[0] == 1
             and sha256(table[:-32]) == table[-32:]]
    if not whole:
        raise ValueError("both slot tables are damaged")
    for table in dict.fromkeys(whole):
        if opened := open_slot(table, way, typed):
            return table, opened
    raise ValueError("opens no slot")


# "Manifest"

def open_manifest(database, table, opened):
    """Counter, count of records and set hash."""
    slot, way, vault_key, vault, place = opened
    sealed = database.execute("SELECT sealed FROM manifest WHERE place = ?", (place,)).fetchone()[0]
    key = purpose(vault_key, vault, b"manifest")
    manifest = unseal(key, sealed[:24], aad(MANIFEST, vault, numbered(place)), sealed[24:])
    if manifest is None or manifest[0] != 1:
        raise ValueError("the manifest is damaged")
    ways, slots_hash, flags = manifest[1:17], manifest[65:97], manifest[97]
    own = [bytes([number]) + slot_at(table, number) for number in range(SLOTS) if ways[number]]
    noted = ways[slot] == way or way > WIPES or (ways[slot] == 0 and flags & 2)
    if not noted or sha256(b"nansen-vault 1 own slots", table[1:61], *own) != slots_hash:
        raise ValueError("the slots are not those of the manifest")
    return *(int.from_bytes(manifest[at:at + 8], "big") for at in (17, 25)), manifest[33:65]


# "Documents"

def read_document(database, vault, documents_key, record, body):
    length, stated, seed = int.from_bytes(body[:8], "big"), body[8:40], body[40:72]
    key = mac(documents_key, seed)
    first = int.from_bytes(record[:8], "big", signed=True) >> 24 << 24
    count = max(1, -(-length // CHUNK_BYTES))
    content = b""
    for position in range(count):
        row = database.execute("SELECT sealed FROM chunk WHERE place = ? AND owner = ?",
                               (first | position, record)).fetchone()
        number, last = position.to_bytes(4, "big"), bytes([position == count - 1])
        place = aad(CHUNK, vault, record) + number + last
        chunk = row and unseal(key, bytes(20) + number, place, row[0])
        if chunk is None:
            raise ValueError(f"chunk {position} is damaged")
        content += chunk
    content = content[:length]
    if sha256(content) != stated:
        raise ValueError("a document is not what it was")
    return content


# "Records"

def read_records(database, vault_key, vault):
    """Each record of the vault with what the set hash adds up."""
    labels = (b"record id", b"record version", b"summary", b"body", b"document chunk")
    ids, versions, summaries, bodies, documents = (
        purpose(vault_key, vault, label) for label in labels)
    for key, tag, rev, summary, body in database.execute("SELECT * FROM record"):
        random = key.to_bytes(8, "big", signed=True)
        if mac(ids, random)[:8] != tag:
            continue
        record = random + tag
        _, shown = unpadded(unseal(summaries, rev, aad(SUMMARY, vault, record), summary))
        form, content = unpadded(unseal(bodies, rev, aad(BODY, vault, record), body))
        if form == 1:
            content = read_document(database, vault, documents, record, content)
        element = int.from_bytes(mac(versions, record, rev), "big")
        yield told(read_summary(shown), content, form == 1), element


# "The file"

@contextlib.contextmanager
def opened_copy(path):
    """The database of a copy of the vault and of its log, since opening one may write."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "vault")
        shutil.copy(path, copy)
        if os.path.exists(path + "-wal"):
            shutil.copy(path + "-wal", copy + "-wal")
        with contextlib.closing(sqlite3.connect(copy)) as database:
            yield database


def read_vault(path, way, *typed):
    """Counter and rows."""
    with opened_copy(path) as database:
        for pragma, known in ("application_id", (0x4E616E73,)), ("user_version", (1, 2)):
            if (found := database.execute(f"PRAGMA {pragma}").fetchone()[0]) not in known:
                raise ValueError(f"{pragma} is {found}")
        tables = [database.execute(f"SELECT slots FROM {copy}").fetchone()[0]
                  for copy in ("header", "spare")]
        table, opened = open_tables(tables, way, typed)
        counter, count, set_hash = open_manifest(database, table, opened)
        _, _, vault_key, vault, _ = opened
        found = list(read_records(database, vault_key, vault))
    total = sum(element for _, element in found) % 2**256
    if len(found) != count or total.to_bytes(32, "big") != set_hash:
        raise ValueError("the rows are not those of the manifest")
    return counter, [row for row, _ in found]


def main(path, *secret):
    with open(path, "rb") as file:
        is_backup = file.read(4) == b"NanB"
    if is_backup:
        words = iter((path, *secret))
        made, step, rows = read_chain(list(zip(words, words, words)))
        print(f"made {made}, step {step}")
    else:
        counter, rows = read_vault(path, *secret)
        print(f"counter {counter}")
    for row in sorted(rows, key=lambda row: row["title"]):
        print(json.dumps(row, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
