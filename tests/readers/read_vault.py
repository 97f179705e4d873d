#!/usr/bin/env python3
"""Opens a vault with nothing of Nansen and prints what it holds.

Follows crates/nansen-vault/FORMAT.md, whose sections are named below. Needs PyPI's
`cryptography` and `argon2-cffi`.

    read_vault.py VAULT passphrase "six bags of rice"
    read_vault.py VAULT recovery KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N
    read_vault.py VAULT platform 1111...11                (32 bytes in hex)
    read_vault.py VAULT both "six bags of rice" 2222...22
"""
import hashlib
import hmac
import json
import sqlite3
import struct
import sys
import unicodedata
import urllib.request

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SLOT, MANIFEST, SUMMARY, BODY, CHUNK = 1, 2, 3, 4, 5
CHUNK_BYTES = 65536


# "Primitives"

def rotated(word, by):
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, section 2.2: key of 32 bytes and nonce of 16 to a key."""
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def quarter(a, b, c, d):
        for first, second, third, by in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            state[first] = (state[first] + state[second]) & 0xFFFFFFFF
            state[third] = rotated(state[third] ^ state[first], by)

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for diagonal in range(4):
            quarter(diagonal, 4 + (diagonal + 1) % 4, 8 + (diagonal + 2) % 4,
                    12 + (diagonal + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def unseal(key, nonce, aad, sealed):
    """XChaCha20-Poly1305; None if it does not open."""
    try:
        cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
        return cipher.decrypt(bytes(4) + nonce[16:], sealed, aad)
    except InvalidTag:
        return None


def derived(ikm, salt, label):
    info = b"nansen-vault 1 " + label
    return HKDF(hashes.SHA256(), 32, salt, info).derive(ikm)


def mac(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def aad(part, vault, place):
    return b"nansen-vault" + bytes([1, part]) + vault + place


def numbered(place):
    return bytes(15) + bytes([place])


def unpadded(content):
    """Form and content of a padded plaintext."""
    form, length = content[-5], int.from_bytes(content[-4:], "big")
    if length > len(content) - 5:
        raise ValueError("a length beyond its plaintext")
    return form, content[:length]


# "What people type"

def passphrase_bytes(typed):
    def plain(letter):
        if unicodedata.category(letter) == "Nd":
            return str(unicodedata.digit(letter))
        return " " if unicodedata.category(letter) == "Zs" else letter

    return unicodedata.normalize("NFC", "".join(map(plain, typed))).encode()


def recovery_bytes(typed):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = [letter for letter in typed.upper() if letter not in "- "]
    letters = ["0" if letter == "O" else "1" if letter in "IL" else letter for letter in letters]
    digits = [alphabet.index(letter) for letter in letters]
    bits = "".join(f"{digit:05b}" for digit in digits)
    secret = int(bits[:160], 2).to_bytes(20, "big")
    check = hashlib.sha256(b"nansen-vault recovery code" + secret).digest()
    if len(digits) != 36 or bits[160:] != f"{int.from_bytes(check[:4], 'big'):032b}"[:20]:
        raise ValueError("no recovery code")
    return secret


# "Key slots"

def open_slots(table, secret):
    if len(table) != 1757 or table[0] != 1:
        raise ValueError("no slot table of version 1")
    if hashlib.sha256(table[:-32]).digest() != table[-32:]:
        raise ValueError("the slot table is damaged")
    file, salt = table[1:17], table[17:49]
    memory, passes, lanes = struct.unpack(">3I", table[49:61])
    if memory > 262144 or passes > 16 or lanes > 4 or memory * passes > 1048576:
        raise ValueError("the file asks for too much work")
    way, ikm, label = secret(
        lambda typed: hash_secret_raw(typed, salt, passes, memory, lanes, 32, Type.ID))
    key = derived(ikm, file, label)
    for number in range(16):
        slot = table[61 + 104 * number:61 + 104 * (number + 1)]
        content = unseal(key, slot[:24], aad(SLOT, file, numbered(number)), slot[24:])
        if content and content[49] == way:
            return content[:32], content[32:48], content[48]
    raise ValueError("opens no slot")


# "Records"

def read_summary(content):
    if content[0] != 1 or content[1] > 1:
        raise ValueError("a summary of another version")
    at = 2

    def take(length):
        nonlocal at
        at += length
        if at > len(content):
            raise ValueError("a summary cut short")
        return content[at - length:at]

    def number():
        return int.from_bytes(take(8), "big", signed=True)

    def item():
        return take(int.from_bytes(take(2), "big"))

    summary = {"created": number(), "expires": number() if content[1] else None}
    for name in ("kind", "title", "issuer"):
        summary[name] = item().decode()
    summary["tags"] = [item().decode() for _ in range(take(1)[0])]
    summary["extra"] = item().hex()
    if at != len(content):
        raise ValueError("bytes behind a summary")
    return summary


def read_document(database, vault, documents_key, record, body):
    """"Documents": content of all chunks."""
    length, sha256, seed = int.from_bytes(body[:8], "big"), body[8:40], body[40:72]
    key = mac(documents_key, seed)
    first = int.from_bytes(record[:8], "big", signed=True) >> 24 << 24
    count = max(1, -(-length // CHUNK_BYTES))
    content = b""
    for position in range(count):
        row = database.execute("SELECT owner, sealed FROM chunk WHERE place = ?",
                               (first | position,)).fetchone()
        number, last = position.to_bytes(4, "big"), bytes([position == count - 1])
        chunk = unseal(key, bytes(20) + number, aad(CHUNK, vault, record) + number + last, row[1])
        if row[0] != record or chunk is None:
            raise ValueError(f"chunk {position} is damaged")
        content += chunk
    content = content[:length]
    if hashlib.sha256(content).digest() != sha256:
        raise ValueError("a document is not what it was")
    return content


def read(path, secret):
    url = "file:" + urllib.request.pathname2url(path) + "?mode=ro&immutable=1"
    database = sqlite3.connect(url, uri=True)
    for pragma, expected in ("application_id", 0x4E616E73), ("user_version", 1):
        if database.execute(f"PRAGMA {pragma}").fetchone()[0] != expected:
            raise ValueError(f"{pragma} is not {expected}")
    table = database.execute("SELECT slots FROM header").fetchone()[0]
    vault_key, vault, place = open_slots(table, secret)

    def purpose(label):
        return derived(vault_key, vault, label)

    sealed = database.execute("SELECT sealed FROM manifest WHERE place = ?", (place,)).fetchone()[0]
    manifest = unseal(purpose(b"manifest"), sealed[:24], aad(MANIFEST, vault, numbered(place)),
                      sealed[24:])
    if manifest is None or manifest[0] != 1:
        raise ValueError("the manifest is damaged")
    counter, count = struct.unpack(">QQ", manifest[17:33])

    ids, versions = purpose(b"record id"), purpose(b"record version")
    found, rows = 0, []
    for key, tag, rev, summary, body in database.execute("SELECT * FROM record"):
        random = key.to_bytes(8, "big", signed=True)
        if mac(ids, random)[:8] != tag:
            continue
        record = random + tag
        found += int.from_bytes(mac(versions, record, rev), "big")
        _, opened = unpadded(unseal(purpose(b"summary"), rev, aad(SUMMARY, vault, record), summary))
        form, content = unpadded(unseal(purpose(b"body"), rev, aad(BODY, vault, record), body))
        row = read_summary(opened)
        if form == 1:
            content = read_document(database, vault, purpose(b"document chunk"), record, content)
        row |= {"document": form == 1, "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest()}
        rows.append(row)
    if len(rows) != count or (found % 2**256).to_bytes(32, "big") != manifest[33:65]:
        raise ValueError("the rows are not those of the manifest")
    return counter, sorted(rows, key=lambda row: row["title"])


def secret_of(way, *typed):
    """How a way's slot key is derived, given Argon2id with the file's salt and cost."""
    if way == "passphrase":
        return lambda stretch: (1, stretch(passphrase_bytes(typed[0])), b"passphrase slot")
    if way == "recovery":
        return lambda stretch: (2, recovery_bytes(typed[0]), b"recovery slot")
    if way == "platform":
        return lambda stretch: (3, bytes.fromhex(typed[0]), b"platform slot")
    if way == "both":
        return lambda stretch: (4, stretch(passphrase_bytes(typed[0])) + bytes.fromhex(typed[1]),
                                b"passphrase and platform slot")
    raise ValueError(f"no way {way}")


def main():
    path, *secret = sys.argv[1:]
    counter, rows = read(path, secret_of(*secret))
    print(f"counter {counter}")
    for row in rows:
        print(json.dumps(row, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main()
