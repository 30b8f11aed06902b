//! How fast the walk goes.

/// Steps a second.
pub const SPEEDS: [f64; 7] = [1.0, 5.0, 20.0, 60.0, 240.0, 1000.0, 5000.0];
/// After a pause of the window no more than this is caught up.
const LONGEST: f64 = 0.1;

/// Run or hold, and the speed.
#[derive(Clone, Debug)]
pub struct Clock {
    pub is_running: bool,
    /// Index into [`SPEEDS`].
    pub speed: usize,
    /// Parts of a step that are due.
    owed: f64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { is_running: false, speed: 3, owed: 0.0 }
    }
}

impl Clock {
    /// Steps that are due after `seconds`.
    pub fn due(&mut self, seconds: f64) -> u64 {
        if !self.is_running {
            self.owed = 0.0;
            return 0;
        }
        self.owed += seconds.min(LONGEST) * SPEEDS[self.speed];
        let whole = self.owed.floor();
        self.owed -= whole;
        whole as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_at_the_speed_that_is_set() {
        let mut clock = Clock { is_running: true, speed: 2, ..Clock::default() };
        let made: u64 = (0..600).map(|_| clock.due(1.0 / 60.0)).sum();
        assert!((199..=200).contains(&made), "20 a second for 10 seconds: {made}");
        assert_eq!(clock.due(1e6), 2, "a window that slept does not jump");
        clock.is_running = false;
        assert_eq!(clock.due(1.0), 0);
    }
}
