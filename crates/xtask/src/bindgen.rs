//! The generated half of the bindings: written from the metadata in the built library, committed,
//! and compared with what is committed.

use std::fs;
use std::path::{Path, PathBuf};

use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate};

use crate::step::{Failure, cargo, root, run, target};

/// Builds the library that apps load, unstripped, since the generator reads its metadata.
pub(crate) fn library() -> Result<PathBuf, Failure> {
    run(&mut cargo("build --quiet --package nansen-ffi"))?;
    let name = format!(
        "{}nansen_ffi{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    Ok(target().join("debug").join(name))
}

/// Generates the code of one language into an empty folder, and gives the folder.
pub(crate) fn generated(language: TargetLanguage, library: &Path) -> Result<PathBuf, Failure> {
    let folder = target().join(format!("bindings-{language:?}").to_lowercase());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let utf8 = |path: PathBuf| {
        path.try_into()
            .map_err(|error| format!("a path that is not UTF-8: {error}"))
    };
    let options = GenerateOptions {
        languages: vec![language],
        source: utf8(library.to_owned())?,
        out_dir: utf8(folder.clone())?,
        config_override: Some(utf8(root().join("uniffi.toml"))?),
        format: false,
        crate_filter: None,
        metadata_no_deps: true,
    };
    generate(options).map_err(|error| format!("generating: {error:#}"))?;
    Ok(folder)
}

/// Compares a generated file with the committed one, or writes it there.
pub(crate) fn settle(generated: &Path, committed: &Path, write: bool) -> Result<(), Failure> {
    let unreadable = |path: &Path, error| format!("{}: {error}", path.display());
    let new = fs::read(generated).map_err(|error| unreadable(generated, error))?;
    if fs::read(committed).is_ok_and(|old| old == new) {
        return Ok(());
    }
    if !write {
        return Err(format!(
            "{} is not what the library generates: run the command again with --write",
            committed.display()
        ));
    }
    if let Some(folder) = committed.parent() {
        fs::create_dir_all(folder).map_err(|error| unreadable(folder, error))?;
    }
    fs::write(committed, new).map_err(|error| unreadable(committed, error))
}
