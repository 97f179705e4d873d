package org.nansen

import kotlin.time.Clock
import kotlin.time.Duration
import kotlin.time.Instant

/** Somebody who asks and checks, with nothing but what the phone already carries. */
public class Verifier private constructor(core: FfiVerifier) : AutoCloseable {
    internal val native = Native(core)

    /** The public key that goes with [secretKey]: for whoever lists who may ask for what. */
    public suspend fun publicKey(): ByteArray = native.call { it.publicKey() }

    /** The key that signs requests. Keep it as carefully as a password, and [wipe] this copy. */
    public suspend fun secretKey(): ByteArray = native.call { it.secretKey() }

    /** Adds a root, a publisher, a list or a pack. */
    public suspend fun addTrust(item: TrustItem): TrustAdded = native.call { it.addTrust(item) }

    /** What is trusted and known, and all of it to be stored. */
    public suspend fun trust(): TrustState = native.call { it.trust() }

    /** Asks: [query] is DCQL in JSON, [purpose] a sentence that the holder reads. */
    public suspend fun request(
        query: String,
        purpose: String,
        now: Instant = Clock.System.now(),
    ): OpenRequest = native.call { it.request(query, purpose, now) }

    /**
     * Opens a request again after the process ended: [stored] is that of [OpenRequest.stored].
     * It is secret, and left as it is: an [OpenRequest] may still hold it. [wipe] what was read
     * from a file.
     */
    public suspend fun reopen(stored: ByteArray): OpenRequest = native.call { it.reopen(stored) }

    /** Opens the answer to an open request and checks each credential in it. */
    public suspend fun checkAnswer(
        request: OpenRequest,
        answer: Message,
        now: Instant = Clock.System.now(),
    ): Answer = native.call { it.checkAnswer(request.id, answer, now) }

    /** Checks what answers no request: shown to whoever scans, or printed. Never `VALID`. */
    public suspend fun checkUnasked(
        message: Message,
        now: Instant = Clock.System.now(),
    ): Report = native.call { it.checkUnasked(message, now) }

    override fun close() {
        native.close()
    }

    public companion object {
        /**
         * A verifier that holders see under [name].
         *
         * @param key that of [secretKey], which is wiped; null draws a new one.
         * @param trust that of [TrustState.stored]; null trusts nobody yet.
         * @param maxStatusAge how old a status list may be that settles whether a credential was
         *   revoked; null stands for 30 days.
         * @param oldStatus what is made of an older one. That a credential was revoked counts
         *   however old the list is.
         */
        public suspend fun create(
            name: String,
            key: ByteArray? = null,
            trust: ByteArray? = null,
            maxStatusAge: Duration? = null,
            oldStatus: OldStatus = OldStatus.WARN,
        ): Verifier = try {
            offThread {
                native { Verifier(FfiVerifier(name, key, trust, maxStatusAge?.inWholeSeconds, oldStatus)) }
            }
        } finally {
            key?.wipe()
        }
    }
}
