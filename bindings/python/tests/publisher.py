"""A publisher whose one key is the desk's, and its packs: who may issue, who may ask for what, what
was revoked, what things are called, and what is worth knowing in Qatar."""

import datetime
import json

import nansen
from support import CHEAP, FIXTURES, TYPE, JourneyCase, base64url, choice, pin

NAME, PACK = "npl.ctevt", "npl.national"
BOTH = ("family_name", "qualification")
# The inspectorate's key: RFC 8032, section 7.1, test 1.
INSPECTOR = bytes.fromhex("019d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
INSPECTOR_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


class PublisherCase(JourneyCase):
    """A publisher with its first pack, and a phone that trusts nobody yet."""

    def setUp(self):
        super().setUp()
        self.root = (FIXTURES / "root.key").read_text()
        self.start = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.publisher = self.state("root-1", f"1:{self.root}")
        self.first = self.pack(1)
        self.phone, _ = nansen.Wallet.create(self.folder / "phone.nansen", pin(), CHEAP)
        self.addCleanup(self.phone.close)

    def day(self, days):
        """So many days after the publisher began."""
        return self.start + datetime.timedelta(days=days)

    def state(self, file, root):
        """A root statement under these keys, signed by the desk's, with its digest."""
        own = f"1:{self.root}"
        roles = [word for role in ("issuers", "verifiers", "status", "content") for word in (f"--{role}", own)]
        self.desk("root", "init", "--publisher", NAME, "--root", root, *roles, "--out", file, now=self.start)
        said = self.desk("root", "sign", file)
        return nansen.TrustItem.PUBLISHER((self.folder / file).read_bytes(), bytes.fromhex(said["pin"]))

    def pack(self, version, days=0, cut_off=None):
        """A version of the pack, signed on a day; `cut_off` is the day from which the
        inspectorate's key is not trusted."""
        school = json.loads((self.folder / "issuer.json").read_text())
        status = {"issuer": school["uri"], "key": school["keys"][0]["key"], "list": "status.list"}
        registered = {"quality_body": "CTEVT", "jurisdictions": ["NPL"]}
        (self.folder / "school.json").write_text(json.dumps(school | registered))
        key = {"key": base64url(INSPECTOR_PUBLIC), "not_before": 0, "not_after": 4102444800}
        if cut_off is not None:
            key["cut_off"] = int(self.day(cut_off).timestamp())
        inspectorate = {
            "role": "labour_inspectorate",
            "names": {"en": "Labour Inspectorate"},
            "country": "NPL",
            "keys": [key],
            "grants": [{"type": TYPE, "claims": list(BOTH)}],
        }
        described = {
            "id": PACK,
            "version": version,
            "days": 90,
            "trust_list": {"id": "npl.issuers", "issuers": ["school.json"]},
            "verifier_list": {"id": "npl.verifiers", "verifiers": [inspectorate]},
            "status": [status],
            **KNOWLEDGE,
        }
        (self.folder / "pack.json").write_text(json.dumps(described))
        file = f"pack-{version}"
        self.desk("pack", "build", "pack.json", "--root", "root-1", "--out", file, now=self.day(days))
        return nansen.TrustItem.PACK((self.folder / file).read_bytes())

    def delta(self):
        """What has changed in the second pack since the first."""
        self.desk("pack", "diff", "pack-1", "pack-2", "--root", "root-1", "--out", "delta")
        return nansen.TrustItem.PACK((self.folder / "delta").read_bytes())

    def with_certificate(self):
        """The phone, which goes by the pack now and holds a certificate."""
        for item in (self.publisher, self.first):
            self.phone.add_trust(item)
        self.phone.import_credential(self.issue(self.phone.new_device_key()))
        return self.phone

    def asking(self, **settings):
        """A verifier that goes by the pack."""
        verifier = nansen.Verifier("Labour Inspectorate", **settings)
        for item in (self.publisher, self.first):
            verifier.add_trust(item)
        return verifier

    def ask(self, verifier, claims, now):
        """Asks for claims of a certificate."""
        asked = {
            "id": "trade",
            "format": "dc+sd-cwt",
            "meta": {"vct_values": [TYPE]},
            "claims": [{"path": [claim]} for claim in claims],
        }
        return verifier.request({"credentials": [asked]}, "Inspection", now)

    def consent(self, request, now):
        """What the request asks for, for the phone's holder."""
        return self.phone.begin(nansen.Occasion.REQUEST(request.message), now).consent()

    def answer(self, request, now):
        """The phone shows everything that is asked for."""
        session = self.phone.begin(nansen.Occasion.REQUEST(request.message), now)
        return session.answer(choice(session.consent()), now)


KNOWLEDGE = {
    "notes": [
        {
            "country": "QAT",
            "topic": "regulations",
            "titles": {"en": "Heat rules"},
            "texts": {"en": "No outdoor work from 10 to 15:30.", "ne": "बाहिर काम हुँदैन।"},
            "place": {"latitude": 25.285447, "longitude": 51.53104},
        },
        {
            "country": "QAT",
            "topic": "housing",
            "titles": {"en": "Housing rules"},
            "texts": {"en": "Six square metres for each."},
            "place": {"latitude": 25.9, "longitude": 51.5},
        },
    ],
    "contacts": [
        {
            "country": "QAT",
            "topic": "next_step",
            "names": {"en": "Help desk"},
            "channels": ["tel:+97440000000"],
        }
    ],
    "types": [
        {
            "type": TYPE,
            "names": {"en": "Skills certificate", "ne": "सीप प्रमाणपत्र"},
            "labels": {"family_name": {"en": "Family name", "ne": "थर"}},
        }
    ],
}
