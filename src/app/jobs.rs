//! All work that is going on: runs, files being read, measurements, recipes, downloads. What it is, how far, and how to stop it.

use egui::{RichText, Ui};

use super::{
    action::{Action, Actions},
    desk::Desk,
    recipes::Recipes,
    store::{Phase, Store},
    theme,
};
use crate::engine::{Command, Status};

/// One piece of work.
#[derive(Debug)]
pub struct Job {
    pub name: String,
    /// 0..1, when it is known.
    pub share: Option<f64>,
    /// Seconds to go, when there is something to judge by.
    pub left: Option<f64>,
    pub is_held: bool,
    pub stop: Option<Action>,
}

impl Job {
    /// "plane: 43 %, 12 s to go".
    fn words(&self) -> String {
        let share = self.share.map_or("…".into(), |share| format!(": {:.0} %", 100.0 * share));
        let left = self.left.map_or(String::new(), |left| format!(", {} to go", theme::duration(left)));
        if self.is_held { format!("{}{share}, held", self.name) } else { format!("{}{share}{left}", self.name) }
    }
}

/// Everything that goes on.
pub fn all(store: &Store, desk: &mut Desk, recipes: &Recipes, status: &Status) -> Vec<Job> {
    let runs = store.all_live().map(|run| {
        let made = run.reached().unwrap_or(0);
        let is_its = status.id == run.id;
        let share = match &run.phase {
            Phase::Preparing { done, total, .. } => (*total > 0).then(|| *done as f64 / *total as f64),
            _ => (is_its && status.steps > 0).then(|| made as f64 / status.steps as f64),
        };
        Job {
            name: run.short.clone(),
            share,
            left: status.eta().filter(|_| is_its),
            is_held: matches!(run.phase, Phase::Paused(_)),
            stop: Some(Action::Engine(Command::StopOne(run.id))),
        }
    });
    let reading = store.runs().iter().filter_map(|run| {
        let (read, total) = run.reading()?;
        let (name, share) = (format!("reading {}", run.short), Some(read as f64 / total.max(1) as f64));
        Some(Job { name, share, left: None, is_held: false, stop: None })
    });
    let measurements = desk.surveys.going_on().into_iter().map(|going| Job {
        name: going.name,
        share: going.share,
        left: going.left,
        is_held: false,
        stop: Some(Action::StopSurvey(going.id)),
    });
    let recipe = recipes.job.iter().map(|job| Job {
        name: job.id.clone(),
        share: Some(job.share),
        left: job.eta(),
        is_held: false,
        stop: Some(Action::StopRecipe),
    });
    let download = desk.downloads.going_on().map(|(set, progress)| Job {
        name: format!("download of {set}"),
        share: progress.map(|p| p.done as f64 / p.total.max(1) as f64),
        left: progress.and_then(|p| p.left),
        is_held: false,
        stop: Some(Action::CancelDownload),
    });
    let samples = desk.samples.share().map(|share| Job {
        name: "training two samples".into(),
        share: Some(share),
        left: None,
        is_held: false,
        stop: Some(Action::StopSamples),
    });
    runs.chain(reading).chain(measurements).chain(recipe).chain(download).chain(samples).collect()
}

/// A button with the first job, and behind it all of them.
pub fn ui(ui: &mut Ui, jobs: Vec<Job>, actions: &mut Actions) {
    let Some(first) = jobs.first() else { return };
    let words = match jobs.len() {
        1 => first.words(),
        n => format!("{n} jobs · {}", first.words()),
    };
    let button = ui.add(egui::Button::new(RichText::new(words).small()).small());
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Jobs"));
    let button = button.on_hover_text("What goes on, and how to stop it");
    egui::Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_min_width(320.0);
        for job in jobs {
            ui.horizontal(|ui| {
                let share = job.share.unwrap_or(0.0) as f32;
                let bar = egui::ProgressBar::new(share).desired_width(260.0);
                ui.add(bar.text(RichText::new(job.words()).small()));
                let Some(stop) = job.stop else { return };
                let button = ui.small_button("Stop");
                button
                    .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Stop {}", job.name)));
                if button.on_hover_text("What is there stays").clicked() {
                    actions.ask(stop);
                }
            });
        }
    });
}
