"""What vaults and backups are made of: FORMAT.md, "Primitives", "What people type",
"Guardians' cards" and the summary of "Records".
"""
import hashlib
import hmac
import itertools
import struct
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK_BYTES = 65536
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


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


def derived(ikm, salt, info):
    return HKDF(hashes.SHA256(), 32, salt, info).derive(ikm)


def mac(key, *parts):
    return hmac.digest(key, b"".join(parts), "sha256")


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def stretched(typed, salt, cost):
    memory, passes, lanes = struct.unpack(">3I", cost)
    if memory > 262144 or passes > 16 or lanes > 4 or memory * passes > 1048576:
        raise ValueError("the file asks for too much work")
    secret = passphrase_bytes(typed)
    return hash_secret_raw(secret, salt, passes, memory, lanes, 32, Type.ID)


# "What people type"

def passphrase_bytes(typed):
    def plain(letter):
        if unicodedata.category(letter) == "Nd":
            return str(unicodedata.digit(letter))
        return " " if unicodedata.category(letter) == "Zs" else letter

    return unicodedata.normalize("NFC", "".join(map(plain, typed))).encode()


def base32_bits(typed):
    letters = "".join(typed.split()).upper().translate(str.maketrans("OIL", "011", "-\u2010\u2013"))
    return "".join(f"{BASE32.index(letter):05b}" for letter in letters)


def bits_bytes(bits):
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def recovery_bytes(typed):
    bits = base32_bits(typed)
    secret = bits_bytes(bits[:160])
    check = sha256(b"nansen-vault recovery code", secret)
    if bits[160:] != f"{int.from_bytes(check[:3], 'big'):024b}"[:20]:
        raise ValueError("no recovery code")
    return secret


# "Guardians' cards"

def base45_bytes(text):
    """RFC 9285: three characters for two bytes, two for a last one."""
    def group_bytes(group):
        number = sum(BASE45.index(letter) * 45**place for place, letter in enumerate(group))
        return number.to_bytes(len(group) - 1, "big")

    return b"".join(group_bytes(text[at:at + 3]) for at in range(0, len(text), 3))


def read_card(card):
    """Set, how many are needed of how many, number and value of a share."""
    is_code = card.startswith("N1G:")
    share = base45_bytes(card[4:].rstrip()) if is_code else bits_bytes(base32_bits(card))
    if len(share) != 50 or share[44:] != sha256(b"nansen-vault guardian share", share[:44])[:6]:
        raise ValueError("no card")
    version, group, needed, total, number, value = struct.unpack(">B8s3B32s", share[:44])
    if version != 1 or not 2 <= needed <= total <= 16 or not 1 <= number <= total:
        raise ValueError("a card of another version")
    return group, needed, total, number, value


def product(left, right):
    """In GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    total = 0
    while right:
        total ^= left * (right & 1)
        left = left << 1 ^ 0x11B * (left >> 7)
        right >>= 1
    return total


def quotient(left, right):
    return next(whole for whole in range(256) if product(whole, right) == left)


def value_at_zero(points):
    """Of the polynomial of least degree through the points, byte by byte."""
    secret = bytes(32)
    for number, value in points.items():
        weight = 1
        for other in points.keys() - {number}:
            weight = product(weight, quotient(other, number ^ other))
        secret = bytes(part ^ product(byte, weight) for part, byte in zip(secret, value))
    return secret


def cards_secret(*cards):
    groups, values = set(), {}
    for group, needed, total, number, value in map(read_card, cards):
        groups.add((group, needed, total))
        values[number] = value
    if len(groups) != 1:
        raise ValueError("cards of several sets")
    if len(values) < needed:
        raise ValueError(f"{len(values)} cards of {needed}")
    for points in itertools.combinations(values.items(), needed):
        secret = value_at_zero(dict(points))
        if sha256(b"nansen-vault guardian set", secret)[:8] == group:
            return secret
    raise ValueError("the cards contradict each other")


# "Records"

class Reader:
    """Bytes that are taken from the front, of something with a name."""

    def __init__(self, content, name):
        self.content, self.name, self.at = memoryview(content), name, 0

    def take(self, length):
        self.at += length
        if self.at > len(self.content):
            raise ValueError(f"{self.name} is cut short")
        return bytes(self.content[self.at - length:self.at])

    def number(self, length, signed=False):
        return int.from_bytes(self.take(length), "big", signed=signed)

    def item(self, length=2):
        """What comes after its length."""
        return self.take(self.number(length))


def read_summary(content):
    reader = Reader(content, "a summary")
    version, expiry = reader.take(2)
    if version != 1 or expiry > 1:
        raise ValueError("a summary of another version")
    summary = {"created": reader.number(8, signed=True),
               "expires": reader.number(8, signed=True) if expiry else None}
    for name in ("kind", "title", "issuer"):
        summary[name] = reader.item().decode()
    summary["tags"] = [reader.item().decode() for _ in range(reader.number(1))]
    summary["extra"] = reader.item().hex()
    if reader.at != len(content):
        raise ValueError("bytes behind a summary")
    return summary


def told(summary, content, is_document):
    """What is printed of a record."""
    return summary | {"document": is_document, "bytes": len(content),
                      "sha256": sha256(content).hex()}
