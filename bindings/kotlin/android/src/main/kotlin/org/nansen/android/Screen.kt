package org.nansen.android

import android.view.Window
import android.view.WindowManager

/**
 * Keeps what the window shows out of screenshots, recordings and the list of recent apps. For
 * every screen with a credential, a code, a PIN or the recovery code.
 */
public fun Window.blockCapture() {
    addFlags(WindowManager.LayoutParams.FLAG_SECURE)
}

/** Allows captures again. */
public fun Window.allowCapture() {
    clearFlags(WindowManager.LayoutParams.FLAG_SECURE)
}

/** Lights the screen fully and keeps it lit, so that another phone can read a code from it. */
public fun Window.showBrightly() {
    addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
    attributes = attributes.apply {
        screenBrightness = WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_FULL
    }
}

/** Gives brightness and sleep back to the person's settings. */
public fun Window.showNormally() {
    clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
    attributes = attributes.apply {
        screenBrightness = WindowManager.LayoutParams.BRIGHTNESS_OVERRIDE_NONE
    }
}
