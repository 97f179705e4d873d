// NOT RUN HERE: it needs the Android SDK and the NDK. See README.md for what is compiled without.

plugins {
    id("com.android.application") version "9.5.0" // brings Kotlin along
    id("org.jetbrains.kotlin.plugin.compose") version "2.4.20"
}

android {
    namespace = "org.nansen.shell"
    compileSdk = 37

    defaultConfig {
        applicationId = "org.nansen.shell"
        minSdk = 24
        targetSdk = 37
        versionCode = 1
        versionName = "0.1.0"
    }

    buildFeatures {
        compose = true
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_11
        targetCompatibility = JavaVersion.VERSION_11
    }

    buildTypes {
        release {
            // The rules of JNA and of the generated code come with the AAR.
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }
}

dependencies {
    implementation("org.nansen:nansen-android:0.1.0")
    implementation("androidx.activity:activity-compose:1.13.0")
    implementation("androidx.compose.foundation:foundation:1.12.1")
    implementation("androidx.compose.material3:material3:1.4.0")
    implementation("androidx.lifecycle:lifecycle-runtime-compose:2.11.0")
    implementation("androidx.lifecycle:lifecycle-viewmodel:2.11.0")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.11.0")
    // Reads codes on the phone, without a service of anybody.
    implementation("com.journeyapps:zxing-android-embedded:4.3.0")
}
