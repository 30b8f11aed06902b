//! The frame of a PDF: numbered objects, the table of where they begin, and the end.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// A file in the making. Objects are numbered from 1.
#[derive(Default)]
pub(super) struct Objects(Vec<Vec<u8>>);

impl Objects {
    /// Adds an object and gives its number.
    pub fn add(&mut self, body: String) -> usize {
        self.0.push(body.into_bytes());
        self.0.len()
    }

    /// Adds data with what a dictionary says of them, compressed, and gives the number.
    pub fn stream(&mut self, dictionary: &str, data: &[u8]) -> usize {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        // Writing to memory cannot fail.
        let packed = encoder.write_all(data).and_then(|()| encoder.finish()).unwrap_or_default();
        let head = format!("<< {dictionary} /Filter /FlateDecode /Length {} >>\nstream\n", packed.len());
        self.0.push([head.as_bytes(), &packed, b"\nendstream"].concat());
        self.0.len()
    }

    /// The number that the next object will have.
    pub fn upcoming(&self) -> usize {
        self.0.len() + 1
    }

    /// The whole file, with the numbers of its catalogue and of what it says about itself.
    pub fn finish(self, root: usize, info: usize) -> Vec<u8> {
        // Bytes above 127 tell programs that move files that this one is no text.
        let mut out = b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n".to_vec();
        let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", self.0.len() + 1);
        for (i, object) in self.0.iter().enumerate() {
            table += &format!("{:010} 00000 n \n", out.len());
            out.extend_from_slice(format!("{} 0 obj\n", i + 1).as_bytes());
            out.extend_from_slice(object);
            out.extend_from_slice(b"\nendobj\n");
        }
        let end = format!(
            "{table}trailer\n<< /Size {} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{}\n%%EOF\n",
            self.0.len() + 1,
            out.len()
        );
        out.extend_from_slice(end.as_bytes());
        out
    }
}
