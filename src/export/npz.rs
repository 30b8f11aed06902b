//! Lines and planes as `.npz`, NumPy's archive of arrays; opens with `numpy.load(path, allow_pickle=False)`.
//!
//! | array | shape | type |
//! | --- | --- | --- |
//! | `a`, `b` (plane) or `alpha` (line) | `[na]`, `[nb]` | float64 |
//! | every field, such as `train_loss` | `[nb, na]` or `[n]` | float64, NaN also where it was not measured |
//! | `measured` | as the fields | bool: whether any field was measured there |
//! | `NAME_measured` | as the field | bool: only for a field that was not measured in all of those points |
//! | `metadata` | scalar | text: the JSON given, `json.loads(str(npz["metadata"]))` |

use std::{
    io::{self, Seek, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{ExportError, Field, Line, Plane, file};

/// A line; `metadata` is any JSON text.
///
/// # Errors
/// When the file cannot be written; it is then as it was.
pub fn write_line(path: &Path, line: &Line<'_>, metadata: &str) -> Result<(), ExportError> {
    let n = line.alpha().len();
    file::write(path, |out| archive(out, &[("alpha", line.alpha())], line.fields(), &[n], metadata))
}

/// A plane; `metadata` is any JSON text.
///
/// # Errors
/// When the file cannot be written; it is then as it was.
pub fn write_plane(path: &Path, plane: &Plane<'_>, metadata: &str) -> Result<(), ExportError> {
    let (a, b) = (plane.a(), plane.b());
    file::write(path, |out| archive(out, &[("a", a), ("b", b)], plane.fields(), &[b.len(), a.len()], metadata))
}

fn archive(
    out: &mut (impl Write + Seek),
    axes: &[(&str, &[f64])],
    fields: &[Field<'_>],
    shape: &[usize],
    metadata: &str,
) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    for (name, positions) in axes {
        array(&mut zip, name, "<f8", &[positions.len()], positions.iter().flat_map(|x| x.to_le_bytes()))?;
    }
    let points = shape.iter().product();
    let measured: Vec<bool> = (0..points).map(|k| fields.iter().any(|f| f.values[k].is_some())).collect();
    for field in fields {
        let values = field.values.iter().flat_map(|v| v.unwrap_or(f64::NAN).to_le_bytes());
        array(&mut zip, field.name, "<f8", shape, values)?;
        if field.values.iter().map(Option::is_some).ne(measured.iter().copied()) {
            let own = field.values.iter().map(|v| u8::from(v.is_some()));
            array(&mut zip, &format!("{}_measured", field.name), "|b1", shape, own)?;
        }
    }
    array(&mut zip, "measured", "|b1", shape, measured.iter().map(|m| u8::from(*m)))?;
    // NumPy has no text of length 0, and text of any other length is padded with zeros, so an empty one stays empty.
    let length = metadata.chars().count().max(1);
    let text = metadata.chars().chain(metadata.is_empty().then_some('\0')).flat_map(|c| u32::from(c).to_le_bytes());
    array(&mut zip, "metadata", &format!("<U{length}"), &[], text)?;
    zip.finish()?;
    Ok(())
}

/// One array in C order as a file of the archive, in NumPy's format 1.0.
fn array(
    zip: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    kind: &str,
    shape: &[usize],
    bytes: impl Iterator<Item = u8>,
) -> io::Result<()> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file(format!("{name}.npy"), options)?;
    zip.write_all(&header(kind, shape))?;
    zip.write_all(&bytes.collect::<Vec<_>>())
}

/// Magic, version, length, and a Python dictionary padded so that the numbers start at a multiple of 64.
fn header(kind: &str, shape: &[usize]) -> Vec<u8> {
    let shape: String = shape.iter().map(|n| format!("{n},")).collect();
    let mut words = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = 10;
    let padding = 63 - (before + words.len()) % 64;
    words.push_str(&" ".repeat(padding));
    words.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    // A dictionary with at most two lengths in it stays far below 65,536 bytes.
    out.extend_from_slice(&(words.len() as u16).to_le_bytes());
    out.extend_from_slice(words.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Read};

    use super::*;

    /// Takes an array of the archive apart: its dictionary and its bytes.
    fn read(path: &Path, name: &str) -> (String, Vec<u8>) {
        let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
        let mut bytes = Vec::new();
        zip.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        assert_eq!(bytes[10 + length - 1], b'\n');
        (String::from_utf8(bytes[10..10 + length].to_vec()).unwrap().trim_end().into(), bytes[10 + length..].to_vec())
    }

    fn numbers(bytes: &[u8]) -> Vec<u64> {
        bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap())).collect()
    }

    #[test]
    fn arrays_have_numpys_header_and_every_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plane.npz");
        let loss = [Some(0.1), None, Some(f64::INFINITY), Some(-0.0), Some(5e-324), None];
        let test = [Some(1.0), None, None, None, None, None];
        let fields = [Field { name: "train_loss", values: &loss }, Field { name: "test_loss", values: &test }];
        let plane = Plane::new(&[-1.0, 0.0, 1.0], &[0.5, 0.75], &fields).unwrap();
        write_plane(&path, &plane, r#"{"θ": 1}"#).unwrap();
        let (words, bytes) = read(&path, "train_loss");
        assert_eq!(words, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,3,), }");
        let expected = loss.map(|v| v.unwrap_or(f64::NAN).to_bits());
        assert_eq!(numbers(&bytes), expected);
        let (words, bytes) = read(&path, "b");
        assert!(words.contains("(2,)"));
        assert_eq!(numbers(&bytes), [0.5f64, 0.75].map(f64::to_bits));
        assert_eq!(read(&path, "measured").1, [1, 0, 1, 1, 1, 0]);
        assert_eq!(read(&path, "test_loss_measured").1, [1, 0, 0, 0, 0, 0]);
        let (words, bytes) = read(&path, "metadata");
        assert!(words.contains("'<U8'") && words.contains("'shape': ()"), "{words}");
        assert_eq!(bytes[8..12], u32::from('θ').to_le_bytes());
        assert_eq!(zip::ZipArchive::new(File::open(&path).unwrap()).unwrap().len(), 7);

        write_line(&path, &Line::new(&[0.0, 1.0], &[]).unwrap(), "").unwrap();
        assert!(read(&path, "alpha").0.contains("(2,)"));
        assert_eq!(read(&path, "metadata").1, [0; 4]);
    }
}
