package org.nansen.android

/** What the phone asks of the person before it uses a hardware key. */
public enum class Presence {
    /** Nothing beyond an unlocked phone. */
    NONE,

    /**
     * A strong biometric (class 3) at every use. The key dies when a finger or a face is
     * enrolled. API 28; below it, making such a key answers `Unavailable`.
     */
    BIOMETRIC,

    /**
     * The phone's own PIN, pattern or password, or a strong biometric. On API 30 and above at
     * every use, below it within [CREDENTIAL_SECONDS] seconds before the use. Outlives the
     * enrolment of a finger.
     */
    DEVICE_CREDENTIAL,
}

/** How long a confirmed PIN of the phone lets a key be used where it cannot be asked for each use. */
public const val CREDENTIAL_SECONDS: Int = 15

/**
 * What a hardware key demands.
 *
 * @property presence what the person must do before each use.
 * @property hardwareOnly refuse a key that the phone would keep in software only. Emulators have
 *   no other: an app's debug build may set `false`.
 */
public data class KeyRules(
    val presence: Presence = Presence.BIOMETRIC,
    val hardwareOnly: Boolean = true,
)
