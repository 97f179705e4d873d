//! What a child process does to a folder, as the system sees it: its calls recorded by strace, and single
//! ones made to fail.
//!
//! The child speaks by asking for the metadata of a file that is not there, `/said/WORDS`: so what it
//! acknowledges stands in the record in its place among the writes, and no failing write silences it.

use std::{collections::BTreeMap, path::Path, process::Command};

/// The calls that can change a file or what it is called, and the one that speaks.
const CHANGES: [&str; 15] = [
    "openat",
    "close",
    "write",
    "pwrite64",
    "writev",
    "pwritev",
    "ftruncate",
    "fallocate",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
];
/// Reads are recorded only to be made to fail.
pub const READS: &str = "pread64";

/// A call that changed something in the folder, in order; files by their number, names without the
/// folder's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Create {
        name: String,
        file: usize,
    },
    Write {
        file: usize,
        at: u64,
        bytes: Vec<u8>,
    },
    Resize {
        file: usize,
        length: u64,
    },
    Sync {
        file: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    SyncFolder,
    Said(String),
}

/// One line of the record: which call of its kind of which thread it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub call: String,
    pub nth: usize,
    pub in_folder: bool,
}

/// A record of a run.
pub struct Record {
    /// The files that were there before it: name, number, bytes.
    pub before: Vec<(String, usize, Vec<u8>)>,
    pub calls: Vec<Call>,
    pub lines: Vec<Line>,
}

/// Makes the nth call of a kind fail, or that and all later ones.
#[derive(Debug, Clone)]
pub struct Fault {
    pub call: String,
    pub nth: usize,
    pub lasting: bool,
    pub error: &'static str,
}

/// Whether this system lets us trace a child. On CI it must.
pub fn possible() -> bool {
    let tried = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output();
    let possible = tried.is_ok_and(|output| output.status.success());
    assert!(
        possible || std::env::var_os("CI").is_none(),
        "strace is missing or not allowed here"
    );
    if !possible {
        eprintln!("skipped: strace is missing or not allowed here");
    }
    possible
}

/// Says something that the record keeps.
pub fn say(words: &str) {
    let _ = std::fs::metadata(format!("/said/{words}"));
}

/// Runs `child` to its end under strace and reads the record of what it did to `folder`. With faults, the
/// record has only the beginnings of what was written.
pub fn run(child: &Command, folder: &Path, faults: &[Fault]) -> Record {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-xx", "--seccomp-bpf"])
        .args(["-s", if faults.is_empty() { "33554432" } else { "600" }])
        .args(["-e", &format!("trace={},{READS},/stat", CHANGES.join(","))]);
    for Fault {
        call,
        nth,
        lasting,
        error,
    } in faults
    {
        let on = if *lasting { "+" } else { "" };
        strace.args(["-e", &format!("inject={call}:error={error}:when={nth}{on}")]);
    }
    strace
        .arg("-o")
        .arg(log.path())
        .arg(child.get_program())
        .args(child.get_args())
        .stdin(std::process::Stdio::null());
    for (name, value) in child.get_envs() {
        strace.env(name, value.unwrap_or_default());
    }
    let before = files(folder);
    let output = strace.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        !told.contains("panicked"),
        "{told}{}",
        String::from_utf8_lossy(&output.stdout)
    );
    parse(
        &std::fs::read_to_string(log.path()).unwrap(),
        folder,
        before,
    )
}

fn files(folder: &Path) -> Vec<(String, usize, Vec<u8>)> {
    let all = std::fs::read_dir(folder).unwrap().flatten();
    let named = all.map(|entry| entry.file_name().into_string().unwrap());
    let numbered = named.enumerate();
    numbered
        .map(|(number, name)| {
            let bytes = std::fs::read(folder.join(&name)).unwrap();
            (name, number, bytes)
        })
        .collect()
}

/// An open file or the folder itself.
#[derive(Clone, Copy)]
enum Open {
    File(usize, u64),
    Folder,
}

struct Parser<'f> {
    folder: &'f str,
    record: Record,
    open: BTreeMap<i64, Open>,
    names: BTreeMap<String, usize>,
    files: usize,
}

fn parse(log: &str, folder: &Path, before: Vec<(String, usize, Vec<u8>)>) -> Record {
    let names = before
        .iter()
        .map(|(name, number, _)| (name.clone(), *number));
    let mut parser = Parser {
        folder: folder.to_str().unwrap(),
        names: names.collect(),
        files: before.len(),
        record: Record {
            before,
            calls: Vec::new(),
            lines: Vec::new(),
        },
        open: BTreeMap::new(),
    };
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in log.lines() {
        assert!(!line.contains("<unfinished"), "two threads at once: {line}");
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((name, rest)) = rest.trim_start().split_once('(') else {
            continue;
        };
        let Some((arguments, result)) = rest.rsplit_once(") ") else {
            continue;
        };
        let result = result.trim_start().strip_prefix("= ").unwrap_or("-1");
        let result = result.split(' ').next().unwrap().parse().unwrap_or(-1);
        let nth = counts.entry((thread.into(), name.into())).or_default();
        *nth += 1;
        let nth = *nth;
        let in_folder = parser.read(name, &arguments.split(", ").collect::<Vec<_>>(), result);
        parser.record.lines.push(Line {
            call: name.into(),
            nth,
            in_folder,
        });
    }
    parser.record
}

impl Parser<'_> {
    /// Takes a call down; whether it was about the folder.
    fn read(&mut self, name: &str, arguments: &[&str], result: i64) -> bool {
        let file = |at: usize| arguments[at].parse::<i64>().ok();
        let calls = &mut self.record.calls;
        match name {
            "openat" => return self.open(&text(arguments[1]), arguments[2], result),
            "close" => return file(0).and_then(|file| self.open.remove(&file)).is_some(),
            "pwrite64" | "write" | "writev" | "pwritev" | "ftruncate" | "fallocate" | "fsync"
            | "fdatasync" | READS => {
                let Some(open) = file(0).and_then(|file| self.open.get_mut(&file)) else {
                    return false;
                };
                match (name, open) {
                    _ if result < 0 => {}
                    ("pwrite64", Open::File(file, _)) => {
                        let at = arguments[3].parse().unwrap();
                        let bytes = bytes(arguments[1], result);
                        calls.push(Call::Write {
                            file: *file,
                            at,
                            bytes,
                        });
                    }
                    ("write", Open::File(file, at)) => {
                        let bytes = bytes(arguments[1], result);
                        let end = *at + bytes.len() as u64;
                        calls.push(Call::Write {
                            file: *file,
                            at: *at,
                            bytes,
                        });
                        *at = end;
                    }
                    ("ftruncate", Open::File(file, _)) => calls.push(Call::Resize {
                        file: *file,
                        length: arguments[1].parse().unwrap(),
                    }),
                    ("fsync" | "fdatasync", Open::File(file, _)) => {
                        calls.push(Call::Sync { file: *file });
                    }
                    ("fsync" | "fdatasync", Open::Folder) => calls.push(Call::SyncFolder),
                    (READS, _) => {}
                    (other, _) => panic!("{other} is not understood"),
                }
                return true;
            }
            "rename" => return self.rename(&text(arguments[0]), &text(arguments[1]), result),
            "renameat" | "renameat2" => {
                return self.rename(&text(arguments[1]), &text(arguments[3]), result);
            }
            "unlink" => return self.remove(&text(arguments[0]), result),
            "unlinkat" => return self.remove(&text(arguments[1]), result),
            _ => {}
        }
        if let Some(words) = arguments
            .iter()
            .find_map(|argument| Some(text(argument).strip_prefix("/said/")?.to_owned()))
        {
            calls.push(Call::Said(words));
        }
        false
    }

    fn within(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix(self.folder)?.strip_prefix('/')?;
        Some(name.to_owned())
    }

    fn open(&mut self, path: &str, flags: &str, result: i64) -> bool {
        if path == self.folder {
            if result >= 0 {
                self.open.insert(result, Open::Folder);
            }
            return true;
        }
        let Some(name) = self.within(path) else {
            self.open.remove(&result);
            return false;
        };
        if result < 0 {
            return true;
        }
        let calls = &mut self.record.calls;
        let file = *self.names.entry(name.clone()).or_insert_with(|| {
            let file = self.files;
            self.files += 1;
            calls.push(Call::Create { name, file });
            file
        });
        if flags.contains("O_TRUNC") {
            calls.push(Call::Resize { file, length: 0 });
        }
        self.open.insert(result, Open::File(file, 0));
        true
    }

    fn rename(&mut self, from: &str, to: &str, result: i64) -> bool {
        let (Some(from), Some(to)) = (self.within(from), self.within(to)) else {
            return false;
        };
        if result == 0 {
            let file = self.names.remove(&from).unwrap();
            self.names.insert(to.clone(), file);
            self.record.calls.push(Call::Rename { from, to });
        }
        true
    }

    fn remove(&mut self, path: &str, result: i64) -> bool {
        let Some(name) = self.within(path) else {
            return false;
        };
        if result == 0 {
            self.names.remove(&name);
            self.record.calls.push(Call::Remove { name });
        }
        true
    }
}

/// A string argument, which strace writes as `"\x41\x42"`.
fn text(argument: &str) -> String {
    String::from_utf8_lossy(&hex(argument)).into_owned()
}

fn bytes(argument: &str, length: i64) -> Vec<u8> {
    let mut bytes = hex(argument.trim_end_matches("..."));
    bytes.truncate(length as usize);
    bytes
}

fn hex(argument: &str) -> Vec<u8> {
    let digits = argument.trim_matches('"').split("\\x").skip(1);
    digits
        .map(|digits| u8::from_str_radix(&digits[..2], 16).unwrap())
        .collect()
}
