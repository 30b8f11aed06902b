//! Where the pointer is in time, so that plots of other panels show the same moment.

/// Plots that show time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plots {
    Walk,
    Epochs,
}

/// The iteration under the pointer: written by the panel that the pointer is over, read by the others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    /// Who wrote it, where, and in which frame.
    written: Option<(Plots, f64, u64)>,
    /// In which frame each of them has read it last, and what.
    read: [Option<(u64, Option<f64>)>; 2],
}

impl Cursor {
    /// Says in every frame where in time the pointer is over these plots; `None` when it is elsewhere. Returns whether another
    /// panel has read something else in this frame already, and is to be drawn again.
    #[must_use]
    pub fn set(&mut self, by: Plots, t: Option<f64>, frame: u64) -> bool {
        match t {
            Some(t) => self.written = Some((by, t, frame)),
            None if self.written.is_some_and(|(writer, ..)| writer == by) => self.written = None,
            None => return false,
        }
        let others = [Plots::Walk, Plots::Epochs].into_iter().filter(|reader| *reader != by);
        others.filter_map(|reader| self.read[reader as usize]).any(|(at, seen)| at == frame && seen != t)
    }

    /// The iteration under the pointer, when it is over other plots than these.
    pub fn elsewhere(&mut self, than: Plots, frame: u64) -> Option<f64> {
        // A panel that is no longer drawn says nothing any more.
        let is_fresh = |at: u64| frame <= at + 1;
        let found = self.written.filter(|(by, _, at)| *by != than && is_fresh(*at)).map(|(_, t, _)| t);
        self.read[than as usize] = Some((frame, found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_see_where_the_pointer_is() {
        let mut cursor = Cursor::default();
        assert!(!cursor.set(Plots::Walk, Some(7.0), 1), "nobody has looked yet");
        assert_eq!(cursor.elsewhere(Plots::Epochs, 1), Some(7.0));
        assert_eq!(cursor.elsewhere(Plots::Walk, 1), None, "it has a cursor of its own");
        assert!(!cursor.set(Plots::Epochs, None, 1), "who is not pointed at erases nothing");
        assert_eq!(cursor.elsewhere(Plots::Epochs, 2), Some(7.0));
        assert!(!cursor.set(Plots::Walk, Some(7.0), 2), "they have seen the same");
    }

    #[test]
    fn who_looked_too_early_is_told() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.elsewhere(Plots::Walk, 4), None);
        assert!(cursor.set(Plots::Epochs, Some(3.0), 4));
        assert_eq!(cursor.elsewhere(Plots::Walk, 5), Some(3.0));
        assert_eq!(cursor.elsewhere(Plots::Epochs, 5), None);
        assert!(!cursor.set(Plots::Epochs, Some(3.0), 5), "what it reads itself draws nothing again");
        assert!(cursor.set(Plots::Epochs, None, 5), "the pointer has left");
        assert_eq!(cursor.elsewhere(Plots::Walk, 6), None);
    }

    #[test]
    fn a_panel_that_is_gone_leaves_no_line() {
        let mut cursor = Cursor::default();
        assert!(!cursor.set(Plots::Epochs, Some(3.0), 4));
        assert_eq!(cursor.elsewhere(Plots::Walk, 5), Some(3.0));
        assert_eq!(cursor.elsewhere(Plots::Walk, 6), None);
    }
}
