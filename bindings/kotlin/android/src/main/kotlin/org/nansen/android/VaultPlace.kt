package org.nansen.android

import android.content.Context
import java.io.File

/**
 * The file of a vault, in the folder that Android never backs up or moves to another phone.
 *
 * A copy of the file elsewhere is a vault that can be tried without end, that brings back what
 * was deleted, and whose hardware keys stayed behind. The vault's own backup has none of that.
 */
public fun Context.vaultFile(name: String = "vault.nansen"): File = File(noBackupFilesDir, name)
