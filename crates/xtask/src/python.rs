//! The Python bindings: generated from the built library, compared with what is committed, and
//! with `--test` packed into a wheel, installed in a fresh environment and tested there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use uniffi_bindgen::bindings::TargetLanguage;

use crate::step::{Failure, cargo, root, run as run_command, step, target};
use crate::{bindgen, fixtures};

/// `--write` takes the generated code over; `--wheel` makes the wheel, `--test` also tests it.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let known = ["--write", "--wheel", "--test"];
    if let Some(unknown) = arguments
        .iter()
        .find(|word| !known.contains(&word.as_str()))
    {
        return Err(format!("cargo xtask python takes {known:?}, not {unknown}"));
    }
    let asked = |word| arguments.iter().any(|argument| argument == word);

    let library = bindgen::library()?;
    step("Python bindings", || generate(&library, asked("--write")))?;
    if asked("--wheel") || asked("--test") {
        let wheel = wheel(&library)?;
        println!("{}", wheel.display());
        if asked("--test") {
            step("Python tests", || test(&wheel))?;
        }
    }
    Ok(())
}

fn generate(library: &Path, write: bool) -> Result<(), Failure> {
    let folder = bindgen::generated(TargetLanguage::Python, library)?;
    let committed = package().join("src/nansen/_ffi.py");
    bindgen::settle(&folder.join("nansen.py"), &committed, write)
}

/// Packs a copy of the package, with the library as apps ship it, so that no binary comes to lie
/// among the sources.
fn wheel(library: &Path) -> Result<PathBuf, Failure> {
    run_command(&mut cargo("build --quiet --release --package nansen-ffi"))?;
    let name = library.file_name().ok_or("the library has no name")?;
    let (staged, wheels) = (folder("staged")?, folder("wheels")?);
    copy(&package(), &staged)?;
    run_command(
        Command::new("strip")
            .args(["-S", "-x", "-o"])
            .arg(staged.join("src/nansen").join(name))
            .arg(target().join("release").join(name)),
    )?;
    run_command(
        Command::new(PYTHON)
            .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"])
            .arg(&wheels)
            .arg(&staged),
    )?;
    let made = fs::read_dir(&wheels).map_err(|error| at(&wheels, &error))?;
    let made = made.filter_map(Result::ok).map(|entry| entry.path());
    made.last().ok_or_else(|| "pip made no wheel".into())
}

/// Far from the checkout, so that only the installed package can be what is tested.
fn test(wheel: &Path) -> Result<(), Failure> {
    let environment = folder("environment")?;
    run_command(Command::new(PYTHON).args(["-m", "venv"]).arg(&environment))?;
    let python = environment.join("bin/python");
    run_command(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-index"])
            .arg(wheel),
    )?;
    let mut tests = Command::new(&python);
    fixtures::give_to(&mut tests)?;
    let committed = package().join("tests");
    let committed = fs::canonicalize(&committed).map_err(|error| at(&committed, &error))?;
    run_command(
        tests
            .args([
                "-I",
                "-B",
                "-X",
                "dev",
                "-m",
                "unittest",
                "discover",
                "--start-directory",
            ])
            .arg(committed)
            .current_dir(environment),
    )
}

/// An empty folder below the target folder.
fn folder(name: &str) -> Result<PathBuf, Failure> {
    let folder = target().join("python").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    fs::canonicalize(&folder).map_err(|error| at(&folder, &error))
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| at(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| at(from, &error))? {
        let path = entry.map_err(|error| at(from, &error))?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(|error| at(&path, &error))?;
        }
    }
    Ok(())
}

fn package() -> PathBuf {
    root().join("bindings/python")
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display())
}

const PYTHON: &str = "python3";
