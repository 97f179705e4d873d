// Not run here: see README.md.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "nansen-android-shell"

// The AAR, built from the sources beside.
includeBuild("../../bindings/kotlin") {
    dependencySubstitution {
        substitute(module("org.nansen:nansen-android")).using(project(":"))
    }
}
