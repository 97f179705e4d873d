//! Whatever is done to a vault, in whatever order and however often it is closed, it holds what a plain
//! map holds.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::collections::BTreeMap;

use common::{Home, add_document, content, read_document, rng, titled};
use nansen_vault::RecordId;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Insert(usize),
    Update(prop::sample::Index, usize),
    Rename(prop::sample::Index, u16),
    Delete(prop::sample::Index),
    Document(usize),
    Abandon(usize),
    RollBack(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let one = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..20_000usize).prop_map(Step::Insert),
        2 => (one(), 0..20_000usize).prop_map(|(which, length)| Step::Update(which, length)),
        2 => (one(), any::<u16>()).prop_map(|(which, name)| Step::Rename(which, name)),
        3 => one().prop_map(Step::Delete),
        1 => (0..300_000usize).prop_map(Step::Document),
        1 => (0..300_000usize).prop_map(Step::Abandon),
        1 => (0..20_000usize).prop_map(Step::RollBack),
        1 => Just(Step::Reopen),
    ]
}

/// What the vault should hold: title, content, and whether it is a document.
type Model = BTreeMap<RecordId, (String, Vec<u8>, bool)>;

fn pick(model: &Model, which: prop::sample::Index) -> Option<RecordId> {
    (!model.is_empty()).then(|| *model.keys().nth(which.index(model.len())).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_vault_is_a_map(steps in prop::collection::vec(step(), 1..30)) {
        let (home, vault) = Home::new();
        let mut vault = Some(vault);
        let mut model = Model::new();
        for step in steps {
            let open = vault.as_mut().unwrap();
            match step {
                Step::Insert(length) => {
                    let id = open.insert(&titled("new"), &content(length), &mut rng()).unwrap();
                    model.insert(id, ("new".into(), content(length), false));
                }
                Step::Document(length) => {
                    let id = add_document(open, "scan", &content(length));
                    model.insert(id, ("scan".into(), content(length), true));
                }
                Step::Update(which, length) => {
                    let Some(id) = pick(&model, which) else { continue };
                    let done = open.update(id, &titled("updated"), &content(length), &mut rng());
                    let (title, body, document) = model.get_mut(&id).unwrap();
                    prop_assert_eq!(done.is_err(), *document);
                    if !*document {
                        (*title, *body) = ("updated".into(), content(length));
                    }
                }
                Step::Rename(which, name) => {
                    let Some(id) = pick(&model, which) else { continue };
                    open.update_summary(id, &titled(&name.to_string()), &mut rng()).unwrap();
                    model.get_mut(&id).unwrap().0 = name.to_string();
                }
                Step::Delete(which) => {
                    let Some(id) = pick(&model, which) else { continue };
                    open.delete(id, &mut rng()).unwrap();
                    model.remove(&id);
                }
                Step::Abandon(length) => {
                    let rng = &mut rng();
                    let mut writer = open.document_writer(&titled("half"), rng).unwrap();
                    writer.append(&content(length)).unwrap();
                }
                Step::RollBack(length) => {
                    let outcome = open.transaction(&mut rng(), |tx| {
                        tx.insert(&titled("undone"), &content(length))?;
                        tx.delete(RecordId::new([0; 16]))
                    });
                    prop_assert!(outcome.is_err());
                }
                Step::Reopen => {
                    drop(vault.take());
                    vault = Some(home.unlock());
                }
            }
        }
        drop(vault);
        let vault = home.unlock();
        prop_assert!(vault.check().unwrap().is_clean());
        let listed = vault.list().unwrap().records;
        prop_assert_eq!(listed.len(), model.len());
        for (id, summary) in listed {
            let (title, body, document) = &model[&id];
            prop_assert_eq!(&summary.title, title);
            let found = if *document { read_document(&vault, id) } else { vault.body(id).unwrap().to_vec() };
            prop_assert!(found == *body);
        }
    }
}
