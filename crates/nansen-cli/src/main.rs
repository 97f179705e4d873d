//! The `nansen` program: issuing desks, holders and verifiers from a command line, for desks,
//! field tests and scripts. It decides nothing that the library does not: it reads files and
//! pictures, asks for passphrases, and says in text or JSON what came of it.

mod args;
mod clock;
mod codes;
mod commands;
mod desk;
mod device_key;
mod exit;
mod failure;
mod files;
mod input;
mod limits;
mod open;
mod output;
mod pictures;
mod record_id;
mod secret_input;

use std::process::ExitCode;

use clap::Parser;

use args::Arguments;
use exit::Exit;
use output::Output;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error).into(),
    };
    let (command, context) = arguments.split();
    let output = context.output;
    let exit = context
        .ready()
        .and_then(|mut context| command.run(&mut context))
        .unwrap_or_else(|failure| output.fail(&failure));
    exit.into()
}

/// Help, the version, or what is wrong with the command line, in the form asked for.
fn refuse(error: &clap::Error) -> Exit {
    let is_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && is_json {
        return Output::new(true).misused(&error.render().to_string());
    }
    // Where nothing can be printed, the exit code still tells.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}
