"""Who is asking, as the holder is told; and work in the field, as the verifier does it."""

import nansen
from publisher import BOTH, INSPECTOR, INSPECTOR_PUBLIC, NAME, PublisherCase
from support import TYPE


class WhoAsks(PublisherCase):
    def test_a_holder_is_told_who_asks_and_what_goes_beyond_their_role(self):
        phone = self.with_certificate()
        inspector = self.asking(key=bytearray(INSPECTOR))
        self.assertEqual(inspector.public_key(), INSPECTOR_PUBLIC)

        def standing(verifier, *claims):
            request = self.ask(verifier, claims, self.day(5))
            return self.consent(request, self.day(5)).verifier

        known = standing(inspector, *BOTH)
        self.assertEqual((known.name, known.role), ("Labour Inspectorate", "labour_inspectorate"))
        self.assertEqual((known.country, known.publisher), ("NPL", NAME))
        self.assertEqual((known.beyond, known.list_age), ([], 5 * 86_400))
        more = standing(inspector, "family_name", "eqf_level")
        self.assertEqual(more.beyond, [nansen.Beyond(credential_type=TYPE, claim="eqf_level")])
        self.assertIn("eqf_level", more.sentence)
        self.assertTrue(standing(self.asking(), *BOTH).is_UNKNOWN())

        self.pack(2, days=2, cut_off=1)
        phone.add_trust(self.delta())
        stolen = standing(inspector, *BOTH)
        self.assertEqual(stolen, nansen.VerifierStanding.KEY_NOT_TRUSTED("Labour Inspectorate"))


class Field(PublisherCase):
    def checked(self, verifier, now):
        """The report on what the phone shows to a verifier."""
        request = self.ask(verifier, BOTH, now)
        answer = verifier.check_answer(request.id, self.answer(request, now), now)
        return answer.credentials[0].report

    def test_an_old_status_is_accepted_warned_of_or_refused(self):
        self.with_certificate()
        old, verdict = nansen.OldStatus, nansen.Verdict
        for policy, expected, spoken in (
            (old.ACCEPT, verdict.VALID, "good"),
            (old.WARN, verdict.UNDETERMINED, "status is old"),
            (old.REFUSE, verdict.INVALID, "status too old"),
        ):
            report = self.checked(self.asking(old_status=policy), self.day(95))
            self.assertEqual((report.verdict, report.spoken), (expected, spoken))
            self.assertEqual(report.status_policy, nansen.StatusPolicy(max_age=30 * 86_400, beyond=policy))
            self.assertGreaterEqual(report.status_age, 95 * 86_400)
            issuer = report.issuer
            self.assertEqual((issuer.quality_body, issuer.is_list_overdue), ("CTEVT", True))

    def test_a_receipt_holds_what_was_chosen_until_the_session_ends(self):
        self.with_certificate()
        verifier = self.asking(key=bytearray(INSPECTOR))
        report = self.checked(verifier, self.day(5))
        signed = verifier.receipt(report, "Site 12", ["qualification"])
        receipt = nansen.read_receipt(signed)
        self.assertEqual((receipt.verdict, receipt.purpose), ("valid", "Site 12"))
        self.assertEqual((receipt.verifier, receipt.checked_at), (INSPECTOR_PUBLIC, self.day(5)))
        self.assertEqual(len(receipt.checks), len(report.checks))
        [claim] = receipt.claims
        self.assertEqual((claim.path, claim.value.value), ("qualification", "Welder"))
        self.assertEqual(nansen.read_receipt(verifier.receipt(report, "Site 12")).claims, [])
        altered = bytes([*signed[:-1], signed[-1] ^ 1])
        self.assert_refused("bad_signature", nansen.read_receipt, altered)

        self.assertEqual(verifier.tally().types, [nansen.Count(name=TYPE, count=1)])
        self.assertEqual(verifier.end_session(5).valid, 0, "fewer than five are not told")
        self.assert_refused("ended", verifier.receipt, report, "Site 12")
        self.assertEqual((verifier.tally().valid, len(verifier.trust().packs)), (0, 1))

    def test_a_queue_is_checked_on_several_cores_and_counted(self):
        phone, verifier, now = self.with_certificate(), self.asking(), self.day(1)
        requests = [self.ask(verifier, BOTH, now) for _ in range(2)]
        queue = [nansen.Queued(request=request.id, message=self.answer(request, now)) for request in requests]
        [held] = phone.contents(None, now).credentials
        recording = phone.begin(nansen.Occasion.UNASKED(held.id, ["qualification"], 600), now).answer((), now)
        noise = nansen.Message(kind=nansen.MessageKind.PRINTABLE, bytes=b"123")
        queue += [
            queue[0],
            nansen.Queued(request="00" * 32, message=queue[0].message),
            nansen.Queued(request=None, message=recording),
            nansen.Queued(request=None, message=noise),
        ]

        def told(outcome):
            if outcome.is_ANSWERED():
                return outcome.answer.credentials[0].report.verdict
            return outcome.report.verdict if outcome.is_ALONE() else outcome.error.code

        valid, undetermined = nansen.Verdict.VALID, nansen.Verdict.UNDETERMINED
        expected = [valid, valid, "no_such_request", "no_such_request", undetermined, "malformed"]
        self.assertEqual([told(outcome) for outcome in verifier.check_queue(queue, 2, now)], expected)
        tally = verifier.tally()
        self.assertEqual((tally.valid, tally.undetermined, tally.unreadable), (2, 1, 1))
        self.assertEqual([reason.name for reason in tally.reasons], ["not_bound_to_this_meeting"])
        done = []
        self.assertEqual(len(verifier.check_queue(queue[-1:] * 130, 0, now, done.append)), 130)
        self.assertEqual(done, [64, 128, 130])
        nameless = nansen.Queued(request="none", message=recording)
        self.assert_refused("malformed", verifier.check_queue, [nameless])
        rounded = verifier.end_session(2)
        self.assertEqual((rounded.valid, rounded.undetermined), (2, 0))
