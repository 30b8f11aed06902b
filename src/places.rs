//! Where files go when the user names no place.

use std::path::{Path, PathBuf};

use crate::{run::RunSpec, runfile::EXTENSION};

/// Folder of runs that were recorded without a name: `runs` in the user's data directory, else in the temporary one.
pub fn runs_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("runs")
}

/// Folder of the samples that the window trains.
pub fn samples_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("samples")
}

/// Folder of what recipes have made: verdicts and pictures.
pub fn gallery_folder() -> PathBuf {
    dirs::data_dir().unwrap_or_else(std::env::temp_dir).join("valleyscope").join("gallery")
}

/// A new file in [`runs_folder`], named after the run and numbered: `digits-mlp-sgd-0007.valley`.
///
/// # Errors
/// When the folder cannot be made.
pub fn new_run_file(spec: &RunSpec) -> std::io::Result<PathBuf> {
    new_run_file_in(&runs_folder(), spec)
}

/// The same in a folder of the caller's choice.
///
/// # Errors
/// When the folder cannot be made.
pub fn new_run_file_in(folder: &Path, spec: &RunSpec) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let stem = stem(spec);
    let used = std::fs::read_dir(folder)?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.strip_prefix(&stem)?.split('.').next()?.parse::<u32>().ok()
        })
        .max();
    Ok(folder.join(format!("{stem}{:04}.{EXTENSION}", used.map_or(1, |n| n + 1))))
}

/// Longer parts of a name are cut.
const LONGEST: usize = 40;

/// What a run's file is called before its number: data, network and optimizer.
fn stem(spec: &RunSpec) -> String {
    let net = spec.net.split([' ', ':', '(']).next().unwrap_or_default();
    format!("{}-{}-{}-", word(&spec.data.name, "data"), word(net, "net"), spec.optimizer.kind)
}

/// The name of a thing, which may be a path, as a part of a file's name: of a path the last part, without its ending. A path as it
/// is would lead out of the folder.
fn word(name: &str, without: &str) -> String {
    let last = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let safe = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
    let word: String = last.chars().take(LONGEST).map(safe).collect();
    let word = word.trim_matches('-');
    if word.is_empty() { without.into() } else { word.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataSpec;

    #[test]
    fn a_run_on_own_images_is_recorded_where_runs_are() {
        let folder = tempfile::tempdir().unwrap();
        let of = |data: &str, net: &str| {
            let data = DataSpec { name: data.into(), ..DataSpec::default() };
            let path =
                new_run_file_in(folder.path(), &RunSpec { data, net: net.into(), ..RunSpec::default() }).unwrap();
            assert_eq!(path.parent(), Some(folder.path()), "{}", path.display());
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        for (data, net, name) in [
            ("digits", "mlp:64-32", "digits-mlp-sgd-0001.valley"),
            ("fashion-mnist", "lenet", "fashion-mnist-lenet-sgd-0001.valley"),
            ("/tmp/own/deep/mypics", "mlp", "mypics-mlp-sgd-0001.valley"),
            ("/tmp/own/deep/mypics/", "mlp", "mypics-mlp-sgd-0001.valley"),
            ("own/my pics.safetensors", "mlp", "my-pics-mlp-sgd-0001.valley"),
            ("../..", "../net.toml", "data-net-sgd-0001.valley"),
            ("/", "/", "data-net-sgd-0001.valley"),
            (".hidden", "conv(10,5) relu", "hidden-conv-sgd-0001.valley"),
            ("a.b.c", "mlp", "a-b-mlp-sgd-0001.valley"),
            ("", "", "data-net-sgd-0001.valley"),
        ] {
            assert_eq!(of(data, net), name, "{data:?}, {net:?}");
        }
        assert!(of(&"long".repeat(100), "mlp").len() < 80);
        std::fs::write(folder.path().join("mypics-mlp-sgd-0004.valley"), "").unwrap();
        assert_eq!(of("/elsewhere/mypics", "mlp"), "mypics-mlp-sgd-0005.valley");
    }
}
