//! What files are called among each other: as much of their paths as tells them apart.

use std::path::{Component, Path};

/// A label for each path: its file name, and of files with one name as many folders above as it takes. The same path twice
/// has one label.
pub fn labels<P: AsRef<Path>>(paths: &[P]) -> Vec<String> {
    let parts: Vec<Vec<String>> = paths.iter().map(|path| parts(path.as_ref())).collect();
    let tail = |k: usize, count: usize| {
        let all = &parts[k];
        all[all.len().saturating_sub(count)..].join("/")
    };
    (0..paths.len())
        .map(|k| {
            let others = || (0..paths.len()).filter(|j| parts[*j] != parts[k]);
            let enough = (1..=parts[k].len()).find(|count| others().all(|j| tail(j, *count) != tail(k, *count)));
            tail(k, enough.unwrap_or(parts[k].len().max(1)))
        })
        .collect()
}

fn parts(path: &Path) -> Vec<String> {
    let named = |c: Component<'_>| !matches!(c, Component::RootDir | Component::CurDir);
    let parts: Vec<String> =
        path.components().filter(|c| named(*c)).map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() { vec![path.display().to_string()] } else { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        assert_eq!(labels(&["/a/x/best.pt", "/a/y/best.pt", "/a/y/last.pt"]), ["x/best.pt", "y/best.pt", "last.pt"]);
        assert_eq!(labels(&["run1/ckpt/best.pt", "run2/ckpt/best.pt"]), ["run1/ckpt/best.pt", "run2/ckpt/best.pt"]);
        assert_eq!(labels(&["best.pt", "./old/best.pt"]), ["best.pt", "old/best.pt"]);
        assert_eq!(labels(&["a.pt", "a.pt"]), ["a.pt", "a.pt"], "one point");
        assert_eq!(labels(&["r.valley@10", "s/r.valley@10", "/"]), ["r.valley@10", "s/r.valley@10", "/"]);
        assert_eq!(labels::<&str>(&[]), Vec::<String>::new());
    }
}
