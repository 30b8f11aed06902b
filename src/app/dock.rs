//! The places of the panels in the window.

use egui_tiles::{Container, Linear, LinearDir, SimplificationOptions, TileId, Tiles, Tree, UiResponse};

use super::{
    panel::{Panel, Side},
    panel_id::PanelId,
    panels::PANELS,
};

/// The layout; the key it is stored under changes when its meaning does.
pub const STORAGE_KEY: &str = "layout-2";

/// A pane that is narrower is scrolled: below this, fields and buttons would be cut.
const NARROWEST_LEFT: f32 = 300.0;
const NARROWEST_CENTRE: f32 = 440.0;

/// What is chosen at the left, what is seen in the rest: a line and the files it runs between are in view together.
pub fn default_tree() -> Tree<PanelId> {
    let mut tiles = Tiles::default();
    let mut tabs = |side| {
        let panes = PANELS.iter().filter(|p| p.side() == side).map(|p| tiles.insert_pane(p.id())).collect();
        tiles.insert_tab_tile(panes)
    };
    let (left, centre) = (tabs(Side::Left), tabs(Side::Centre));
    let root = tiles.insert_new(egui_tiles::Tile::Container(Container::Linear(Linear::new_binary(
        LinearDir::Horizontal,
        [left, centre],
        0.27,
    ))));
    Tree::new(egui::Id::unique("panels"), root, tiles)
}

/// Whether a stored layout can be used: every panel exactly once, and nothing else.
pub fn is_whole(tree: &Tree<PanelId>) -> bool {
    let panes: Vec<&PanelId> = tree
        .tiles
        .tiles()
        .filter_map(|tile| if let egui_tiles::Tile::Pane(id) = tile { Some(id) } else { None })
        .collect();
    let once = |panel: &&dyn Panel| panes.iter().filter(|id| ***id == panel.id()).count() == 1;
    tree.root().is_some() && panes.len() == PANELS.len() && PANELS.iter().all(once)
}

/// Brings a panel to the front of its tabs.
pub fn show(tree: &mut Tree<PanelId>, panel: &PanelId) {
    tree.make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(p) if p == panel));
}

/// Draws panels through a function of the app.
pub struct Dock<'a> {
    pub draw: &'a mut dyn FnMut(&mut egui::Ui, &dyn Panel),
}

impl egui_tiles::Behavior<PanelId> for Dock<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, id: &mut PanelId) -> UiResponse {
        if let Some(panel) = panel(id) {
            let least = match panel.side() {
                Side::Left => NARROWEST_LEFT,
                Side::Centre => NARROWEST_CENTRE,
            };
            egui::Frame::new().inner_margin(8).show(ui, |ui| {
                if ui.available_width() >= least {
                    return (self.draw)(ui, panel);
                }
                let height = ui.available_height();
                egui::ScrollArea::horizontal().id_salt(panel.title()).auto_shrink([false, false]).show(ui, |ui| {
                    ui.set_width(least);
                    // The bar at the bottom hides nothing.
                    ui.set_max_height(height - ui.spacing().scroll.allocated_width());
                    (self.draw)(ui, panel);
                });
            });
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, id: &PanelId) -> egui::WidgetText {
        panel(id).map_or("", |p| p.title()).into()
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

fn panel(id: &PanelId) -> Option<&'static dyn Panel> {
    PANELS.iter().copied().find(|panel| panel.id() == *id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_has_a_name_and_a_key_of_its_own_and_layouts_are_checked() {
        for (i, one) in PANELS.iter().enumerate() {
            for other in &PANELS[..i] {
                assert!(one.id() != other.id() && one.title() != other.title() && one.key() != other.key());
            }
        }
        let tree = default_tree();
        assert!(is_whole(&tree));
        let text = serde_json::to_string(&tree).unwrap();
        assert!(text.contains("\"Setup\""), "layouts that were stored before are read");
        assert!(is_whole(&serde_json::from_str(&text).unwrap()));
        let other: Tree<PanelId> = serde_json::from_str(&text.replace("\"Setup\"", "\"Elsewhere\"")).unwrap();
        assert!(!is_whole(&other));
    }
}
