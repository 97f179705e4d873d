package org.nansen.shell.model

import org.nansen.ClaimValue
import org.nansen.HardwareOutcome
import org.nansen.NansenException
import org.nansen.StorageProblem
import org.nansen.VerifierStanding
import org.nansen.isDataAtRisk
import org.nansen.isRetryable

/** What the person can do about a failure; each is one sentence of `strings.xml`. */
enum class Advice {
    /** Type it again. */
    WRONG_SECRET,

    /** Too many wrong PINs: wait, or use the recovery code. */
    WAIT,

    /** Wait, or unlock the phone by its own PIN. */
    HARDWARE_LOCKED,

    /** This way to unlock is gone: use PIN or recovery code, and set it up anew. */
    HARDWARE_GONE,

    /** Use PIN or recovery code. */
    HARDWARE_UNAVAILABLE,

    /** Ask for a new code to be shown. */
    ASK_AGAIN,

    /** Issued to another phone: ask the issuer for one of your own. */
    OTHER_PHONE,

    /** Free some space. */
    NO_SPACE,

    /** Make a copy of the vault before anything else. */
    DATA_AT_RISK,

    /** Try again. */
    TRY_AGAIN,

    /** It was not understood. */
    REFUSED,
}

/** The advice for a failure; null when the person declined and knows it. */
fun advice(failure: NansenException): Advice? = when (failure) {
    is NansenException.WrongSecret, is NansenException.RecoveryCodeMistyped -> Advice.WRONG_SECRET
    is NansenException.TooManyAttempts -> Advice.WAIT
    is NansenException.Hardware -> when (failure.outcome) {
        HardwareOutcome.CANCELLED -> null
        HardwareOutcome.LOCKED -> Advice.HARDWARE_LOCKED
        HardwareOutcome.INVALIDATED, HardwareOutcome.NOT_PRESENT -> Advice.HARDWARE_GONE
        HardwareOutcome.UNAVAILABLE -> Advice.HARDWARE_UNAVAILABLE
    }
    is NansenException.RequestExpired,
    is NansenException.RequestFromFuture,
    is NansenException.NotForThisRequest,
    is NansenException.NoSuchRequest,
    is NansenException.AlreadyAnswered,
    -> Advice.ASK_AGAIN
    is NansenException.OtherPhone -> Advice.OTHER_PHONE
    else -> when {
        failure is NansenException.Storage && failure.problem == StorageProblem.DISK_FULL ->
            Advice.NO_SPACE
        failure.isDataAtRisk -> Advice.DATA_AT_RISK
        failure.isRetryable -> Advice.TRY_AGAIN
        else -> Advice.REFUSED
    }
}

/** A claim's value as a person reads it. */
fun ClaimValue.text(): String = when (this) {
    is ClaimValue.Text -> value
    is ClaimValue.Integer -> value.toString()
    is ClaimValue.Number -> value.toString()
    is ClaimValue.Truth -> if (value) "✓" else "✗"
    is ClaimValue.Bytes -> "…"
    is ClaimValue.Nothing -> "–"
}

/** The name by which the wallet knows who asks; null when nobody vouches for the one it gives. */
fun VerifierStanding.knownAs(): String? = when (this) {
    is VerifierStanding.Listed -> name
    is VerifierStanding.Met -> name
    is VerifierStanding.Unknown -> null
}
