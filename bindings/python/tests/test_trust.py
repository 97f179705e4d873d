"""Publishers and their packs: taken in, handed on, brought up to date, told and taken back."""

import datetime
import math

import nansen
from publisher import NAME, PACK, PublisherCase
from support import TYPE

EPOCH = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)


class Packs(PublisherCase):
    def test_a_pack_from_a_file_goes_on_to_another_phone_by_codes(self):
        facts = nansen.pack_facts(self.first.bytes)
        self.assertEqual((facts.publisher, facts.id, facts.version), (NAME, PACK, 1))
        self.assertEqual((facts.items, facts.is_delta), (6, False))
        self.assertEqual(facts.next_update, self.day(90))

        self.assert_refused("untrusted", self.phone.add_trust, self.first)
        added = [self.phone.add_trust(item) for item in (self.publisher, self.first, self.first)]
        expected = [nansen.TrustAdded.NEW, nansen.TrustAdded.NEW, nansen.TrustAdded.ALREADY_HERE]
        self.assertEqual(added, expected)
        self.assertIsNone(self.phone.hand_on(NAME, "npl.other"))
        collector = nansen.QrCollector()
        texts = nansen.message_codes(self.phone.hand_on(NAME, PACK))
        scanned = next(scan for scan in map(collector.feed, texts) if scan.is_COMPLETE())
        self.assertEqual(scanned.message.kind, nansen.MessageKind.PACK)
        pack = nansen.trust_item(scanned.message)
        self.assertIsNone(nansen.trust_item(nansen.Message(kind=nansen.MessageKind.FILE, bytes=b"")))
        verifier = nansen.Verifier("Gate 3")
        self.assert_refused("untrusted", verifier.add_trust, pack)
        verifier.add_trust(self.publisher)
        verifier.add_trust(pack)
        self.assertEqual(verifier.hand_on(NAME, PACK), scanned.message)

        state = verifier.trust()
        [publisher], [held], [listed] = state.publishers, state.packs, state.verifier_lists
        self.assertEqual((publisher.name, publisher.threshold), (NAME, 1))
        self.assertEqual((held.version, listed.entries), (1, 1))
        self.assertEqual(listed.signer, nansen.ListSigner.PUBLISHER(NAME))
        self.assertEqual((state.countries, state.latest_signed_time), (["QAT"], self.start))
        self.phone.lock()
        self.phone.unlock_with_passphrase(bytearray(b"2580"))
        kept = self.phone.trust()
        self.assertEqual((kept.damage, kept.packs), (None, state.packs))
        self.assertEqual(nansen.Verifier("Gate 3", trust=kept.stored).trust().packs, state.packs)

    def test_a_delta_needs_the_pack_that_it_changes(self):
        self.pack(2, days=2)
        delta = self.delta()
        self.assertTrue(nansen.pack_facts(delta.bytes).is_delta)
        verifier = nansen.Verifier("Gate 3")
        verifier.add_trust(self.publisher)
        self.assert_refused("builds_on_other", verifier.add_trust, delta)
        verifier.add_trust(self.first)
        self.assertEqual(verifier.add_trust(delta), nansen.TrustAdded.REPLACED)
        self.assert_refused("outdated", verifier.add_trust, self.first)
        self.assertEqual([pack.version for pack in verifier.trust().packs], [2])

    def test_a_publisher_changes_by_its_own_keys_only(self):
        verifier, other = nansen.Verifier("Gate 3"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        short = self.state("short", f"2:{self.root},{other}")
        refused = self.assert_refused("too_few_signatures", verifier.add_trust, short)
        self.assertEqual((refused.valid, refused.threshold), (1, 2))
        for size, code in ((32, "untrusted"), (31, "out_of_bounds")):
            wrong = nansen.TrustItem.PUBLISHER(self.publisher.statement, bytes(size))
            self.assert_refused(code, verifier.add_trust, wrong)
        verifier.add_trust(self.publisher)
        rival = self.state("rival", f"1:{self.root},{other}")
        self.assert_refused("publisher_held", verifier.add_trust, rival)
        self.desk("root", "rotate", "root-1", "--out", "root-2")
        self.desk("root", "sign", "root-2")
        rotations = nansen.TrustItem.ROTATIONS([(self.folder / "root-2").read_bytes()])
        self.assertEqual(verifier.add_trust(rotations), nansen.TrustAdded.REPLACED)
        self.assertEqual([publisher.version for publisher in verifier.trust().publishers], [2])

    def test_what_is_removed_is_gone(self):
        for item in (self.publisher, self.first):
            self.wallet.add_trust(item)
        [root] = self.wallet.trust().roots
        by_root, name = nansen.ListSigner.KEY(root), nansen.TrustName
        [listed] = [listed for listed in self.wallet.trust().trust_lists if listed.signer == by_root]
        in_pack = name.LIST(nansen.ListSigner.PUBLISHER(NAME), "npl.issuers")
        self.assertFalse(self.wallet.remove_trust(in_pack), "it goes with its pack")
        for each in (name.LIST(by_root, listed.id), name.ROOT(root), name.PACK(NAME, PACK), name.PUBLISHER(NAME)):
            self.assertTrue(self.wallet.remove_trust(each))
            self.assertFalse(self.wallet.remove_trust(each))
        self.assert_refused("malformed", self.wallet.remove_trust, name.ROOT(b"123"))
        self.wallet.lock()
        self.wallet.unlock_with_passphrase(bytearray(b"2580"))
        state = self.wallet.trust()
        self.assertEqual((state.roots, state.publishers, state.packs), ([], [], []))
        verifier = self.asking()
        self.assertTrue(verifier.remove_trust(name.PUBLISHER(NAME)))
        self.assertEqual((verifier.trust().packs, verifier.trust().trust_lists), ([], []))


class Knowledge(PublisherCase):
    def test_a_clock_is_doubted_in_both_directions(self):
        verifier = self.asking()
        for item in (self.publisher, self.first):
            self.phone.add_trust(item)

        def told(now):
            facts = self.phone.check_clock(now)
            self.assertEqual(facts, verifier.check_clock(now))
            return facts

        good = told(self.day(3))
        self.assertEqual((good.doubt, good.reckoned), (None, self.day(3)))
        behind = told(EPOCH)
        self.assertEqual(behind.doubt, nansen.ClockDoubt.BEHIND(int(self.start.timestamp())))
        self.assertEqual(behind.reckoned, self.start)
        ahead = told(datetime.datetime(2100, 1, 1, tzinfo=datetime.timezone.utc))
        self.assertTrue(ahead.doubt.is_AHEAD())
        self.assertEqual(ahead.reckoned, self.start)
        request = self.ask(verifier, ["qualification"], self.day(3))
        self.assertIsNotNone(self.consent(request, EPOCH).clock_doubt)

    def test_notes_are_found_by_country_and_words_and_sorted_from_a_position(self):
        phone = self.with_certificate()
        north = nansen.Position(latitude=25.9, longitude=51.5)
        near = phone.search_notes(nansen.Search(language="en", country="QAT", near=north), self.day(100))
        self.assertEqual([note.title for note in near.notes], ["Housing rules", "Heat rules"])
        self.assertEqual(near.contacts[0].channels, ["tel:+97440000000"])
        source = near.notes[0].source
        self.assertEqual((source.publisher, source.topic, source.metres), (NAME, "housing", 0))
        self.assertEqual((source.age, source.overdue_by), (100 * 86_400, 10 * 86_400))
        [found] = phone.search_notes(nansen.Search(language="ne", words="OUTDOOR work")).notes
        self.assertEqual((found.text, found.source.metres), ("बाहिर काम हुँदैन।", None))
        self.assertEqual(phone.search_notes(nansen.Search(language="en", country="MYS")).notes, [])
        for latitude, longitude in ((math.nan, 0), (90.1, 0), (0, math.inf)):
            nowhere = nansen.Position(latitude=latitude, longitude=longitude)
            search = nansen.Search(language="en", near=nowhere)
            self.assert_refused("malformed", phone.search_notes, search)

    def test_types_and_claims_have_names_in_the_holders_language(self):
        phone, verifier = self.with_certificate(), self.asking()
        for language, name, claim in (("en", "Skills certificate", "Family name"), ("ne", "सीप प्रमाणपत्र", "थर")):
            held = phone.type_names(TYPE, language)
            self.assertEqual((held.name, held.claims[0].path, held.claims[0].name), (name, "family_name", claim))
            self.assertEqual(verifier.type_names(TYPE, language), held)
        self.assertIsNone(phone.type_names("urn:other", "en"))
