//! The Kotlin bindings: generated from the built library, compared with what is committed, and
//! with `--test` compiled, tested and walked through by Maven on this machine's virtual machine.
//!
//! The Android library itself is Gradle's, which does not run here; its sources are compiled
//! against the framework's jar.

use std::fs;
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
    let generated = folder.join(GENERATED);
    let failed = |error| format!("{}: {error}", generated.display());
    let code = fs::read_to_string(&generated).map_err(failed)?;
    fs::write(&generated, redacted(&renamed(&code))).map_err(failed)?;
    let committed = root().join("bindings/kotlin/src/main/kotlin");
    bindgen::settle(&generated, &committed.join(GENERATED), write)
}

/// Renames what `Wallet.open` returns, which UniFFI 0.32 leaves out where it renames by
/// configuration: it looks at the arguments of named constructors only.
fn renamed(code: &str) -> String {
    code.replace("): Wallet {", "): FfiWallet {")
        .replace("FfiConverterTypeWallet.", "FfiConverterTypeFfiWallet.")
}

/// Gives every data class with byte arrays a `toString` that prints their lengths only. The one
/// that Kotlin gives it prints each byte, and among them are PINs, codes and stored keys.
fn redacted(code: &str) -> String {
    let mut lines = code.lines();
    let mut out = String::with_capacity(code.len());
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(name) = line
            .trim_start()
            .strip_prefix("data class ")
            .map(|rest| rest.trim_end_matches(['(', ' ']))
        else {
            continue;
        };
        let mut properties = Vec::new();
        let mut hides = false;
        for line in lines.by_ref() {
            out.push_str(line);
            out.push('\n');
            let line = line.trim();
            if let Some((property, kind)) = line
                .strip_prefix("val `")
                .and_then(|declared| declared.split_once("`: "))
            {
                hides |= kind.starts_with("kotlin.ByteArray");
                properties.push(if kind.starts_with("kotlin.ByteArray?") {
                    format!("{property}=<${{{property}?.size ?: \"no\"}} bytes>")
                } else if kind.starts_with("kotlin.ByteArray") {
                    format!("{property}=<${{{property}.size}} bytes>")
                } else {
                    format!("{property}=${property}")
                });
            }
            if line.ends_with('{') {
                break;
            }
        }
        if hides {
            out.push_str(&format!(
                "    override fun toString(): String = \"{name}({})\"\n",
                properties.join(", ")
            ));
        }
    }
    out
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
const GENERATED: &str = "org/nansen/nansen.kt";
