//! The checkpoints in the window: files and what is in them, which are A, B and C, on what they are measured, and how far
//! every tensor moved.

use egui::{Align, DragValue, Layout, RichText, Ui, vec2};

use super::{samples, subject};
use crate::app::{
    action::{Action, Actions},
    background::Job,
    coach::{self, Mark},
    desk::Desk,
    kinds::{
        line::{LineKind, Lines},
        plane::{PlaneKind, Planes},
    },
    library::{Entry, Library, Role},
    opened::{Point, Trail, short},
    panel::{Panel, Side, Window},
    panel_id::PanelId,
    plain::plain,
    store::Store,
    tensors::Row,
    theme,
    workspace::Workspace,
};
use crate::run::paths;

/// A panel this wide has room for all columns of the table.
const WIDE: f32 = 560.0;
/// A narrower one has no room for the length of A beside how far it is to B.
const TIGHT: f32 = 290.0;

/// See the module.
pub struct CheckpointsPanel;

impl Panel for CheckpointsPanel {
    fn id(&self) -> PanelId {
        PanelId::CHECKPOINTS
    }

    fn title(&self) -> &'static str {
        "Files"
    }

    fn workspace(&self) -> Workspace {
        Workspace::Checkpoints
    }

    fn side(&self) -> Side {
        Side::Left
    }

    /// Names end in an ellipsis, fields shrink and buttons wrap, so that it fits into the smallest window.
    fn narrowest(&self) -> f32 {
        210.0
    }

    fn ui(&self, ui: &mut Ui, window: &mut Window<'_>) {
        self::ui(ui, window);
    }
}

/// Draws the panel. Roles are the desk's own and cheap to undo, so they change right here.
fn ui(ui: &mut Ui, window: &mut Window<'_>) {
    let Window { desk, store, actions, .. } = window;
    open_row(ui, desk, store, actions);
    ui.separator();
    egui::ScrollArea::vertical().id_salt("checkpoints").auto_shrink([false, false]).show(ui, |ui| {
        if desk.library.entries().is_empty() && desk.library.reading().is_none() {
            ui.vertical_centered(|ui| samples::offer(ui, &desk.samples, actions));
            theme::teach(
                ui,
                "Drop one or two checkpoints on the window: safetensors, PyTorch .pt or .pth, Burn's burnpack. With two, \
                 the loss on the line between them is measured at once.",
            );
        }
        for entry in desk.library.entries().to_vec() {
            match &entry {
                Entry::Point(point) => checkpoint(ui, desk, point, actions),
                Entry::Trail(trail) => path(ui, desk, trail, actions),
            }
        }
        if let Some((path, number, all)) = desk.library.reading() {
            let count = if all > 1 { format!("{number} of {all}: ") } else { String::new() };
            ui.label(RichText::new(format!("Reading {count}{}…", short(path))).weak());
        }
        if desk.library.entries().iter().any(|e| matches!(e, Entry::Point(_))) {
            questions(ui, desk, actions);
        }
        if !desk.library.entries().is_empty() {
            coach::mark(ui, Mark::Letters);
        }
        section(ui, "Measured on", |ui| subject::ui(ui, &mut desk.subject, &mut desk.downloads, actions));
        if desk.library.at(Role::A).is_some() {
            section(ui, "Parameters", |ui| tensors(ui, &mut desk.library));
        }
    });
}

fn section(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    egui::CollapsingHeader::new(RichText::new(title).strong()).default_open(true).show(ui, content);
}

fn open_row(ui: &mut Ui, desk: &Desk, store: &Store, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        if ui.button("Open files…").on_hover_text("Ctrl+O. Or drop files on the window").clicked() {
            actions.ask(Action::OpenDialog);
        }
        let folder =
            ui.button("Open folder…").on_hover_text("A folder of checkpoints is a path through parameter space");
        if folder.clicked() {
            actions.ask(Action::OpenFolderDialog);
        }
        let files: Vec<_> = store.runs().iter().filter_map(|r| Some((r.label.clone(), r.file.clone()?))).collect();
        let menu = ui.add_enabled(!files.is_empty(), egui::Button::new("From a run"));
        let menu = menu
            .on_hover_text("The checkpoints that a run in this window keeps")
            .on_disabled_hover_text("No run is open; a run file can be opened like a checkpoint");
        egui::Popup::menu(&menu).show(|ui| {
            for (label, file) in files {
                if ui.button(format!("{label} ({})", short(&file))).clicked() {
                    actions.ask(Action::Open(vec![Job { as_trail: true, ..Job::new(file) }]));
                }
            }
        });
        if desk.library.can_reopen() {
            let back = ui.button("Bring back file").on_hover_text("Open again the file that was taken out last");
            if back.clicked() {
                actions.ask(Action::ReopenCheckpoint);
            }
        }
    });
}

fn frame(ui: &mut Ui, is_used: bool, content: impl FnOnce(&mut Ui)) {
    let frame = egui::Frame::new().inner_margin(5).corner_radius(4);
    let frame = if is_used { frame.fill(ui.visuals().faint_bg_color) } else { frame };
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui);
    });
    ui.add_space(2.0);
}

fn small(ui: &mut Ui, words: impl Into<String>) {
    ui.add(egui::Label::new(RichText::new(words).small().weak()).wrap());
}

/// Its name, and at the right a button that takes it out.
fn title(ui: &mut Ui, name: &str, path: &std::path::Path, actions: &mut Actions) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let close = ui.small_button("×").on_hover_text("Take it out of the window; the file stays");
        close.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Take out {name}")));
        if close.clicked() {
            actions.ask(Action::CloseCheckpoint(path.into()));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let label = egui::Label::new(RichText::new(name).strong()).truncate();
            ui.add(label).on_hover_text(path.display().to_string());
        });
    });
}

fn checkpoint(ui: &mut Ui, desk: &mut Desk, point: &Point, actions: &mut Actions) {
    let name = short(&point.path);
    let roles: Vec<Role> =
        Role::ALL.into_iter().filter(|r| desk.library.at(*r).is_some_and(|p| p.path == point.path)).collect();
    frame(ui, !roles.is_empty(), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for role in Role::ALL {
                if role_button(ui, role, roles.contains(&role), &name) {
                    desk.library.toggle(&point.path, role);
                    desk.suit();
                }
            }
            ui.add_space(4.0);
            title(ui, &name, &point.path, actions);
        });
        network(ui, point);
        if !point.notes.is_empty() {
            small(ui, point.notes.join("; "));
        }
        others(ui, point, actions);
        places(ui, point);
        fit(ui, desk, point);
    });
}

/// What a run names on this machine and nobody here has named, to be opened on request.
fn places(ui: &mut Ui, point: &Point) {
    let Some(run) = &point.run else { return };
    let Err(refused) = paths::check(&point.path, paths::of_data(&run.data)) else { return };
    let place = refused.path.display().to_string();
    ui.horizontal(|ui| {
        let button = ui.small_button("Open what it names");
        let button = button.on_hover_text(format!(
            "This run was not recorded by you on this machine, and says that its data are at {place}. Nothing there has been opened; \
             a measurement on the run's own data needs it"
        ));
        if button.clicked() {
            paths::follow(paths::of_data(&run.data));
        }
        ui.add(egui::Label::new(RichText::new(place).small().color(ui.visuals().warn_fg_color)).truncate());
    });
}

/// The other networks of the file, each a checkpoint of its own.
fn others(ui: &mut Ui, point: &Point, actions: &mut Actions) {
    if point.others.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("also in this file:").small().weak());
        for key in &point.others {
            let mut path = crate::checkpoint::without_key(&point.path).into_os_string();
            path.push(format!("#{key}"));
            if ui.small_button(key).on_hover_text("Open this network of the file, too").clicked() {
                actions.ask(Action::Open(vec![Job::new(path.into())]));
            }
        }
    });
}

/// How often it is right on the data of the form, and the range of pixels that would suit it better. One line, whatever is known,
/// so that nothing moves when an answer comes.
fn fit(ui: &mut Ui, desk: &mut Desk, point: &Point) {
    if point.network.is_err() {
        return;
    }
    let found = desk.fits.of(&point.path, &desk.subject).cloned();
    let line = |ui: &mut Ui, words: RichText, hover: &str| {
        let label = ui.add(egui::Label::new(words.small()).truncate());
        if !hover.is_empty() {
            label.on_hover_text(hover);
        }
    };
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        match found {
            Some(Ok(Some(fit))) => match &fit.better {
                None => line(ui, RichText::new(format!("right: {}", fit.short())).weak(), HELP),
                Some((range, share)) => {
                    let button = ui.small_button(format!("Use {}", range.words()));
                    if button.on_hover_text(HELP).clicked() {
                        desk.subject.scale(range);
                    }
                    let words = format!("{} right with it; {} now", share.percent(), fit.train.percent());
                    line(ui, RichText::new(words).color(ui.visuals().warn_fg_color), &plain(fit.words()));
                }
            },
            Some(Ok(None)) => line(ui, RichText::new("not of these images").weak(), ""),
            Some(Err(why)) => line(ui, RichText::new(format!("not looked at: {why}")).weak(), &why),
            None if desk.fits.is_looking(&point.path) => {
                line(ui, RichText::new("Looking how often it is right…").weak(), "");
            }
            None => {}
        }
    });
}

const HELP: &str = "How often it is right on a sample of the images, with pixels in the range that is set below. A network that is wrong \
                    too often is tried with the other usual ranges, since no checkpoint says how its images were prepared";

/// A letter that is lit when the checkpoint has the role; true when it was clicked.
fn role_button(ui: &mut Ui, role: Role, is_on: bool, name: &str) -> bool {
    let button = ui.add(egui::Button::selectable(is_on, role.name()).min_size(vec2(20.0, 18.0)));
    button.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, is_on, format!("{}: {name}", role.name()))
    });
    button.on_hover_text(format!("Make {name} {}", role.name())).clicked()
}

/// What a checkpoint holds.
fn network(ui: &mut Ui, point: &Point) {
    let parameters = format!("{} parameters", theme::grouped(point.summary.parameters as u64));
    match &point.network {
        Ok(found) => {
            let net = found.net.lines().next().unwrap_or("network");
            small(ui, format!("{net} · {parameters} · {}", point.format));
            if let Some(assumed) = found.assumes {
                small(ui, format!("assumed: {assumed}"));
            }
        }
        Err(miss) => {
            small(ui, format!("{parameters} · {}", point.format));
            let words = RichText::new(format!("not recognised: {miss}")).small().color(ui.visuals().warn_fg_color);
            ui.add(egui::Label::new(words).wrap());
        }
    }
}

fn path(ui: &mut Ui, desk: &mut Desk, trail: &Trail, actions: &mut Actions) {
    let name = short(&trail.path);
    let count = trail.found.points.len();
    frame(ui, false, |ui| {
        ui.horizontal(|ui| title(ui, &name, &trail.path, actions));
        small(ui, format!("a path of {count} checkpoints, {}", trail.found.notes.join("; ")));
        match &trail.last {
            Ok(last) => network(ui, last),
            Err(why) => drop(ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap())),
        }
        ui.horizontal(|ui| {
            let Some(point) = trail.found.points.get(trail.chosen) else { return };
            ui.spacing_mut().item_spacing.x = 2.0;
            for role in Role::ALL {
                let is_on = desk.library.at(role).is_some_and(|p| p.path == point.path);
                if role_button(ui, role, is_on, &short(&point.path)) {
                    let job = Job { role: Some(role), ..Job::new(point.path.clone()) };
                    actions.ask(Action::Open(vec![job]));
                }
            }
            ui.add_space(4.0);
            let mut number = trail.chosen + 1;
            let field = ui.add(DragValue::new(&mut number).range(1..=count)).accessible_name("checkpoint of the path");
            if field.on_hover_text("Which of its checkpoints the letters mean").changed() {
                desk.library.choose(&trail.path, number - 1);
            }
            ui.add_space(4.0);
            ui.add(egui::Label::new(RichText::new(format!("of {count}: {}", point.name)).small()).truncate());
        });
        let plane = ui.add_enabled(trail.has_plane(), egui::Button::new("Plane of its path"));
        let plane = plane.on_hover_text(PlaneKind::Path.help()).on_disabled_hover_text("A plane needs 3 checkpoints");
        if plane.clicked() {
            let form = &mut desk.surveys.of_mut::<Planes>().form;
            (form.kind, form.path) = (PlaneKind::Path, Some(trail.path.clone()));
            actions.measure::<Planes>(PanelId::PLANE);
        }
    });
}

/// What can be measured with A, B and C.
fn questions(ui: &mut Ui, desk: &mut Desk, actions: &mut Actions) {
    if let Some(why) = desk.obstacle().or(desk.subject.check().err()) {
        ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap());
    }
    let has = Role::ALL.map(|r| desk.library.at(r).is_some());
    ui.horizontal_wrapped(|ui| {
        let button = |ui: &mut Ui, words: &str, enabled: bool, needs: &str| {
            ui.add_enabled(enabled, egui::Button::new(words)).on_disabled_hover_text(needs).clicked()
        };
        if button(ui, "Line A–B", has[0] && has[1], "Make one file A and another one B") {
            desk.surveys.of_mut::<Lines>().form.kind = LineKind::Between;
            actions.measure::<Lines>(PanelId::LINE);
        }
        if button(ui, "Plane around A", has[0], "Make a file A") {
            desk.surveys.of_mut::<Planes>().form.kind = PlaneKind::Around;
            actions.measure::<Planes>(PanelId::PLANE);
        }
        if button(ui, "Plane through A, B, C", has == [true; 3], "Make three files A, B and C") {
            desk.surveys.of_mut::<Planes>().form.kind = PlaneKind::Through;
            actions.measure::<Planes>(PanelId::PLANE);
        }
        if has[0] && has[1] && ui.small_button("Swap A and B").clicked() {
            desk.library.swap();
        }
    });
}

fn number(x: Option<f64>) -> String {
    x.map_or("–".into(), theme::value)
}

/// Names and norms; with B also how far each tensor moved.
fn tensors(ui: &mut Ui, library: &mut Library) {
    let has_b = library.at(Role::B).is_some();
    let failed = library.movement().and_then(|m| m.tensors.as_ref().err()).cloned();
    let is_known = library.movement().is_some();
    let Some(table) = library.table() else { return };
    let width = ui.available_width();
    let (is_wide, is_tight) = (width > WIDE, width < TIGHT);
    let heads: &[&str] = match (is_wide, has_b) {
        _ if is_tight && has_b => &["‖B − A‖", "/ ‖A‖"],
        (true, true) => &["shape", "‖A‖", "‖B‖", "‖B − A‖", "‖B − A‖ / ‖A‖"],
        (true, false) => &["shape", "‖A‖"],
        (false, true) => &["‖A‖", "‖B − A‖", "/ ‖A‖"],
        (false, false) => &["shape", "‖A‖"],
    };
    let column = if is_wide { 92.0 } else { 68.0 };
    let first = (width - heads.len() as f32 * (column + 4.0) - 14.0).max(36.0);
    let line = |ui: &mut Ui, name: RichText, hint: String, cells: Vec<RichText>| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let left = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(vec2(first, 15.0), left, |ui| {
                ui.set_width(first);
                ui.add(egui::Label::new(name).truncate()).on_hover_text(hint);
            });
            for cell in cells {
                let right = Layout::right_to_left(Align::Center);
                ui.allocate_ui_with_layout(vec2(column, 15.0), right, |ui| {
                    ui.set_width(column);
                    ui.add(egui::Label::new(cell).truncate());
                });
            }
        });
    };
    let cells = |row: &Row| -> Vec<String> {
        let shape = if row.shape.is_empty() { "1".into() } else { by(&row.shape) };
        let [a, b] = row.norms.map(number);
        let (moved, relative) = (number(row.moved), number(row.relative()));
        match (is_wide, has_b) {
            _ if is_tight && has_b => vec![moved, relative],
            (true, true) => vec![shape, a, b, moved, relative],
            (false, true) => vec![a, moved, relative],
            (_, false) => vec![shape, a],
        }
    };
    let strong = |words: &str| RichText::new(words).small().strong();
    line(ui, strong("tensor"), "In the order of A's file".into(), heads.iter().map(|h| strong(h)).collect());
    let total = &table.total;
    let hint = "The length of all parameters as one vector; running statistics are no parameters".to_string();
    line(ui, strong(&total.name), hint, cells(total).iter().map(|c| strong(c)).collect());
    if has_b && !is_known {
        small(ui, "Comparing A and B…");
    }
    if let Some(why) = failed {
        ui.add(egui::Label::new(RichText::new(why).small().color(theme::error(ui))).wrap());
    }
    let tall = (table.rows.len() as f32 * 20.0).clamp(40.0, 420.0);
    let area = egui::ScrollArea::vertical().id_salt("tensors").max_height(tall).auto_shrink([false, true]);
    area.show_rows(ui, 15.0, table.rows.len(), |ui, range| {
        for row in &table.rows[range] {
            let quiet = |words: &str| {
                let text = RichText::new(words).small();
                if row.is_parameter { text } else { text.weak() }
            };
            let mut hint = format!("{} {}", row.name, by(&row.shape));
            if row.not_finite > 0 {
                hint += &format!(", {} numbers not finite", row.not_finite);
            }
            line(ui, quiet(&row.name), hint, cells(row).iter().map(|c| quiet(c)).collect());
        }
    });
}

fn by(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
