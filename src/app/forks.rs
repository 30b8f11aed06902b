//! Forks of the runs in the window: what is asked of the engine.

use super::{
    application::App,
    kinds::line::{LineKind, Lines},
    panel_id::PanelId,
};
use crate::{
    engine::{Command, ForkTo, RunId},
    optim::OptimizerSpec,
    run::{Fork, RunSpec},
};

impl App {
    /// Lets a run that goes on be several.
    pub(super) fn fork(&mut self, of: RunId, optimizers: &[OptimizerSpec], lr: Option<f64>) {
        let Some(run) = self.store.run(of) else { return };
        let (Some(parent), Some(at)) = (&run.history, run.reached()) else { return };
        // What it is exactly, the engine says when it begins.
        let fork = Fork::of(parent.manifest(), parent.changes(), at, None);
        let mut branches = Vec::new();
        for optimizer in optimizers {
            let spec = fork.clone().under(*optimizer).at_rate(lr);
            let record = self.place(&spec);
            branches.push(ForkTo { id: self.store.begin(&spec), optimizer: *optimizer, lr, record });
        }
        let ids = branches.iter().map(|b| b.id).collect();
        self.engine.send(Command::Fork { of, branches });
        self.offer_line(of, ids);
    }

    /// Goes on from an iteration that a run has made, beside the run or its forks when they still go on; `both` also goes
    /// on unchanged.
    pub(super) fn fork_recorded(
        &mut self,
        run: RunId,
        at: u64,
        optimizers: Vec<OptimizerSpec>,
        lr: Option<f64>,
        both: bool,
    ) {
        let Some(parent) = self.store.run(run) else { return };
        let (Some(history), Some(file)) = (&parent.history, &parent.file) else { return };
        let joins = self.store.all_live().any(|live| live.is_related(parent));
        let fork = Fork::of(history.manifest(), history.changes(), at, Some(file));
        let mut specs: Vec<RunSpec> = both.then(|| fork.clone().unchanged()).into_iter().collect();
        specs.extend(optimizers.into_iter().map(|optimizer| fork.clone().under(optimizer).at_rate(lr)));
        // A fork at the end of its parent has nothing to do unless it is made longer: as long again.
        let steps = history.manifest().steps;
        if at >= steps {
            specs.iter_mut().for_each(|spec| spec.length = crate::run::Length::Steps(steps.saturating_mul(2).max(1)));
        }
        let mut ids = Vec::new();
        for (n, spec) in specs.into_iter().enumerate() {
            let record = self.place(&spec);
            let id = self.store.begin(&spec);
            let spec = Box::new(spec);
            self.engine.send(if n == 0 && !joins {
                Command::Start { id, spec, record, paused: false }
            } else {
                Command::Join { id, spec, record, paused: false }
            });
            ids.push(id);
        }
        self.engine.send(Command::SetPace(self.transport.pace()));
        let a = if both { ids.remove(0) } else { run };
        if !ids.is_empty() {
            self.offer_line(a, ids);
        }
        self.view.reset();
        self.layouts.show(&PanelId::WALK);
    }

    /// Chooses branches in the Line panel.
    fn offer_line(&mut self, a: RunId, b: Vec<RunId>) {
        let form = &mut self.desk.surveys.of_mut::<Lines>().form;
        form.runs.suggest(a, b);
        form.kind = LineKind::Runs;
    }
}
