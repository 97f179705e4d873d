"""An issuer for the tests: the `nansen` program and a desk, which `cargo xtask python` made."""

import base64
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import nansen

FIXTURES = pathlib.Path(os.environ["NANSEN_FIXTURES"])
CHEAP = nansen.KdfCost.EXACT(19_456, 2, 1)
TYPE = "urn:nansen:skills:1"
QUERY = {
    "credentials": [
        {
            "id": "trade",
            "format": "dc+sd-cwt",
            "meta": {"vct_values": [TYPE]},
            "claims": [{"path": ["qualification"]}],
        }
    ]
}


class JourneyCase(unittest.TestCase):
    """A folder of its own with a desk in it, a wallet, and a verifier that trusts the desk."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("desk.nansen", "welder.json", "issuer.json", "status.list"):
            shutil.copy(FIXTURES / name, self.folder)
        self.path = self.folder / "wallet.nansen"
        self.wallet, self.recovery_code = nansen.Wallet.create(self.path, pin(), CHEAP)
        self.addCleanup(self.wallet.close)
        self.verifier = nansen.Verifier("Site office")
        for item in trust():
            self.wallet.add_trust(item)
            self.verifier.add_trust(item)

    def issue(self, key):
        """A credential for this device key."""
        self.desk("issuer", "issue", "welder.json", f"--device-key={base64url(key)}", "--out", "welder.cwt")
        return (self.folder / "welder.cwt").read_bytes()

    def desk(self, *arguments, now=None):
        """Runs the program in the test's folder at the desk there; gives what it said."""
        time = [] if now is None else ["--now", str(int(now.timestamp()))]
        said = subprocess.run(
            [os.environ["NANSEN_CLI"], "--json", *time, *arguments],
            cwd=self.folder,
            env={"NANSEN_DESK": "desk.nansen", "NANSEN_PASSPHRASE": "only-for-tests"},
            check=True,
            capture_output=True,
        )
        return json.loads(said.stdout or "null")

    def imported(self):
        """Id of a credential in the wallet."""
        return self.wallet.import_credential(self.issue(self.wallet.new_device_key())).id

    def request(self):
        """A request of the verifier."""
        return self.verifier.request(QUERY, "Check your trade")

    def begin(self, request):
        """The wallet's answer to it, in the making."""
        return self.wallet.begin(nansen.Occasion.REQUEST(request.message))

    def assert_refused(self, code, call, *arguments):
        """The call fails with this code."""
        with self.assertRaises(nansen.NansenError) as caught:
            call(*arguments)
        self.assertEqual(caught.exception.code, code)
        return caught.exception


def pin():
    """The wallet's PIN: a new one each time, since each use wipes it."""
    return bytearray(b"2580")


def by_pin(typed=b"2580"):
    """What unlocks with a PIN: a new one each time, since each use wipes it."""
    return nansen.Unlock.PASSPHRASE(bytearray(typed))


def keep(wallet, title, size=1000):
    """Keeps a scan under this title."""
    wallet.add_document(io.BytesIO(b"\7" * size), nansen.NewDocument(title=title, media_type="image/png"))


def titles(wallet):
    """Titles of the documents that are kept."""
    return [document.title for document in wallet.contents().documents]


def base64url(key):
    """Base64url without padding (RFC 4648)."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def choice(consent):
    """Everything that is asked for, of the first candidate."""
    candidate = consent.queries[0].candidates[0]
    paths = [option.path for option in candidate.claims]
    return [nansen.ChosenCredential(query=0, credential=candidate.credential.id, claims=paths)]


def trust():
    """The root and lists that the desk's holders and verifiers carry."""
    key = (FIXTURES / "root.key").read_text()
    root = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    yield nansen.TrustItem.ROOT(root)
    yield nansen.TrustItem.TRUST_LIST((FIXTURES / "trust.list").read_bytes())
    yield nansen.TrustItem.STATUS_LIST((FIXTURES / "status.list").read_bytes())
