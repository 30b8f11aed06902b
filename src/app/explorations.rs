//! All lines, planes, escape tables and valleys in the window: those being measured, those that are done, and which of
//! them are shown.

use std::time::Instant;

use super::{
    escape::EscapeEntry,
    survey::{Asked, LineEntry, Measuring, Phase, PlaneEntry, SurveyId},
    valley::ValleyEntry,
};
use crate::{
    engine::{Explorer, Question},
    figure::{Color, colors::run_color},
    present::{CurveView, LineView},
};

/// All lines, planes and valleys, oldest first.
#[derive(Default)]
pub struct Explorations {
    pub lines: Vec<LineEntry>,
    pub planes: Vec<PlaneEntry>,
    pub escapes: Vec<EscapeEntry>,
    pub valleys: Vec<ValleyEntry>,
    next_id: SurveyId,
    /// The line whose numbers are read out.
    active: Option<SurveyId>,
    /// The plane that is shown.
    current: Option<SurveyId>,
    /// The escape table that is shown.
    escape: Option<SurveyId>,
    /// The valley that is shown.
    current_valley: Option<SurveyId>,
    removed_lines: Vec<LineEntry>,
    removed_planes: Vec<PlaneEntry>,
    removed_valleys: Vec<ValleyEntry>,
}

impl Explorations {
    /// Starts measuring. `wake` is called whenever something is found.
    ///
    /// # Errors
    /// When the system gives no thread, in words.
    pub fn ask(&mut self, question: Question, wake: impl Fn() + Send + 'static) -> Result<SurveyId, String> {
        let explorer = Explorer::start(question.clone(), wake)
            .map_err(|e| format!("nothing can be measured: the system gives no thread ({e}); close other programs"))?;
        self.next_id += 1;
        let id = self.next_id;
        match question {
            Question::Line(request) => self.begin(id, Asked::Files(request), explorer),
            Question::Live(request) => self.begin(id, Asked::Live(request), explorer),
            Question::Plane(request) => {
                self.planes.retain(|p| !matches!(p.phase, Phase::Failed(_)));
                self.current = Some(id);
                let phase = Phase::Measuring(Measuring::new(explorer));
                self.planes.push(PlaneEntry { id, request, phase, found: None, version: 0 });
            }
            Question::Escape(request) => {
                self.escapes.retain(|e| !matches!(e.phase, Phase::Failed(_)));
                self.escape = Some(id);
                self.escapes.push(EscapeEntry::new(id, request, explorer));
            }
            Question::Valley(request) => {
                self.valleys.retain(|v| !matches!(v.phase, Phase::Failed(_)));
                self.current_valley = Some(id);
                self.valleys.push(ValleyEntry::new(id, request, explorer));
            }
        }
        Ok(id)
    }

    fn begin(&mut self, id: SurveyId, asked: Asked, explorer: Explorer) {
        // What has failed has nothing to show beside the new one.
        self.lines.retain(|l| !matches!(l.phase, Phase::Failed(_)));
        let taken = |c: &Color| self.lines.iter().any(|l| l.color == *c);
        let color = (0..6).map(run_color).find(|c| !taken(c)).unwrap_or_else(|| run_color(self.lines.len()));
        self.active = Some(id);
        self.lines.push(LineEntry::new(id, asked, color, explorer));
    }

    /// Takes in what was found, until `until`.
    pub fn take_in(&mut self, until: Instant) {
        for line in &mut self.lines {
            let before = line.measured();
            while Instant::now() < until
                && let Some(answer) = line.phase.next()
            {
                line.apply(answer);
            }
            if line.live.is_none() && line.measured() != before {
                line.sum_up();
            }
        }
        for plane in &mut self.planes {
            while Instant::now() < until
                && let Some(answer) = plane.phase.next()
            {
                plane.apply(answer);
            }
        }
        for escape in &mut self.escapes {
            let mut is_new = false;
            while Instant::now() < until
                && let Some(answer) = escape.phase.next()
            {
                is_new |= escape.apply(answer);
            }
            if is_new {
                escape.sum_up();
            }
        }
        for valley in &mut self.valleys {
            while Instant::now() < until
                && let Some(answer) = valley.phase.next()
            {
                valley.apply(answer);
            }
        }
    }

    /// Whether answers are waiting that the last look had no time for.
    pub fn is_behind(&self) -> bool {
        let phases = self.lines.iter().map(|l| &l.phase).chain(self.planes.iter().map(|p| &p.phase));
        let phases = phases.chain(self.escapes.iter().map(|e| &e.phase));
        let phases = phases.chain(self.valleys.iter().map(|v| &v.phase));
        phases.filter_map(Phase::measuring).any(Measuring::is_behind)
    }

    /// Ends a survey; what was found stays.
    pub fn stop(&self, id: SurveyId) {
        let line = self.lines.iter().find(|l| l.id == id).map(|l| &l.phase);
        let plane = self.planes.iter().find(|p| p.id == id).map(|p| &p.phase);
        let escape = self.escapes.iter().find(|e| e.id == id).map(|e| &e.phase);
        let valley = self.valleys.iter().find(|v| v.id == id).map(|v| &v.phase);
        if let Some(m) = line.or(plane).or(escape).or(valley).and_then(Phase::measuring) {
            m.stop();
        }
    }

    /// Lines that are shown and have something to show.
    pub fn shown(&self) -> impl Iterator<Item = &LineEntry> {
        self.lines.iter().filter(|l| l.visible && !l.curves.is_empty())
    }

    /// The line whose numbers are read out.
    pub fn active(&self) -> Option<&LineEntry> {
        let chosen = self.lines.iter().find(|l| Some(l.id) == self.active);
        chosen.or(self.lines.last())
    }

    pub fn set_active(&mut self, id: SurveyId) {
        self.active = Some(id);
    }

    /// The plane that is shown.
    pub fn current(&self) -> Option<&PlaneEntry> {
        let chosen = self.planes.iter().find(|p| Some(p.id) == self.current);
        chosen.or(self.planes.last())
    }

    pub fn set_current(&mut self, id: SurveyId) {
        self.current = Some(id);
    }

    /// The escape table that is shown.
    pub fn escape(&self) -> Option<&EscapeEntry> {
        let chosen = self.escapes.iter().find(|e| Some(e.id) == self.escape);
        chosen.or(self.escapes.last())
    }

    pub fn set_escape(&mut self, id: SurveyId) {
        self.escape = Some(id);
    }

    /// The valley that is shown.
    pub fn current_valley(&self) -> Option<&ValleyEntry> {
        let chosen = self.valleys.iter().find(|v| Some(v.id) == self.current_valley);
        chosen.or(self.valleys.last())
    }

    /// The same, to choose what is shown of it.
    pub fn current_valley_mut(&mut self) -> Option<&mut ValleyEntry> {
        let id = self.current_valley()?.id;
        self.valleys.iter_mut().find(|v| v.id == id)
    }

    pub fn set_current_valley(&mut self, id: SurveyId) {
        self.current_valley = Some(id);
    }

    /// All shown lines in one picture.
    pub fn picture(&self) -> LineView {
        let views: Vec<LineView> = self.shown().map(LineEntry::view).collect();
        let title = match views.as_slice() {
            [one] => one.title.clone(),
            several => format!("{} lines", several.len()),
        };
        let mut captions: Vec<String> = Vec::new();
        for view in &views {
            if !captions.contains(&view.caption) {
                captions.push(view.caption.clone());
            }
        }
        let names: Vec<String> = self.shown().map(LineEntry::name).collect();
        let curves = views.into_iter().zip(names).flat_map(|(view, name)| {
            let single = view.curves.len() == 1;
            view.curves.into_iter().map(move |c| if single { CurveView { name: name.clone(), ..c } } else { c })
        });
        LineView { title, caption: captions.join("\n"), curves: curves.collect(), log: false }
    }

    /// Takes a line, a plane or a valley out of the window.
    pub fn remove(&mut self, id: SurveyId) {
        self.stop(id);
        if let Some(index) = self.lines.iter().position(|l| l.id == id) {
            self.removed_lines.push(self.lines.remove(index));
        }
        if let Some(index) = self.planes.iter().position(|p| p.id == id) {
            self.removed_planes.push(self.planes.remove(index));
        }
        if let Some(index) = self.valleys.iter().position(|v| v.id == id) {
            self.removed_valleys.push(self.valleys.remove(index));
        }
    }

    /// Brings back the line that was removed last.
    pub fn restore_line(&mut self) {
        if let Some(line) = self.removed_lines.pop() {
            self.active = Some(line.id);
            self.lines.push(line);
        }
    }

    pub fn can_restore_line(&self) -> bool {
        !self.removed_lines.is_empty()
    }

    /// Brings back the plane that was removed last.
    pub fn restore_plane(&mut self) {
        if let Some(plane) = self.removed_planes.pop() {
            self.current = Some(plane.id);
            self.planes.push(plane);
        }
    }

    pub fn can_restore_plane(&self) -> bool {
        !self.removed_planes.is_empty()
    }

    /// Brings back the valley that was removed last.
    pub fn restore_valley(&mut self) {
        if let Some(valley) = self.removed_valleys.pop() {
            self.current_valley = Some(valley.id);
            self.valleys.push(valley);
        }
    }

    pub fn can_restore_valley(&self) -> bool {
        !self.removed_valleys.is_empty()
    }
}
