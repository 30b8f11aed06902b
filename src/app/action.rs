//! What panels ask for: a panel reads the store and returns actions; only the app acts.

use std::path::PathBuf;

use super::{
    background::Job,
    form_of::FormOf,
    measure::{Measure, measure},
    offer::Offer,
    panel_id::PanelId,
    shelf::{Kind, SurveyId},
    surveys::Surveys,
    sweep::Sweep,
    ui_command::UiCommand,
};
use crate::{
    engine::{Command, RunId},
    optim::OptimizerSpec,
    probe::NormMode,
    run::RunSpec,
};

/// A request of the user.
#[derive(Debug)]
pub enum Action {
    Start(Box<RunSpec>),
    /// Starts these runs, one after the other.
    Sweep(Box<Sweep>),
    /// Forgets the runs of the sweep that wait; the present one goes on.
    StopSweep,
    /// Goes on with the sweep after a run was stopped.
    GoOnSweep,
    Engine(Command),
    /// Lets a run that goes on be several: as it is, and under each of these optimizers at a rate, its own if none is given.
    Fork {
        run: RunId,
        optimizers: Vec<OptimizerSpec>,
        lr: Option<f64>,
    },
    /// Goes on from an iteration that a run has made, once under each of these; with `both` also as it did.
    ForkRecorded {
        run: RunId,
        at: u64,
        optimizers: Vec<OptimizerSpec>,
        lr: Option<f64>,
        both: bool,
    },
    /// Makes a step of a run again, and says what it was made of.
    LookInto {
        run: RunId,
        at: u64,
    },
    /// Ends that; what was found stays.
    StopLooking,
    OpenDialog,
    OpenFolderDialog,
    /// Asks for the folder that the data files of a form are in.
    ChooseDataFolder(FormOf),
    /// Asks for a person's own images, for a form.
    ChooseOwnImages(FormOf),
    /// Opens files together: two checkpoints become A and B.
    Open(Vec<Job>),
    /// Takes a run out of the window; its file stays.
    Close(RunId),
    /// Brings back the run that was closed last.
    Reopen,
    /// Offers to save or copy something.
    Export(Box<Offer>),
    /// Takes a run's spec into the form.
    EditSpec(Box<RunSpec>),
    Copy(String),
    ShowPanel(PanelId),
    /// Something that has a name.
    Do(UiCommand),
    /// Reads out a run, and shows the Walk.
    ShowRun(RunId),
    CancelDownload,
    /// Opens what was in the window last time.
    Continue,
    /// Makes the two samples, and measures around them.
    Samples,
    StopSamples,
    /// Keeps a run that would be thrown away.
    Keep(RunId),
    /// Starts what a form asks, and shows a panel.
    Measure(Measure, PanelId),
    /// The same measurement with other batch-norm statistics.
    MeasureAgain(SurveyId, NormMode),
    StopSurvey(SurveyId),
    RemoveSurvey(SurveyId),
    /// Brings back what was removed last.
    Restore(fn(&mut Surveys)),
    /// Takes a checkpoint out of the window; its file stays.
    CloseCheckpoint(PathBuf),
    ReopenCheckpoint,
    ForgetRecent,
    Recipe(String),
    StopRecipe,
    /// Makes these figures, one after the other.
    Recipes(Vec<String>),
    /// Shows a figure whole, or all of them.
    OpenFigure(Option<String>),
    /// Takes the walks that a recipe has made into the window.
    ShowRunsOf(String),
}

/// Where panels put what they ask for.
#[derive(Debug, Default)]
pub struct Actions(pub Vec<Action>);

impl Actions {
    pub fn ask(&mut self, action: Action) {
        self.0.push(action);
    }

    /// Offers to save or copy something.
    pub fn offer(&mut self, offer: Offer) {
        self.ask(Action::Export(Box::new(offer)));
    }

    /// Asks for what the form of `K` says, and for `panel` to be shown.
    pub fn measure<K: Kind>(&mut self, panel: PanelId) {
        self.ask(Action::Measure(measure::<K>, panel));
    }

    /// Asks for what was removed last of `K`.
    pub fn restore<K: Kind>(&mut self) {
        self.ask(Action::Restore(|surveys| surveys.of_mut::<K>().restore()));
    }
}
