//! `cargo xtask swift`: the generated half of the Swift package, its tests, and its examples.
//!
//! Swift 6 is the machine's own where there is one. Elsewhere `bindings/swift/chroot.sh` brings
//! it, and the library built here is used there: its C library is older than the chroot's.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use uniffi_bindgen::bindings::TargetLanguage;

use crate::step::{Failure, root, run as run_command, step, target};
use crate::{bindgen, fixtures};

/// `--write` takes the generated code over. `--test` runs the package's tests, the journey, and
/// whatever of the sample app this machine can compile.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let known = ["--write", "--test"];
    if let Some(unknown) = arguments
        .iter()
        .find(|word| !known.contains(&word.as_str()))
    {
        return Err(format!("cargo xtask swift takes {known:?}, not {unknown}"));
    }
    let asked = |word| arguments.iter().any(|argument| argument == word);

    let library = bindgen::library()?;
    step("generated Swift", || generate(&library, asked("--write")))?;
    if !asked("--test") {
        return Ok(());
    }
    let folder = fixtures::make()?;
    let swift = Toolchain::find(&library, &folder)?;
    step("Swift package", || swift.test("bindings/swift"))?;
    step("Swift journey", || {
        swift.run(&["run"], "examples/swift-journey", &[])
    })?;
    step("iOS shell without its screens", || {
        swift.test("examples/ios-shell")
    })?;
    step("Apple's parts against declarations", || {
        swift.run(
            &["build"],
            "bindings/swift",
            &[("NANSEN_APPLE_DECLARATIONS", "1")],
        )
    })
}

fn generate(library: &Path, write: bool) -> Result<(), Failure> {
    let generated = bindgen::generated(TargetLanguage::Swift, library)?;
    let sources = root().join("bindings/swift/Sources");
    for (name, committed) in GENERATED {
        bindgen::settle(&generated.join(name), &sources.join(committed), write)?;
    }
    Ok(())
}

/// How Swift is run on this machine.
struct Toolchain {
    /// The program and what comes before the arguments of `swift`.
    prefix: Vec<OsString>,
    is_chroot: bool,
    /// Where Swift keeps what it builds.
    scratch: PathBuf,
    library_folder: PathBuf,
    fixtures: PathBuf,
}

impl Toolchain {
    fn find(library: &Path, fixtures: &Path) -> Result<Self, Failure> {
        let root = absolute(&root())?;
        let target = absolute(&target())?;
        let library = absolute(library)?;
        let library_folder = library.parent().unwrap_or(&target).to_owned();
        let is_chroot = !has_swift_6();
        let prefix = if is_chroot {
            let mut prefix = vec![root.join("bindings/swift/chroot.sh").into_os_string()];
            for folder in [&root, &target] {
                prefix.extend(["--bind".into(), folder.clone().into_os_string()]);
            }
            prefix.extend(["--".into(), "swift".into()]);
            prefix
        } else {
            vec!["swift".into()]
        };
        Ok(Self {
            prefix,
            is_chroot,
            scratch: target.join("swift"),
            library_folder,
            fixtures: fixtures.to_owned(),
        })
    }

    fn test(&self, package: &str) -> Result<(), Failure> {
        self.run(&["test"], package, &[])
    }

    /// Runs `swift` in a package of the project.
    fn run(
        &self,
        subcommand: &[&str],
        package: &str,
        more: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("LD_LIBRARY_PATH".into(), self.library_folder.clone().into()),
            ("NANSEN_FIXTURES".into(), self.fixtures.clone().into()),
            ("NANSEN_CLI".into(), self.fixtures.join("nansen").into()),
        ];
        // A build of its own for other variables, since the manifest reads them.
        let mut scratch = self.scratch.join(package.replace('/', "-"));
        for (name, value) in more {
            variables.push((name.into(), value.into()));
            scratch.set_extension(name.to_lowercase());
        }
        replan(&scratch)?;
        let (program, prefix) = self.prefix.split_first().ok_or("no Swift")?;
        let mut command = Command::new(program);
        command.args(prefix).args(subcommand);
        command.arg("--package-path").arg(root().join(package));
        command.arg("--scratch-path").arg(scratch);
        command.args(["--quiet", "-Xlinker"]);
        command.arg(joined("-L", &self.library_folder));
        // Debian's Observation library misses a symbol of Swift's own runtime, which only a
        // fatal error would call.
        command.args(["-Xlinker", "--allow-shlib-undefined"]);
        if self.is_chroot {
            let mut lines = OsString::new();
            for (name, value) in variables {
                lines.push(name);
                lines.push("=");
                lines.push(value);
                lines.push("\n");
            }
            command.env("NANSEN_SWIFT_ENV", lines);
        } else {
            command.envs(variables);
        }
        run_command(&mut command)
    }
}

/// Has SwiftPM plan its build anew: its plan of an earlier run does not notice a file that is new
/// in a package beside the one that is built.
fn replan(scratch: &Path) -> Result<(), Failure> {
    let plan = scratch.join("debug.yaml");
    match fs::remove_file(&plan) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(format!("{}: {error}", plan.display()))
        }
        _ => Ok(()),
    }
}

/// Whether the machine has a Swift of its own that is new enough.
fn has_swift_6() -> bool {
    let Ok(output) = Command::new("swift").arg("--version").output() else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.split("Swift version ").nth(1);
    let major = version.and_then(|version| version.split('.').next());
    major.is_some_and(|major| major.parse::<u32>().is_ok_and(|major| major >= 6))
}

fn joined(flag: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(path);
    argument
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Generated files, and where they are committed under `Sources`. The module map is written by
/// hand, since it names the library to link.
const GENERATED: [(&str, &str); 2] = [
    ("NansenFFI.swift", "Nansen/Generated/NansenFFI.swift"),
    ("nansenFFI.h", "nansenFFI/nansenFFI.h"),
];
