//! A finished line as a JSON file.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{file_error::SurveyFileError, line::LinePoint, line_spec::LineSpec, summary::LineSummary};
use crate::runfile::{
    RunFileError,
    sqlite::{Doing, beside},
};

/// A line with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineFile {
    /// Everything that decides the numbers, as the writer describes it.
    pub meta: Value,
    pub spec: LineSpec,
    /// Rising in α.
    pub points: Vec<LinePoint>,
    pub summary: LineSummary,
}

/// Says what the file is.
const FORMAT: &str = "valleyscope line";
/// Counted up when the fields change their meaning.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Document<Line> {
    format: String,
    version: u64,
    line: Line,
}

impl LineFile {
    /// Writes the line, replacing a file of that name; never leaves a half one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SurveyFileError> {
        let failed = |e| RunFileError::from_io(path, Doing::Write, e);
        if path.is_dir() {
            return Err(SurveyFileError::IsDirectory { path: path.to_path_buf() });
        }
        let document = Document { format: FORMAT.into(), version: VERSION, line: self };
        let text = serde_json::to_string_pretty(&document).map_err(|e| failed(e.into()))?;
        let part = beside(path, ".part");
        let write = || {
            let mut file = File::create(&part)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&part, path)
        };
        if let Err(e) = write() {
            let _ = fs::remove_file(&part);
            return Err(failed(e).into());
        }
        Ok(())
    }

    /// Reads a line file.
    ///
    /// # Errors
    /// When the file cannot be read or is no line.
    pub fn read(path: &Path) -> Result<LineFile, SurveyFileError> {
        let text = fs::read(path).map_err(|e| RunFileError::from_io(path, Doing::Read, e))?;
        let not_a_line = |cause: String| SurveyFileError::NotALine { path: path.to_path_buf(), cause };
        let document: Document<Value> = serde_json::from_slice(&text).map_err(|e| not_a_line(e.to_string()))?;
        if document.format != FORMAT {
            return Err(not_a_line(format!("its format is {:?}", document.format)));
        }
        if document.version > VERSION {
            let [found, known] = [document.version, VERSION].map(|v| i64::try_from(v).unwrap_or(i64::MAX));
            return Err(RunFileError::Newer { path: path.to_path_buf(), found, known }.into());
        }
        serde_json::from_value(document.line).map_err(|e| not_a_line(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        probe::Evaluation,
        survey::{Line, Measured},
    };

    fn line() -> LineFile {
        let spec: LineSpec = serde_json::from_str(r#"{"alphas":"-0.1:1.1:13","widen":3,"refine":"0.01:5"}"#).unwrap();
        let mut line = Line::new(spec);
        while !line.is_done() {
            for alpha in line.next() {
                let loss = if alpha > 1.2 { f64::NAN } else { 0.1 + alpha.sin().powi(2) / 3.0 };
                let test = Some(Evaluation { loss: -loss / 7.0, error: f64::INFINITY });
                line.record(alpha, Measured { train: Evaluation { loss, error: alpha.abs() / 3.0 }, test });
            }
        }
        LineFile {
            meta: serde_json::json!({ "a": "a.pt", "b": "b.pt", "bn": "running" }),
            spec,
            points: line.points().to_vec(),
            summary: LineSummary::of(line.points(), 1.0 / 3.0, None),
        }
    }

    #[test]
    fn a_line_comes_back_to_the_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ab.json");
        let line = line();
        line.write(&path).unwrap();
        line.write(&path).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        let back = LineFile::read(&path).unwrap();
        assert_eq!((&back.meta, &back.spec), (&line.meta, &line.spec));
        assert_eq!(back.points.len(), line.points.len());
        let bits = |p: &LinePoint| {
            let test = p.measured.test.unwrap();
            [p.alpha, p.measured.train.loss, p.measured.train.error, test.loss, test.error].map(f64::to_bits)
        };
        for (found, expected) in back.points.iter().zip(&line.points) {
            // JSON keeps no payload of a NaN, and no other number has one.
            if !expected.measured.train.loss.is_nan() {
                assert_eq!(bits(found), bits(expected));
            }
            assert_eq!(found.measured.train.loss.is_nan(), expected.measured.train.loss.is_nan());
        }
        assert!(line.points.iter().any(|p| p.measured.train.loss.is_nan()));
        assert_eq!(format!("{:?}", back.summary), format!("{:?}", line.summary));
        let text = fs::read_to_string(&path).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["line"]["points"][0]["alpha"], line.points[0].alpha);
        assert!(json["line"]["points"][0]["train_loss"].is_f64());
    }

    #[test]
    fn what_is_no_line_is_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ab.json");
        let error = |path: &Path| LineFile::read(path).unwrap_err().to_string();
        assert!(error(&path).contains("does not exist"));
        for (content, expected) in [
            ("", "is not a line"),
            ("{}", "missing field"),
            (r#"{"format":"else","version":1,"line":{}}"#, "its format is \"else\""),
            (r#"{"format":"valleyscope line","version":2,"line":{}}"#, "update Valleyscope"),
            (r#"{"format":"valleyscope line","version":1,"line":{"meta":1}}"#, "missing field `spec`"),
        ] {
            fs::write(&path, content).unwrap();
            assert!(error(&path).contains(expected) && error(&path).contains("ab.json"), "{}", error(&path));
        }
        assert!(line().write(dir.path()).unwrap_err().to_string().contains("is a directory"));
        assert!(line().write(&dir.path().join("gone/a.json")).unwrap_err().to_string().contains("does not exist"));
    }
}
