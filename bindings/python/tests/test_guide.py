"""Runs the Python of the guide for app developers, and of the package's page, as it stands there."""

import base64
import contextlib
import io
import pathlib
import re

import nansen
from publisher import BOTH, PACK, PublisherCase
from support import FIXTURES, QUERY, JourneyCase

BINDINGS = pathlib.Path(__file__).parents[2]


class Guide(JourneyCase):
    def test_the_first_vault_of_the_guide_and_its_backup(self):
        block, _, _, backing_up = blocks(BINDINGS / "README.md")
        key = (FIXTURES / "root.key").read_text()
        root_key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        names, said = run_block(self.folder, block, root_key=root_key)
        code, count = said.splitlines()
        self.assertRegex(code, "^[A-Z0-9-]+$")
        self.assertEqual(count, "0")
        self.assertEqual(names["recovery_code"], bytes(len(code)), "wiped")
        self.assertEqual(names["wallet"].state(), nansen.WalletState.RELEASED)

        typed = bytearray(b"2580 is not a good PIN")
        names, said = run_block(self.folder, backing_up, nansen=nansen, pin=typed)
        code = nansen.BackupKey.CODE(bytearray(said.splitlines()[0].encode()))
        self.assertEqual(nansen.backup_facts(self.folder / "vault.backup", code).records, 1)
        self.assertEqual(names["code"], bytes(len(names["code"])), "wiped")

    def test_the_journey_of_the_package(self):
        [block] = blocks(BINDINGS / "python" / "README.md")
        trust = self.verifier.trust().stored
        names, _ = run_block(self.folder, block, stored_trust=trust, query=QUERY, issued_for=self.issue)
        self.assertEqual(names["verdict"], nansen.Verdict.VALID)
        self.assertTrue(names["frames"])


class FieldGuide(PublisherCase):
    def test_packs_and_a_day_in_the_field(self):
        _, packs, field, _ = blocks(BINDINGS / "README.md")
        self.with_certificate()
        statement, digest = self.publisher.statement, self.publisher.pin
        names, said = run_block(self.folder, packs, nansen=nansen, statement=statement, digest=digest)
        self.assertEqual(said.splitlines()[0], "npl.ctevt 1")
        self.assertTrue(said.splitlines()[1].startswith(f"{PACK} 0:00:"), said)
        verifier = names["verifier"]
        request = self.ask(verifier, BOTH, None)
        answer = self.answer(request, None)
        queue = [nansen.Queued(request=of, message=answer) for of in (request.id, None)]
        names, said = run_block(self.folder, field, verifier=verifier, queue=queue, receipts=[])
        self.assertEqual(said.split(), ["wrong_message", "0"])
        [receipt] = names["receipts"]
        self.assertEqual([claim.path for claim in nansen.read_receipt(receipt).claims], ["qualification"])


def run_block(folder, block, **names):
    """Runs it in a folder; gives its names, and what it printed."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        exec(compile(block, "README.md", "exec"), names)
    return names, said.getvalue()


def blocks(page):
    """The fenced blocks of Python in a page."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
