//! The window itself: what it holds, and what happens in a frame.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{
    action::{Action, Actions},
    background::{Background, Job, News},
    coach,
    desk::Desk,
    dock::{self, Layouts},
    downloads::Downloads,
    export::Export,
    form::Form,
    form_of::FormOf,
    jobs,
    kinds::{
        line::Lines,
        plane::{PlaneKind, Planes},
    },
    lab::Lab,
    library::Role,
    measure::measure,
    opened::{Beginning, Item, Rest},
    palette::Palette,
    panel::{Panel, Window},
    panel_id::PanelId,
    path_prompt::{Answer, PathPrompt},
    queue::{Next, Queue},
    reading::Reading,
    recipes::Recipes,
    session::Session,
    start_page::{self, Around, StartPage},
    status::{self, Frames},
    store::{Notice, Store},
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
    engine::{Command, Delivery, Engine, RecordTo, RunId},
    places,
    recipe::Product,
    run::RunSpec,
};

/// Time per frame that the window spends on taking in events.
const DRAIN_BUDGET: Duration = Duration::from_millis(10);
const FORM_KEY: &str = "form-1";
const DESK_KEY: &str = "desk-1";
const LAB_KEY: &str = "lab-1";
const SESSION_KEY: &str = "session-1";
const TABLE_KEY: &str = "table-1";
const NAMES_KEY: &str = "names-1";

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
    /// Download data sets from this address before all others.
    pub mirror: Option<String>,
}

/// The app.
pub struct App {
    pub(super) engine: Engine,
    pub(super) store: Store,
    pub(super) form: Form,
    pub(super) view: View,
    pub(super) table: Table,
    /// The runs of a sweep.
    queue: Queue,
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
    prompt: Option<PathPrompt>,
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
    awaits_plane: bool,
    /// What was in the window last time.
    last_time: Session,
    start_page: StartPage,
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
        let gallery = options.runs_folder.clone().map_or_else(places::gallery_folder, |folder| folder.join("gallery"));
        let mut app = App {
            engine,
            store: Store::remembering(names),
            form,
            view: View::default(),
            table,
            queue: Queue::default(),
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
        self.view.reset();
    }

    pub(super) fn start(&mut self, spec: RunSpec) {
        self.send_start(spec);
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
    fn advance_sweep(&mut self) {
        match self.queue.next(&self.store) {
            Some(Next::Start(spec)) => {
                let id = self.send_start(*spec);
                self.queue.begun(id);
                if let Some(run) = self.store.run_mut(id) {
                    run.sweep = Some(self.queue.number());
                }
            }
            Some(Next::End(id)) => self.engine.send(Command::StopOne(id)),
            Some(Next::Tell(words)) => self.note(Some(Notice::warning(words))),
            None => {}
        }
    }

    pub(super) fn new_run_file(&self, spec: &RunSpec) -> std::io::Result<PathBuf> {
        match &self.options.runs_folder {
            Some(folder) => places::new_run_file_in(folder, spec),
            None => places::new_run_file(spec),
        }
    }

    /// Takes the walks that a recipe has made into the window.
    fn show_runs_of(&mut self, id: &str) {
        let report = self.recipes.made(id).and_then(|made| made.report.as_ref());
        for run in report.iter().flat_map(|report| &report.runs) {
            if let Product::Walk(history) = &run.product {
                self.store.insert_unfiled(format!("{id}: {}, seed {}", run.name, run.seed), (**history).clone());
            }
        }
        self.view.show_all(self.store.x_range());
        self.layouts.show(&PanelId::WALK);
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

    /// Where the two samples are kept.
    fn samples_folder(&self) -> PathBuf {
        self.options.runs_folder.clone().map_or_else(places::samples_folder, |folder| folder.join("samples"))
    }

    /// Opens the samples that have just been made, and measures the plane around the first beside their line.
    fn take_samples(&mut self, ctx: &egui::Context) {
        match self.desk.samples.take_in() {
            Some(Ok([a, b])) => {
                let jobs = [(a, Role::A), (b, Role::B)];
                self.awaits_plane = true;
                self.open(jobs.map(|(path, role)| Job { role: Some(role), ..Job::new(path) }).into(), ctx);
            }
            Some(Err(why)) => self.note(Some(Notice::error(why))),
            None => {}
        }
    }

    pub(super) fn open(&mut self, mut jobs: Vec<Job>, ctx: &egui::Context) {
        for job in &mut jobs {
            job.path = std::path::absolute(&job.path).unwrap_or(job.path.clone());
        }
        jobs.retain(|job| job.as_trail || !self.store.find(&job.path));
        if !jobs.is_empty() {
            self.desk.open(jobs, &self.background, ctx);
        }
    }

    pub(super) fn take_in(&mut self, news: News, ctx: &egui::Context) {
        if let News::Opened(path, _) = &news {
            self.desk.library.arrived(path);
        }
        match news {
            News::Opened(path, Ok(item)) => {
                if !self.unkept.has(&path) && !path.starts_with(self.samples_folder()) {
                    self.desk.recent.add(&path);
                }
                match item {
                    Item::Run(run) => {
                        let Beginning { history, rest } = *run;
                        match rest {
                            None => self.store.insert(&path, history),
                            Some(Rest { parts, total }) => {
                                let parts = self.background.read_on(parts, ctx);
                                self.store.insert_beginning(&path, history, total, parts);
                            }
                        }
                        self.view.show_all(self.store.x_range());
                        self.layouts.show(&PanelId::WALK);
                    }
                    item => {
                        if matches!(&item, Item::Trail(trail) if trail.has_plane()) {
                            self.layouts.show(&PanelId::PLANE);
                        }
                        let end = self.desk.insert(item);
                        self.open(end.into_iter().collect(), ctx);
                        self.layouts.show(&PanelId::CHECKPOINTS);
                    }
                }
            }
            News::Opened(_, Err(why)) => self.note(Some(Notice::error(why))),
            News::Together(paths) => {
                if self.desk.opened(paths) {
                    if std::mem::take(&mut self.awaits_plane) {
                        self.desk.surveys.of_mut::<Planes>().form.kind = PlaneKind::Around;
                        self.act(ctx, Action::Measure(measure::<Planes>, PanelId::PLANE));
                    }
                    self.act(ctx, Action::Measure(measure::<Lines>, PanelId::LINE));
                }
            }
            News::Compared(movement) => self.desk.library.set_movement(movement),
            News::Fitted(path, subject, found) => self.desk.fits.take(path, *subject, found),
            News::Tail(id, Ok(tail)) => self.store.catch_up(id, tail),
            News::Tail(_, Err(why)) => self.note(Some(Notice::error(why))),
            News::Chosen(paths) => self.open(paths.into_iter().map(Job::new).collect(), ctx),
            News::DataFolder(FormOf::Run, folder) => self.form.data_dir = folder.display().to_string(),
            News::DataFolder(FormOf::Subject, folder) => self.desk.subject.data_dir = folder.display().to_string(),
            News::OwnImages(FormOf::Run, path) => self.form.spec.data.name = path.display().to_string(),
            News::OwnImages(FormOf::Subject, path) => self.desk.subject.data.name = path.display().to_string(),
            News::NoDialog(wanted) => self.prompt = Some(PathPrompt::new(wanted)),
            News::Cards(cards) => self.start_page.cards = Some(cards),
            News::SaveAs(path) => self.export.iter_mut().for_each(|e| e.set_path(&path)),
            News::Previewed(of, dress, pixels) => {
                self.export.iter_mut().for_each(|e| e.previewed(&of, dress, &pixels, ctx));
            }
            News::Copied(taken) => self.export.iter_mut().for_each(|e| e.copied(&taken, ctx)),
            News::Saved(outcome) => self.export.iter_mut().for_each(|e| e.saved(outcome.clone())),
        }
    }

    /// Shows something to read, once.
    pub(super) fn note(&mut self, notice: Option<Notice>) {
        self.notices.extend(notice.filter(|n| !self.notices.contains(n)));
    }

    pub(super) fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Start(spec) => {
                self.start(*spec);
                self.layouts.show(&PanelId::WALK);
            }
            Action::Sweep(sweep) => {
                self.table.group_sweep(&sweep.swept);
                self.queue.begin(*sweep);
                self.view.reset();
                self.layouts.show(&PanelId::TABLE);
            }
            Action::StopSweep => self.queue.stop(),
            Action::GoOnSweep => self.queue.go_on(),
            Action::Engine(command) => self.engine.send(command),
            Action::Fork(run, optimizers) => self.fork(run, &optimizers),
            Action::ForkRecorded { run, at, optimizers, both } => self.fork_recorded(run, at, optimizers, both),
            Action::OpenDialog => self.background.choose_files(ctx),
            Action::ChooseDataFolder(form) => self.background.choose_data_folder(form, ctx),
            Action::ChooseOwnImages(form) => self.background.choose_own_images(form, ctx),
            Action::OpenFolderDialog => self.background.choose_folder(ctx),
            Action::Open(jobs) => self.open(jobs, ctx),
            Action::Close(id) => self.store.close(id),
            Action::Reopen => {
                if let Some(path) = self.store.pop_closed() {
                    self.open(vec![Job::new(path)], ctx);
                }
            }
            Action::Export(offer) => self.export = Some(Export::new(*offer)),
            Action::EditSpec(spec) => {
                self.form = Form::from(*spec);
                self.layouts.show(&PanelId::SETUP);
            }
            Action::Copy(text) => ctx.copy_text(text),
            Action::ShowPanel(panel) => self.layouts.show(&panel),
            Action::Do(command) => self.command(ctx, command),
            Action::ShowRun(id) => {
                self.store.set_active(id);
                self.layouts.show(&PanelId::WALK);
            }
            Action::CancelDownload => self.desk.downloads.cancel(),
            Action::Continue => {
                let jobs = std::mem::take(&mut self.last_time).jobs();
                self.layouts.go(self.layouts.current());
                self.open(jobs, ctx);
            }
            Action::Samples => self.desk.samples.start(self.samples_folder(), ctx),
            Action::StopSamples => self.desk.samples.stop(),
            Action::Keep(id) => {
                if let Some(file) = self.store.run(id).and_then(|run| run.file.clone())
                    && let Err(e) = self.unkept.keep(&file)
                {
                    self.note(Some(Notice::error(format!("{} cannot be kept: {e}", file.display()))));
                }
            }
            Action::Measure(measure, panel) => {
                match self.desk.measure(measure, &self.store, &self.engine.snapshots(), ctx) {
                    Ok(()) => self.layouts.show(&panel),
                    Err(why) => self.note(Some(Notice::error(why))),
                }
            }
            Action::MeasureAgain(id, mode) => {
                let ctx = ctx.clone();
                if let Err(why) = self.desk.surveys.again(id, mode, move || ctx.request_repaint()) {
                    self.note(Some(Notice::error(why)));
                }
            }
            Action::StopSurvey(id) => self.desk.surveys.stop(id),
            Action::RemoveSurvey(id) => self.desk.surveys.remove(id),
            Action::Restore(restore) => restore(&mut self.desk.surveys),
            Action::CloseCheckpoint(path) => self.desk.library.close(&path),
            Action::ReopenCheckpoint => {
                if let Some(path) = self.desk.library.pop_closed() {
                    self.open(vec![Job::new(path)], ctx);
                }
            }
            Action::ForgetRecent => self.desk.recent.clear(),
            Action::Recipe(id) => self.recipes.start(&id, ctx),
            Action::StopRecipe => self.recipes.stop(),
            Action::Recipes(ids) => self.recipes.start_row(ids, ctx),
            Action::OpenFigure(id) => {
                self.recipes.open = id;
                self.layouts.show(&PanelId::GALLERY);
            }
            Action::ShowRunsOf(id) => self.show_runs_of(&id),
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let begun = Instant::now();
        while begun.elapsed() < DRAIN_BUDGET {
            let Ok(event) = self.engine.events().try_recv() else { break };
            let notice = self.store.apply(event);
            self.note(notice);
        }
        if !self.engine.events().is_empty() {
            ctx.request_repaint();
        }
        self.advance_sweep();
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
        // What had the keyboard in the last frame: Escape takes the focus away before anything here runs.
        let is_free = !self.captured && !self.desk.surface.has_focus(&ctx) && !self.lab.solid.has_focus(&ctx);
        let is_alone = self.export.is_none() && self.prompt.is_none() && self.palette.is_none();
        let keys = is_free && is_alone && !self.shows_shortcuts && !egui::Popup::is_any_open(&ctx);
        let seen = self.layouts.seen();
        let lab_keys = keys && seen == Some(Workspace::Laboratory);
        let means = |scope| match scope {
            Scope::Always => is_alone,
            // The laboratory has its own meaning of some.
            Scope::Free => keys && !lab_keys,
            Scope::Walk => keys && seen == Some(Workspace::Walk),
        };
        self.reading.keys = keys && seen == Some(Workspace::Walk);
        for command in ui_command::pressed(&ctx, means) {
            actions.ask(Action::Do(command));
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        if !dropped.is_empty() {
            actions.ask(Action::Open(dropped.iter().map(|file| Job::new(file.path().to_path_buf())).collect()));
        }

        egui::Panel::top("transport").show(ui, |ui| {
            ui.add_space(3.0);
            ui.horizontal(|ui| {
                self.menu(ui, &mut actions);
                self.bar(ui, &mut actions);
            });
            // Of checkpoints the line between two branches is live, too.
            let is_live = self.store.live().is_some();
            if seen == Some(Workspace::Walk) || (seen == Some(Workspace::Checkpoints) && is_live) {
                ui.separator();
                ui.horizontal(|ui| self.transport.ui(ui, &self.store, &status, &mut actions));
            }
            ui.add_space(3.0);
        });
        if !self.notices.is_empty() {
            egui::Panel::top("notices").show(ui, |ui| self.notices(ui));
        }
        egui::Panel::bottom("status").show(ui, |ui| {
            let jobs = jobs::all(&self.store, &mut self.desk, &self.recipes, &status);
            status::ui(ui, &self.store, &status, jobs, &self.frames, self.engine.missed_records(), &mut actions);
        });
        let page = egui::Frame::new().fill(ui.visuals().panel_fill);
        self.start_page.is_asked &= seen.is_none();
        if seen.is_none() && !self.start_page.is_asked {
            self.start_page.is_asked = true;
            let folder = self.options.runs_folder.clone().unwrap_or_else(places::runs_folder);
            self.background.read_cards(folder, self.desk.recent.paths().to_vec(), &ctx);
        }
        egui::CentralPanel::default().frame(page).show(ui, |ui| {
            if seen.is_none() {
                let around = Around {
                    last_time: self.last_time.len(),
                    recent: self.desk.recent.paths(),
                    samples: self.desk.samples.share(),
                };
                return start_page::ui(ui, &self.start_page, &around, &mut actions);
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
                gpu: frame.wgpu_render_state(),
                lab_keys,
                actions: &mut actions,
            };
            let mut draw = |ui: &mut egui::Ui, panel: &dyn Panel| panel.ui(ui, &mut window);
            self.layouts.ui(ui, &mut draw);
        });
        self.ask_palette(&ctx, &mut actions);
        match self.prompt.as_mut().map(|prompt| prompt.ui(&ctx)) {
            Some(Answer::Chosen(news)) => {
                self.prompt = None;
                self.take_in(news, &ctx);
            }
            Some(Answer::Closed) => self.prompt = None,
            Some(Answer::Open) | None => {}
        }
        if let Some(export) = &mut self.export
            && !export.ui(&ctx, &self.background)
        {
            self.export = None;
        }
        for action in actions.0 {
            self.act(&ctx, action);
        }
        self.follow_folders();
        self.undo.note(&ctx, &self.form, &self.desk);
        self.captured = ctx.text_edit_focused();
        if ctx.input(|i| !i.raw.hovered_files.is_empty()) {
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
        ] {
            if let Ok(text) = text {
                eframe::set_value(storage, key, &text);
            }
        }
    }
}
