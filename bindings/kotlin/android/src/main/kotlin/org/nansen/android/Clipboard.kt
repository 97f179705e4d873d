package org.nansen.android

import android.content.ClipData
import android.content.ClipDescription
import android.content.ClipboardManager
import android.content.Context
import android.os.Build
import android.os.PersistableBundle

/**
 * Copies [text] marked as sensitive, so that the system neither previews it (API 33) nor, where
 * the keyboard honours the mark, keeps it. Never offer it for a PIN or a recovery code: every app
 * that is in front may read the clipboard. Follow it with [clearClipboard].
 */
public fun Context.copySensitive(label: String, text: CharSequence) {
    val clip = ClipData.newPlainText(label, text)
    clip.description.extras = PersistableBundle().apply { putBoolean(SENSITIVE, true) }
    getSystemService(ClipboardManager::class.java).setPrimaryClip(clip)
}

/** Empties the clipboard: when the app goes to the background, or a minute after the copy. */
public fun Context.clearClipboard() {
    val clipboard = getSystemService(ClipboardManager::class.java)
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) {
        clipboard.clearPrimaryClip()
    } else {
        clipboard.setPrimaryClip(ClipData.newPlainText("", ""))
    }
}

/** The value of [ClipDescription.EXTRA_IS_SENSITIVE], whose name came with API 33. */
private const val SENSITIVE = "android.content.extra.IS_SENSITIVE"
