//! Downloads the official files, resuming what broke off, lets only right ones take their name, and unpacks archives.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ureq::Agent;
use ureq::http::StatusCode;
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, RANGE};

use super::DataError;
use super::archive::Packed;
use super::catalog::{self, Batches, Form, OfficialFile, OfficialSet};
use super::error::AddressError;
use super::part::Part;
use super::status::{self, State};

/// To find the server and connect to it, TLS included.
const CONNECT: Duration = Duration::from_secs(10);
/// From the request to the head of the answer, and between any two pieces of the body. There is no limit on the whole:
/// a slow line is not a broken one.
const SILENCE: Duration = Duration::from_secs(30);
/// Connections per address, as long as each brings something.
const CONNECTIONS: usize = 4;
/// Bytes written at a time; also how often progress is told.
const CHUNK: usize = 64 * 1024;

/// How far the download of a file, or its unpacking, has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchProgress {
    /// The file's name.
    pub file: &'static str,
    /// Bytes on disk, those of an earlier download included.
    pub done_bytes: u64,
    /// Bytes of the whole file.
    pub total_bytes: u64,
}

/// What [`fetch`] has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchReport {
    /// The folder that files are downloaded to.
    pub folder: PathBuf,
    /// Every file of the set.
    pub files: Vec<Fetched>,
}

/// What [`fetch`] has done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The file's name.
    pub file: &'static str,
    /// Where it is now.
    pub path: PathBuf,
    /// What was done.
    pub outcome: Outcome,
}

/// What [`fetch`] has done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, and right.
    Kept,
    /// It was downloaded.
    Downloaded {
        /// The address that the last byte came from; `None` if an earlier download had left the whole file.
        url: Option<String>,
        /// Bytes of it that an earlier download had left.
        resumed: u64,
        /// Whether a wrong file of the same name was replaced.
        replaced: bool,
    },
    /// It was unpacked from an archive.
    Unpacked {
        /// Whether a wrong file of the same name was replaced.
        replaced: bool,
    },
}

/// Downloads what is missing or wrong of the data set `name` to `dir/NAME/`.
///
/// Every file goes to `FILE.valleyscope-part` first, resumed by an HTTP range request if an earlier download broke off, and takes
/// its name only when its size and SHA-256 are right. The addresses are tried in order: `mirror` if given (a base
/// address, `http://…/folder/`), the official one, the known mirrors. Right files are left alone, wherever
/// [`load`](super::load) would find them; a wrong one in the way is replaced once the right one is there. An unpacked
/// file does not count, as it cannot be checked.
///
/// An archive is kept, so that what came in it can be checked, and its batches are unpacked to
/// `dir/NAME/FOLDER/` as the archive has them, each of which takes its name when it is whole.
///
/// `dir` is the folder of data files; `None` is `valleyscope/data` in the system's cache folder. `progress` is called
/// often, from this thread. Setting `cancel` ends the download within the next piece of data, 30 s at the latest.
///
/// # Errors
///
/// [`DataError::NoAddress`] with every address and its cause; [`DataError::Cancelled`], [`DataError::DiskFull`],
/// [`DataError::Permission`], [`DataError::Busy`] and [`DataError::Io`] end the whole download at once. What has
/// arrived is kept for the next time, unless its sum was wrong.
pub fn fetch(
    name: &str,
    dir: Option<&Path>,
    mirror: Option<&str>,
    progress: &mut dyn FnMut(FetchProgress),
    cancel: &AtomicBool,
) -> Result<FetchReport, DataError> {
    let set = status::official(name)?;
    let folder = catalog::folder(dir)?;
    Fetcher { agent: agent(), progress, cancel }.set(set, &folder, mirror)
}

/// The client, with the time-outs of this module and the proxy settings of the environment.
fn agent() -> Agent {
    config().build().new_agent()
}

/// The settings of [`agent`], for tests to change.
pub(super) fn config() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .user_agent(concat!("valleyscope/", env!("CARGO_PKG_VERSION")))
}

/// A download in progress.
pub(super) struct Fetcher<'a> {
    pub agent: Agent,
    pub progress: &'a mut dyn FnMut(FetchProgress),
    pub cancel: &'a AtomicBool,
}

/// Why an address gave nothing.
enum Failure {
    /// This machine's fault, or the user's wish: no other address would help.
    Here(DataError),
    /// The address's fault, in words.
    There(String),
}

/// What a connection came to.
enum Step {
    /// As many bytes are there as there should be.
    Whole,
    /// The server does not go on where the download broke off. Only for a part that is not empty.
    NoResume,
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::Here(error)
    }
}

impl Fetcher<'_> {
    /// Downloads what is missing or wrong of `set`.
    pub fn set(mut self, set: &OfficialSet, folder: &Path, mirror: Option<&str>) -> Result<FetchReport, DataError> {
        if let Some(mirror) = mirror
            && !["http://", "https://"].iter().any(|scheme| mirror.starts_with(scheme))
        {
            return Err(DataError::Mirror(mirror.to_owned()));
        }
        let bases: Vec<&str> = mirror.into_iter().chain(set.bases.iter().copied()).collect();
        let own = folder.join(set.name);
        let mut files = Vec::new();
        for file in set.downloads() {
            let target = own.join(file.name);
            let found = status::check(folder, set, file)?;
            files.push(match (found.state, found.path) {
                (State::Right, Some(path)) => {
                    self.tell(file.name, file.size, file.size);
                    Fetched { file: file.name, path, outcome: Outcome::Kept }
                }
                (_, found) => {
                    let (url, resumed) = self.file(file, &target, &bases)?;
                    let replaced = found.as_ref() == Some(&target);
                    Fetched { file: file.name, path: target, outcome: Outcome::Downloaded { url, resumed, replaced } }
                }
            });
        }
        if let (Form::Batches(batches), [archive]) = (&set.form, files.as_slice()) {
            files.extend(self.unpack(set, batches, folder, &archive.path)?);
        }
        Ok(FetchReport { folder: own, files })
    }

    /// Unpacks those of `batches` from `archive`, which is the right one, that are missing or wrong.
    fn unpack(
        &mut self,
        set: &OfficialSet,
        batches: &Batches,
        folder: &Path,
        archive: &Path,
    ) -> Result<Vec<Fetched>, DataError> {
        let states = status::batch_states(folder, set, batches, Some(archive))?;
        let [target, ..] = catalog::batch_places(folder, set, batches);
        // Batches in another place than that of the archive are used when all are right, and else left alone.
        let all_right = states.iter().all(|file| file.state == State::Right);
        let kept: Vec<_> = states
            .iter()
            .map(|file| all_right || (file.state == State::Right && file.path == Some(target.join(file.file))))
            .collect();
        let files = states.into_iter().zip(&kept).map(|(found, kept)| match (kept, found.path) {
            (true, Some(path)) => Fetched { file: found.file, path, outcome: Outcome::Kept },
            (_, _) => {
                let path = target.join(found.file);
                let replaced = path.is_file();
                Fetched { file: found.file, path, outcome: Outcome::Unpacked { replaced } }
            }
        });
        let files: Vec<_> = files.collect();
        if !all_right {
            let packed = Packed { path: archive, set, batches };
            packed.unpack(&target, |i| !kept[i], &mut |batch, done| {
                let total = packed.size(batch);
                if self.cancel.load(Ordering::Relaxed) {
                    return Err(DataError::Cancelled { file: batch.name.to_owned(), done, total });
                }
                self.tell(batch.name, done, total);
                Ok(())
            })?;
        }
        Ok(files)
    }

    /// Downloads one file to `target`; the address that did it, and the bytes that were already there.
    fn file(&mut self, file: &OfficialFile, target: &Path, bases: &[&str]) -> Result<(Option<String>, u64), DataError> {
        let mut part = Part::open(target)?;
        if part.len() >= file.size {
            if part.len() == file.size && part.sha256()? == file.sha256 {
                self.tell(file.name, file.size, file.size);
                part.finish()?;
                return Ok((None, file.size));
            }
            part.restart()?;
        }
        let mut attempts = Vec::new();
        for base in bases {
            let url = format!("{}/{}", base.trim_end_matches('/'), file.name);
            match self.address(&url, file, &mut part) {
                Ok(()) => {
                    let resumed = part.resumed();
                    part.finish()?;
                    return Ok((Some(url), resumed));
                }
                Err(Failure::Here(error)) => return Err(error),
                Err(Failure::There(cause)) => attempts.push(AddressError { url, cause }),
            }
        }
        let folder = target.parent().unwrap_or(target).to_owned();
        Err(DataError::NoAddress { file: file.name.to_owned(), folder, attempts })
    }

    /// Completes `part` from one address and checks it; in several connections if it breaks off.
    fn address(&mut self, url: &str, file: &OfficialFile, part: &mut Part) -> Result<(), Failure> {
        let mut connections = 0;
        loop {
            let start = part.len();
            connections += 1;
            match self.connection(url, file, part) {
                Ok(Step::Whole) => {
                    let found = part.sha256()?;
                    if found == file.sha256 {
                        return Ok(());
                    }
                    part.restart()?;
                    if start == 0 {
                        let expected = file.sha256;
                        return Err(Failure::There(format!("wrong content: SHA-256 {found}, not {expected}")));
                    }
                    // The bytes of an earlier connection may be to blame: once more from the start.
                }
                Ok(Step::NoResume) => part.restart()?,
                Err(Failure::There(_)) if part.len() > start && connections < CONNECTIONS => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    /// One request, for what `part` still lacks.
    fn connection(&mut self, url: &str, file: &OfficialFile, part: &mut Part) -> Result<Step, Failure> {
        self.check_cancel(file, part)?;
        let start = part.len();
        // A server must not unpack or pack on the way: the sum is that of the file.
        let mut request = self.agent.get(url).header(ACCEPT_ENCODING, "identity");
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        let mut response = request.call().map_err(|error| Failure::There(cause(error)))?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let offset = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if start > 0 => match header(CONTENT_RANGE).and_then(parse_range) {
                Some((first, total)) if first == start && total.is_none_or(|total| total == file.size) => start,
                _ => return Ok(Step::NoResume),
            },
            StatusCode::RANGE_NOT_SATISFIABLE if start > 0 => return Ok(Step::NoResume),
            other => return Err(Failure::There(format!("the server answered {other}"))),
        };
        let offered = header(CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
        if let Some(length) = offered
            && offset.saturating_add(length) != file.size
        {
            let offered = offset.saturating_add(length);
            return Err(Failure::There(format!("offers {offered} bytes, where the official file has {}", file.size)));
        }
        if offset < start {
            part.restart()?;
        }

        let mut body = response.body_mut().as_reader();
        let mut chunk = vec![0; CHUNK];
        self.tell(file.name, part.len(), file.size);
        loop {
            self.check_cancel(file, part)?;
            let n = match body.read(&mut chunk) {
                Ok(n) => n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let cause = cause(ureq::Error::from(error));
                    let (done, total) = (part.len(), file.size);
                    return Err(Failure::There(format!("broke off at {done} of {total} bytes: {cause}")));
                }
            };
            if n == 0 {
                break;
            }
            if part.len() + n as u64 > file.size {
                part.restart()?;
                return Err(Failure::There(format!("sends more than the official file's {} bytes", file.size)));
            }
            part.append(&chunk[..n])?;
            self.tell(file.name, part.len(), file.size);
        }
        if part.len() < file.size {
            return Err(Failure::There(format!("ended at {} of {} bytes", part.len(), file.size)));
        }
        Ok(Step::Whole)
    }

    fn tell(&mut self, file: &'static str, done_bytes: u64, total_bytes: u64) {
        (self.progress)(FetchProgress { file, done_bytes, total_bytes });
    }

    fn check_cancel(&self, file: &OfficialFile, part: &Part) -> Result<(), DataError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled { file: file.name.to_owned(), done: part.len(), total: file.size });
        }
        Ok(())
    }
}

/// The first byte and the total size of a `Content-Range`: `bytes 5-9/10`, or `/*` for an unknown size.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let first = range.split_once('-')?.0.trim().parse().ok()?;
    match total.trim() {
        "*" => Some((first, None)),
        total => Some((first, Some(total.parse().ok()?))),
    }
}

/// A failed request in words for people.
fn cause(error: ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "no such host, or this machine is offline".to_owned(),
        ureq::Error::Timeout(which) => format!("no answer in time ({which})"),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_parsed() {
        assert_eq!(parse_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(parse_range("bytes 5-9/*"), Some((5, None)));
        for bad in ["", "bytes */10", "bytes 5/10", "items 5-9/10", "bytes 5-9/x", "bytes -9/10"] {
            assert_eq!(parse_range(bad), None, "{bad}");
        }
    }
}
