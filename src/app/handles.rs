//! Names for the handles of the docking library. It lets the keyboard come to them and says nothing about them, so that a screen reader
//! would be silent there.

use egui::{
    Context, FullOutput, Plugin,
    accesskit::{Action, Node, Role},
};

/// An edge between panels is at most so thick, the bar that tabs stand in so high, and both are at least so long, in points.
const EDGE: f64 = 16.0;
const BAR: f64 = 30.0;
const LONG: f64 = 100.0;

/// See the module.
pub struct Handles;

impl Plugin for Handles {
    fn debug_name(&self) -> &'static str {
        "handles"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        let Some(update) = &mut output.platform_output.accesskit_update else { return };
        for (_, node) in &mut update.nodes {
            if let Some((role, name)) = found(node) {
                node.set_role(role);
                node.set_label(name);
            }
        }
    }
}

/// What a node is that nobody has named, by its shape: what widgets of the window are, they say themselves.
fn found(node: &Node) -> Option<(Role, &'static str)> {
    let is_nameless = node.role() == Role::Unknown && node.label().is_none() && node.supports_action(Action::Focus);
    let bounds = node.bounds().filter(|_| is_nameless)?;
    let (width, height) = (bounds.x1 - bounds.x0, bounds.y1 - bounds.y0);
    if width.max(height) < LONG {
        None
    } else if width.min(height) <= EDGE {
        Some((Role::Splitter, "Edge between panels"))
    } else if height <= BAR {
        Some((Role::TabList, "Bar of tabs"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Rect;

    use super::*;

    #[test]
    fn handles_are_told_by_their_shape_and_named_widgets_are_left_alone() {
        let of = |[x1, y1]: [f64; 2]| {
            let mut node = Node::new(Role::Unknown);
            node.add_action(Action::Focus);
            node.set_bounds(Rect { x0: 0.0, y0: 0.0, x1, y1 });
            node
        };
        let name = |node: &Node| found(node).map(|(_, name)| name);
        assert_eq!(name(&of([10.0, 600.0])), Some("Edge between panels"));
        assert_eq!(name(&of([600.0, 10.0])), Some("Edge between panels"));
        assert_eq!(name(&of([f64::INFINITY, 26.0])), Some("Bar of tabs"));
        assert_eq!(name(&of([300.0, 300.0])), None);
        assert_eq!(name(&of([14.0, 14.0])), None);
        let mut said = of([10.0, 600.0]);
        said.set_label("Mine");
        assert_eq!(name(&said), None);
        let mut button = of([10.0, 10.0]);
        button.set_role(Role::Button);
        assert_eq!(name(&button), None);
    }
}
