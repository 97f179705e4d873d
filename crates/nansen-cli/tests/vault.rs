//! Vaults and documents from the command line, and the exit codes that scripts rely on.

mod common;

use std::io::Write;
use std::process::Stdio;

use common::Nansen;
use nansen_vault::LockedVault;

fn ready() -> Nansen {
    let nansen = Nansen::new();
    nansen.run("vault init --kdf floor").ok();
    nansen
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_have_codes_of_their_own() {
    let mut nansen = ready();
    nansen.passphrase = "wrong".to_owned();
    let said = nansen.run("vault list");
    assert_eq!((said.exit, said.code()), (5, "wrong_passphrase"));
    std::fs::write(nansen.path("other.nansen"), [7; 65_536]).unwrap();
    let said = nansen.run("vault list --vault other.nansen");
    assert_eq!((said.exit, said.code()), (7, "damaged"));
    let said = nansen.run("vault list --vault nowhere.nansen");
    assert_eq!((said.exit, said.code()), (1, "file_not_found"));
}

#[test]
fn a_vault_in_use_is_told() {
    let nansen = ready();
    let held = LockedVault::open(nansen.path("wallet.nansen")).unwrap();
    let said = nansen.run("vault list");
    assert_eq!((said.exit, said.code()), (6, "in_use"));
    drop(held);
    assert_eq!(nansen.run("vault list").exit, 0);
}

#[test]
fn a_vault_is_never_created_over_another() {
    let nansen = ready();
    assert_eq!(nansen.run("vault init --kdf floor").code(), "file_exists");
}

#[test]
fn wrong_usage_is_told_as_json_too() {
    let nansen = Nansen::new();
    for arguments in ["vault", "verify", "nonsense", "vault list --now soon"] {
        let said = nansen.run(arguments);
        assert_eq!((said.exit, said.code()), (2, "usage"), "{arguments}");
    }
}

#[cfg(unix)]
#[test]
fn a_passphrase_comes_from_a_descriptor_and_two_where_one_replaces_another() {
    let nansen = ready();
    let typed = |arguments: &[&str], lines: &[u8]| {
        let mut command = nansen.command();
        command
            .args(["--json", "--passphrase-fd", "0"])
            .args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines).unwrap();
        child.wait().unwrap().code().unwrap()
    };
    let passwd = ["vault", "passwd", "--kdf", "floor"];
    assert_eq!(typed(&["vault", "list"], b"correct horse\n"), 0);
    assert_eq!(typed(&passwd, b"correct horse\nbattery staple\n"), 0);
    assert_eq!(typed(&["vault", "list"], b"correct horse\n"), 5);
    assert_eq!(typed(&["vault", "list"], b"battery staple\n"), 0);
}

#[test]
fn without_terminal_and_passphrase_nothing_hangs() {
    let nansen = ready();
    let output = nansen
        .command()
        .args(["vault", "list"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("nansen: no passphrase"), "{message}");
}

#[test]
fn the_recovery_code_opens_what_a_forgotten_passphrase_does_not() {
    let mut nansen = Nansen::new();
    let code = nansen.run("vault init --kdf floor").ok()["recovery_code"].clone();
    nansen.passphrase = code.as_str().unwrap().to_lowercase();
    assert_eq!(nansen.run("vault list --recovery-code").exit, 0);
    nansen.passphrase.pop();
    assert_eq!(nansen.run("vault list --recovery-code").exit, 5);
}

#[test]
fn a_document_comes_back_as_it_was_and_a_check_finds_all_in_order() {
    let nansen = ready();
    let scan: Vec<u8> = (0..200_000_u32)
        .map(|at| at.to_le_bytes()[0] ^ 0x5a)
        .collect();
    std::fs::write(nansen.path("scan.pdf"), &scan).unwrap();
    let added = nansen
        .run("doc add scan.pdf --title Passport --tag identity")
        .ok();
    let listed = nansen.run("doc list").ok();
    assert_eq!(listed["documents"][0]["title"], "Passport");
    assert_eq!(listed["documents"][0]["media_type"], "application/pdf");
    let id = added["id"].as_str().unwrap();
    nansen.run(&format!("doc export {id} --out back.pdf")).ok();
    assert_eq!(std::fs::read(nansen.path("back.pdf")).unwrap(), scan);
    assert_eq!(
        nansen
            .run(&format!("doc export {id} --out back.pdf"))
            .code(),
        "file_exists"
    );
    let checked = nansen.run("vault check").ok();
    assert_eq!(
        (&checked["clean"], &checked["documents"]),
        (&true.into(), &1.into())
    );
}

#[test]
fn any_file_goes_through_codes_and_back() {
    let nansen = Nansen::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(3000).collect();
    std::fs::write(nansen.path("file"), &bytes).unwrap();
    for out in ["codes.png", "codes/", "codes.txt"] {
        let drawn = nansen.run(&format!("qr encode file --out {out}")).ok();
        assert!(drawn["codes"].as_u64().unwrap() > 3);
        let back = format!("back-of-{}", out.trim_end_matches('/'));
        nansen.run(&format!("qr decode {out} --out {back}")).ok();
        assert_eq!(std::fs::read(nansen.path(&back)).unwrap(), bytes, "{out}");
    }
    assert_eq!(
        nansen.run("qr encode file --out codes.svg").code(),
        "too_long_for_one_code"
    );
}
