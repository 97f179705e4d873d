"""Several people with one phone, each unknown to the others as far as they wish."""

import nansen
from support import CHEAP, JourneyCase, by_pin, keep, pin, titles


class People(JourneyCase):
    def setUp(self):
        super().setUp()
        self.people = self.folder / "people"
        self.people.mkdir()

    def make(self, passphrase, title, label):
        path = nansen.place_for_wallet(self.people)
        wallet, _ = nansen.Wallet.create(path, passphrase, CHEAP)
        with wallet:
            keep(wallet, title)
            wallet.set_label(label)
        return path

    def labels(self):
        return [wallet.label for wallet in nansen.shown_wallets(self.people)]

    def test_one_is_chosen_by_a_label_and_the_other_opens_to_a_pin_alone(self):
        self.assertEqual(self.labels(), [])
        amina = self.make(pin(), "Passport", "Amina")
        self.make(bytearray(b"97531"), "Permit", None)
        [shown] = nansen.shown_wallets(self.people)
        self.assertEqual((shown.label, shown.path), ("Amina", str(amina)))
        with nansen.Wallet.open(shown.path) as wallet:
            self.assertEqual(wallet.label(), "Amina")
            self.assert_refused("locked", wallet.set_label, None)
            wallet.unlock(by_pin())
            self.assert_refused("malformed", wallet.set_label, "two\nlines")
            self.assert_refused("out_of_bounds", wallet.set_label, "x" * 129)

        # The PIN of a wallet that is shown opens nothing hidden, and no wrong one tells of it.
        for wrong in (b"2580", b"0000"):
            secret = by_pin(wrong)
            self.assert_refused("wrong_secret.passphrase", nansen.unlock_hidden_wallet, self.people, secret)
            self.assertEqual(secret.passphrase, bytes(4), "wiped")
        with nansen.unlock_hidden_wallet(self.people, by_pin(b"97531")) as wallet:
            self.assertIsInstance(wallet, nansen.Wallet)
            self.assertEqual(titles(wallet), ["Permit"])
            wallet.set_label("Binod")
        self.assertEqual(self.labels(), ["Amina", "Binod"])

    def test_a_folder_that_is_not_there_is_named(self):
        nowhere = self.folder / "nowhere"
        self.assert_refused("storage.not_found", nansen.shown_wallets, nowhere)
        self.assert_refused("storage.not_found", nansen.place_for_wallet, nowhere)
