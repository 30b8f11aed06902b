//! Everything that can be done by name: for the keys, the command palette and the list of shortcuts.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::workspace::Workspace;

/// Something to be done at once, wherever it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiCommand {
    Palette,
    Shortcuts,
    StartPage,
    Go(Workspace),
    Open,
    OpenFolder,
    Reopen,
    ReopenCheckpoint,
    Demonstration,
    StartRun,
    PlayPause,
    Step,
    Leap,
    PinBefore,
    PinAfter,
    Stop,
    Follow,
    ShowAll,
    LogLosses,
    ZoomIn,
    ZoomOut,
    Earlier,
    Later,
    Undo,
    Redo,
    ResetLayout,
    Theme(egui::ThemePreference),
    /// Of everything in the window, in percent.
    TextSize(u8),
    CoachMarks,
    Quit,
}

/// When a key means it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Also while a widget has the keyboard.
    Always,
    /// While no widget has the keyboard and no dialog is open.
    Free,
    /// The same, in the Walk workspace.
    Walk,
}

/// What is said of a command.
pub struct Row {
    pub command: UiCommand,
    pub name: &'static str,
    pub about: &'static str,
    /// The first is shown.
    pub keys: &'static [KeyboardShortcut],
    pub scope: Scope,
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn row(
    command: UiCommand,
    scope: Scope,
    keys: &'static [KeyboardShortcut],
    name: &'static str,
    about: &'static str,
) -> Row {
    Row { command, name, about, keys, scope }
}

/// All of them. A longer combination stands before a shorter one with the same key, which it would count as, too.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = {
    use Scope::{Always, Free, Walk};
    use UiCommand as Do;
    &[
        row(Do::Palette, Always, &[ctrl_shift(Key::P), ctrl(Key::P)], "Command palette", "Everything by name"),
        row(Do::Shortcuts, Free, &[plain(Key::Questionmark)], "Keyboard shortcuts", "The list of all keys"),
        row(Do::StartPage, Always, &[alt(Key::Home)], "Start page", "Recent runs, samples, and where you were"),
        row(Do::Go(Workspace::Walk), Always, &[ctrl(Key::Num1)], "Go to Walk", "Set up, run, watch, compare"),
        row(Do::Go(Workspace::Checkpoints), Always, &[ctrl(Key::Num2)], "Go to Checkpoints", "Lines, planes, valleys and escapes"),
        row(Do::Go(Workspace::Laboratory), Always, &[ctrl(Key::Num3)], "Go to Laboratory", "Toy landscapes and theorems"),
        row(Do::Go(Workspace::Gallery), Always, &[ctrl(Key::Num4)], "Go to Gallery", "Figures of papers"),
        row(Do::OpenFolder, Always, &[ctrl_shift(Key::O)], "Open a folder of checkpoints…", "As a path"),
        row(Do::Open, Always, &[ctrl(Key::O)], "Open files…", "Run files and checkpoints"),
        row(Do::Reopen, Free, &[], "Bring back the run taken out last", "Its file has stayed"),
        row(Do::ReopenCheckpoint, Free, &[], "Bring back the file taken out last", "Its file has stayed"),
        row(Do::Demonstration, Free, &[], "Watch the demonstration", "SGD on handwritten digits, measured at every step"),
        row(Do::StartRun, Always, &[ctrl(Key::Enter)], "Start the run that is set up", "What stands in Set up"),
        row(Do::PlayPause, Walk, &[plain(Key::Space)], "Play or pause", "Hold after the present iteration, or go on"),
        row(Do::PinBefore, Walk, &[alt(Key::ArrowLeft)], "Pinned slice before", "Of the iterations that a click has pinned"),
        row(Do::PinAfter, Walk, &[alt(Key::ArrowRight)], "Pinned slice after", "Of the iterations that a click has pinned"),
        row(Do::Leap, Walk, &[shift(Key::ArrowRight)], "Ten steps", "Ten iterations, then hold"),
        row(Do::Step, Walk, &[plain(Key::ArrowRight)], "One step", "One iteration, then hold"),
        row(Do::Stop, Walk, &[shift(Key::Escape)], "Stop the run", "End it; its records stay"),
        row(Do::Follow, Walk, &[plain(Key::F)], "Follow the newest iteration", "Keep it in view"),
        row(Do::ShowAll, Walk, &[plain(Key::A)], "Show the whole run", "All iterations"),
        row(Do::LogLosses, Walk, &[plain(Key::L)], "Logarithmic losses", "On or off"),
        row(Do::ZoomIn, Walk, &[plain(Key::Plus), plain(Key::Equals)], "Zoom in", "Fewer iterations"),
        row(Do::ZoomOut, Walk, &[plain(Key::Minus)], "Zoom out", "More iterations"),
        row(Do::Earlier, Walk, &[plain(Key::Comma)], "Earlier iterations", "A quarter of the view"),
        row(Do::Later, Walk, &[plain(Key::Period)], "Later iterations", "A quarter of the view"),
        row(Do::Redo, Free, &[ctrl_shift(Key::Z), ctrl(Key::Y)], "Redo a setting", "What was undone last"),
        row(Do::Undo, Free, &[ctrl(Key::Z)], "Undo a setting", "In forms and looks"),
        row(Do::ResetLayout, Free, &[], "Reset the layout of this workspace", "Where its panels were at first"),
        row(Do::Theme(egui::ThemePreference::Light), Free, &[], "Light theme", ""),
        row(Do::Theme(egui::ThemePreference::Dark), Free, &[], "Dark theme", ""),
        row(Do::Theme(egui::ThemePreference::System), Free, &[], "Theme of the system", ""),
        row(Do::TextSize(100), Free, &[], "Text size 100 %", ""),
        row(Do::TextSize(125), Free, &[], "Text size 125 %", ""),
        row(Do::TextSize(150), Free, &[], "Text size 150 %", ""),
        row(Do::CoachMarks, Free, &[], "Show the coach marks again", "Five short explanations"),
        row(Do::Quit, Always, &[ctrl(Key::Q)], "Quit", "Runs that go on are ended; what they recorded stays"),
    ]
};

/// Keys that one panel knows by itself, for the list of shortcuts.
pub const ELSEWHERE: &[(&str, &[(&str, &str)])] = &[
    (
        "Plots",
        &[("Drag", "pan"), ("Scroll", "zoom"), ("Right-drag", "zoom to a box"), ("Double-click", "see all, or follow")],
    ),
    (
        "Laboratory",
        &[
            ("Space", "play or pause"),
            ("→, Shift+→", "one step, ten steps"),
            ("←, Shift+←", "one step back, ten"),
            ("Home", "back to the start"),
            ("Ctrl+Z", "undo a setting"),
        ],
    ),
    ("Surface", &[("Arrows", "turn it"), ("+ and −", "nearer, farther")]),
];

impl UiCommand {
    /// Its keys as they are written on this system; empty for none.
    pub fn keys(self, ctx: &egui::Context) -> String {
        let keys = COMMANDS.iter().find(|row| row.command == self).and_then(|row| row.keys.last());
        keys.map_or(String::new(), |keys| ctx.format_shortcut(keys).replace("Questionmark", "?"))
    }
}

/// What was pressed, of what keys mean now.
pub fn pressed(ctx: &egui::Context, means: impl Fn(Scope) -> bool) -> Vec<UiCommand> {
    let rows = COMMANDS.iter().filter(|row| means(row.scope));
    let is_pressed = |row: &&Row| ctx.input_mut(|i| row.keys.iter().any(|keys| i.consume_shortcut(keys)));
    rows.filter(is_pressed).map(|row| row.command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_name_or_a_key_and_longer_keys_come_first() {
        for (i, one) in COMMANDS.iter().enumerate() {
            for other in &COMMANDS[i + 1..] {
                assert!(one.name != other.name && one.command != other.command, "{}", one.name);
                for a in one.keys {
                    for b in other.keys.iter().filter(|b| b.logical_key == a.logical_key) {
                        assert!(a.modifiers != b.modifiers, "{} and {}", one.name, other.name);
                        // What counts as the other one, too, is looked at before it.
                        assert!(!b.modifiers.matches_logically(a.modifiers), "{} before {}", other.name, one.name);
                    }
                }
            }
        }
    }
}
