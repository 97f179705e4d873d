//! Writes the seeds of the fuzz targets into their corpora: after a change of format, or for a
//! new target.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for seed in nansen_tests::fuzz::seeds() {
        let folder = corpora.join(seed.target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(seed.name), seed.bytes)?;
    }
    Ok(())
}
