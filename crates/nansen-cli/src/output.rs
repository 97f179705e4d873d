//! What a command says: text for people or JSON for programs on stdout, errors on stderr,
//! progress only on a terminal.
//!
//! Invariant: nothing that came from outside reaches a terminal with control characters or
//! characters that override the direction of text, which could make it say something else.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::{Failure, Result};

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// Speaks JSON or text.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is asked for.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// One result: an object on a line, or text.
    pub(crate) fn say(self, json: &Value, text: &str) -> Result<()> {
        if self.json {
            return write_line(&mut io::stdout().lock(), &json.to_string());
        }
        write_line(&mut io::stdout().lock(), text)
    }

    /// Text for people only: what a program reading JSON does not need.
    pub(crate) fn tell(self, text: &str) -> Result<()> {
        if self.json {
            return Ok(());
        }
        write_line(&mut io::stdout().lock(), text)
    }

    /// A warning for people, on stderr.
    pub(crate) fn warn(self, text: &str) {
        if !self.json {
            // A warning that cannot be written has nowhere else to go.
            let _ = writeln!(io::stderr().lock(), "nansen: {}", plain(text));
        }
    }

    /// Says why a command failed.
    pub(crate) fn fail(self, failure: &Failure) -> Exit {
        let message = plain(&failure.to_string());
        let line = if self.json {
            json!({"error": {"code": failure.code(), "message": message}}).to_string()
        } else {
            format!("nansen: {message}")
        };
        let _ = writeln!(io::stderr().lock(), "{line}");
        failure.exit()
    }

    /// Says, as JSON, what is wrong with the command line.
    pub(crate) fn misused(self, text: &str) -> Exit {
        // Without an error line, what follows is the help of a command that needs another.
        let mut lines = text.lines();
        let message = lines.find_map(|line| line.strip_prefix("error: "));
        let message = message.unwrap_or("a command is missing; see --help");
        let line = json!({"error": {"code": "usage", "message": plain(message)}});
        let _ = writeln!(io::stderr().lock(), "{line}");
        Exit::Usage
    }

    /// A bar over `bytes` of input, drawn on a terminal only.
    pub(crate) fn bytes_bar(self, bytes: u64) -> ProgressBar {
        self.bar(bytes, "{bar:32} {bytes}/{total_bytes} {eta} {msg}")
    }

    /// A bar over `count` things, drawn on a terminal only.
    pub(crate) fn count_bar(self, count: u64) -> ProgressBar {
        self.bar(count, "{bar:32} {pos}/{len} {msg}")
    }

    fn bar(self, length: u64, template: &str) -> ProgressBar {
        if self.json || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length);
        match ProgressStyle::with_template(template) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

/// Text from outside, safe for a terminal: control characters (line breaks aside) and those
/// that override the direction of text become U+FFFD.
pub(crate) fn plain(text: &str) -> String {
    let is_unsafe = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
        .collect()
}

fn write_line(to: &mut impl Write, line: &str) -> Result<()> {
    let written = writeln!(to, "{line}").and_then(|()| to.flush());
    match written {
        // The reader has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Failure::Output),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_move_the_cursor_or_turn_around() {
        assert_eq!(
            plain("\u{1b}[2Jvalid\u{202e}\u{7}"),
            "\u{fffd}[2Jvalid\u{fffd}\u{fffd}"
        );
        assert_eq!(plain("Sita माया\nGurung"), "Sita माया\nGurung");
    }
}
