//! Runs every property of every parser on the bytes that fuzzing has found worth keeping.

#![allow(clippy::panic, clippy::unwrap_used, reason = "all of it is tests")]

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use nansen_tests::fuzz::{TARGETS, run};

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// Names in a folder, sorted, so that failures come in the same order everywhere.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = folder
        .read_dir()
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_target_has_a_corpus_and_a_program_and_the_reverse() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(targets.len(), TARGETS.len(), "a name used twice");
    assert_eq!(names(&corpora()), targets);
    let programs: BTreeSet<String> = targets.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&corpora().join("../fuzz_targets")), programs);
    let manifest = std::fs::read_to_string(corpora().join("../Cargo.toml")).unwrap();
    for target in targets {
        assert!(!names(&corpora().join(&target)).is_empty(), "{target}");
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}

#[test]
fn every_file_of_every_corpus_keeps_the_properties() {
    let mut broken = Vec::new();
    for (target, _) in TARGETS {
        let folder = corpora().join(target);
        for name in names(&folder) {
            let file = folder.join(name);
            let data = std::fs::read(&file).unwrap();
            if catch_unwind(|| run(target, &data)).is_err() {
                broken.push(file.display().to_string());
            }
        }
    }
    assert!(broken.is_empty(), "properties broken by {broken:#?}");
}
