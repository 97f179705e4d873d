"""A phone is lost, or its file is damaged."""

import nansen
from support import CHEAP, JourneyCase, keep, pin, titles


class Backups(JourneyCase):
    def setUp(self):
        super().setUp()
        self.code = nansen.new_backup_code()
        self.old, self.new = self.phone("old"), self.phone("new")

    def phone(self, name):
        """A wallet that holds nothing, not even trust."""
        wallet, _ = nansen.Wallet.create(self.folder / name, pin(), CHEAP)
        self.addCleanup(wallet.close)
        return wallet

    def key(self):
        return nansen.BackupKey.CODE(bytearray(self.code))

    def test_a_base_and_what_follows_it_bring_everything_to_another_phone(self):
        base, following = self.folder / "base", self.folder / "next"
        keep(self.old, "Passport", 3_000_000)
        key, phases = self.key(), []
        backup = self.old.write_backup(base, key)
        self.assertEqual(key.code, bytes(len(self.code)), "wiped")
        backup.finish(lambda progress: phases.append(progress.phase))
        self.assertLessEqual({nansen.BackupPhase.WRITING, nansen.BackupPhase.CHECKING}, set(phases))
        self.assertEqual(backup.left_out(), [])
        keep(self.old, "Permit")
        self.old.write_backup(following, self.key(), base).finish()
        facts = nansen.backup_facts(following, self.key())
        self.assertEqual((facts.step, facts.records), (1, 2))

        would = self.new.restore([base, following], self.key(), is_dry=True).finish()
        self.assertEqual(titles(self.new), [])
        did = self.new.restore([base, following], self.key()).finish()
        self.assertEqual(did, would)
        self.assertEqual({record.outcome for record in did}, {nansen.RestoreOutcome.RESTORED})
        self.assertEqual({record.kind for record in did}, {nansen.RestoredKind.DOCUMENT})
        self.assertCountEqual(titles(self.new), ["Passport", "Permit"])
        again = self.new.restore([base, following], self.key()).finish()
        self.assertEqual({record.outcome for record in again}, {nansen.RestoreOutcome.ALREADY_THERE})

    def test_a_credential_travels_with_its_key(self):
        self.imported()
        self.wallet.write_backup(self.folder / "backup", self.key()).finish()
        records = self.new.restore([self.folder / "backup"], self.key()).finish()
        [restored] = [record for record in records if record.kind == nansen.RestoredKind.CREDENTIAL]
        self.assertFalse(restored.must_be_issued_again, "its device key is in the vault")
        self.assertEqual(self.new.show(restored.id).summary.issuer, "Skills Board")

    def test_a_backup_is_given_up_or_goes_on(self):
        path = self.folder / "backup"
        keep(self.old, "Passport", 5_000_000)
        given_up = self.old.write_backup(path, self.key())
        given_up.step()
        given_up.discard()
        self.assert_refused("ended", given_up.step)
        self.assert_refused("backup.nothing_to_continue", self.old.continue_backup, path, self.key())

        def stop(_):
            raise KeyboardInterrupt

        interrupted = self.old.write_backup(path, self.key())
        with self.assertRaises(KeyboardInterrupt):
            interrupted.finish(stop)
        self.old.lock()
        self.assert_refused("locked", interrupted.step)
        self.old.unlock_with_passphrase(pin())
        self.assertFalse(path.exists())
        resumed = self.old.continue_backup(path, self.key())
        self.assertGreater(resumed.step().bytes, 1_000_000)
        resumed.finish()

        restore = self.new.restore([path], self.key())
        restore.step()
        restore.stop()
        self.assert_refused("ended", restore.step)
        self.assertEqual(len(self.new.restore([path], self.key()).finish()), 1)

    def test_what_is_no_use_is_refused_by_name(self):
        base = self.folder / "base"
        keep(self.old, "Passport")
        self.old.write_backup(base, self.key()).finish()
        facts = nansen.backup_facts
        other = nansen.BackupKey.CODE(nansen.new_backup_code())
        self.assert_refused("wrong_secret.recovery_code", facts, base, other)
        self.assert_refused("backup.needs_code", facts, base, nansen.BackupKey.PASSPHRASE(pin()))
        self.assert_refused("storage.not_found", facts, self.folder / "none", self.key())
        self.assert_refused("backup.not_a_backup", facts, self.folder / "old", self.key())
        self.assert_refused("backup.other_vault", self.new.write_backup, self.folder / "b", self.key(), base)
        self.assert_refused("backup.out_of_chain", self.old.restore, [base, base], self.key())
        with self.assertRaises(TypeError):
            facts(base, nansen.BackupKey.CODE(bytes(self.code)))

    def test_a_small_wallet_is_sent_by_codes(self):
        keep(self.old, "Passport")
        self.old.write_backup(self.folder / "sent", self.key()).finish()
        collector = nansen.QrCollector()
        texts = nansen.message_codes(nansen.backup_message(self.folder / "sent"))
        scanned = next(scan for scan in map(collector.feed, texts) if scan.is_COMPLETE())
        self.assertEqual(scanned.message.kind, nansen.MessageKind.BACKUP)
        received = self.folder / "received"
        nansen.keep_backup_message(scanned.message, received)
        self.assert_refused("storage.already_exists", nansen.keep_backup_message, scanned.message, received)
        self.new.restore([received], self.key()).finish()
        self.assertEqual(titles(self.new), ["Passport"])

    def test_damage_is_named_and_all_the_rest_is_carried_into_a_new_file(self):
        keep(self.old, "Permit")
        keep(self.old, "Film", 6_000_000)
        self.old.close()
        file = self.folder / "old"
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1  # By far most of the file is the film.
        file.write_bytes(raw)
        with nansen.Wallet.open(file) as damaged:
            damaged.unlock_with_passphrase(pin())
            report = damaged.check(thorough=True)
            self.assertFalse(report.is_intact)
            self.assert_refused("storage.already_exists", damaged.rescue, file)
            rescued = damaged.rescue(self.folder / "rescued")
        self.assertEqual((rescued.missing, rescued.ways_lost), (0, []))
        self.assertEqual(report.records, rescued.records + len(rescued.put_aside))
        with nansen.Wallet.open(self.folder / "rescued") as whole:
            whole.unlock_with_passphrase(pin())
            self.assertIn("Permit", titles(whole))
