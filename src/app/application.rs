//! The window itself: what it holds, and what happens in a frame.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use eframe::egui_wgpu::RenderState;

use super::{
    action::{Action, Actions},
    background::{Background, Job},
    coach::{self, Mark},
    desk::Desk,
    dock::{self, Layouts},
    downloads::Downloads,
    ending::Ending,
    export::Export,
    form::Form,
    form_of::FormOf,
    handles::Handles,
    jobs,
    lab::Lab,
    notice::{Attempt, Notice},
    palette::Palette,
    panel::{Panel, Window},
    panels::walk_measure,
    path_prompt::{Answer, PathPrompt},
    queue::Queue,
    reading::Reading,
    recipes::Recipes,
    session::Session,
    sketch,
    start_page::{self, Around, StartPage},
    status::{self, Frames, Told},
    store::Store,
    table::Table,
    theme,
    transport::Transport,
    ui_command::{self, Scope},
    undo::Undo,
    unkept::Unkept,
    view::View,
    workspace::Workspace,
};
use crate::{
    engine::{Command, Delivery, Engine, Event, RunId, Status},
    places,
};

/// Time per frame that the window spends on taking in events.
const DRAIN_BUDGET: Duration = Duration::from_millis(10);
const FORM_KEY: &str = "form-1";
const DESK_KEY: &str = "desk-1";
const LAB_KEY: &str = "lab-1";
const SESSION_KEY: &str = "session-1";
const TABLE_KEY: &str = "table-1";
const NAMES_KEY: &str = "names-1";
const SWEEPS_KEY: &str = "sweeps-1";

/// How the window opens.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Run files and checkpoints to show; none starts the demonstration.
    pub files: Vec<PathBuf>,
    /// Record runs in this folder instead of the user's data directory.
    pub runs_folder: Option<PathBuf>,
    /// Do not start the demonstration.
    pub quiet: bool,
    /// Open the start page, also where nothing is remembered.
    pub start_page: bool,
    /// Explain five things, once each.
    pub coach: bool,
    /// Folder with the files of data sets, for all forms.
    pub data_dir: Option<PathBuf>,
    /// Share of the time that probes may take which are switched on while a run goes on, 0 to 1.
    pub probe_budget: Option<f64>,
    /// Download data sets from this address before all others.
    pub mirror: Option<String>,
    /// Closes the window from outside.
    pub ending: Ending,
}

/// The app.
pub struct App {
    pub(super) engine: Engine,
    pub(super) store: Store,
    pub(super) form: Form,
    pub(super) view: View,
    pub(super) table: Table,
    /// The runs of a sweep.
    pub(super) queue: Queue,
    pub(super) reading: Reading,
    pub(super) transport: Transport,
    pub(super) frames: Frames,
    pub(super) recipes: Recipes,
    pub(super) desk: Desk,
    pub(super) lab: Lab,
    pub(super) layouts: Layouts,
    pub(super) notices: Vec<Notice>,
    pub(super) export: Option<Export>,
    /// Asks for a path where the system has no dialog.
    pub(super) prompt: Option<PathPrompt>,
    pub(super) palette: Option<Palette>,
    /// The list of shortcuts is open.
    pub(super) shows_shortcuts: bool,
    /// Whether a widget had the keyboard at the end of the last frame.
    pub(super) captured: bool,
    /// Answers of dialogs and files read in the background.
    pub(super) background: Background,
    pub(super) options: Options,
    /// Files of runs that may not have been made yet.
    pub(super) reserved: Vec<PathBuf>,
    /// The run that the engine's changes are for.
    pub(super) selected: Option<RunId>,
    pub(super) undo: Undo,
    /// The samples are being opened: their plane is measured, too.
    pub(super) awaits_plane: bool,
    /// What was in the window last time.
    pub(super) last_time: Session,
    pub(super) start_page: StartPage,
    /// Dropped after the engine, which has closed its files by then.
    pub(super) unkept: Unkept,
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When there is no display or no graphics driver.
pub fn run(options: Options) -> eframe::Result {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Valleyscope")
            .with_app_id("valleyscope")
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size([900.0, 560.0]),
        ..Default::default()
    };
    eframe::run_native("valleyscope", native, Box::new(|cc| Ok(Box::new(App::new(cc, options)?))))
}

impl App {
    /// Sets everything up, and starts the demonstration when there is nothing else to show.
    ///
    /// # Errors
    /// When the engine thread cannot be started.
    pub fn new(cc: &eframe::CreationContext<'_>, options: Options) -> std::io::Result<App> {
        theme::install(&cc.egui_ctx);
        cc.egui_ctx.add_plugin(Handles);
        if let Some(gpu) = &cc.wgpu_render_state {
            sketch::print_with(&cc.egui_ctx, gpu);
        }
        options.ending.of(&cc.egui_ctx);
        if options.coach {
            coach::enable(&cc.egui_ctx);
        }
        let ctx = cc.egui_ctx.clone();
        let engine = Engine::spawn(Delivery::Prompt, move || ctx.request_repaint())?;
        let stored = |key| cc.storage.and_then(|s| eframe::get_value::<String>(s, key));
        let layouts = Layouts::remembering(stored(dock::STORAGE_KEY).as_deref());
        let form = stored(FORM_KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut desk = Desk::remembering(stored(DESK_KEY).as_deref());
        desk.downloads = Downloads::from_mirror(options.mirror.clone());
        let lab = Lab::remembering(stored(LAB_KEY).as_deref());
        let unkept = Unkept::of(options.runs_folder.clone().unwrap_or_else(places::runs_folder));
        let table = Table::remembering(stored(TABLE_KEY).as_deref());
        let names = stored(NAMES_KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let sweeps = stored(SWEEPS_KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let store = Store::remembering(names, sweeps);
        let queue = Queue::after(store.sweeps().newest());
        let gallery = options.runs_folder.clone().map_or_else(places::gallery_folder, |folder| folder.join("gallery"));
        let mut app = App {
            engine,
            store,
            form,
            view: View::default(),
            table,
            queue,
            reading: Reading::default(),
            transport: Transport::default(),
            frames: Frames::default(),
            recipes: Recipes::of(gallery),
            desk,
            lab,
            layouts,
            notices: Vec::new(),
            export: None,
            prompt: None,
            palette: None,
            shows_shortcuts: false,
            captured: false,
            background: Background::default(),
            options,
            reserved: Vec::new(),
            selected: None,
            undo: Undo::default(),
            awaits_plane: false,
            start_page: StartPage::default(),
            last_time: stored(SESSION_KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            unkept,
        };
        if let Some(folder) = &app.options.data_dir {
            let folder = folder.display().to_string();
            app.form.data_dir.clone_from(&folder);
            app.desk.folders.all_in(&folder);
            app.desk.subject.data_dir = folder;
        }
        if let Some(budget) = app.options.probe_budget {
            app.engine.send(Command::SetProbeBudget(budget));
            walk_measure::set_budget(&cc.egui_ctx, budget);
        }
        let files = app.options.files.clone();
        // Somebody who has been here knows what it is about.
        let is_first = stored(SESSION_KEY).is_none();
        if app.options.start_page || (files.is_empty() && !app.options.quiet && !is_first) {
            app.layouts.go_to_start();
        } else if files.is_empty() && !app.options.quiet {
            app.demonstrate();
        }
        app.open(files.into_iter().map(Job::new).collect(), &cc.egui_ctx);
        Ok(app)
    }

    /// What is in the window; while that is nothing, what was last time.
    fn session(&self) -> Session {
        let now = Session::of(&self.store, &self.desk.library, &self.unkept);
        if now.is_empty() { self.last_time.clone() } else { now }
    }

    /// A folder of data that was named in one form is named in all.
    fn follow_folders(&mut self) {
        let Desk { folders, subject, .. } = &mut self.desk;
        folders.follow(FormOf::Run, &self.form.spec.data.name, &mut self.form.data_dir);
        folders.follow(FormOf::Subject, &subject.data.name, &mut subject.data_dir);
    }

    /// Asks for what pressed keys mean. Returns whether those that are left are the laboratory's.
    fn take_keys(&mut self, ctx: &egui::Context, actions: &mut Actions) -> bool {
        // What had the keyboard in the last frame: Escape takes the focus away before anything here runs.
        let is_free = !self.captured && !self.desk.surface.has_focus(ctx) && !self.lab.solid.has_focus(ctx);
        let is_alone = self.export.is_none() && self.prompt.is_none() && self.palette.is_none();
        let keys = is_free && is_alone && !self.shows_shortcuts && !egui::Popup::is_any_open(ctx);
        let seen = self.layouts.seen();
        let lab_keys = keys && seen == Some(Workspace::Laboratory);
        let means = |scope| match scope {
            Scope::Always => is_alone,
            // The laboratory has its own meaning of some.
            Scope::Free => keys && !lab_keys,
            Scope::Walk => keys && seen == Some(Workspace::Walk),
        };
        self.reading.keys = keys && seen == Some(Workspace::Walk);
        for command in ui_command::pressed(ctx, means) {
            actions.ask(Action::Do(command));
        }
        lab_keys
    }

    /// What stands above and below every page: menu and workspaces, the run's transport, notices, the status.
    fn edges(&mut self, ui: &mut egui::Ui, status: &Status, actions: &mut Actions) {
        let seen = self.layouts.seen();
        egui::Panel::top("transport").show(ui, |ui| {
            ui.add_space(3.0);
            ui.horizontal(|ui| {
                self.menu(ui, actions);
                self.bar(ui, actions);
            });
            // Of checkpoints the line between two branches is live, too.
            let is_live = self.store.live().is_some();
            if seen == Some(Workspace::Walk) || (seen == Some(Workspace::Checkpoints) && is_live) {
                ui.separator();
                ui.horizontal(|ui| self.transport.ui(ui, &self.store, status, actions));
                coach::mark(ui, Mark::Rate);
                if is_live {
                    coach::mark(ui, Mark::Hold);
                }
            }
            ui.add_space(3.0);
        });
        if !self.notices.is_empty() {
            egui::Panel::top("notices").show(ui, |ui| self.notices(ui));
        }
        egui::Panel::bottom("status").show(ui, |ui| {
            let jobs = jobs::all(&self.store, &mut self.desk, &self.recipes, status);
            let (measured_on, missed) = (self.desk.surveys.device(), self.engine.missed_records());
            let told = Told { store: &self.store, status, measured_on, frames: &self.frames, missed };
            status::ui(ui, &told, jobs, actions);
        });
    }

    /// The start page, or the panels of the workspace.
    fn page(
        &mut self,
        ui: &mut egui::Ui,
        status: &Status,
        lab_keys: bool,
        gpu: Option<&RenderState>,
        actions: &mut Actions,
    ) {
        let seen = self.layouts.seen();
        self.start_page.is_asked &= seen.is_none();
        if seen.is_none() && !self.start_page.is_asked {
            self.start_page.is_asked = true;
            let folder = self.options.runs_folder.clone().unwrap_or_else(places::runs_folder);
            self.background.read_cards(folder, self.desk.recent.paths().to_vec(), ui.ctx());
        }
        let page = egui::Frame::new().fill(ui.visuals().panel_fill);
        egui::CentralPanel::default().frame(page).show(ui, |ui| {
            if seen.is_none() {
                let around = Around {
                    last_time: self.last_time.len(),
                    recent: self.desk.recent.paths(),
                    samples: self.desk.samples.share(),
                };
                return start_page::ui(ui, &self.start_page, &around, actions);
            }
            let mut window = Window {
                store: &mut self.store,
                form: &mut self.form,
                view: &mut self.view,
                table: &mut self.table,
                queue: &self.queue,
                recipes: &mut self.recipes,
                unkept: &self.unkept,
                reading: &mut self.reading,
                desk: &mut self.desk,
                lab: &mut self.lab,
                snapshots: self.engine.snapshots(),
                status,
                gpu,
                lab_keys,
                actions,
            };
            let mut draw = |ui: &mut egui::Ui, panel: &dyn Panel| panel.ui(ui, &mut window);
            self.layouts.ui(ui, &mut draw);
        });
    }

    /// What lies over the page, when it is open: the palette, the list of shortcuts, questions.
    fn ask(&mut self, ctx: &egui::Context, actions: &mut Actions) {
        self.ask_palette(ctx, actions);
        match self.prompt.as_mut().map(|prompt| prompt.ui(ctx)) {
            Some(Answer::Chosen(news)) => {
                self.prompt = None;
                self.take_in(news, ctx);
            }
            Some(Answer::Closed) => self.prompt = None,
            Some(Answer::Open) | None => {}
        }
        if let Some(export) = &mut self.export
            && !export.ui(ctx, &self.background)
        {
            self.export = None;
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if self.options.ending.take() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        let begun = Instant::now();
        while begun.elapsed() < DRAIN_BUDGET {
            let Ok(event) = self.engine.events().try_recv() else { break };
            if matches!(event, Event::Started { .. }) {
                self.forget(Attempt::Start);
            }
            let notice = self.store.apply(event);
            self.note(notice);
        }
        if !self.engine.events().is_empty() {
            ctx.request_repaint();
        }
        self.advance_sweep();
        self.store.forget_unbegun();
        self.table.paint(&mut self.store);
        let live = self.store.live().map(|run| run.id);
        if live != self.selected {
            self.selected = live;
            live.into_iter().for_each(|id| self.engine.send(Command::Select(id)));
        }
        let notice = self.recipes.take_in(ctx);
        self.note(notice);
        while let Some(news) = self.background.next() {
            self.take_in(news, ctx);
        }
        for notice in self.store.read_on(begun + DRAIN_BUDGET) {
            self.note(Some(notice));
        }
        if self.store.has_parts() {
            ctx.request_repaint();
        }
        self.take_samples(ctx);
        self.desk.take_in(begun + DRAIN_BUDGET, &self.background, ctx);
        for (id, file, known) in self.store.behind() {
            self.background.read_tail(id, file, known, ctx);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut actions = Actions::default();
        let status = self.engine.status();
        self.frames.count(frame.info().cpu_usage.unwrap_or(0.0));
        let lab_keys = self.take_keys(&ctx, &mut actions);
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        if !dropped.is_empty() {
            actions.ask(Action::Open(dropped.iter().map(|file| Job::new(file.path().to_path_buf())).collect()));
        }
        self.edges(ui, &status, &mut actions);
        self.page(ui, &status, lab_keys, frame.wgpu_render_state(), &mut actions);
        self.ask(&ctx, &mut actions);
        for action in actions.0 {
            self.act(&ctx, action);
        }
        self.follow_folders();
        self.undo.note(&ctx, &self.form, &self.desk);
        // Whoever has come to a button or a slider with Tab presses and moves that with Space and the arrows.
        self.captured = ctx.memory(|memory| memory.focused().is_some());
        if ctx.input(|i| !i.raw.hovered_files.is_empty()) {
            invite(&ctx);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        // As JSON text: eframe's own format cannot hold every map key that a layout has.
        for (key, text) in [
            (dock::STORAGE_KEY, serde_json::to_string(&self.layouts)),
            (FORM_KEY, serde_json::to_string(&self.form)),
            (DESK_KEY, self.desk.kept()),
            (LAB_KEY, self.lab.kept()),
            (SESSION_KEY, serde_json::to_string(&self.session())),
            (TABLE_KEY, self.table.kept()),
            (NAMES_KEY, serde_json::to_string(self.store.given_names())),
            (SWEEPS_KEY, serde_json::to_string(self.store.sweeps())),
        ] {
            if let Ok(text) = text {
                eframe::set_value(storage, key, &text);
            }
        }
    }
}

/// Says what may be dropped, over everything, while files are held over the window.
fn invite(ctx: &egui::Context) {
    let words = "Drop run files, checkpoints or a folder of checkpoints.\nTwo checkpoints make a line.";
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, theme::shade(160));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        words,
        egui::FontId::proportional(20.0),
        egui::Color32::WHITE,
    );
}
