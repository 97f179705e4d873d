"""What the reader opens, and what it refuses, of the files that tests/vaults/README.md tells of.

    python -m unittest discover tests/readers
"""
import collections
import contextlib
import io
import itertools
import json
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from read_backup import FULL, HEADER, read_chain
from read_vault import main, opened_copy, read_vault
from sealed import BASE32, base32_bits, bits_bytes, sha256, told

VAULTS = pathlib.Path(__file__).parent.parent / "vaults"
RICE, TEA, WIPE = "six bags of rice", "a cup of tea", "no rice today"
ALONE, TOGETHER = "11" * 32, "22" * 32
CARDS = [
    "06Q90R1R-0CFP6FG2-0C0GDS47-WC005AB0-GR206XX1-Q0MW4QBK-EKQ0RHTY-JVEXB2BH-VV5QSM9W-SD3NF52F",
    "06Q90R1R-0CFP6FG2-0C153053-8SG2XQSX-08AVP2QW-XRC8GVKV-Q4GY6B05-5J3CB7N5-FMHYG6EF-5BE8HQKG",
    "06Q90R1R-0CFP6FG2-0C1SANDZ-4N0C617Z-FRDD689Y-VKZ4EZWA-1DJ4ZZ65-PD33S4Z9-3HXPVA3Q-3SJ8JMXA",
]
BASE = ("v1-base.nansen-backup", "recovery", "FRMDN4-71R5S8-B24N86-ZV9YR3-B8NQS6-8BDV5C")
NEXT = ("v1-next.nansen-backup", "passphrase", RICE)
# The code on the first of them, as a scanner tells it.
SCANNED = "N1G:P90FBIT37P/3Y$74H09*028H200PILI.GWJ00KKPC5S B9ZE%O14/B:1S+GHK7S3ZF%U7%09WXI"


def row(title, content, is_document=False, **more):
    empty = {"created": 0, "expires": None, "kind": "", "issuer": "", "tags": [], "extra": ""}
    return told(empty | {"title": title} | more, content, is_document)


def welder(content):
    return row("Diplôme de soudeur", content, created=1700000000, expires=2000000000,
               kind="qualification", issuer="Institut technique", tags=["métal"], extra="010203")


SCAN = row("scan", bytes(n % 251 for n in range(132072)), is_document=True)
LIBRARY = [row("library card", b"what may be seen", created=1750000000)]
BEFORE = [welder(b"in the base"), row("deleted", b"gone"), SCAN]
AFTER = [welder(b"in the increment"), row("new", b""), SCAN]
CONTENTS = [json.loads(line)
            for line in (VAULTS / "contents.jsonl").read_text(encoding="utf-8").splitlines()]


def forged(card):
    """The card with another value, and the check that goes with it."""
    share = bytearray(bits_bytes(base32_bits(card))[:44])
    share[20] ^= 1
    share += sha256(b"nansen-vault guardian share", share)[:6]
    bits = f"{int.from_bytes(share, 'big'):0400b}"
    return "".join(BASE32[int(bits[at:at + 5], 2)] for at in range(0, 400, 5))


class Frozen(unittest.TestCase):
    """Files that are changed are copies."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def holds(self, vault, counter, rows, *secret):
        found, opened = read_vault(str(VAULTS / vault), *secret)
        self.same_rows(opened, rows)
        self.assertEqual(found, counter)

    def same_rows(self, found, expected):
        def by_title(row):
            return row["title"]

        self.assertEqual(sorted(found, key=by_title), sorted(expected, key=by_title))

    def refused(self, why, call, *arguments):
        with self.assertRaisesRegex(ValueError, why):
            call(*arguments)


class Vaults(Frozen):
    def changed(self, *statements):
        """A copy of v1.nansen, whose changes stand in its log for as long as the test runs."""
        copy = self.folder / f"{len(list(self.folder.iterdir()))}.nansen"
        shutil.copy(VAULTS / "v1.nansen", copy)
        database = sqlite3.connect(copy, isolation_level=None)
        self.addCleanup(database.close)
        for statement, *values in statements:
            database.execute(statement, values)
        return str(copy)

    def test_version_1_opens_by_every_way(self):
        for secret in ("passphrase", RICE), ("passphrase", "six\u00a0bags\u3000of rice"), (
                "recovery", "kcgzx3 nfckyj c6faqc wkj2yr d844ze phhd7n"):
            self.holds("v1.nansen", 8, CONTENTS, *secret)
        for secret in ("passphrase", RICE), ("platform", ALONE), ("both", RICE, TOGETHER), (
                "recovery", "SAQEX8-VFTB6R-X9J2KT-AQ94BG-6H9EWS-ASPXQX"):
            self.holds("v1-ways.nansen", 10, CONTENTS, *secret)

    def test_what_is_printed_is_what_the_readme_tells(self):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            main(str(VAULTS / "v1.nansen"), "passphrase", RICE)
        contents = (VAULTS / "contents.jsonl").read_text(encoding="utf-8")
        self.assertEqual(printed.getvalue(), "counter 8\n" + contents)

    def test_version_2_opens_to_the_vault_and_to_the_decoy(self):
        for secret in ("passphrase", RICE), (
                "recovery", "52SB5B-0EJ2DW-31JTEQ-K70TGN-C3MP7S-ZCHSHH"):
            self.holds("v2-decoy.nansen", 10, CONTENTS, *secret)
        for secret in ("passphrase", TEA), ("passphrase", WIPE), (
                "recovery", "MSJ177-45QVEV-J6V6Y0-P8436E-T6EX9T-GN21W3"):
            self.holds("v2-decoy.nansen", 1, LIBRARY, *secret)

    def test_any_two_of_three_cards_open_a_vault(self):
        vault = "v1-guardians.nansen"
        for cards in [*itertools.permutations(CARDS, 2), CARDS, (SCANNED, CARDS[1].lower())]:
            self.holds(vault, 7, AFTER, "cards", *cards)
        # A false card hides no right ones.
        self.holds(vault, 7, AFTER, "cards", forged(CARDS[0]), *CARDS[1:])

    def test_what_opens_nothing_is_refused_by_name(self):
        def refused(why, vault, *secret):
            self.refused(why, read_vault, str(VAULTS / vault), *secret)

        refused("opens no slot", "v2-decoy.nansen", "passphrase", "six bags of rye")
        refused("opens no slot", "v1-ways.nansen", "both", RICE, ALONE)
        refused("no recovery code", "v1.nansen", "recovery", "KCGZX3" * 6)
        guarded = "v1-guardians.nansen"
        refused("1 cards of 2", guarded, "cards", CARDS[0], CARDS[0])
        refused("no card", guarded, "cards", CARDS[0], CARDS[1].replace("Q", "R", 1))
        refused("contradict", guarded, "cards", CARDS[0], forged(CARDS[1]))

    def test_changes_are_noticed(self):
        def refused(why, *statements):
            self.refused(why, read_vault, self.changed(*statements), "passphrase", RICE)

        refused("user_version", ("PRAGMA user_version = 3",))
        refused("not those of the manifest", ("DELETE FROM record WHERE key = "
                                              "(SELECT max(key) FROM record)",))
        refused("chunk 1 is damaged", ("UPDATE chunk SET sealed = zeroblob(65552) WHERE place = "
                                       "(SELECT place FROM chunk ORDER BY place LIMIT 1, 1)",))
        spoil = "UPDATE {} SET slots = zeroblob(1757)"
        refused("both slot tables", *((spoil.format(copy),) for copy in ("header", "spare")))

    def test_either_copy_of_the_slots_is_enough(self):
        for copy in "header", "spare":
            path = self.changed((f"UPDATE {copy} SET slots = zeroblob(1757)",))
            counter, rows = read_vault(path, "passphrase", RICE)
            self.assertEqual(counter, 8)
            self.same_rows(rows, CONTENTS)

    def test_slots_that_are_not_as_written_are_noticed(self):
        def opened(number):
            """What comes of turning a bit of a slot, and putting the table's hash right."""
            table = bytearray(slots[:-32])
            table[61 + 104 * number] ^= 1
            table += sha256(table)
            path = self.changed(*((f"UPDATE {copy} SET slots = ?", bytes(table))
                                  for copy in ("header", "spare")))
            try:
                return read_vault(path, "passphrase", RICE)[0]
            except ValueError as refusal:
                return str(refusal)

        with opened_copy(str(VAULTS / "v1.nansen")) as database:
            slots, = database.execute("SELECT slots FROM header").fetchone()
        # The slots of the passphrase, of the recovery code, and of nobody.
        expected = {"opens no slot": 1, "the slots are not those of the manifest": 1, 8: 14}
        self.assertEqual(collections.Counter(map(opened, range(16))), expected)


class Backups(Frozen):
    def chain(self, *links):
        return [(str(VAULTS / name), way, typed) for name, way, typed in links]

    def changed(self, change):
        """The base with other chunks."""
        base = (VAULTS / BASE[0]).read_bytes()
        chunks = [base[at:at + FULL] for at in range(HEADER, len(base), FULL)]
        copy = self.folder / "changed"
        copy.write_bytes(base[:HEADER] + b"".join(change(chunks)))
        return [(str(copy), *BASE[1:])]

    def test_a_base_alone_and_with_its_increment(self):
        made, step, rows = read_chain(self.chain(BASE))
        self.assertEqual((made, step), (1700000000, 0))
        self.same_rows(rows, BEFORE)
        made, step, rows = read_chain(self.chain(BASE, NEXT))
        self.assertEqual((made, step), (1700000060, 1))
        self.same_rows(rows, AFTER)

    def test_what_is_printed_is_the_last_list(self):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            main(*itertools.chain.from_iterable(self.chain(BASE, NEXT)))
        head, *rows = printed.getvalue().splitlines()
        self.assertEqual(head, "made 1700000060, step 1")
        self.assertEqual(list(map(json.loads, rows)), AFTER)

    def test_what_is_no_chain_is_refused(self):
        for links in (NEXT,), (NEXT, BASE), (BASE, BASE), (BASE, NEXT, NEXT):
            self.refused("does not follow", read_chain, self.chain(*links))
        other = (NEXT[0], "passphrase", TEA)
        self.refused("wrong secret", read_chain, self.chain(BASE, other))
        self.refused("not locked by", read_chain, self.chain((NEXT[0], *BASE[1:])))

    def test_chunks_that_are_cut_swapped_or_altered_are_refused(self):
        def altered(chunks):
            return [*chunks[:-1], chunks[-1][:-1] + bytes([chunks[-1][-1] ^ 1])]

        for change in (altered, lambda chunks: chunks[:-1], lambda chunks: chunks[:1] + chunks[2:],
                       lambda chunks: [chunks[1], chunks[0], *chunks[2:]]):
            self.refused("chunk . is damaged", read_chain, self.changed(change))
        self.same_rows(read_chain(self.changed(list))[2], BEFORE)


if __name__ == "__main__":
    unittest.main()
