//! The demonstration for machines without a display: the same run as the window's, with a run file and a picture.

use anyhow::{Context as _, Result};

use super::{
    Ended,
    walk::{Human, drive},
};
use crate::{
    engine::RecordTo,
    figure::{Theme, colors, to_png, walk_figure},
    history::History,
    places,
    run::RunSpec,
    whole_file,
};

/// Iterations in the picture: the first so many, as in the paper's Figure 1, where single slices can be seen.
const PICTURED: f64 = 40.0;

/// Runs the demonstration in the terminal.
pub fn demonstrate() -> Result<Ended> {
    let spec = RunSpec::demonstration();
    let path = places::new_run_file(&spec).with_context(|| {
        format!(
            "could not make a run file in {}; set XDG_DATA_HOME to a folder that can be written",
            places::runs_folder().display()
        )
    })?;
    println!("The same in a window needs a display; from the command line: {}\n", spec.command_line());
    drive(spec, RecordTo::File { path: path.clone(), overwrite: false }, &mut Human::new())?;
    let history = History::read(&path)?;
    let label = history.manifest().spec.label();
    let figure = walk_figure(&[(&history, &label, colors::SGD)], Some((0.0, PICTURED)), Theme::Light);
    let picture = path.with_extension("png");
    whole_file::write_bytes(&picture, &to_png(&figure, 2.0)?)
        .with_context(|| format!("could not write {}", picture.display()))?;
    println!("\n  run file  {}\n  picture   {}", path.display(), picture.display());
    println!("  tables    valleyscope export {} --csv DIR", path.display());
    Ok(Ended::Well)
}
