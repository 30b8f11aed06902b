//! How runs begin: the demonstration, one from the form, the next of a sweep; and where each is recorded.

use std::path::PathBuf;

use super::{
    application::App,
    notice::{Attempt, Notice},
    queue::Next,
};
use crate::{
    engine::{Command, RecordTo, RunId},
    places,
    run::RunSpec,
};

impl App {
    /// Starts the demonstration; its file is thrown away with the window unless somebody keeps it.
    pub(super) fn demonstrate(&mut self) {
        let spec = RunSpec::demonstration();
        let record = self.place(&spec);
        if let RecordTo::File { path, .. } = &record
            && let Err(e) = self.unkept.mark(path)
        {
            self.note(Some(Notice::warning(format!("the demonstration will be kept: {e}"))));
        }
        self.begin(spec, record);
        self.forget(Attempt::Open);
        self.view.reset();
    }

    pub(super) fn start(&mut self, spec: RunSpec) {
        self.send_start(spec);
        self.forget(Attempt::Open);
        self.view.reset();
    }

    /// Starts a run; what is in view stays.
    fn send_start(&mut self, spec: RunSpec) -> RunId {
        let record = self.place(&spec);
        self.begin(spec, record)
    }

    fn begin(&mut self, spec: RunSpec, record: RecordTo) -> RunId {
        let id = self.store.begin(&spec);
        self.engine.send(Command::SetPace(self.transport.pace()));
        self.engine.send(Command::Start { id, spec: Box::new(spec), record, paused: false });
        id
    }

    /// Starts the next run of a sweep, when its time has come.
    pub(super) fn advance_sweep(&mut self) {
        match self.queue.next(&self.store) {
            Some(Next::Start(spec)) => {
                let id = self.send_start(*spec);
                self.queue.begun(id);
                self.store.put_in_sweep(id, self.queue.number());
            }
            Some(Next::End(id)) => self.engine.send(Command::StopOne(id)),
            Some(Next::Tell(words)) => self.note(Some(Notice::warning(words).of(Attempt::Sweep))),
            None => {}
        }
        if !self.queue.is_held() {
            self.forget(Attempt::Sweep);
        }
    }

    /// Where a new run is recorded.
    pub(super) fn place(&mut self, spec: &RunSpec) -> RecordTo {
        match self.new_run_file(spec) {
            Ok(path) => {
                let path = self.unreserved(path);
                self.reserved.push(path.clone());
                RecordTo::File { path, overwrite: false }
            }
            Err(e) => {
                let folder = places::runs_folder();
                self.note(Some(Notice::warning(format!(
                    "this run is not recorded: {} cannot be written ({e})",
                    folder.display()
                ))));
                RecordTo::Nowhere
            }
        }
    }

    /// A name that no run has been given that has not made its file yet: the next number.
    fn unreserved(&self, path: PathBuf) -> PathBuf {
        let mut path = path;
        while self.reserved.contains(&path) {
            let Some(next) = next_number(&path) else { break };
            path = next;
        }
        path
    }

    /// A name in the folder where runs go.
    fn new_run_file(&self, spec: &RunSpec) -> std::io::Result<PathBuf> {
        match &self.options.runs_folder {
            Some(folder) => places::new_run_file_in(folder, spec),
            None => places::new_run_file(spec),
        }
    }
}

/// `a-0007.valley` after `a-0006.valley`.
fn next_number(path: &std::path::Path) -> Option<PathBuf> {
    let (stem, number) = path.file_stem()?.to_str()?.rsplit_once('-')?;
    let number: u32 = number.parse().ok()?;
    Some(path.with_file_name(format!("{stem}-{:04}.{}", number + 1, path.extension()?.to_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on() {
        let next = |path: &str| next_number(std::path::Path::new(path));
        assert_eq!(next("/r/digits-mlp-sam-0009.valley"), Some("/r/digits-mlp-sam-0010.valley".into()));
        assert_eq!(next("/r/odd.valley"), None);
    }
}
