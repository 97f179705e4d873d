"""Wrong use and bad input: typed errors, wiped secrets, a process that lives on."""

import concurrent.futures
import contextlib
import inspect
import io
import pprint
import random

import nansen
from support import CHEAP, FIXTURES, JourneyCase, choice, pin


class Refusals(JourneyCase):
    def test_a_wrong_pin_is_told_from_damage_and_can_be_tried_again(self):
        self.wallet.lock()
        wrong = bytearray(b"0000")
        error = self.assert_refused("wrong_secret.passphrase", self.wallet.unlock_with_passphrase, wrong)
        self.assertIsInstance(error, nansen.NansenError.WrongSecret)
        self.assertEqual((error.is_retryable, error.is_data_at_risk), (True, False))
        self.assertEqual(wrong, bytes(4))
        self.wallet.unlock_with_passphrase(pin())

    def test_pins_are_wiped_whatever_happens(self):
        used = [pin() for _ in range(4)]
        self.wallet.change_passphrase(used[0], used[1], CHEAP)
        self.wallet.lock()
        self.wallet.unlock_with_passphrase(used[2])
        self.assert_refused("already_unlocked", self.wallet.unlock_with_passphrase, used[3])
        self.assertEqual(used, [bytearray(4)] * 4)

    def test_a_pin_that_cannot_be_wiped_is_not_taken(self):
        for unwipeable in ("2580", b"2580", memoryview(b"2580"), None):
            with self.assertRaises(TypeError):
                self.wallet.unlock_with_passphrase(unwipeable)

    def test_a_pin_that_was_wiped_makes_no_wallet(self):
        typed = pin()
        missing, free = self.folder / "none" / "new.nansen", self.folder / "new.nansen"
        self.assert_refused("storage.not_found", nansen.Wallet.create, missing, typed, CHEAP)
        self.assertEqual(typed, bytes(4))
        self.assert_refused("out_of_bounds", nansen.Wallet.create, free, typed, CHEAP)
        self.assertFalse(free.exists())

    def test_one_bytearray_serves_as_both_of_a_call(self):
        typed = pin()
        self.wallet.change_passphrase(typed, typed, CHEAP)
        self.assertEqual(typed, bytes(4))
        self.wallet.lock()
        self.wallet.unlock_with_passphrase(pin())

    def test_nothing_prints_a_secret(self):
        secret = b"492817"
        done = nansen.HardwareAnswer.DONE(secret)
        message = nansen.Message(kind=nansen.MessageKind.GUARDIAN_CARD, bytes=secret)
        request = self.request()
        request.stored = secret
        new = nansen.create_wallet(str(self.folder / "new.nansen"), secret, CHEAP)
        self.addCleanup(new.wallet.release)
        new.recovery_code = secret
        for value in (
            done,
            nansen.Unlock.PASSPHRASE(secret),
            nansen.Unlock.RECOVERY_CODE(secret),
            nansen.Unlock.HARDWARE(done),
            nansen.Unlock.PASSPHRASE_AND_HARDWARE(secret, done),
            nansen.Unlock.GUARDIANS([secret]),
            nansen.BackupKey.PASSPHRASE(secret),
            nansen.BackupKey.CODE(bytearray(secret)),
            nansen.GuardianCard(number=1, total=3, needed=2, text=secret),
            message,
            nansen.NewWay.PASSPHRASE(bytearray(secret), CHEAP),
            nansen.NewWay.HARDWARE(b"wrapped", done),
            nansen.NewWay.PASSPHRASE_AND_HARDWARE(secret, b"wrapped", done),
            request,
            new,
        ):
            for text in (str(value), repr(value), f"{[value]}", pprint.pformat(value)):
                self.assertNotIn("492817", text)
                self.assertIn("<secret>", text)

    def test_a_with_block_closes_and_closing_twice_is_closing(self):
        with self.wallet as wallet:
            self.assertEqual(wallet.state(), nansen.WalletState.UNLOCKED)
        self.assertEqual(wallet.state(), nansen.WalletState.RELEASED)
        wallet.close()
        wallet.lock()
        self.assert_refused("released", wallet.contents)
        with nansen.Wallet.open(self.path) as again:
            self.assertEqual(again.state(), nansen.WalletState.LOCKED)
            self.assert_refused("storage.in_use", nansen.Wallet.open, self.path)

    def test_what_was_begun_ends_with_the_lock(self):
        self.imported()
        session = self.begin(self.request())
        chosen = choice(session.consent())
        paper = nansen.NewDocument(title="Diploma", media_type="application/pdf")
        writer = self.wallet.write_document(paper)
        reader = self.wallet.read_document(self.wallet.add_document(io.BytesIO(b"x"), paper))
        self.wallet.lock()
        self.wallet.unlock_with_passphrase(pin())
        self.assert_refused("ended", session.prepare, chosen)
        self.assert_refused("ended", writer.write, b"more")
        self.assert_refused("ended", reader.read)

    def test_a_request_is_answered_once(self):
        self.imported()
        session = self.begin(self.request())
        chosen = choice(session.consent())
        self.assert_refused("nothing_prepared", session.complete, [])
        session.answer(chosen)
        self.assert_refused("already_answered", session.complete, [])
        self.assert_refused("choice.nothing", self.begin(self.request()).answer)

    def test_an_answer_belongs_to_its_request(self):
        self.imported()
        first, second = self.request(), self.request()
        session = self.begin(first)
        response = session.answer(choice(session.consent()))
        check = self.verifier.check_answer
        self.assert_refused("not_for_this_request", check, second.id, response)
        self.assert_refused("no_such_request", check, "00" * 32, response)
        self.assert_refused("malformed", check, "", response)
        check(first.id, response)
        self.assert_refused("already_answered", check, first.id, response)

    def test_somebody_elses_credential_is_refused(self):
        foreign = (FIXTURES / "foreign.cwt").read_bytes()
        self.assert_refused("other_phone", self.wallet.import_credential, foreign)
        own = self.issue(self.wallet.new_device_key())
        forged = bytes([*own[:-1], own[-1] ^ 1])
        self.assert_refused("bad_signature", self.wallet.import_credential, forged)
        self.wallet.import_credential(own)
        self.assert_refused("already_held", self.wallet.import_credential, own)

    def test_empty_and_oversized_arguments_are_refused_by_name(self):
        self.assert_refused("storage.already_exists", nansen.Wallet.create, self.path, pin(), CHEAP)
        for secret in (bytearray(), bytearray(1025)):
            self.assert_refused(
                "out_of_bounds", nansen.Wallet.create, self.folder / "new.nansen", secret, CHEAP
            )
        huge = bytes(5 << 20)
        with self.assertRaises(nansen.NansenError):
            self.wallet.import_credential(huge)
        self.assert_refused("out_of_bounds", self.wallet.contents, "a" * 300)
        self.assert_refused("malformed", self.wallet.show, "")
        file = nansen.Message(kind=nansen.MessageKind.FILE, bytes=huge)
        self.assert_refused("out_of_bounds", nansen.message_codes, file)
        self.assertTrue(nansen.QrCollector().feed("").is_FOREIGN())


class Threads(JourneyCase):
    def test_eight_threads_share_a_wallet(self):
        self.imported()

        def answered(_):
            request = self.request()
            session = self.begin(request)
            response = session.answer(choice(session.consent()))
            return self.verifier.check_answer(request.id, response).is_complete

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            self.assertTrue(all(threads.map(answered, range(24))))
        self.assertEqual(len(self.wallet.history().entries), 24)

    def test_locking_under_use_ends_calls_with_typed_errors(self):
        credential = self.imported()

        def used(_):
            try:
                self.wallet.show(credential)
            except nansen.NansenError as error:
                return error.code
            return "shown"

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            outcomes = threads.map(used, range(400))
            for _ in range(3):
                self.wallet.lock()
                self.wallet.unlock_with_passphrase(pin())
            self.assertLessEqual(set(outcomes), {"shown", "locked"})


class RandomBytes(JourneyCase):
    """Every public call that takes bytes or text, with bytes and texts that mean nothing."""

    noise = random.Random(3)

    def test_nothing_but_typed_errors_comes_back(self):
        noise = self.noise
        calls = self.calls(lambda: noise.randbytes(noise.choice((0, 1, 16, 33, 200, 3000))))
        for name, call in calls.items():
            with self.subTest(name):
                for _ in range(40):
                    with contextlib.suppress(nansen.NansenError):
                        call()
        self.assertTrue(self.wallet.check(thorough=True).is_intact)

    def test_no_call_is_forgotten(self):
        def takes(function):
            parameters = list(inspect.signature(function).parameters)[1:]
            return bool(parameters) and parameters != ["now"] and function.__name__[0] != "_"

        objects = (nansen.Wallet, nansen.PresentationSession, nansen.Verifier, nansen.QrCollector)
        found = {
            f"{kind.__name__}.{name}"
            for kind in objects
            for name, function in inspect.getmembers(kind, callable)
            if not name.startswith("_") and takes(function)
        }
        harmless = ("add_document", "check", "note_activity", "remove_way", "set_auto_lock", "wrapped_secret")
        harmless = {f"Wallet.{name}" for name in harmless}
        self.assertLessEqual(found - harmless, {name.split(" ")[0] for name in self.calls(bytes)})

    def calls(self, some):
        """Calls by name, on what `some` draws."""
        wallet, verifier = self.wallet, self.verifier
        open_request = self.request()
        session = self.begin(open_request)
        writer = wallet.write_document(nansen.NewDocument(title="n", media_type="a/b"))
        locked, _ = nansen.Wallet.create(self.folder / f"{random.random()}.nansen", pin(), CHEAP)
        locked.lock()
        self.addCleanup(locked.close)

        def text():
            return some().decode("latin-1")

        def answer():
            return nansen.HardwareAnswer.DONE(some())

        def secret():
            return bytearray(some())

        def by_code():
            return nansen.Unlock.RECOVERY_CODE(secret())

        def nowhere():
            return self.folder / "no" / text().replace("\0", "")

        def received():
            path = self.folder / "received"
            path.unlink(missing_ok=True)
            nansen.keep_backup_message(message(nansen.MessageKind.BACKUP), path)
            return path

        def message(kind):
            return nansen.Message(kind=kind, bytes=some())

        def item():
            kind = nansen.TrustItem
            own = pick(kind.ROOT, kind.TRUST_LIST, kind.VERIFIER_LIST, kind.PACK, kind.STATUS_LIST)
            return pick(own(some()), kind.PUBLISHER(some(), some()[:32]), kind.ROTATIONS([some()]))

        def name():
            kind = nansen.TrustName
            signer = pick(nansen.ListSigner.KEY(some()), nansen.ListSigner.PUBLISHER(text()))
            in_publisher = pick(kind.PUBLISHER(text()), kind.PACK(text(), text()))
            return pick(kind.ROOT(some()), kind.LIST(signer, text()), in_publisher)

        def pick(*choices):
            return self.noise.choice(choices)

        return {
            "Wallet.create": lambda: nansen.Wallet.create(nowhere(), secret(), CHEAP),
            "Wallet.open": lambda: nansen.Wallet.open(text()),
            "Wallet.unlock": lambda: locked.unlock(nansen.Unlock.HARDWARE(answer())),
            "Wallet.unlock_with_passphrase": lambda: wallet.unlock_with_passphrase(bytearray(some())),
            "Wallet.unlock_with_recovery_code": lambda: locked.unlock_with_recovery_code(bytearray(some())),
            "Wallet.change_passphrase": lambda: wallet.change_passphrase(bytearray(b""), bytearray(some()), CHEAP),
            "Wallet.new_recovery_code": lambda: wallet.new_recovery_code(bytearray(b"")),
            "Wallet.complete_way": lambda: wallet.complete_way(
                by_code(), nansen.NewWay.HARDWARE(some(), answer())
            ),
            "Wallet.rehearse": lambda: wallet.rehearse(nansen.Unlock.GUARDIANS([secret(), secret()])),
            "Wallet.make_guardians": lambda: wallet.make_guardians(by_code(), 2, 3),
            "Wallet.create_decoy": lambda: wallet.create_decoy(by_code(), by_code()),
            "Wallet.set_wipe_passphrase": lambda: wallet.set_wipe_passphrase(by_code(), by_code(), by_code()),
            "Wallet.set_wipe_after": lambda: wallet.set_wipe_after(by_code(), 10),
            "Wallet.set_label": lambda: wallet.set_label(text()),
            "Wallet.rescue": lambda: wallet.rescue(nowhere()),
            "Wallet.write_backup": lambda: wallet.write_backup(nowhere(), nansen.BackupKey.CODE(secret())),
            "Wallet.continue_backup": lambda: wallet.continue_backup(nowhere(), nansen.BackupKey.CODE(secret())),
            "Wallet.restore": lambda: wallet.restore([received()], nansen.BackupKey.CODE(secret()), False, [some()]),
            "backup_facts": lambda: nansen.backup_facts(received(), nansen.BackupKey.CODE(secret())),
            "collect_cards": lambda: nansen.collect_cards([secret()]),
            "guardian_card_svg": lambda: nansen.guardian_card_svg(secret(), [text()]),
            "unlock_hidden_wallet": lambda: nansen.unlock_hidden_wallet(self.folder, by_code()),
            "Wallet.contents": lambda: wallet.contents(text()),
            "Wallet.show": lambda: wallet.show(text()),
            "Wallet.delete": lambda: wallet.delete(some().hex()[:32]),
            "Wallet.import_credential": lambda: wallet.import_credential(some()),
            "Wallet.new_device_key": lambda: wallet.new_device_key(
                nansen.HardwareKey(public_key=some(), handle=some())
            ),
            "Wallet.write_document": lambda: wallet.write_document(
                nansen.NewDocument(title=text(), media_type=text(), tags=[text()])
            ),
            "Wallet.read_document": lambda: wallet.read_document(text()),
            "Wallet.begin": lambda: wallet.begin(
                nansen.Occasion.REQUEST(message(nansen.MessageKind.REQUEST))
            ),
            "Wallet.begin unasked": lambda: wallet.begin(
                nansen.Occasion.UNASKED(some().hex()[:32], [text()], 600)
            ).answer(),
            "Wallet.add_trust": lambda: wallet.add_trust(item()),
            "Wallet.remove_trust": lambda: wallet.remove_trust(name()),
            "Wallet.hand_on": lambda: wallet.hand_on(text(), text()),
            "Wallet.search_notes": lambda: wallet.search_notes(
                nansen.Search(language=text(), country=text(), topic=text(), words=text())
            ),
            "Wallet.type_names": lambda: wallet.type_names(text(), text()),
            "pack_facts": lambda: nansen.pack_facts(some()),
            "read_receipt": lambda: nansen.read_receipt(some()),
            "PresentationSession.prepare": lambda: session.prepare(
                [nansen.ChosenCredential(query=0, credential=some().hex()[:32], claims=[text()])]
            ),
            "PresentationSession.answer": lambda: session.answer(
                [nansen.ChosenCredential(query=9, credential="00" * 16, claims=[text()])]
            ),
            "PresentationSession.complete": lambda: session.complete([answer()]),
            "DocumentWriter.write": lambda: writer.write(some()),
            "Verifier": lambda: nansen.Verifier(text(), bytearray(some()), some()),
            "Verifier.request": lambda: verifier.request(text(), text()),
            "Verifier.check_answer": lambda: verifier.check_answer(
                open_request.id, message(nansen.MessageKind.RESPONSE)
            ),
            "Verifier.reopen": lambda: verifier.reopen(some()),
            "Verifier.check_unasked": lambda: verifier.check_unasked(
                message(nansen.MessageKind.PRESENTATION)
            ),
            "Verifier.check_unasked copy": lambda: verifier.check_unasked(
                message(nansen.MessageKind.PRINTABLE)
            ),
            "Verifier.add_trust": lambda: verifier.add_trust(item()),
            "Verifier.remove_trust": lambda: verifier.remove_trust(name()),
            "Verifier.hand_on": lambda: verifier.hand_on(text(), text()),
            "Verifier.type_names": lambda: verifier.type_names(text(), text()),
            "Verifier.receipt": lambda: nansen._ffi.Verifier.receipt(verifier, 0, text(), [text()]),
            "Verifier.check_queue": lambda: verifier.check_queue(
                [
                    nansen.Queued(
                        request=pick(text(), open_request.id), message=message(nansen.MessageKind.RESPONSE)
                    ),
                    nansen.Queued(request=None, message=message(nansen.MessageKind.PRESENTATION)),
                ],
                pick(0, 2),
            ),
            "Verifier.end_session": lambda: verifier.end_session(pick(0, 5)),
            "QrCollector.feed": lambda: nansen.QrCollector().feed(text()),
            "draw_code": lambda: nansen.draw_code(text(), nansen.CodeLevel.H),
            "code_png": lambda: nansen.code_png([text(), text()]),
        }
