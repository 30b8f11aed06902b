//! The places of the panels in the window: a layout for every workspace.

use std::collections::BTreeMap;

use egui_tiles::{Container, Linear, LinearDir, SimplificationOptions, TileId, Tiles, Tree, UiResponse};
use serde::{Deserialize, Serialize};

use super::{
    panel::{Panel, Side},
    panel_id::PanelId,
    panels::PANELS,
    workspace::Workspace,
};

/// The layouts; the key they are stored under changes when its meaning does.
pub const STORAGE_KEY: &str = "layout-3";

/// Where the window is, and how every workspace is laid out.
#[derive(Clone, Serialize, Deserialize)]
pub struct Layouts {
    /// The workspace that is seen, or was last while the start page is.
    current: Workspace,
    /// The start page is seen.
    #[serde(skip)]
    at_start: bool,
    trees: BTreeMap<Workspace, Tree<PanelId>>,
}

impl Default for Layouts {
    fn default() -> Self {
        let trees = Workspace::ALL.into_iter().map(|workspace| (workspace, default_tree(workspace))).collect();
        Layouts { current: Workspace::Walk, at_start: false, trees }
    }
}

impl Layouts {
    /// As they were kept. A layout that cannot be used, of a program with other panels, is replaced; the others stay.
    pub fn remembering(text: Option<&str>) -> Layouts {
        let kept = text.and_then(|text| serde_json::from_str::<Layouts>(text).ok());
        let mut layouts = kept.unwrap_or_default();
        for workspace in Workspace::ALL {
            if !layouts.trees.get(&workspace).is_some_and(|tree| is_whole(tree, workspace)) {
                layouts.reset(workspace);
            }
        }
        layouts
    }

    /// The workspace that is seen; `None` on the start page.
    pub fn seen(&self) -> Option<Workspace> {
        (!self.at_start).then_some(self.current)
    }

    /// The workspace that is seen, or was last.
    pub fn current(&self) -> Workspace {
        self.current
    }

    pub fn go(&mut self, workspace: Workspace) {
        (self.current, self.at_start) = (workspace, false);
    }

    pub fn go_to_start(&mut self) {
        self.at_start = true;
    }

    /// Goes to a panel's workspace and brings the panel to the front of its tabs.
    pub fn show(&mut self, id: &PanelId) {
        let Some(panel) = panel(id) else { return };
        self.go(panel.workspace());
        self.tree().make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(pane) if pane == id));
    }

    /// Back to how a workspace was laid out at first.
    pub fn reset(&mut self, workspace: Workspace) {
        self.trees.insert(workspace, default_tree(workspace));
    }

    /// Draws the workspace, each panel through `draw`.
    pub fn ui(&mut self, ui: &mut egui::Ui, draw: &mut dyn FnMut(&mut egui::Ui, &dyn Panel)) {
        let has_tabs = panels_of(self.current).count() > 1;
        self.tree().ui(&mut Dock { draw, has_tabs }, ui);
    }

    fn tree(&mut self) -> &mut Tree<PanelId> {
        self.trees.entry(self.current).or_insert_with(|| default_tree(self.current))
    }
}

/// The panels of a workspace, in the order of the menu.
pub fn panels_of(workspace: Workspace) -> impl Iterator<Item = &'static dyn Panel> {
    PANELS.iter().copied().filter(move |panel| panel.workspace() == workspace)
}

/// What is chosen at the left, what is seen in the rest: a line and the files it runs between are in view together.
fn default_tree(workspace: Workspace) -> Tree<PanelId> {
    let mut tiles = Tiles::default();
    let mut tabs = Vec::new();
    for side in [Side::Left, Side::Centre] {
        let panes: Vec<TileId> =
            panels_of(workspace).filter(|p| p.side() == side).map(|p| tiles.insert_pane(p.id())).collect();
        match panes[..] {
            [] => {}
            // Alone in its workspace it needs no handle.
            [alone] if panels_of(workspace).count() == 1 => tabs.push(alone),
            _ => tabs.push(tiles.insert_tab_tile(panes)),
        }
    }
    let root = match tabs[..] {
        [left, centre] => {
            let halves = Linear::new_binary(LinearDir::Horizontal, [left, centre], 0.27);
            tiles.insert_new(egui_tiles::Tile::Container(Container::Linear(halves)))
        }
        _ => tabs[0],
    };
    Tree::new(egui::Id::unique(("panels", workspace)), root, tiles)
}

/// Whether a stored layout can be used: every panel of the workspace exactly once, and nothing else.
fn is_whole(tree: &Tree<PanelId>, workspace: Workspace) -> bool {
    let panes: Vec<&PanelId> = tree
        .tiles
        .tiles()
        .filter_map(|tile| if let egui_tiles::Tile::Pane(id) = tile { Some(id) } else { None })
        .collect();
    let once = |panel: &dyn Panel| panes.iter().filter(|id| ***id == panel.id()).count() == 1;
    tree.root().is_some() && panes.len() == panels_of(workspace).count() && panels_of(workspace).all(once)
}

/// Draws panels through a function of the app.
struct Dock<'a> {
    draw: &'a mut dyn FnMut(&mut egui::Ui, &dyn Panel),
    has_tabs: bool,
}

impl egui_tiles::Behavior<PanelId> for Dock<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, id: &mut PanelId) -> UiResponse {
        if let Some(panel) = panel(id) {
            let least = panel.narrowest();
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
        SimplificationOptions { all_panes_must_have_tabs: self.has_tabs, ..SimplificationOptions::default() }
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
    fn every_panel_has_a_name_of_its_own_and_a_place_in_its_workspace() {
        for (i, one) in PANELS.iter().enumerate() {
            for other in &PANELS[..i] {
                assert!(one.id() != other.id() && one.title() != other.title());
            }
        }
        let mut layouts = Layouts::default();
        for panel in PANELS {
            layouts.show(&panel.id());
            assert_eq!(layouts.seen(), Some(panel.workspace()), "{}", panel.title());
        }
        for workspace in Workspace::ALL {
            assert!(is_whole(&default_tree(workspace), workspace), "{workspace:?}");
        }
    }

    #[test]
    fn layouts_are_kept_and_one_that_cannot_be_used_is_replaced_alone() {
        let mut layouts = Layouts::default();
        layouts.go(Workspace::Checkpoints);
        layouts.trees.get_mut(&Workspace::Walk).unwrap().set_width(321.0);
        let text = serde_json::to_string(&layouts).unwrap();
        let again = Layouts::remembering(Some(&text));
        assert_eq!(again.current(), Workspace::Checkpoints);
        assert!(again.trees == layouts.trees);

        let other = Layouts::remembering(Some(&text.replace("\"Line\"", "\"Elsewhere\"")));
        assert!(is_whole(&other.trees[&Workspace::Checkpoints], Workspace::Checkpoints));
        assert!(other.trees[&Workspace::Walk] == layouts.trees[&Workspace::Walk]);
        // A layout of the old kind, and no text at all.
        for text in [Some("{\"root\":3,\"tiles\":{}}"), Some("rubbish"), None] {
            let fresh = Layouts::remembering(text);
            assert!(Workspace::ALL.into_iter().all(|w| is_whole(&fresh.trees[&w], w)));
        }
    }
}
