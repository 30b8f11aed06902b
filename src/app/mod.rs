//! The window: panels over a store, and an engine thread behind them.

mod action;
mod background;
mod dialog;
mod dock;
mod export;
mod form;
mod icon;
mod panels;
mod plots;
mod recipes;
mod status;
mod store;
pub mod surface;
mod theme;
mod transport;
mod view;

use std::{path::PathBuf, time::Instant};

use egui::{Key, KeyboardShortcut, Modifiers, RichText};

use self::{
    action::{Action, Actions},
    background::{Background, News},
    dock::{Dock, Panel},
    export::Export,
    form::Form,
    icon::Icon,
    recipes::Recipes,
    status::Frames,
    store::{Notice, Store},
    transport::Transport,
    view::View,
};
use crate::{
    engine::{Command, Delivery, Engine, RecordTo},
    places,
    run::RunSpec,
    runfile::EXTENSION,
};

/// Time per frame that the window spends on taking in events.
const DRAIN_BUDGET_MS: u128 = 10;
const FORM_KEY: &str = "form-1";

/// How the window opens.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Run files to show; none starts the demonstration.
    pub files: Vec<PathBuf>,
    /// Record runs in this folder instead of the user's data directory.
    pub runs_folder: Option<PathBuf>,
    /// Do not start the demonstration.
    pub quiet: bool,
}

/// The app.
pub struct App {
    engine: Engine,
    store: Store,
    form: Form,
    view: View,
    transport: Transport,
    frames: Frames,
    recipes: Recipes,
    tree: egui_tiles::Tree<Panel>,
    notices: Vec<Notice>,
    export: Option<Export>,
    /// Whether a widget had the keyboard at the end of the last frame.
    captured: bool,
    /// Answers of dialogs and files read in the background.
    background: Background,
    options: Options,
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
        let ctx = cc.egui_ctx.clone();
        let engine = Engine::spawn(Delivery::Prompt, move || ctx.request_repaint())?;
        let stored = |key| cc.storage.and_then(|s| eframe::get_value::<String>(s, key));
        let tree = stored(dock::STORAGE_KEY)
            .and_then(|text| serde_json::from_str(&text).ok())
            .filter(dock::is_whole)
            .unwrap_or_else(dock::default_tree);
        let form = stored(FORM_KEY).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut app = App {
            engine,
            store: Store::default(),
            form,
            view: View::default(),
            transport: Transport::default(),
            frames: Frames::default(),
            recipes: Recipes::default(),
            tree,
            notices: Vec::new(),
            export: None,
            captured: false,
            background: Background::default(),
            options,
        };
        let files = app.options.files.clone();
        if files.is_empty() && !app.options.quiet {
            app.start(RunSpec::demonstration());
        }
        for file in files {
            app.open(file, &cc.egui_ctx);
        }
        Ok(app)
    }

    fn start(&mut self, spec: RunSpec) {
        let record = match self.new_run_file(&spec) {
            Ok(path) => RecordTo::File { path, overwrite: false },
            Err(e) => {
                let folder = places::runs_folder();
                self.note(Some(Notice::warning(format!(
                    "this run is not recorded: {} cannot be written ({e})",
                    folder.display()
                ))));
                RecordTo::Nowhere
            }
        };
        let id = self.store.begin(&spec);
        self.engine.send(Command::SetPace(self.transport.pace()));
        self.engine.send(Command::Start { id, spec: Box::new(spec), record, paused: false });
        self.view.reset();
    }

    fn new_run_file(&self, spec: &RunSpec) -> std::io::Result<PathBuf> {
        match &self.options.runs_folder {
            Some(folder) => places::new_run_file_in(folder, spec),
            None => places::new_run_file(spec),
        }
    }

    fn open(&mut self, path: PathBuf, ctx: &egui::Context) {
        let path = std::path::absolute(&path).unwrap_or(path);
        if !self.store.find(&path) {
            self.background.open(path, ctx);
        }
    }

    fn take_in(&mut self, news: News, ctx: &egui::Context) {
        match news {
            News::Opened(path, Ok(history)) => {
                self.store.insert(&path, *history);
                self.view.show_all(self.store.x_range());
                dock::show(&mut self.tree, Panel::Walk);
            }
            News::Opened(_, Err(why)) => self.note(Some(Notice::error(why))),
            News::Tail(id, Ok(tail)) => self.store.catch_up(id, tail),
            News::Tail(_, Err(why)) => self.note(Some(Notice::error(why))),
            News::Chosen(paths) => paths.into_iter().for_each(|path| self.open(path, ctx)),
            News::SaveAs(path) => self.export.iter_mut().for_each(|e| e.set_path(&path)),
            News::Saved(outcome) => self.export.iter_mut().for_each(|e| e.saved(outcome.clone())),
        }
    }

    /// Shows something to read, once.
    fn note(&mut self, notice: Option<Notice>) {
        self.notices.extend(notice.filter(|n| !self.notices.contains(n)));
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Start(spec) => {
                self.start(*spec);
                dock::show(&mut self.tree, Panel::Walk);
            }
            Action::Engine(command) => self.engine.send(command),
            Action::OpenDialog => self.background.choose_runs(ctx),
            Action::Open(path) => self.open(path, ctx),
            Action::Close(id) => self.store.close(id),
            Action::Reopen => {
                if let Some(path) = self.store.pop_closed() {
                    self.open(path, ctx);
                }
            }
            Action::Export(figure, name) => self.export = Some(Export::new(*figure, &name)),
            Action::EditSpec(spec) => {
                self.form = Form::from(*spec);
                dock::show(&mut self.tree, Panel::Setup);
            }
            Action::Copy(text) => ctx.copy_text(text),
            Action::ShowPanel(panel) => dock::show(&mut self.tree, panel),
            Action::ResetLayout => self.tree = dock::default_tree(),
            Action::Recipe(id) => self.recipes.start(&id, ctx),
            Action::StopRecipe => self.recipes.stop(),
        }
    }

    fn shortcuts(&mut self, ctx: &egui::Context, keys: bool, actions: &mut Actions) {
        if ctx.input_mut(|i| i.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, Key::O))) {
            actions.ask(Action::OpenDialog);
        }
        for (number, panel) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5].into_iter().zip(Panel::ALL) {
            if ctx.input_mut(|i| i.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, number))) {
                actions.ask(Action::ShowPanel(panel));
            }
        }
        if ctx.input_mut(|i| i.consume_key(Modifiers::COMMAND, Key::Enter))
            && let Ok(spec) = self.form.finished()
        {
            actions.ask(Action::Start(Box::new(spec)));
        }
        if keys {
            let key = |k| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, k));
            if key(Key::F) {
                self.view.reset();
            }
            if key(Key::A) {
                self.view.show_all(self.store.x_range());
            }
            if key(Key::L) {
                self.view.log_y ^= true;
            }
            let middle = (self.view.range.0 + self.view.range.1) / 2.0;
            let width = self.view.range.1 - self.view.range.0;
            if key(Key::Plus) || key(Key::Equals) {
                self.view.zoom(1.5, middle);
            }
            if key(Key::Minus) {
                self.view.zoom(1.0 / 1.5, middle);
            }
            if key(Key::Comma) {
                self.view.centre_on(middle - width / 4.0);
            }
            if key(Key::Period) {
                self.view.centre_on(middle + width / 4.0);
            }
        }
    }

    fn menu(&mut self, ui: &mut egui::Ui, actions: &mut Actions) {
        let menu = icon::button(ui, Icon::Menu, "Menu", true, 26.0);
        egui::Popup::menu(&menu).show(|ui| {
            if ui.button("Open run…   Ctrl+O").clicked() {
                actions.ask(Action::OpenDialog);
            }
            if ui.button("Watch the demonstration").clicked() {
                actions.ask(Action::Start(Box::new(RunSpec::demonstration())));
            }
            ui.separator();
            for (i, panel) in Panel::ALL.into_iter().enumerate() {
                if ui.button(format!("{}   Ctrl+{}", panel.title(), i + 1)).clicked() {
                    actions.ask(Action::ShowPanel(panel));
                }
            }
            if ui.button("Default layout").clicked() {
                actions.ask(Action::ResetLayout);
            }
            ui.separator();
            let mut theme = ui.ctx().options(|o| o.theme_preference);
            for (preference, name) in [
                (egui::ThemePreference::System, "Theme of the system"),
                (egui::ThemePreference::Light, "Light theme"),
                (egui::ThemePreference::Dark, "Dark theme"),
            ] {
                ui.radio_value(&mut theme, preference, name);
            }
            ui.ctx().set_theme(theme);
        });
    }

    fn notices(&mut self, ui: &mut egui::Ui) {
        let mut dismissed = None;
        for (i, notice) in self.notices.iter().enumerate().rev().take(3) {
            ui.horizontal(|ui| {
                let color = if notice.is_error { theme::error(ui) } else { ui.visuals().warn_fg_color };
                if ui.small_button("Dismiss").clicked() {
                    dismissed = Some(i);
                }
                ui.add(egui::Label::new(RichText::new(&notice.text).color(color)).wrap());
            });
        }
        if let Some(i) = dismissed {
            self.notices.remove(i);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let begun = Instant::now();
        while begun.elapsed().as_millis() < DRAIN_BUDGET_MS {
            let Ok(event) = self.engine.events().try_recv() else { break };
            let notice = self.store.apply(event);
            self.note(notice);
        }
        if !self.engine.events().is_empty() {
            ctx.request_repaint();
        }
        let notice = self.recipes.take_in();
        self.note(notice);
        while let Some(news) = self.background.next() {
            self.take_in(news, ctx);
        }
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
        let keys = !self.captured && self.export.is_none() && !egui::Popup::is_any_open(&ctx);
        self.shortcuts(&ctx, keys, &mut actions);
        for file in ctx.input(|i| i.raw.dropped_files.clone()) {
            actions.ask(Action::Open(file.path().to_path_buf()));
        }

        egui::Panel::top("transport").show(ui, |ui| {
            ui.add_space(3.0);
            ui.horizontal(|ui| {
                self.menu(ui, &mut actions);
                self.transport.ui(ui, &self.store, &status, keys, &mut actions);
            });
            ui.add_space(3.0);
        });
        if !self.notices.is_empty() {
            egui::Panel::top("notices").show(ui, |ui| self.notices(ui));
        }
        egui::Panel::bottom("status").show(ui, |ui| {
            status::ui(ui, &self.store, &status, &self.frames, self.engine.missed_records());
        });
        let page = egui::Frame::new().fill(ui.visuals().panel_fill);
        egui::CentralPanel::default().frame(page).show(ui, |ui| {
            let busy = self.store.live().is_some();
            let (store, form, view, recipes) = (&mut self.store, &mut self.form, &mut self.view, &mut self.recipes);
            let mut draw = |ui: &mut egui::Ui, panel: Panel| match panel {
                Panel::Setup => panels::setup::ui(ui, form, busy, &mut actions),
                Panel::Runs => panels::runs::ui(ui, store, &mut actions),
                Panel::Walk => panels::walk::ui(ui, store, view, &mut actions),
                Panel::Epochs => panels::epochs::ui(ui, store, &mut actions),
                Panel::Gallery => panels::gallery::ui(ui, recipes, &mut actions),
            };
            self.tree.ui(&mut Dock { draw: &mut draw }, ui);
        });
        if let Some(export) = &mut self.export
            && !export.ui(&ctx, &self.background)
        {
            self.export = None;
        }
        for action in actions.0 {
            self.act(&ctx, action);
        }
        self.captured = ctx.text_edit_focused();
        if ctx.input(|i| !i.raw.hovered_files.is_empty()) {
            let words = format!("Drop .{EXTENSION} run files to open them");
            let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
            let rect = ctx.content_rect();
            painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(160));
            painter.text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                words,
                egui::FontId::proportional(24.0),
                egui::Color32::WHITE,
            );
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        // As JSON text: eframe's own format cannot hold every map key that a layout has.
        for (key, text) in
            [(dock::STORAGE_KEY, serde_json::to_string(&self.tree)), (FORM_KEY, serde_json::to_string(&self.form))]
        {
            if let Ok(text) = text {
                eframe::set_value(storage, key, &text);
            }
        }
    }
}
