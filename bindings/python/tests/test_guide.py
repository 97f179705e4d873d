"""Runs the Python of the guide for app developers, and of the package's page, as it stands there."""

import base64
import contextlib
import io
import pathlib
import re

import nansen
from support import FIXTURES, QUERY, JourneyCase

BINDINGS = pathlib.Path(__file__).parents[2]


class Guide(JourneyCase):
    def test_the_first_vault_of_the_guide_and_its_backup(self):
        block, backing_up = blocks(BINDINGS / "README.md")
        key = (FIXTURES / "root.key").read_text()
        root_key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        names, said = self.run_block(block, root_key=root_key)
        code, count = said.splitlines()
        self.assertRegex(code, "^[A-Z0-9-]+$")
        self.assertEqual(count, "0")
        self.assertEqual(names["recovery_code"], bytes(len(code)), "wiped")
        self.assertEqual(names["wallet"].state(), nansen.WalletState.RELEASED)

        typed = bytearray(b"2580 is not a good PIN")
        names, said = self.run_block(backing_up, nansen=nansen, pin=typed)
        code = nansen.BackupKey.CODE(bytearray(said.splitlines()[0].encode()))
        self.assertEqual(nansen.backup_facts(self.folder / "vault.backup", code).records, 1)
        self.assertEqual(names["code"], bytes(len(names["code"])), "wiped")

    def test_the_journey_of_the_package(self):
        [block] = blocks(BINDINGS / "python" / "README.md")
        trust = self.verifier.trust().stored
        names, _ = self.run_block(block, stored_trust=trust, query=QUERY, issued_for=self.issue)
        self.assertEqual(names["verdict"], nansen.Verdict.VALID)
        self.assertTrue(names["frames"])

    def run_block(self, block, **names):
        """Runs it in the test's folder; gives its names, and what it printed."""
        said = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said):
            exec(compile(block, "README.md", "exec"), names)
        return names, said.getvalue()


def blocks(page):
    """The fenced blocks of Python in a page."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
