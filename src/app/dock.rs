//! Panels that can be docked, dragged and put in tabs, and their default places.

use egui::Key;
use egui_tiles::{Container, Linear, LinearDir, SimplificationOptions, TileId, Tiles, Tree, UiResponse};
use serde::{Deserialize, Serialize};

/// What a tile can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Panel {
    Setup,
    Runs,
    Walk,
    Epochs,
    Gallery,
    Checkpoints,
    Line,
    Plane,
    Surface,
    Laboratory,
    Escape,
    Valley,
}

impl Panel {
    /// In the order of the menu.
    pub const ALL: [Panel; 12] = [
        Panel::Setup,
        Panel::Runs,
        Panel::Walk,
        Panel::Epochs,
        Panel::Gallery,
        Panel::Checkpoints,
        Panel::Line,
        Panel::Plane,
        Panel::Surface,
        Panel::Laboratory,
        Panel::Escape,
        Panel::Valley,
    ];

    /// The key that shows it, with Ctrl. None has 0: that undoes a zoom of the window.
    pub fn key(self) -> Option<Key> {
        match self {
            Panel::Setup => Some(Key::Num1),
            Panel::Runs => Some(Key::Num2),
            Panel::Walk => Some(Key::Num3),
            Panel::Epochs => Some(Key::Num4),
            Panel::Gallery => Some(Key::Num5),
            Panel::Checkpoints => Some(Key::Num6),
            Panel::Line => Some(Key::Num7),
            Panel::Plane => Some(Key::Num8),
            Panel::Surface => Some(Key::Num9),
            Panel::Laboratory => Some(Key::L),
            Panel::Escape => Some(Key::E),
            // V pastes; u is the direction.
            Panel::Valley => Some(Key::U),
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Panel::Setup => "Set up",
            Panel::Runs => "Runs",
            Panel::Walk => "Walk",
            Panel::Epochs => "Epochs",
            Panel::Gallery => "Gallery",
            Panel::Checkpoints => "Checkpoints",
            Panel::Line => "Line",
            Panel::Plane => "Plane",
            Panel::Surface => "Surface",
            Panel::Laboratory => "Laboratory",
            Panel::Escape => "Escape",
            Panel::Valley => "Valley",
        }
    }
}

/// The layout; the key it is stored under changes when its meaning does.
pub const STORAGE_KEY: &str = "layout-2";

/// What is chosen at the left, what is seen in the rest: a line and the files it runs between are in view together.
pub fn default_tree() -> Tree<Panel> {
    let mut tiles = Tiles::default();
    let pane = |tiles: &mut Tiles<Panel>, p| tiles.insert_pane(p);
    let at_left = [Panel::Setup, Panel::Runs, Panel::Checkpoints];
    let left = at_left.map(|p| pane(&mut tiles, p));
    let left = tiles.insert_tab_tile(left.to_vec());
    let centre = Panel::ALL.into_iter().filter(|p| !at_left.contains(p));
    let centre = centre.map(|p| pane(&mut tiles, p)).collect();
    let centre = tiles.insert_tab_tile(centre);
    let root = tiles.insert_new(egui_tiles::Tile::Container(Container::Linear(Linear::new_binary(
        LinearDir::Horizontal,
        [left, centre],
        0.27,
    ))));
    Tree::new(egui::Id::unique("panels"), root, tiles)
}

/// Whether a stored layout can be used: every panel exactly once.
pub fn is_whole(tree: &Tree<Panel>) -> bool {
    tree.root().is_some()
        && Panel::ALL
            .into_iter()
            .all(|p| tree.tiles.tiles().filter(|t| matches!(t, egui_tiles::Tile::Pane(q) if *q == p)).count() == 1)
}

/// Brings a panel to the front of its tabs.
pub fn show(tree: &mut Tree<Panel>, panel: Panel) {
    tree.make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(p) if *p == panel));
}

/// Draws panels through a function of the app.
pub struct Dock<'a> {
    pub draw: &'a mut dyn FnMut(&mut egui::Ui, Panel),
}

impl egui_tiles::Behavior<Panel> for Dock<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, panel: &mut Panel) -> UiResponse {
        egui::Frame::new().inner_margin(8).show(ui, |ui| (self.draw)(ui, *panel));
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, panel: &Panel) -> egui::WidgetText {
        panel.title().into()
    }

    fn simplification_options(&self) -> SimplificationOptions {
        // A panel alone keeps its tab: it is the handle to drag it by.
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        26.0
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        2.0
    }
}
