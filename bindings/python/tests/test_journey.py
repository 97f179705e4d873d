"""From a new wallet to a verified answer, and what each step refuses."""

import datetime
import hashlib
import io

import nansen
from support import CHEAP, QUERY, JourneyCase, choice, pin


class Journey(JourneyCase):
    def test_a_claim_travels_from_the_issuer_to_the_verifier(self):
        credential = self.imported()
        [held] = self.wallet.contents().credentials
        self.assertEqual((held.id, held.issuer), (credential, "Skills Board"))
        self.assertTrue(held.state.is_GOOD())

        scan = bytes(range(256)) * 4096
        paper = nansen.NewDocument(title="Diploma", media_type="application/pdf")
        document = self.wallet.add_document(io.BytesIO(scan), paper)
        self.assertEqual(self.wallet.read_document(document).read(), scan)

        request = self.request()
        session = self.begin(request)
        consent = session.consent()
        self.assertEqual((consent.name, consent.purpose), ("Site office", "Check your trade"))
        response = session.answer(choice(consent))

        collector = nansen.QrCollector()
        for text in nansen.message_codes(response, nansen.CodeOptions(version_max=8, level=nansen.CodeLevel.M)):
            scanned = collector.feed(text)
            if scanned.is_COMPLETE():
                break
        self.assertEqual(scanned.message, response)

        answer = self.verifier.check_answer(request.id, scanned.message)
        [checked] = answer.credentials
        self.assertTrue(answer.is_complete)
        self.assertEqual(checked.report.verdict, nansen.Verdict.VALID)
        shown = {claim.path: claim.value.value for claim in checked.report.shown.presented.claims}
        self.assertEqual(shown["qualification"], "Welder")
        self.assertNotIn("family_name", shown)
        [entry] = self.wallet.history().entries
        self.assertEqual(entry.name, "Site office")

    def test_what_is_kept_is_there_after_locking(self):
        credential = self.imported()
        self.wallet.lock()
        self.assert_refused("locked", self.wallet.contents)
        self.wallet.unlock_with_passphrase(pin())
        self.assertEqual(self.wallet.show(credential).summary.id, credential)

    def test_the_recovery_code_opens_and_can_be_replaced(self):
        old = bytearray(self.recovery_code)
        self.wallet.lock()
        self.wallet.unlock_with_recovery_code(self.recovery_code)
        new = self.wallet.new_recovery_code(pin())
        self.wallet.lock()
        self.assert_refused("wrong_secret.recovery_code", self.wallet.unlock_with_recovery_code, old)
        self.wallet.unlock_with_recovery_code(new)

    def test_a_new_passphrase_takes_the_place_of_the_old(self):
        self.wallet.change_passphrase(pin(), bytearray(b"correct horse"), CHEAP)
        self.wallet.lock()
        self.assert_refused("wrong_secret.passphrase", self.wallet.unlock_with_passphrase, pin())
        self.wallet.unlock_with_passphrase(bytearray(b"correct horse"))

    def test_hardware_is_a_way_too(self):
        secret = self.wallet.prepare_way()
        unwrapped = bytearray(secret)
        with nansen.lent(pin(), secret) as (proof, answer):
            way = nansen.NewWay.HARDWARE(b"wrapped", nansen.HardwareAnswer.DONE(answer))
            self.wallet.complete_way(nansen.Unlock.PASSPHRASE(proof), way)
        self.assertEqual(secret, bytes(len(secret)), "wiped")
        self.assertEqual(self.wallet.wrapped_secret(nansen.Way.HARDWARE), b"wrapped")
        self.wallet.lock()
        with nansen.lent(unwrapped) as (answer,):
            self.wallet.unlock(nansen.Unlock.HARDWARE(nansen.HardwareAnswer.DONE(answer)))

    def test_a_recording_is_never_valid(self):
        credential = self.imported()
        occasion = nansen.Occasion.UNASKED(credential, ["qualification"], 600)
        message = self.wallet.begin(occasion).answer()
        self.assertEqual(message.kind, nansen.MessageKind.PRESENTATION)
        report = self.verifier.check_unasked(message)
        self.assertEqual(report.verdict, nansen.Verdict.UNDETERMINED)

    def test_times_are_aware(self):
        request = self.request()
        self.assertEqual(request.expires_at.tzinfo, datetime.timezone.utc)
        late = request.expires_at + datetime.timedelta(days=1)
        occasion = nansen.Occasion.REQUEST(request.message)
        self.assert_refused("request.expired", self.wallet.begin, occasion, late)
        with self.assertRaises(ValueError):
            self.wallet.contents(None, datetime.datetime(2030, 1, 1))

    def test_a_code_is_drawn_as_a_picture(self):
        texts = nansen.message_codes(self.request().message)
        self.assertTrue(nansen.code_png(texts).startswith(b"\x89PNG"))
        drawn = nansen.draw_code(texts[0], nansen.CodeLevel.L)
        self.assertEqual(len(drawn.modules), drawn.side**2)

    def test_a_document_is_read_from_any_place(self):
        content = hashlib.shake_256(b"scan").digest(700_000)
        photo = nansen.NewDocument(title="Photo", media_type="image/jpeg")
        with self.wallet.write_document(photo) as writer:
            for start in range(0, len(content), 99_991):
                writer.write(content[start : start + 99_991])
        with self.wallet.read_document(writer.id) as reader:
            self.assertEqual(reader.sha256, hashlib.sha256(content).digest())
            reader.seek(-1000, io.SEEK_END)
            self.assertEqual(reader.read(), content[-1000:])
            reader.seek(400_000)
            self.assertEqual(io.BufferedReader(reader).read(17), content[400_000:400_017])

    def test_a_document_given_up_leaves_nothing(self):
        with self.assertRaises(ZeroDivisionError):
            with self.wallet.write_document(nansen.NewDocument(title="", media_type="a/b")) as writer:
                writer.write(b"half of it")
                raise ZeroDivisionError
        self.assertEqual(self.wallet.contents().documents, [])

    def test_a_verifier_is_made_again_from_what_it_kept(self):
        key = self.verifier.secret_key()
        kept = bytearray(key)
        again = nansen.Verifier("Site office", key, self.verifier.trust().stored)
        self.assertEqual(key, bytes(len(kept)), "wiped")
        self.assertEqual(again.secret_key(), kept)
        self.assertEqual(again.trust(), self.verifier.trust())
        again.request(QUERY, "Check your trade")

    def test_a_request_is_reopened_after_the_program_ended(self):
        self.imported()
        request = self.request()
        session = self.begin(request)
        response = session.answer(choice(session.consent()))
        trust = self.verifier.trust().stored
        again = nansen.Verifier("Site office", self.verifier.secret_key(), trust)
        again.reopen(request.stored)
        self.assertTrue(again.check_answer(request.id, response).is_complete)
