package org.nansen.android

import java.security.Signature
import javax.crypto.Cipher
import org.nansen.HardwareAnswer

/** A use of a hardware key that has begun, and that the person may have to approve. */
public sealed class KeyUse {
    /** Wrapping or unwrapping. */
    public class OfCipher(public val cipher: Cipher) : KeyUse()

    /** Signing. */
    public class OfSignature(public val signature: Signature) : KeyUse()
}

/** What the person said. */
public sealed class Approval {
    /** The use may be finished. */
    public class Given(public val use: KeyUse) : Approval()

    /** It may not, and this is the answer for the wallet. */
    public class Refused(public val answer: HardwareAnswer) : Approval()
}

/**
 * Asks the person to approve the use of a key. [BiometricUnlock] is the one for a screen; an
 * app's own tests may answer in its place.
 */
public fun interface PersonCheck {
    /**
     * Begins the use with [begin], which may be called twice, and has it approved as [presence]
     * demands. Exceptions of [begin] pass through.
     */
    public suspend fun approve(presence: Presence, begin: () -> KeyUse): Approval

    public companion object {
        /** For keys of [Presence.NONE]: nobody is asked. */
        public val None: PersonCheck = PersonCheck { _, begin -> Approval.Given(begin()) }
    }
}
