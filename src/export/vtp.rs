//! A plane as a surface for ParaView: VTK's PolyData in XML (`.vtp`), with every field on its points.

use std::{io::Write, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ExportError, Height, Plane, file, surface::Surface};

/// Points `(a, b, height)`, triangles, and the fields as point data; `metadata`, any text, as field data. Points
/// without a height, and the triangles that they would have, are left out; a field that was not measured at a point is
/// NaN there.
///
/// # Errors
/// A height of a field that is not there, a plane without any triangle, a file that cannot be written and is then as it
/// was.
pub fn write(path: &Path, plane: &Plane<'_>, height: &Height<'_>, metadata: &str) -> Result<(), ExportError> {
    let surface = Surface::new(plane, height)?;
    if surface.triangles.is_empty() {
        return Err(ExportError::NoSurface { field: height.field.into(), path: path.into() });
    }
    let (points, cells) = (surface.points.len(), surface.triangles.len());
    file::write(path, |out| {
        writeln!(out, r#"<?xml version="1.0"?>"#)?;
        writeln!(out, r#"<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">"#)?;
        writeln!(out, "<PolyData>")?;
        // VTK writes text as the codes of its characters, closed by a zero.
        let codes: String = metadata.bytes().chain([0]).map(|b| format!("{b} ")).collect();
        writeln!(out, "<FieldData>")?;
        writeln!(
            out,
            r#"<DataArray type="String" Name="metadata" NumberOfTuples="1" format="ascii">{codes}</DataArray>"#
        )?;
        writeln!(out, "</FieldData>")?;
        writeln!(
            out,
            r#"<Piece NumberOfPoints="{points}" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="{cells}">"#
        )?;
        writeln!(out, r#"<PointData Scalars="{}">"#, surface.field.name)?;
        for field in plane.fields() {
            let values = surface.points.iter().flat_map(|k| field.values[*k].unwrap_or(f64::NAN).to_le_bytes());
            let (name, data) = (field.name, block(values));
            writeln!(out, r#"<DataArray type="Float64" Name="{name}" format="binary">{data}</DataArray>"#)?;
        }
        writeln!(out, "</PointData>")?;
        let positions = block(surface.positions.iter().flatten().flat_map(|x| x.to_le_bytes()));
        writeln!(out, "<Points>")?;
        writeln!(
            out,
            r#"<DataArray type="Float64" Name="Points" NumberOfComponents="3" format="binary">{positions}</DataArray>"#
        )?;
        writeln!(out, "</Points>")?;
        let corners = block(surface.triangles.iter().flatten().flat_map(|k| i64::from(*k).to_le_bytes()));
        let ends = block((1..=cells as i64).flat_map(|k| (3 * k).to_le_bytes()));
        writeln!(out, "<Polys>")?;
        writeln!(out, r#"<DataArray type="Int64" Name="connectivity" format="binary">{corners}</DataArray>"#)?;
        writeln!(out, r#"<DataArray type="Int64" Name="offsets" format="binary">{ends}</DataArray>"#)?;
        writeln!(out, "</Polys>\n</Piece>\n</PolyData>\n</VTKFile>")
    })
}

/// Numbers with their length in bytes in front, as base64.
fn block(bytes: impl Iterator<Item = u8>) -> String {
    let mut all = vec![0; 8];
    all.extend(bytes);
    let length = (all.len() - 8) as u64;
    all[..8].copy_from_slice(&length.to_le_bytes());
    STANDARD.encode(&all)
}

#[cfg(test)]
mod tests {
    use resvg::usvg::roxmltree::{Document, Node};

    use super::super::{Field, surface::tests::bowl};
    use super::*;

    fn array<'a>(document: &'a Document<'_>, name: &str) -> Node<'a, 'a> {
        let mut found = document.descendants().filter(|n| n.attribute("Name") == Some(name));
        let node = found.next().unwrap();
        assert!(found.next().is_none());
        node
    }

    /// The numbers of an array, eight bytes each, after its length.
    fn words(document: &Document<'_>, name: &str) -> Vec<[u8; 8]> {
        let bytes = STANDARD.decode(array(document, name).text().unwrap()).unwrap();
        let words: Vec<[u8; 8]> = bytes.chunks_exact(8).map(|w| w.try_into().unwrap()).collect();
        assert_eq!(u64::from_le_bytes(words[0]) as usize, bytes.len() - 8);
        words[1..].to_vec()
    }

    #[test]
    fn the_file_has_the_surface_and_every_field() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plane.vtp");
        let (a, b, loss) = bowl(Some((2, 1)));
        let error: Vec<Option<f64>> = (0..20).map(|k| (k != 3).then_some(f64::from(k) / 20.0)).collect();
        let fields = [Field { name: "train_loss", values: &loss }, Field { name: "train_error", values: &error }];
        let plane = Plane::new(&a, &b, &fields).unwrap();
        write(&path, &plane, &Height { field: "train_loss", log10: false }, "{\"seed\": \"<7>\"}").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let document = Document::parse(&text).unwrap();
        let piece = document.descendants().find(|n| n.has_tag_name("Piece")).unwrap();
        assert_eq!((piece.attribute("NumberOfPoints"), piece.attribute("NumberOfPolys")), (Some("19"), Some("20")));
        let floats = |name| words(&document, name).into_iter().map(f64::from_le_bytes).collect::<Vec<_>>();
        let integers = |name| words(&document, name).into_iter().map(i64::from_le_bytes).collect::<Vec<_>>();
        let positions = floats("Points");
        assert_eq!(positions.len(), 3 * 19);
        let loss = floats("train_loss");
        for (p, loss) in positions.chunks_exact(3).zip(&loss) {
            assert_eq!((p[2], *loss), (p[0] * p[0] + p[1] * p[1], p[2]));
        }
        let error = floats("train_error");
        assert_eq!(error.iter().filter(|e| e.is_nan()).count(), 1, "not measured in one point that has a height");
        let corners = integers("connectivity");
        assert!(corners.len() == 60 && corners.iter().all(|k| (0..19).contains(k)));
        assert_eq!(integers("offsets"), (1..=20).map(|k| 3 * k).collect::<Vec<_>>());
        let codes = array(&document, "metadata").text().unwrap();
        let codes: Vec<u8> = codes.split_whitespace().map(|c| c.parse().unwrap()).collect();
        assert_eq!(codes, b"{\"seed\": \"<7>\"}\0");
    }

    #[test]
    fn without_a_triangle_there_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plane.vtp");
        let values = [Some(1.0), Some(-1.0), Some(f64::NAN), Some(2.0)];
        let fields = [Field { name: "loss", values: &values }];
        let plane = Plane::new(&[0.0, 1.0], &[0.0, 1.0], &fields).unwrap();
        let text = write(&path, &plane, &Height { field: "loss", log10: true }, "").unwrap_err().to_string();
        assert!(text.contains("plane.vtp") && text.contains("not above 0"), "{text}");
        write(&path, &plane, &Height { field: "loss", log10: false }, "").unwrap();
        assert!(path.exists());
    }
}
