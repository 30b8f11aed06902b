//! How far a measurement is: a bar with what is left, a button to stop it, or why it failed.

use egui::{RichText, Ui};

use crate::{
    app::{
        action::{Action, Actions},
        phase::Phase,
        shelf::{Kind, SurveyId},
        theme,
    },
    explore::Job,
};

/// Draws one row; nothing for what is done.
pub fn ui<K: Kind>(ui: &mut Ui, id: SurveyId, phase: &Phase, actions: &mut Actions) {
    match phase {
        Phase::Measuring(m) => {
            ui.horizontal(|ui| {
                let stop = ui.button("Stop measuring").on_hover_text("What was measured stays");
                if stop.clicked() {
                    actions.ask(Action::StopSurvey(id));
                }
                let reading = || m.words.clone().unwrap_or_else(|| format!("{}…", m.what));
                let mut words =
                    m.progress.map_or_else(reading, |p| format!("{} of {} {}", p.done, p.total, K::Job::COUNTS));
                if let Some(left) = m.remaining {
                    words += &format!(", {} to go", theme::duration(left.as_secs_f64()));
                }
                let bar = egui::ProgressBar::new(m.share.unwrap_or(0.0) as f32).text(RichText::new(words).small());
                let width = ui.available_width().clamp(80.0, 320.0);
                ui.add(bar.desired_width(width));
            });
        }
        Phase::Failed(why) => {
            ui.add(egui::Label::new(RichText::new(format!("Not measured: {why}")).color(theme::error(ui))).wrap());
        }
        Phase::Done { .. } | Phase::Stopped => {}
    }
}

/// One phrase about how a measurement ended.
pub fn words(phase: &Phase) -> String {
    match phase {
        Phase::Measuring(_) => "being measured".into(),
        Phase::Done { seconds } if *seconds < 10.0 => format!("measured in {seconds:.1} s"),
        Phase::Done { seconds } => format!("measured in {}", theme::duration(*seconds)),
        Phase::Stopped => "stopped before it was complete".into(),
        Phase::Failed(_) => "not measured".into(),
    }
}
