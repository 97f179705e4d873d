"""Wrong PINs, decoys, wipes, and a wallet that locks by itself."""

import datetime

import nansen
from support import JourneyCase, by_pin, keep, pin, titles

START = datetime.datetime.now(datetime.timezone.utc)


def after(seconds):
    return START + datetime.timedelta(seconds=seconds)


class Waits(JourneyCase):
    def test_after_five_wrong_pins_the_next_waits_and_other_ways_are_open(self):
        self.wallet.lock()
        for _ in range(5):
            self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin(b"0000"), START)
        attempts = self.wallet.attempts(START)
        self.assertEqual((attempts.failed, attempts.wait_seconds, attempts.wipe_after), (5, 30, None))
        early = pin()
        error = self.assert_refused("too_many_attempts", self.wallet.unlock_with_passphrase, early, after(10))
        self.assertEqual((error.seconds, error.is_retryable), (20, True))
        self.assertEqual(early, bytes(4), "wiped although it was not tried")
        self.wallet.unlock_with_recovery_code(self.recovery_code, after(10))
        self.wallet.lock()
        # What opens it does not end the wait, or whoever knows a decoy's PIN could guess on.
        self.assert_refused("too_many_attempts", self.wallet.unlock, by_pin(), after(10))
        self.wallet.unlock_with_passphrase(pin(), after(30))
        self.assertEqual(self.wallet.attempts(after(30)).failed, 0)

    def test_ten_wrong_pins_end_every_way_in_where_the_owner_wants_that(self):
        for few in (0, 9):
            self.assert_refused("out_of_bounds", self.wallet.set_wipe_after, by_pin(), few)
        self.wallet.set_wipe_after(by_pin(), 10)
        self.wallet.set_wipe_after(by_pin(), None)
        self.assertIsNone(self.wallet.attempts().wipe_after)
        self.wallet.set_wipe_after(by_pin(), 10)
        self.wallet.lock()
        now = START
        for _ in range(10):
            self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin(b"0000"), now)
            now += datetime.timedelta(seconds=self.wallet.attempts(now).wait_seconds)
        self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin(), now)
        unlock = self.wallet.unlock_with_recovery_code
        self.assert_refused("wrong_secret.recovery_code", unlock, self.recovery_code, now)


class Decoys(JourneyCase):
    def test_a_decoy_has_its_own_pin_its_own_code_and_its_own_records(self):
        keep(self.wallet, "Passport")
        create = self.wallet.create_decoy
        self.assert_refused("wrong_secret.passphrase", create, by_pin(b"0000"), by_pin(b"1111"))
        self.assert_refused("secret_in_use", create, by_pin(), by_pin())
        proof, new = by_pin(), by_pin(b"1111")
        code = create(proof, new)
        self.assertEqual([proof.passphrase, new.passphrase], [bytes(4)] * 2, "wiped")
        self.wallet.lock()
        self.wallet.unlock(by_pin(b"1111"))
        self.assertEqual(titles(self.wallet), [])
        keep(self.wallet, "Timetable")
        self.wallet.lock()
        self.wallet.unlock_with_recovery_code(code)
        self.assertEqual(titles(self.wallet), ["Timetable"])
        self.wallet.lock()
        self.wallet.unlock(by_pin())
        self.assertEqual(titles(self.wallet), ["Passport"])
        self.assertTrue(self.wallet.check(thorough=True).is_intact)

    def test_a_pin_that_wipes_opens_the_decoy_and_nothing_else_is_left(self):
        keep(self.wallet, "Passport")
        self.wallet.create_decoy(by_pin(), by_pin(b"1111"))
        secrets = [by_pin(), by_pin(b"1111"), by_pin(b"2222")]
        self.wallet.set_wipe_passphrase(*secrets)
        self.assertEqual([secret.passphrase for secret in secrets], [bytes(4)] * 3, "wiped")
        self.wallet.remove_wipe_passphrase()
        self.wallet.lock()
        self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin(b"2222"))
        self.wallet.unlock(by_pin())
        self.wallet.set_wipe_passphrase(by_pin(), by_pin(b"1111"), by_pin(b"2222"))
        self.wallet.lock()
        self.wallet.unlock(by_pin(b"2222"))
        self.assertEqual(titles(self.wallet), [])
        self.wallet.lock()
        self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin())
        unlock = self.wallet.unlock_with_recovery_code
        self.assert_refused("wrong_secret.recovery_code", unlock, self.recovery_code)
        # It is the decoy's PIN from then on.
        self.assert_refused("wrong_secret.passphrase", self.wallet.unlock, by_pin(b"1111"))
        self.wallet.unlock(by_pin(b"2222"))


class AutoLock(JourneyCase):
    def assert_after(self, activity, seconds, state):
        self.assertEqual(self.wallet.note_activity(activity, after(seconds)), state)

    def test_it_locks_when_idle_and_in_the_background(self):
        unlocked, locked = nansen.WalletState.UNLOCKED, nansen.WalletState.LOCKED
        activity = nansen.Activity
        self.assertEqual(self.wallet.auto_lock(), nansen.AutoLock(idle_seconds=300, background_seconds=30))
        self.wallet.lock()
        self.wallet.unlock(by_pin(), START)
        self.assert_after(activity.USED, 299, unlocked)
        self.assert_after(activity.TICK, 599, locked)
        self.wallet.unlock(by_pin(), START)
        self.assert_after(activity.BACKGROUND, 10, unlocked)
        self.assert_after(activity.FOREGROUND, 39, unlocked)
        self.assert_after(activity.BACKGROUND, 50, unlocked)
        self.assert_after(activity.FOREGROUND, 80, locked)
        self.wallet.unlock(by_pin(), after(100))
        self.assert_after(activity.USED, 0, locked)

    def test_its_owner_chooses_and_the_choice_is_kept(self):
        policy = nansen.AutoLock(idle_seconds=None, background_seconds=0)
        self.wallet.set_auto_lock(policy)
        self.wallet.lock()
        self.assert_refused("locked", self.wallet.auto_lock)
        self.wallet.unlock(by_pin(), START)
        self.assertEqual(self.wallet.auto_lock(), policy)
        self.assert_after(nansen.Activity.TICK, 100_000, nansen.WalletState.UNLOCKED)
        self.assert_after(nansen.Activity.BACKGROUND, 100_000, nansen.WalletState.LOCKED)
