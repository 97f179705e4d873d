// The Android library (AAR): generated code, wrapper, platform parts, and the native library for
// three kinds of phone.
//
// NOT RUN HERE: the machines that build this project have neither an Android SDK nor an NDK. The
// same Kotlin sources are compiled and tested by Maven (see README.md); this file is written with
// care and has not been executed.
//
// Needs: Gradle 9, JDK 17, the Android SDK with NDK r28 or later, and
//   rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android
//   cargo install cargo-ndk --locked --version 4.1.2
// Then: gradle assembleRelease, or gradle publishToMavenLocal.

import javax.inject.Inject
import org.gradle.process.ExecOperations

plugins {
    id("com.android.library") version "9.5.0" // brings Kotlin along
    `maven-publish`
}

group = "org.nansen"
version = "0.1.0"

android {
    namespace = "org.nansen.android"
    compileSdk = 37
    ndkVersion = "28.2.13676358"

    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    sourceSets.named("main") {
        manifest.srcFile("android/src/main/AndroidManifest.xml")
        kotlin.directories.add("android/src/main/kotlin")
    }

    packaging {
        // Compressed in the APK would mean unpacked on the phone, twice its size.
        jniLibs.useLegacyPackaging = false
    }

    publishing {
        singleVariant("release") {
            withSourcesJar()
        }
    }
}

dependencies {
    // The AAR of JNA carries libjnidispatch.so of each kind of phone; its jar does not.
    api("net.java.dev.jna:jna:5.19.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.11.0")
    compileOnly("androidx.annotation:annotation:1.9.1")
}

/** Builds libnansen_ffi.so for each kind of phone into the layout of jniLibs. */
abstract class CargoNdk : DefaultTask() {
    @get:Inject
    protected abstract val processes: ExecOperations

    /** Names of cargo-ndk, which are those of the folders. */
    @get:Input
    abstract val abis: ListProperty<String>

    @get:Input
    abstract val minSdk: Property<Int>

    /** The Cargo workspace. */
    @get:Internal
    abstract val workspace: DirectoryProperty

    @get:OutputDirectory
    abstract val libraries: DirectoryProperty

    init {
        // Only cargo knows whether anything changed, and it asks quickly.
        outputs.upToDateWhen { false }
    }

    @TaskAction
    fun build() {
        processes.exec {
            workingDir = workspace.get().asFile
            // Phones with pages of 16 KiB (Android 15) refuse a library that is aligned to 4.
            environment("RUSTFLAGS", "-C link-arg=-Wl,-z,max-page-size=16384")
            commandLine = buildList {
                addAll(listOf("cargo", "ndk", "--platform", minSdk.get().toString()))
                abis.get().forEach { addAll(listOf("--target", it)) }
                addAll(listOf("--output-dir", libraries.get().asFile.path))
                addAll(listOf("build", "--locked", "--package", "nansen-ffi"))
                // Small, and able to unwind, so that a panic becomes an exception.
                addAll(listOf("--profile", "small"))
            }
        }
    }
}

val cargoNdk = tasks.register<CargoNdk>("cargoNdk") {
    abis = listOf("arm64-v8a", "armeabi-v7a", "x86_64")
    minSdk = 24
    workspace = layout.projectDirectory.dir("../..")
}

androidComponents {
    onVariants { variant ->
        variant.sources.jniLibs?.addGeneratedSourceDirectory(cargoNdk, CargoNdk::libraries)
    }
}

publishing {
    publications {
        register<MavenPublication>("release") {
            artifactId = "nansen-android"
            afterEvaluate { from(components["release"]) }
            pom {
                name = "Nansen"
                description = "Offline-first credentials and documents: vault, presentation, verifier"
                licenses {
                    license {
                        name = "MIT OR Apache-2.0"
                    }
                }
            }
        }
    }
}
