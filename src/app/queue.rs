//! The runs of a sweep that wait for their turn, and when it comes.

use std::collections::VecDeque;

use super::{
    store::{Phase, Store},
    sweep::Sweep,
};
use crate::{
    engine::{Pause, RunId},
    run::{Outcome, RunSpec},
};

/// Waiting runs that are named.
const NAMED: usize = 3;

/// What is to be done now.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Start this run.
    Start(Box<RunSpec>),
    /// End this run, which has diverged and would be held for ever.
    End(RunId),
    /// Tell the user why nothing more is started.
    Tell(String),
}

/// Whether runs are started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// There is no sweep.
    #[default]
    Idle,
    /// The next one starts, whatever else goes on.
    AtOnce,
    /// The next one starts when nothing else goes on.
    Going,
    /// The user stopped a run.
    Held,
}

/// A sweep whose runs have not all begun, or whose last one goes on.
#[derive(Debug)]
struct Going {
    number: u32,
    /// Each with its name.
    waiting: VecDeque<(String, RunSpec)>,
    total: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    /// Of the sweep that was started last, counted over all windows.
    newest: u32,
    state: State,
    /// The present one, and those that it went before.
    sweeps: VecDeque<Going>,
    present: Option<RunId>,
    /// The present run has diverged, and was asked to end.
    is_ending: bool,
}

impl Queue {
    /// Counts sweeps on from this number.
    pub fn after(number: u32) -> Queue {
        Queue { newest: number, ..Queue::default() }
    }

    /// Takes a sweep in, before what is left of one that is there.
    pub fn begin(&mut self, sweep: Sweep) {
        self.sweeps.retain(|going| !going.waiting.is_empty());
        self.newest += 1;
        let total = sweep.runs.len();
        self.sweeps.push_front(Going { number: self.newest, waiting: sweep.runs.into(), total });
        (self.state, self.present, self.is_ending) = (State::AtOnce, None, false);
    }

    /// The number of the present sweep, else of the newest.
    pub fn number(&self) -> u32 {
        self.sweeps.front().map_or(self.newest, |going| going.number)
    }

    /// Runs that wait, of all sweeps.
    fn waiting(&self) -> usize {
        self.sweeps.iter().map(|going| going.waiting.len()).sum()
    }

    /// The run that was asked for has been started.
    pub fn begun(&mut self, id: RunId) {
        (self.present, self.is_ending) = (Some(id), false);
    }

    /// Forgets what waits; the present run goes on.
    pub fn stop(&mut self) {
        *self = Queue::after(self.newest);
    }

    /// Goes on after the user stopped a run: with the next one, when nothing else goes on.
    pub fn go_on(&mut self) {
        if self.state == State::Held {
            (self.state, self.present) = (State::Going, None);
        }
    }

    pub fn is_held(&self) -> bool {
        self.state == State::Held
    }

    /// What is to be done now.
    pub fn next(&mut self, store: &Store) -> Option<Next> {
        if matches!(self.state, State::Idle | State::Held) {
            return None;
        }
        // One that is no longer in the window has ended.
        if let Some(run) = self.present.and_then(|id| store.run(id)) {
            match &run.phase {
                Phase::Ended(Outcome::Stopped) if self.waiting() == 0 => {}
                Phase::Ended(Outcome::Stopped) => {
                    self.state = State::Held;
                    let (at, waiting) = (self.at(), self.waiting());
                    let wait = if waiting == 1 { "1 waits".into() } else { format!("{waiting} wait") };
                    return Some(Next::Tell(format!(
                        "The sweep holds: run {at} was stopped, and {wait}. Table has a button to go on."
                    )));
                }
                Phase::Ended(Outcome::Finished | Outcome::Diverged { .. })
                | Phase::Failed(_)
                | Phase::Reading { .. }
                | Phase::Unfinished => {}
                Phase::Paused(Pause::Diverged { .. }) if !self.is_ending => {
                    self.is_ending = true;
                    return Some(Next::End(run.id));
                }
                Phase::Preparing { .. } | Phase::Running | Phase::Paused(_) => return None,
            }
        }
        if self.state == State::Going && store.live().is_some() {
            return None;
        }
        if self.sweeps.front().is_some_and(|going| going.waiting.is_empty()) {
            self.sweeps.pop_front();
        }
        match self.sweeps.front_mut().and_then(|going| going.waiting.pop_front()) {
            Some((_, spec)) => {
                self.state = State::Going;
                Some(Next::Start(Box::new(spec)))
            }
            None => {
                self.stop();
                None
            }
        }
    }

    /// Which run of the present sweep goes on: "2 of 5".
    fn at(&self) -> String {
        self.sweeps
            .front()
            .map_or(String::new(), |going| format!("{} of {}", going.total - going.waiting.len(), going.total))
    }

    /// Where the sweep is, in words; `None` without one.
    pub fn words(&self) -> Option<String> {
        if self.state == State::Idle {
            return None;
        }
        let going = self.sweeps.front()?;
        let names: Vec<&str> = going.waiting.iter().take(NAMED).map(|(name, _)| name.as_str()).collect();
        let more = going.waiting.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let waiting: String = if names.is_empty() { "none".into() } else { names.join(", ") };
        let later = self.sweeps.iter().skip(1);
        let later: String =
            later.map(|going| format!("; then {} of sweep {}", going.waiting.len(), going.number)).collect();
        Some(format!("Sweep {}: {}, waiting: {waiting}{more}{later}", going.number, self.at()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::sweep::Lists,
        engine::{Event, RunState},
    };

    fn begun(seeds: &str) -> (Queue, Store) {
        let lists = Lists { seeds: seeds.into(), ..Lists::default() };
        let mut queue = Queue::default();
        queue.begin(lists.of(&RunSpec::default()).unwrap().unwrap());
        (queue, Store::default())
    }

    /// Starts what is asked for.
    fn start(queue: &mut Queue, store: &mut Store) -> RunId {
        let Some(Next::Start(spec)) = queue.next(store) else { panic!("nothing is started: {queue:?}") };
        let id = store.begin(&spec);
        queue.begun(id);
        id
    }

    fn end(store: &mut Store, id: RunId, outcome: Outcome) {
        store.run_mut(id).unwrap().phase = Phase::Ended(outcome);
    }

    #[test]
    fn the_next_run_starts_when_the_present_one_has_ended_by_itself() {
        let (mut queue, mut store) = begun("1..5");
        // Started by hand: the first one takes its place, the later ones wait.
        store.begin(&RunSpec::default());
        let first = start(&mut queue, &mut store);
        assert_eq!(queue.words().unwrap(), "Sweep 1: 1 of 5, waiting: seed 2, seed 3, seed 4 and 1 more");
        assert_eq!(queue.next(&store), None);
        end(&mut store, first, Outcome::Finished);
        assert_eq!(queue.next(&store), None, "another one goes on");
        let other = store.runs()[0].id;
        end(&mut store, other, Outcome::Stopped);
        let second = start(&mut queue, &mut store);
        assert_eq!(store.apply(Event::Failed { id: second, message: "no".into() }).map(|n| n.is_error), Some(true));
        let third = start(&mut queue, &mut store);
        store.apply(Event::State { id: third, state: RunState::Paused(Pause::Diverged { t: 3 }) });
        assert_eq!(queue.next(&store), Some(Next::End(third)), "nobody is there to look at it");
        assert_eq!(queue.next(&store), None, "once");
        end(&mut store, third, Outcome::Diverged { t: 3 });
        let fourth = start(&mut queue, &mut store);
        end(&mut store, fourth, Outcome::Finished);
        let last = start(&mut queue, &mut store);
        assert_eq!(queue.words().unwrap(), "Sweep 1: 5 of 5, waiting: none");
        end(&mut store, last, Outcome::Finished);
        assert_eq!((queue.next(&store), queue.words()), (None, None));
    }

    #[test]
    fn a_second_sweep_goes_before_what_is_left_of_the_first() {
        let (mut queue, mut store) = begun("1..3");
        let first = start(&mut queue, &mut store);
        end(&mut store, first, Outcome::Stopped);
        assert!(matches!(queue.next(&store), Some(Next::Tell(_))) && queue.is_held());
        let lists = Lists { seeds: "7, 8".into(), ..Lists::default() };
        queue.begin(lists.of(&RunSpec::default()).unwrap().unwrap());
        assert!(!queue.is_held());
        let mut made = Vec::new();
        for _ in 0..4 {
            let id = start(&mut queue, &mut store);
            made.push((queue.number(), queue.words().unwrap()));
            end(&mut store, id, Outcome::Finished);
        }
        let words = |n: usize| made[n].1.as_str();
        assert_eq!(made.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 2, 1, 1]);
        assert_eq!(words(0), "Sweep 2: 1 of 2, waiting: seed 8; then 2 of sweep 1");
        assert_eq!(words(2), "Sweep 1: 2 of 3, waiting: seed 3");
        assert_eq!((queue.next(&store), queue.words(), queue.number()), (None, None, 2));
    }

    #[test]
    fn a_run_that_the_user_stops_holds_the_sweep() {
        let (mut queue, mut store) = begun("1..3");
        let first = start(&mut queue, &mut store);
        end(&mut store, first, Outcome::Stopped);
        let Some(Next::Tell(words)) = queue.next(&store) else { panic!("nothing is said") };
        assert!(words.contains("run 1 of 3 was stopped, and 2 wait"), "{words}");
        assert!(queue.is_held() && queue.next(&store).is_none());
        queue.go_on();
        let second = start(&mut queue, &mut store);
        assert_eq!(store.run(second).unwrap().label, RunSpec { seed: 2, ..RunSpec::default() }.label());
        queue.stop();
        assert_eq!((queue.next(&store), queue.words()), (None, None));
        assert_eq!(queue.number(), 1);
    }
}
