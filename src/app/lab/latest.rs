//! Work that may take longer than a frame: the newest wish is worked on, older ones are forgotten.

use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

/// What was asked for last, and what was found.
pub struct Latest<K, V> {
    found: Option<(K, V)>,
    running: Option<(K, Instant, Receiver<V>)>,
    /// What ended without an answer; it is not tried again.
    lost: Option<K>,
}

impl<K, V> Default for Latest<K, V> {
    fn default() -> Self {
        Latest { found: None, running: None, lost: None }
    }
}

impl<K: Clone + PartialEq, V: Send + 'static> Latest<K, V> {
    /// Asks for the answer to `key`; what has been answered, or is being worked on, costs nothing. While a thread is at
    /// work on something older, this waits for it: threads do not pile up.
    pub fn want(&mut self, ctx: &egui::Context, key: &K, work: impl FnOnce() -> V + Send + 'static) {
        self.take_in();
        let is_known = self.found.as_ref().is_some_and(|(k, _)| k == key) || self.lost.as_ref() == Some(key);
        if is_known || self.running.is_some() {
            return;
        }
        let (sender, receiver) = bounded(1);
        let ctx = ctx.clone();
        let job = move || {
            let answer = work();
            sender.send(answer).ok();
            ctx.request_repaint();
        };
        match std::thread::Builder::new().name("laboratory".into()).spawn(job) {
            Ok(_) => self.running = Some((key.clone(), Instant::now(), receiver)),
            Err(_) => self.lost = Some(key.clone()),
        }
    }

    fn take_in(&mut self) {
        let Some((key, _, receiver)) = &self.running else { return };
        match receiver.try_recv() {
            Ok(answer) => self.found = Some((key.clone(), answer)),
            Err(crossbeam_channel::TryRecvError::Empty) => return,
            Err(crossbeam_channel::TryRecvError::Disconnected) => self.lost = Some(key.clone()),
        }
        self.running = None;
    }

    /// The newest answer, and whether it is the one to `key`.
    pub fn answer(&self, key: &K) -> Option<(&V, bool)> {
        self.found.as_ref().map(|(k, v)| (v, k == key))
    }

    /// What the newest answer is to.
    pub fn answered(&self) -> Option<&K> {
        self.found.as_ref().map(|(k, _)| k)
    }

    /// For how long something has been worked on, in seconds.
    pub fn at_work(&self) -> Option<f64> {
        self.running.as_ref().map(|(_, begun, _)| begun.elapsed().as_secs_f64())
    }

    /// Whether the work for `key` ended without an answer.
    pub fn is_lost(&self, key: &K) -> bool {
        self.lost.as_ref() == Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wish_is_answered_in_the_end() {
        let ctx = egui::Context::default();
        let mut latest: Latest<u32, u32> = Latest::default();
        let begun = Instant::now();
        let mut key = 0;
        while latest.answer(&20) != Some((&400, true)) {
            assert!(begun.elapsed().as_secs() < 30);
            key = (key + 1).min(20);
            latest.want(&ctx, &key, move || key * key);
            std::thread::yield_now();
        }
        assert!(latest.at_work().is_none());
    }

    #[test]
    fn work_that_fails_is_not_tried_for_ever() {
        let ctx = egui::Context::default();
        let mut latest: Latest<u32, u32> = Latest::default();
        let begun = Instant::now();
        while !latest.is_lost(&1) {
            assert!(begun.elapsed().as_secs() < 30);
            latest.want(&ctx, &1, || panic!("on purpose"));
            std::thread::yield_now();
        }
        latest.want(&ctx, &1, || 5);
        assert!(latest.at_work().is_none() && latest.answer(&1).is_none());
    }
}
