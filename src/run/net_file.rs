//! Networks in TOML files: a spec holds their text, so that it stays complete when the file is gone.

use std::path::{Path, PathBuf};

use crate::door;

/// A network file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NetFileError {
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{}: the file is larger than {} KiB; give a network description (docs/networks.md)", path.display(), LARGEST >> 10)]
    TooLarge { path: PathBuf },
}

/// Bytes of a description at most; a wrong path should not fill the memory.
const LARGEST: u64 = 1 << 20;

/// What a spec keeps for `net` as a person gives it: the text of a file whose path ends in `.toml`, else `net` itself.
///
/// # Errors
/// A file that cannot be read, is not text, or is larger than a description can be.
pub fn net_text(net: &str) -> Result<String, NetFileError> {
    let trimmed = net.trim();
    // A description has an equals sign; paths with one can be given with another name.
    if !trimmed.ends_with(".toml") || trimmed.contains('=') {
        return Ok(net.to_string());
    }
    let path = Path::new(trimmed);
    let io = |source| NetFileError::Io { path: path.into(), source };
    if std::fs::metadata(path).map_err(io)?.len() > LARGEST {
        return Err(NetFileError::TooLarge { path: path.into() });
    }
    door::read_text(path, LARGEST).map_err(io)
}

/// The network of a spec for a caption: as it is written, or the name that a description gives itself.
pub fn net_title(net: &str) -> String {
    if !net.contains('=') {
        return net.trim().to_string();
    }
    let table: Option<toml::Table> = net.parse().ok();
    match table.as_ref().and_then(|t| t.get("name")).and_then(|name| name.as_str()) {
        Some(name) if !name.trim().is_empty() => name.trim().to_string(),
        _ => "own network".into(),
    }
}

/// The same for a legend: a name without its numbers, a stack's first layer.
pub(super) fn net_label(net: &str) -> String {
    match net.contains('=') {
        true => net_title(net),
        false => net.trim().split([' ', ':', '(']).next().unwrap_or("net").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_the_text_of_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my.toml");
        let text = "name = \"mine\"\nlayers = [\"linear(10)\"]\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(net_text(path.to_str().unwrap()).unwrap(), text);
        // What is no path stays as it is.
        for net in ["mlp:784-10", "conv(3,3) linear(10)", text] {
            assert_eq!(net_text(net).unwrap(), net);
        }
        let error = net_text("/no/such.toml").unwrap_err().to_string();
        assert!(error.starts_with("/no/such.toml: ") && error.ends_with("check the path and its permissions"));
        std::fs::write(&path, vec![b' '; LARGEST as usize + 1]).unwrap();
        assert!(net_text(path.to_str().unwrap()).unwrap_err().to_string().contains("larger than 1024 KiB"));
    }

    #[test]
    fn titles_are_one_line_and_labels_are_short() {
        for (net, title, label) in [
            ("mlp:784-10", "mlp:784-10", "mlp"),
            ("conv(3,3) linear(10)", "conv(3,3) linear(10)", "conv"),
            ("name = \"my CNN\"\nlayers = []", "my CNN", "my CNN"),
            ("layers = []", "own network", "own network"),
            ("layers = [", "own network", "own network"),
        ] {
            assert_eq!((net_title(net).as_str(), net_label(net).as_str()), (title, label));
        }
    }
}
