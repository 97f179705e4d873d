package org.nansen

import java.io.File
import java.io.InputStream
import kotlin.time.Clock
import kotlin.time.Instant

/**
 * A person's wallet: credentials, device keys, documents and what is trusted, in one encrypted
 * file.
 *
 * - Every `suspend` function may be called from any thread, the main thread too; calls on one
 *   wallet wait for each other. One that has begun runs to its end and gives its result even
 *   when its coroutine is cancelled, so `withTimeout` shortens none: take the result inside its
 *   block. One that has not begun by then throws the `CancellationException`.
 * - Every byte array with a PIN, a passphrase, a recovery code or an unwrapped secret that goes in
 *   is wiped before the call returns, whatever came of it.
 * - `now` is the phone's clock unless a test says otherwise.
 * - Failures are [NansenException]; see [code], [isRetryable], [isDataAtRisk].
 */
public class Wallet internal constructor(core: FfiWallet) : AutoCloseable {
    // Sessions, writers and readers that are still open would keep the file open.
    internal val native = Native(core, FfiWallet::release)

    /** Whether it is locked, unlocked or released. */
    public suspend fun state(): WalletState = native.call { it.state() }

    /** Unlocks with a PIN or passphrase. */
    public suspend fun unlock(passphrase: ByteArray, now: Instant = Clock.System.now()): Unit =
        unlock(Unlock.Passphrase(passphrase), now)

    /**
     * Unlocks. A wrong secret leaves it locked, to be tried again: PINs and passphrases, after five
     * wrong ones, when the wait is over that [attempts] tells.
     */
    public suspend fun unlock(with: Unlock, now: Instant = Clock.System.now()) {
        try {
            native.call { it.unlock(with, now) }
        } finally {
            with.wipe()
        }
    }

    /**
     * Unlocks with the phone's hardware alone: [unwrap] is given what the hardware wrapped, and
     * is asked once. A vault without this way answers as hardware without the key does.
     */
    public suspend fun unlockWithHardware(
        now: Instant = Clock.System.now(),
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ) {
        unlock(Unlock.Hardware(unwrapped(Way.HARDWARE, unwrap)), now)
    }

    /** Unlocks with a PIN or passphrase together with the phone's hardware. */
    public suspend fun unlockWithHardware(
        passphrase: ByteArray,
        now: Instant = Clock.System.now(),
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ): Unit = passphrase.useAndWipe {
        val answer = unwrapped(Way.PASSPHRASE_AND_HARDWARE, unwrap)
        unlock(Unlock.PassphraseAndHardware(passphrase, answer), now)
    }

    /** What the hardware is to unwrap for a way to unlock; null when there is no such way. */
    public suspend fun wrappedSecret(way: Way): ByteArray? = native.call { it.wrappedSecret(way) }

    /** Locks and wipes. What was begun ends. Does nothing when it is not unlocked. */
    public suspend fun lock(): Unit = native.call { it.lock() }

    /** Locks, wipes, and closes the file. Waits for the call that is running. */
    override fun close() {
        native.close()
    }

    /** What it holds, the newest first; with [search], what has that text. */
    public suspend fun contents(
        search: String? = null,
        now: Instant = Clock.System.now(),
    ): Contents = native.call { it.contents(search, now) }

    /** A credential in full. */
    public suspend fun show(id: RecordId, now: Instant = Clock.System.now()): CredentialDetails =
        native.call { it.show(id, now) }

    /**
     * Deletes what has this id (a credential, a document, an entry of the [history], or a device
     * key that waits for its credential) and wipes what the file held of it. A key in hardware is
     * the app's to delete as well.
     */
    public suspend fun delete(id: RecordId): Unit = native.call { it.delete(id) }

    /** Takes in a credential that an issuer gave. */
    public suspend fun importCredential(
        bytes: ByteArray,
        now: Instant = Clock.System.now(),
    ): ImportedCredential = native.call { it.importCredential(bytes, now) }

    /**
     * A device key for a credential to come; its public half is for the issuer. In the vault, or
     * the one that the app made in [hardware].
     */
    public suspend fun newDeviceKey(
        hardware: HardwareKey? = null,
        now: Instant = Clock.System.now(),
    ): ByteArray = native.call { it.newDeviceKey(hardware, now) }

    /** Starts a document, to be written piece by piece. */
    public suspend fun writeDocument(
        document: NewDocument,
        now: Instant = Clock.System.now(),
    ): DocumentWriter = native.call { DocumentWriter(it.writeDocument(document, now)) }

    /** Takes in a document to the end of [content], which is not closed. Whole or not at all. */
    public suspend fun addDocument(
        document: NewDocument,
        content: InputStream,
        now: Instant = Clock.System.now(),
    ): RecordId = writeDocument(document, now).use { writer ->
        writer.appendAll(content)
        writer.finish()
    }

    /** Opens a document to read. */
    public suspend fun readDocument(id: RecordId): DocumentReader =
        native.call { DocumentReader(it.readDocument(id)) }

    /** Begins to show something. Nothing is shown to anybody by this. */
    public suspend fun begin(
        occasion: Occasion,
        now: Instant = Clock.System.now(),
    ): PresentationSession = native.call { PresentationSession(it.begin(occasion, now)) }

    /** What was shown to whom, the newest first. */
    public suspend fun history(): History = native.call { it.history() }

    /** Adds a root, a publisher, a list or a pack. */
    public suspend fun addTrust(item: TrustItem): TrustAdded = native.call { it.addTrust(item) }

    /** What is trusted and known. */
    public suspend fun trust(): TrustState = native.call { it.trust() }

    /** Ways to unlock. */
    public suspend fun ways(): List<Way> = native.call { it.ways() }

    /** Adds a way to unlock, or renews it, after [proof] of one that is there. */
    public suspend fun addWay(proof: Unlock, way: NewWay) {
        completeWay(proof, way)?.wipe()
    }

    /** Makes a new recovery code in place of the one before. Show it once, and wipe it. */
    public suspend fun newRecoveryCode(proof: Unlock): ByteArray =
        checkNotNull(completeWay(proof, NewWay.RecoveryCode)) { "a code was asked for" }

    /**
     * Adds the phone's hardware as a way to unlock. [wrap] has it wrap a fresh secret, and
     * [unwrap] unwrap that again: the way is only taken up once both worked. The person is asked
     * twice if the key demands it.
     */
    public suspend fun addHardwareWay(
        proof: Unlock,
        wrap: suspend (ByteArray) -> HardwareAnswer,
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ) {
        try {
            val (wrapped, answer) = enrolled(wrap, unwrap)
            addWay(proof, NewWay.Hardware(wrapped, answer))
        } finally {
            proof.wipe()
        }
    }

    /** Adds the phone's hardware together with a PIN or passphrase as a way to unlock. */
    public suspend fun addHardwareWay(
        proof: Unlock,
        passphrase: ByteArray,
        wrap: suspend (ByteArray) -> HardwareAnswer,
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ) {
        try {
            val (wrapped, answer) = enrolled(wrap, unwrap)
            addWay(proof, NewWay.PassphraseAndHardware(passphrase, wrapped, answer))
        } finally {
            proof.wipe()
            passphrase.wipe()
        }
    }

    /** Removes a way to unlock. The hardware's key is the app's to delete. */
    public suspend fun removeWay(way: Way): Unit = native.call { it.removeWay(way) }

    /**
     * Whether a secret still opens this wallet, before it is needed: the recovery code typed back
     * from paper, or the guardians' cards. Changes nothing.
     */
    public suspend fun rehearse(with: Unlock) {
        try {
            native.call { it.rehearse(with) }
        } finally {
            with.wipe()
        }
    }

    /** How the vault is: as found at unlock, or [thorough], which opens everything in it. */
    public suspend fun check(thorough: Boolean = false): VaultReport =
        native.call { it.check(thorough) }

    /** Takes the rows as they stand for the contents, after the owner was told what is missing. */
    public suspend fun acceptRows(): Unit = native.call { it.acceptRows() }

    /**
     * Writes a new vault into [file] with everything in this one that can be read, after a thorough
     * [check] has named damage. It unlocks as this one does, and this one is not touched.
     */
    public suspend fun rescue(file: File): RescueReport = native.call { it.rescue(file.path) }

    private suspend fun completeWay(proof: Unlock, way: NewWay): ByteArray? =
        try {
            native.call { it.completeWay(proof, way) }
        } finally {
            proof.wipe()
            way.wipe()
        }

    /** A fresh secret, wrapped, and what came of unwrapping it again. */
    private suspend fun enrolled(
        wrap: suspend (ByteArray) -> HardwareAnswer,
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ): Pair<ByteArray, HardwareAnswer> {
        val answer = native.call { it.prepareWay() }.useAndWipe { wrap(it) }
        return when (answer) {
            is HardwareAnswer.Done -> answer.bytes to unwrap(answer.bytes)
            // The refusal stands for both steps; the library turns it into its error.
            else -> ByteArray(0) to answer
        }
    }

    private suspend fun unwrapped(
        way: Way,
        unwrap: suspend (ByteArray) -> HardwareAnswer,
    ): HardwareAnswer = wrappedSecret(way)?.let { unwrap(it) } ?: HardwareAnswer.NotPresent

    public companion object {
        /**
         * Makes a wallet in a new file, with a PIN or passphrase, which is wiped, and a recovery
         * code. On Android the file belongs below `noBackupFilesDir`.
         */
        public suspend fun create(
            file: File,
            passphrase: ByteArray,
            cost: KdfCost = KdfCost.Standard,
        ): CreatedWallet = passphrase.useAndWipe {
            offThread {
                val created = native { createWallet(file.path, passphrase, cost) }
                CreatedWallet(Wallet(created.wallet), created.recoveryCode)
            }
        }

        /** Opens a wallet's file, and keeps it from being opened twice. It is locked. */
        public suspend fun open(file: File): Wallet = offThread {
            native { Wallet(FfiWallet.open(file.path)) }
        }
    }
}

/**
 * A wallet that was just made.
 *
 * @property wallet the wallet, unlocked.
 * @property recoveryCode in groups, as UTF-8: show it once, have it written on paper, [wipe] it.
 */
public class CreatedWallet(public val wallet: Wallet, public val recoveryCode: ByteArray)
