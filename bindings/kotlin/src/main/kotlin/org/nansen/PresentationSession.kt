package org.nansen

import kotlin.time.Clock
import kotlin.time.Instant

/** A presentation in the making. It ends when the wallet is locked, and when it is closed. */
public class PresentationSession internal constructor(core: FfiSession) : AutoCloseable {
    private val native = Native(core)

    /** What the request asks for, to be told to the holder; null when nobody asked. */
    public val consent: Consent? = core.consent()

    /**
     * Takes the holder's choice (empty when nobody asked) and gives what device keys in hardware
     * are to sign. May be called again with another choice until [complete] succeeds.
     */
    public suspend fun prepare(
        choice: List<ChosenCredential>,
        now: Instant = Clock.System.now(),
    ): List<SigningTask> = native.call { it.prepare(choice, now) }

    /**
     * Makes the message and notes it in the history. [answers] are those to the tasks of
     * [prepare], in their order. When it fails, nothing was shown, and it may be called again.
     */
    public suspend fun complete(answers: List<HardwareAnswer> = emptyList()): Message =
        native.call { it.complete(answers) }

    /**
     * [prepare] and [complete] in one: [sign] is asked for each key in hardware, and for none
     * when all keys are in the vault.
     */
    public suspend fun answer(
        choice: List<ChosenCredential>,
        now: Instant = Clock.System.now(),
        sign: suspend (SigningTask) -> HardwareAnswer = { HardwareAnswer.Unavailable },
    ): Message = complete(prepare(choice, now).map { sign(it) })

    override fun close() {
        native.close()
    }
}
