//! Guardians of a vault: their cards, drawn to be printed.

use std::path::PathBuf;

use clap::Args;
use nansen_exchange::qr::Picture;
use serde_json::json;

use crate::args::Context;
use crate::clock::Moment;
use crate::exit::Exit;
use crate::failure::Result;
use crate::files;
use crate::open::VaultArgs;

/// Guardians to be made.
#[derive(Args, Debug)]
pub(crate) struct GuardiansArgs {
    #[command(flatten)]
    vault: VaultArgs,
    /// How many of them open the vault together
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..=16))]
    needed: u8,
    /// How many there are
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..=16))]
    of: u8,
    /// Whose vault it is, in words that the guardians know
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Folder for the cards, an SVG to print and a PNG of its code for each; no file there is
    /// replaced. Delete them once they are on paper
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl GuardiansArgs {
    /// Makes them, and draws the cards.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let (needed, total) = (self.needed, self.of);
        let place = |number: u8, ending: &str| {
            let name = format!("card-{number}-of-{total}.{ending}");
            self.out.join(name)
        };
        files::make_folder(&self.out)?;
        for number in 1..=total {
            files::check_free(&place(number, "svg"))?;
            files::check_free(&place(number, "png"))?;
        }
        let (mut wallet, key) = self.vault.wallet_and_key(context)?;
        let cards = wallet.make_guardians(key.unlock(), needed, total, &mut context.rng)?;
        let now = Moment(context.clock.now()).to_string();
        let date = now.split('T').next().unwrap_or_default();
        let picture = Picture {
            pixels_per_module: 8,
            ..Picture::default()
        };
        let mut said = Vec::new();
        for card in &cards {
            let number = card.number();
            let (svg, png) = (place(number, "svg"), place(number, "png"));
            let lines = [
                &format!("Guardian card {number} of {total}"),
                &format!("Vault of {}", self.owner),
                &format!("Made on {date}"),
                &format!("Any {needed} of the {total} cards open it together."),
                "Alone it opens nothing. Keep it apart from others.",
            ];
            files::write_private(&svg, card.svg(&lines)?.as_bytes())?;
            files::write_private(&png, &card.png(picture)?)?;
            said.push(json!({
                "number": number,
                "svg": svg.display().to_string(),
                "png": png.display().to_string(),
            }));
        }
        context.output.say(
            &json!({"needed": needed, "total": total, "cards": said}),
            &format!(
                "{total} cards written to {}. Print them, hand them out, delete the files; any \
                 {needed} open the vault: `--card FILE` for each",
                self.out.display()
            ),
        )?;
        Ok(Exit::Done)
    }
}
