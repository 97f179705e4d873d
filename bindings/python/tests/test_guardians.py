"""Cards that are handed out, and collected when the PIN is forgotten; a code typed back."""

import nansen
from support import CHEAP, JourneyCase, by_pin


class Guardians(JourneyCase):
    def make(self):
        return self.wallet.make_guardians(by_pin(), 2, 3)

    def test_two_of_three_unlock_and_set_a_new_pin(self):
        proof = by_pin()
        cards = self.wallet.make_guardians(proof, 2, 3)
        self.assertEqual(proof.passphrase, bytes(4), "wiped")
        self.assertEqual([(card.number, card.needed, card.total) for card in cards], [(1, 2, 3), (2, 2, 3), (3, 2, 3)])
        self.assertIn(nansen.Way.GUARDIANS, self.wallet.ways())
        texts = [card.text for card in cards]
        self.assertEqual(nansen.collect_cards(texts[2:]).have, 1)
        self.assert_refused("card.too_few", self.wallet.rehearse, of(texts[2:]))
        self.assertEqual(nansen.collect_cards([texts[2], texts[0]]).have, 2)
        self.wallet.rehearse(of(texts[:2]))
        self.wallet.lock()
        self.assert_refused("locked", self.wallet.rehearse, of(texts[:2]))
        given = of(texts[1:])
        self.wallet.unlock(given)
        self.assertEqual(given.cards, [bytes(len(texts[0]))] * 2, "wiped")

        new = bytearray(b"1357")
        self.assertIsNone(self.wallet.complete_way(of(texts), nansen.NewWay.PASSPHRASE(new, CHEAP)))
        self.assertEqual(new, bytes(4), "wiped")
        self.wallet.remove_way(nansen.Way.GUARDIANS)
        self.wallet.lock()
        self.assert_refused("wrong_secret.guardians", self.wallet.unlock, of(texts))
        self.wallet.unlock_with_passphrase(bytearray(b"1357"))

    def test_what_is_no_help_is_refused_by_name(self):
        stale, cards = self.make(), self.make()
        first = cards[0].text
        self.assert_refused("card.repeated", nansen.collect_cards, [first, bytearray(first)])
        self.assert_refused("card.other_set", nansen.collect_cards, [first, stale[1].text])
        self.assert_refused("card.altered", nansen.collect_cards, [bytearray(b"ABC")])
        self.assert_refused("wrong_secret.guardians", self.wallet.rehearse, of([card.text for card in stale]))
        self.assert_refused("wrong_secret.passphrase", self.wallet.make_guardians, by_pin(b"1"), 2, 3)
        self.assert_refused("out_of_bounds", self.wallet.make_guardians, by_pin(), 1, 3)

    def test_a_card_is_printed(self):
        card = self.make()[0].text
        self.assertIn(b">Sita</text>", nansen.guardian_card_svg(card, ["Card 1 of 3", "Sita"]))
        self.assertTrue(nansen.guardian_card_png(card).startswith(b"\x89PNG"))
        nansen.wipe(card)
        self.assert_refused("card.altered", nansen.guardian_card_png, card)

    def test_the_recovery_code_is_typed_back(self):
        code = bytearray(self.recovery_code)
        self.wallet.rehearse(nansen.Unlock.RECOVERY_CODE(code))
        self.assertEqual(code, bytes(len(code)), "wiped")
        mistyped = nansen.Unlock.RECOVERY_CODE(bytearray(b"not a code"))
        self.assert_refused("recovery_code_mistyped", self.wallet.rehearse, mistyped)


def of(texts):
    """What these cards unlock with: copies, since each call wipes what it is given."""
    return nansen.Unlock.GUARDIANS([bytearray(text) for text in texts])
