package org.nansen.android

import java.io.File
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The Kotlin in the guide is the one that the compiler has seen. */
internal class GuideTest {
    @Test
    fun `each block of Kotlin in the guide is one of Guide_kt, in its order`() {
        val told = blocks(File("../../README.md"), begin = "```kotlin", end = "```")
        val compiled = blocks(File("src/test/kotlin/org/example/gate/Guide.kt"), begin = "// [guide]", end = "// [end]")
        assertTrue(told.isNotEmpty())
        for ((block, source) in told.zip(compiled)) {
            assertEquals(source, block)
        }
        assertEquals(compiled.size, told.size)
    }

    /** What stands between the marks, without the indentation that all its lines share. */
    private fun blocks(file: File, begin: String, end: String): List<String> {
        val blocks = mutableListOf<String>()
        var open: MutableList<String>? = null
        for (line in file.readLines()) {
            when {
                line.trim() == begin -> open = mutableListOf()
                line.trim() == end -> {
                    open?.let { blocks += it.joinToString("\n").trimIndent() }
                    open = null
                }
                else -> open?.add(line)
            }
        }
        return blocks
    }
}
