package org.nansen

import java.nio.ByteBuffer
import java.nio.CharBuffer

/**
 * What was typed, as UTF-8, without a `String` in between, which nobody could wipe. Takes the
 * `Editable` of a text field as it is: clear that afterwards.
 */
public fun CharSequence.toSecretBytes(): ByteArray = encode(CharBuffer.wrap(this))

/** What was typed, as UTF-8. The characters are wiped. */
public fun CharArray.toSecretBytes(): ByteArray =
    try {
        encode(CharBuffer.wrap(this))
    } finally {
        fill('\u0000')
    }

/** Overwrites the array with zeros. */
public fun ByteArray.wipe() {
    fill(0)
}

/** Gives the array to [work] and wipes it, whatever came of that. */
public inline fun <T> ByteArray.useAndWipe(work: (ByteArray) -> T): T =
    try {
        work(this)
    } finally {
        wipe()
    }

/** Wipes what somebody typed, and what the hardware unwrapped. */
public fun Unlock.wipe() {
    when (this) {
        is Unlock.Passphrase -> passphrase.wipe()
        is Unlock.RecoveryCode -> code.wipe()
        is Unlock.Hardware -> answer.wipe()
        is Unlock.PassphraseAndHardware -> {
            passphrase.wipe()
            answer.wipe()
        }
        is Unlock.Guardians -> cards.forEach { it.wipe() }
    }
}

/** Wipes what somebody typed, and what the hardware unwrapped. */
public fun NewWay.wipe() {
    when (this) {
        is NewWay.Passphrase -> passphrase.wipe()
        is NewWay.RecoveryCode -> Unit
        is NewWay.Hardware -> answer.wipe()
        is NewWay.PassphraseAndHardware -> {
            passphrase.wipe()
            answer.wipe()
        }
    }
}

/** Wipes what somebody typed. */
public fun BackupKey.wipe() {
    when (this) {
        is BackupKey.Passphrase -> passphrase.wipe()
        is BackupKey.Code -> code.wipe()
    }
}

/** Wipes the card, once it is printed. */
public fun GuardianCard.wipe() {
    text.wipe()
}

/** Wipes what the hardware gave. */
public fun HardwareAnswer.wipe() {
    if (this is HardwareAnswer.Done) {
        bytes.wipe()
    }
}

/** A lone half of a surrogate pair becomes `?`, as it does everywhere in Java. */
private fun encode(characters: CharBuffer): ByteArray {
    val room = ByteArray(characters.length * UTF8_BYTES_MAX)
    return room.useAndWipe {
        val bytes = ByteBuffer.wrap(room)
        Charsets.UTF_8.newEncoder()
            .onMalformedInput(java.nio.charset.CodingErrorAction.REPLACE)
            .encode(characters, bytes, true)
        room.copyOf(bytes.position())
    }
}

/** For each UTF-16 unit: a pair of them takes four. */
private const val UTF8_BYTES_MAX = 3
