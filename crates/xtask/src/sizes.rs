//! What the library weighs in an app: the whole of it and the verifier alone, on both processors,
//! against the figures that it must keep to; and what each part has of that.
//!
//! A part's share is the sum of its symbols. What is inlined counts where it is inlined, and code
//! that a generic type of the standard library was made into counts as the standard library's.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{Failure, output, run, target};
use crate::targets::{ARM64, cargo_from_source};

/// Builds each library, prints what it weighs, and refuses what is too heavy.
pub(crate) fn run_all() -> Result<(), Failure> {
    let mut weighed = Vec::new();
    for machine in &MACHINES {
        for form in &FORMS {
            weighed.push(Weighed::build(machine, form)?);
        }
    }
    print(&weighed);
    weighed.iter().try_for_each(Weighed::judge)
}

/// A processor, and the program of binutils that leaves the symbols out.
struct Machine {
    name: &'static str,
    triple: &'static str,
    strip: &'static str,
}

const MACHINES: [Machine; 2] = [
    Machine {
        name: "x86_64",
        triple: "x86_64-unknown-linux-gnu",
        strip: "strip",
    },
    Machine {
        name: "arm64",
        triple: ARM64,
        strip: "aarch64-linux-gnu-strip",
    },
];

/// What is built in, and what it may weigh, in bytes.
struct Form {
    name: &'static str,
    features: &'static str,
    most: u64,
}

/// Of the verifier 900,000 were wanted, which phones' arm64 keeps to, and x86_64 did until the trust
/// store came to remember what it once knew.
const FORMS: [Form; 2] = [
    Form {
        name: "everything",
        features: "",
        most: 2_500_000,
    },
    Form {
        name: "verifier",
        features: " --no-default-features",
        most: 935_000,
    },
];

/// Bytes that the library may have when gzipped, as stores send it. Wanted were 1,200,000, which it kept
/// to until packs, queues and receipts came in; the README says what was tried.
const GZIPPED_MOST: u64 = 1_290_000;

/// A library as it was built.
struct Weighed {
    machine: &'static Machine,
    form: &'static Form,
    size: u64,
    gzipped: u64,
    /// Bytes of each of [`PARTS`] and of the rest.
    shares: Vec<u64>,
}

impl Weighed {
    fn build(machine: &'static Machine, form: &'static Form) -> Result<Self, Failure> {
        let arguments = format!("{BUILD}{}", form.features);
        let folder = target().join("sizes");
        // The symbols tell the parts apart, and are left out of a copy afterwards.
        run(cargo_from_source(machine.triple, &arguments)?
            .env("CARGO_PROFILE_SMALL_STRIP", "none")
            .env("CARGO_TARGET_DIR", &folder))?;
        let named = folder.join(machine.triple).join("small").join(LIBRARY);
        let library = folder.join(format!("{}-{}-{LIBRARY}", machine.name, form.name));
        run(Command::new(machine.strip)
            .args(["--strip-all", "-o"])
            .arg(&library)
            .arg(&named))?;
        let size = fs::metadata(&library)
            .map_err(|error| format!("{}: {error}", library.display()))?
            .len();
        Ok(Self {
            machine,
            form,
            size,
            gzipped: gzipped(&library)?,
            shares: shares(&named, size)?,
        })
    }

    fn judge(&self) -> Result<(), Failure> {
        if self.size <= self.form.most && self.gzipped <= GZIPPED_MOST {
            return Ok(());
        }
        Err(format!(
            "{} for {} is {} bytes and {} gzipped; allowed are {} and {}",
            self.form.name,
            self.machine.name,
            self.size,
            self.gzipped,
            self.form.most,
            GZIPPED_MOST,
        ))
    }
}

/// Bytes of the file as gzip makes it.
fn gzipped(file: &Path) -> Result<u64, Failure> {
    let gzip = Command::new("gzip")
        .args(["-9", "--stdout"])
        .arg(file)
        .output();
    let gzip = gzip.map_err(|error| format!("gzip did not start: {error}"))?;
    if gzip.status.success() {
        Ok(gzip.stdout.len() as u64)
    } else {
        Err(format!("gzip ended with {}", gzip.status))
    }
}

/// What each of [`PARTS`] has of a library of `size` bytes, and last what no symbol has.
fn shares(library: &Path, size: u64) -> Result<Vec<u64>, Failure> {
    let symbols = output(
        Command::new("nm")
            .args(["--print-size", "--demangle", "--defined-only"])
            .arg(library),
    )?;
    let mut shares = vec![0; PARTS.len()];
    for line in symbols.lines() {
        // Address, size, type, name; a symbol without a size has no such column.
        let mut columns = line.splitn(4, ' ');
        let (_, bytes, kind, name) = (
            columns.next(),
            columns.next(),
            columns.next(),
            columns.next(),
        );
        let (Some(bytes), Some(kind), Some(name)) = (bytes, kind, name) else {
            continue;
        };
        // What starts as zeros is not in the file.
        if matches!(kind, "b" | "B") {
            continue;
        }
        let bytes = u64::from_str_radix(bytes, 16).map_err(|_| format!("nm said {line:?}"))?;
        if let Some(share) = shares.get_mut(part_of(name)) {
            *share += bytes;
        }
    }
    shares.push(size.saturating_sub(shares.iter().sum()));
    Ok(shares)
}

/// Place in [`PARTS`] of what a symbol belongs to.
fn part_of(symbol: &str) -> usize {
    let path = symbol.trim_start_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    let owner = path.split_once("::").map(|(crate_name, _)| crate_name);
    let is_of = |part: &Part| match owner {
        Some(name) => part.crates.iter().any(|prefix| name.starts_with(prefix)),
        None => part.symbols.iter().any(|prefix| path.starts_with(prefix)),
    };
    PARTS.iter().position(is_of).unwrap_or_default()
}

/// One table, ready for a README.
fn print(weighed: &[Weighed]) {
    let row = |name: &str, cells: Vec<String>| println!("| {name} | {} |", cells.join(" | "));
    let each = |cell: &dyn Fn(&Weighed) -> String| weighed.iter().map(cell).collect::<Vec<_>>();
    row(
        "KB",
        each(&|w| format!("{}, {}", w.machine.name, w.form.name)),
    );
    println!("|---|{}", "--:|".repeat(weighed.len()));
    let names = PARTS.iter().map(|part| part.name);
    for (place, name) in names
        .chain(["tables and strings without a symbol"])
        .enumerate()
    {
        row(
            name,
            each(&|w| kilobytes(w.shares.get(place).copied().unwrap_or_default())),
        );
    }
    row("**whole**", each(&|w| kilobytes(w.size)));
    row("**gzipped**", each(&|w| kilobytes(w.gzipped)));
}

fn kilobytes(bytes: u64) -> String {
    bytes.div_ceil(1000).to_string()
}

/// A part of the library, by how the crates and C functions that belong to it begin.
struct Part {
    name: &'static str,
    crates: &'static [&'static str],
    symbols: &'static [&'static str],
}

/// The first that claims a symbol has it. The only C is SQLite.
const PARTS: [Part; 7] = [
    Part {
        name: "Nansen",
        crates: &["nansen"],
        symbols: &[],
    },
    Part {
        name: "cryptography",
        crates: &[
            "aead",
            "argon2",
            "blake2",
            "block_buffer",
            "chacha20",
            "cipher",
            "crypto_bigint",
            "ctutils",
            "curve25519_dalek",
            "der",
            "digest",
            "ecdsa",
            "ed25519",
            "elliptic_curve",
            "ff",
            "fiat",
            "group",
            "hkdf",
            "hmac",
            "hpke",
            "p256",
            "pkcs8",
            "poly1305",
            "primefield",
            "primeorder",
            "rfc6979",
            "sec1",
            "sha2",
            "signature",
            "spki",
            "subtle",
            "universal_hash",
            "x25519",
            "zeroize",
        ],
        symbols: &[],
    },
    Part {
        name: "UniFFI",
        crates: &["uniffi"],
        symbols: &["ffi_", "uniffi_", "UNIFFI_"],
    },
    Part {
        name: "QR codes, frames and pictures",
        crates: &["base45", "miniz_oxide", "qrcode", "reed_solomon"],
        symbols: &[],
    },
    Part {
        name: "Rust's standard library, and what several parts share",
        crates: &[
            "addr2line",
            "alloc",
            "compiler_builtins",
            "core",
            "gimli",
            "hashbrown",
            "memchr",
            "object",
            "rustc_demangle",
            "std",
        ],
        symbols: &["_", "DW.", "OUTLINED_", "rust_"],
    },
    Part {
        name: "SQLite, and the crate that calls it",
        crates: &["rusqlite", "libsqlite3_sys", "fallible", "hashlink"],
        symbols: &[""],
    },
    Part {
        name: "other crates",
        crates: &[""],
        symbols: &[],
    },
];

/// As `bindings/small.toml` says that apps build it.
const BUILD: &str = "rustc --config bindings/small.toml --quiet --profile small \
                     --package nansen-ffi --lib --crate-type cdylib";

const LIBRARY: &str = "libnansen_ffi.so";
