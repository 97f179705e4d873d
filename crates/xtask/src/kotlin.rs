//! The Kotlin bindings: generated from the built library, compared with what is committed, and
//! with `--test` compiled, tested and walked through by Maven on this machine's virtual machine.
//!
//! The Android library itself is Gradle's, which does not run here; its sources are compiled
//! against the framework's jar.

use std::path::Path;
use std::process::Command;

use uniffi_bindgen::bindings::TargetLanguage;

use crate::step::{Failure, root, run as run_command, step, target};
use crate::{bindgen, fixtures};

/// `--write` takes the generated code over; `--test` tests; `--overhead` measures what a call
/// costs.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let known = ["--write", "--test", "--overhead"];
    if let Some(unknown) = arguments
        .iter()
        .find(|word| !known.contains(&word.as_str()))
    {
        return Err(format!("cargo xtask kotlin takes {known:?}, not {unknown}"));
    }
    let asked = |word| arguments.iter().any(|argument| argument == word);

    let library = bindgen::library()?;
    step("Kotlin bindings", || generate(&library, asked("--write")))?;
    if asked("--overhead") {
        measure(&library)?;
    }
    if asked("--test") {
        test(&library)?;
    }
    Ok(())
}

fn generate(library: &Path, write: bool) -> Result<(), Failure> {
    let folder = bindgen::generated(TargetLanguage::Kotlin, library)?;
    let committed = root().join("bindings/kotlin/src/main/kotlin");
    bindgen::settle(&folder.join(GENERATED), &committed.join(GENERATED), write)
}

/// Compiles everything that is Kotlin, runs the tests, and walks through the journey.
fn test(library: &Path) -> Result<(), Failure> {
    let mut maven = maven(library)?;
    fixtures::give_to(&mut maven)?;
    run_command(maven.arg("verify"))
}

/// Prints nanoseconds a call. In a release build, since that is what an app ships.
fn measure(library: &Path) -> Result<(), Failure> {
    run_command(&mut crate::step::cargo(
        "build --quiet --release --package nansen-ffi",
    ))?;
    let name = library.file_name().ok_or("the library has no name")?;
    let mut maven = maven(&target().join("release").join(name))?;
    run_command(
        maven
            .args(["--quiet", "--projects", ":nansen-overhead", "--also-make"])
            .args(["verify", "-DskipTests", "-Dnansen.overhead.skip=false"]),
    )
}

/// Maven over all modules, writing below cargo's target folder only.
fn maven(library: &Path) -> Result<Command, Failure> {
    let folder = library.parent().ok_or("the library is in no folder")?;
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let property =
        |name: &str, path: &Path| absolute(path).map(|path| format!("-D{name}={}", path.display()));
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", "--no-transfer-progress"])
        .arg("--file")
        .arg("bindings/kotlin/maven/pom.xml")
        .arg(property("nansen.build", &target().join("kotlin"))?)
        .arg(property("nansen.library", folder)?)
        .current_dir(root());
    Ok(maven)
}

/// Where the generator puts the file of our package.
const GENERATED: &str = "org/nansen/ffi/nansen.kt";
