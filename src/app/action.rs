//! What panels ask for: a panel reads the store and returns actions; only the app acts.

use std::path::PathBuf;

use super::{background::Job, export::Content, survey::SurveyId};
use crate::{
    engine::{Command, RunId},
    optim::OptimizerSpec,
    probe::NormMode,
    run::RunSpec,
};

/// A wish of the user.
#[derive(Debug)]
pub enum Action {
    Start(Box<RunSpec>),
    Engine(Command),
    /// Lets a run that goes on be several: as it is, and under each of these optimizers.
    Fork(RunId, Vec<OptimizerSpec>),
    /// Goes on from an iteration that a run has made, once under each of these; with `both` also as it did.
    ForkRecorded {
        run: RunId,
        at: u64,
        optimizers: Vec<OptimizerSpec>,
        both: bool,
    },
    OpenDialog,
    OpenFolderDialog,
    /// Opens files together: two checkpoints become A and B.
    Open(Vec<Job>),
    /// Takes a run out of the window; its file stays.
    Close(RunId),
    /// Brings back the run that was closed last.
    Reopen,
    /// Offers to save something, under this name.
    Export(Box<Content>, String),
    /// Takes a run's spec into the form.
    EditSpec(Box<RunSpec>),
    Copy(String),
    ShowPanel(super::dock::Panel),
    ResetLayout,
    /// Measures the line that is set.
    MeasureLine,
    /// Measures the lines between the runs that are chosen.
    MeasureRuns,
    /// Measures the plane that is set.
    MeasurePlane,
    /// Fills the escape table that is set.
    MeasureEscape,
    /// Measures the valley that is set.
    MeasureValley,
    /// The same line, plane or valley with other batch-norm statistics.
    MeasureAgain(SurveyId, NormMode),
    StopSurvey(SurveyId),
    RemoveSurvey(SurveyId),
    /// Brings back the line, the plane or the valley that was removed last.
    RestoreLine,
    RestorePlane,
    RestoreValley,
    /// Takes a checkpoint out of the window; its file stays.
    CloseCheckpoint(PathBuf),
    ReopenCheckpoint,
    ForgetRecent,
    Recipe(String),
    StopRecipe,
}

/// Where panels put their wishes.
#[derive(Debug, Default)]
pub struct Actions(pub Vec<Action>);

impl Actions {
    pub fn ask(&mut self, action: Action) {
        self.0.push(action);
    }
}
