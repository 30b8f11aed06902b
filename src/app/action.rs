//! What panels ask for: a panel reads the store and returns actions; only the app acts.

use std::path::PathBuf;

use crate::{
    engine::{Command, RunId},
    figure::Figure,
    run::RunSpec,
};

/// A wish of the user.
#[derive(Debug)]
pub enum Action {
    Start(Box<RunSpec>),
    Engine(Command),
    OpenDialog,
    Open(PathBuf),
    /// Takes a run out of the window; its file stays.
    Close(RunId),
    /// Brings back the run that was closed last.
    Reopen,
    /// Offers to save a figure.
    Export(Box<Figure>, String),
    /// Takes a run's spec into the form.
    EditSpec(Box<RunSpec>),
    Copy(String),
    ShowPanel(super::dock::Panel),
    ResetLayout,
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
