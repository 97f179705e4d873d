package org.nansen


/** A stable name for logs and for an app's own texts, such as `storage.disk_full`. */
public val NansenException.code: String get() = facts().code

/**
 * Whether trying again may succeed: when space is free, with what the person types or chooses
 * next, or after some time.
 */
public val NansenException.isRetryable: Boolean get() = facts().isRetryable

/** Whether what is kept may be at risk: copy the file before anything else. */
public val NansenException.isDataAtRisk: Boolean get() = facts().isDataAtRisk
