//! Which kind of file a checkpoint is, from its first bytes; its name does not matter.

use std::fmt;

/// The kinds of file that a checkpoint is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Safetensors,
    /// What `torch.save` writes since PyTorch 1.6.
    PytorchZip,
    /// What `torch.save` wrote before: one pickle after the other, then the storages.
    PytorchLegacy,
    Burnpack,
    /// A pickle alone, of arrays.
    Pickle,
    /// NumPy's archive of arrays.
    Npz,
    /// The list of the files that a network is spread over.
    SafetensorsIndex,
    /// A run file of this program.
    Run,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Safetensors => "safetensors",
            Format::PytorchZip => "PyTorch",
            Format::PytorchLegacy => "PyTorch (legacy)",
            Format::Burnpack => "burnpack",
            Format::Pickle => "pickle",
            Format::Npz => "NPZ",
            Format::SafetensorsIndex => "safetensors in parts",
            Format::Run => "Valleyscope run",
        })
    }
}

/// As many bytes as [`Format::recognise`] looks at.
pub(super) const HEAD: usize = 512;

/// The number that opens a legacy file, 0x1950a86a20f9469cfc6c, as protocols from 2 on write it and in decimal.
const LEGACY_MAGIC: [&[u8]; 2] =
    [&[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], b"119547037146038801333356"];
/// Every protocol writes it within this many bytes.
const LEGACY_SEARCH: usize = 64;

const RESAVE: &str = "open it with a current PyTorch and save it again with torch.save(model.state_dict(), …)";

impl Format {
    /// The format of a file that begins with `head`, its first [`HEAD`] bytes or all of a shorter one.
    ///
    /// # Errors
    /// What the file is instead, as far as one can tell.
    pub(super) fn recognise(head: &[u8]) -> Result<Format, String> {
        let begins = |magic: &[u8]| head.starts_with(magic);
        let early = &head[..head.len().min(LEGACY_SEARCH)];
        if begins(b"PK\x03\x04") {
            Ok(if first_entry(head).ends_with(b".npy") { Format::Npz } else { Format::PytorchZip })
        } else if begins(b"NRUB") {
            Ok(Format::Burnpack)
        } else if begins(b"SQLite format 3\0") {
            Ok(Format::Run)
        } else if LEGACY_MAGIC.iter().any(|magic| early.windows(magic.len()).any(|w| w == *magic)) {
            Ok(Format::PytorchLegacy)
        } else if is_index(head) {
            Ok(Format::SafetensorsIndex)
        } else if head.get(8) == Some(&b'{') {
            Ok(Format::Safetensors)
        } else if head.first() == Some(&0x80) && head.get(1).is_some_and(|protocol| *protocol <= 5) {
            Ok(Format::Pickle)
        } else {
            Err(foreign(head))
        }
    }

    /// What to do about a file of this format that cannot be read.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Format::Safetensors => "save it again with safetensors.torch.save_file(model.state_dict(), …)",
            Format::PytorchZip | Format::PytorchLegacy => "save it again with torch.save(model.state_dict(), …)",
            Format::Pickle => "save the tensors with torch.save(model.state_dict(), …)",
            Format::Npz => "save it again with numpy.savez(…)",
            Format::SafetensorsIndex => "download the index again",
            Format::Burnpack => "save it again with Burn's BurnpackStore",
            Format::Run => "use another copy of the file, or repeat the run",
        }
    }
}

/// The name of a zip archive's first entry.
fn first_entry(head: &[u8]) -> &[u8] {
    const NAME: usize = 30;
    let Some([low, high]) = head.get(26..28) else { return &[] };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    head.get(NAME..NAME + length).unwrap_or_default()
}

/// Whether a text begins as an index of safetensors does: a table with `weight_map` and `metadata` in it.
fn is_index(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    text.starts_with('{') && (text.contains("\"weight_map\"") || text.contains("\"total_size\""))
}

/// Whether a text begins as HTML does.
fn is_page(head: &[u8]) -> bool {
    let text: String = head.iter().take(64).map(|b| b.to_ascii_lowercase() as char).collect();
    let text = text.trim_start_matches(|c: char| !c.is_ascii_graphic());
    text.trim_start_matches("ï»¿").trim_start().starts_with("<!doctype html") || text.starts_with("<html")
}

/// Names a file that is none of ours.
fn foreign(head: &[u8]) -> String {
    let begins = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        "it is empty".into()
    } else if head.get(257..262) == Some(b"ustar") {
        format!("it is a tar archive; if PyTorch before 0.1.10 made it, {RESAVE}")
    } else if begins(b"\x1f\x8b") || begins(b"BZh") || begins(b"\xfd7zXZ") || begins(b"\x28\xb5\x2f\xfd") {
        "it is compressed; unpack it first".into()
    } else if begins(b"version https://git-lfs") {
        "it is a pointer of Git LFS, not the file itself; fetch that with git lfs pull".into()
    } else if is_page(head) {
        "it is a page for a browser: the download went to a site about the file; download the file itself".into()
    } else if begins(b"\x93NUMPY") {
        "it is an array of NumPy; save the tensors with safetensors.numpy.save_file(…)".into()
    } else if begins(b"\x89HDF") {
        "it is an HDF5 file (Keras?); convert it to safetensors".into()
    } else if begins(b"GGUF") {
        "it is a GGUF file; convert it to safetensors".into()
    } else {
        "its first bytes are those of no known format".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        let is = |head: &[u8]| Format::recognise(head).map_err(|_| ());
        assert_eq!(is(b"PK\x03\x04...."), Ok(Format::PytorchZip));
        assert_eq!(is(b"NRUB\x01\0"), Ok(Format::Burnpack));
        assert_eq!(is(b"SQLite format 3\0"), Ok(Format::Run));
        assert_eq!(is(b"\x0f\0\0\0\0\0\0\0{\"a\":"), Ok(Format::Safetensors));
        // The length of a safetensors header may look like the beginning of a pickle.
        assert_eq!(is(b"\x80\x02\0\0\0\0\0\0{\"a\":"), Ok(Format::Safetensors));
        assert_eq!(is(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."), Ok(Format::PytorchLegacy));
        assert_eq!(is(b"L119547037146038801333356L\n."), Ok(Format::PytorchLegacy));
        let mut npz = b"PK\x03\x04".to_vec();
        npz.extend([0; 22]);
        npz.extend(*b"\x08\0\0\0fc.w.npy\x93NUMPY");
        assert_eq!(is(&npz), Ok(Format::Npz));
        assert_eq!(is(b"{\n  \"metadata\": {\"total_size\": 1}, \"weight_map\": {"), Ok(Format::SafetensorsIndex));
        assert_eq!(is(b"\x80\x04}q\0."), Ok(Format::Pickle));
        assert_eq!(is(b"PK"), Err(()));
        assert_eq!(is(b""), Err(()));
    }

    #[test]
    fn a_foreign_file_is_named() {
        let is = |head: &[u8]| Format::recognise(head).unwrap_err();
        assert!(is(b"").contains("empty"));
        assert!(is(b"\x1f\x8b\x08\0\0\0\0\0\0").contains("unpack it first"));
        let mut tar = vec![b'0'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is(&tar).contains("tar archive"));
        assert!(is(b"version https://git-lfs.github.com/spec/v1\noid sha256:").contains("git lfs pull"));
        for page in ["<!DOCTYPE html><html>", "\n <html lang=en>", "<!doctype HTML>", "\u{feff}<!DOCTYPE html>"] {
            assert!(is(page.as_bytes()).contains("for a browser"), "{page}");
        }
        assert!(is(b"\x93NUMPY\x01\0v\0").contains("array of NumPy"));
        assert!(is(b"hello, world").contains("no known format"));
    }
}
