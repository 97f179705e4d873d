package org.nansen.shell.model

import org.nansen.ClaimValue
import org.nansen.HardwareOutcome
import org.nansen.NansenException
import org.nansen.StorageProblem
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

    /** Nobody whom this phone trusts has signed it. */
    NOBODY_VOUCHES,

    /** Somebody else may be using a publisher's name. */
    NAME_TAKEN,

    /** It is only what has changed: get the whole of it. */
    GET_THE_WHOLE,

    /** A newer one is here. */
    NEWER_HERE,

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
    is NansenException.Untrusted,
    is NansenException.BadSignature,
    is NansenException.TooFewSignatures,
    -> Advice.NOBODY_VOUCHES
    is NansenException.PublisherHeld -> Advice.NAME_TAKEN
    is NansenException.BuildsOnOther -> Advice.GET_THE_WHOLE
    is NansenException.Outdated -> Advice.NEWER_HERE
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
