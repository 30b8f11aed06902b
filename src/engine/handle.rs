//! A front's handle on the engine thread.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Command, Delivery, Event, RunId, Snapshots, Status, board::Board, outbox::Outbox, worker::Worker};
use crate::objective::Interrupt;

/// Commands that may wait while a long iteration is made; far more than hands can give.
const COMMAND_QUEUE: usize = 1024;
/// Events that may wait for the front.
const EVENT_QUEUE: usize = 64;

/// A front's handle on the engine thread.
pub struct Engine {
    commands: Sender<Command>,
    events: Receiver<Event>,
    board: Arc<Mutex<Board>>,
    snapshots: Snapshots,
    interrupt: Interrupt,
    missed: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread. `wake` is called after every event, from the engine's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(delivery: Delivery, wake: impl Fn() + Send + 'static) -> std::io::Result<Engine> {
        let (commands, inbox) = bounded(COMMAND_QUEUE);
        let (outbox, events) = bounded(EVENT_QUEUE);
        let board = Arc::new(Mutex::new(Board::default()));
        let snapshots = Snapshots::of(commands.clone());
        let interrupt = Interrupt::default();
        let missed = Arc::new(AtomicU64::new(0));
        let out = Outbox::new(outbox, delivery, Box::new(wake), missed.clone());
        let mut worker = Worker::new(inbox, out, board.clone(), snapshots.clone(), interrupt.clone());
        let work = move || {
            // The engine's thread is one of the workers: it would only wait for them, and waking one more costs more
            // than a small chunk. Without a pool of its own it uses the common one.
            let pool = rayon::ThreadPoolBuilder::new().use_current_thread().build();
            worker.serve();
            drop(pool);
        };
        let thread = std::thread::Builder::new().name("engine".into()).spawn(work)?;
        Ok(Engine { commands, events, board, snapshots, interrupt, missed, thread: Some(thread) })
    }

    /// Sends a command. Ending commands also interrupt an evaluation in progress, so that they act within its next chunk.
    pub fn send(&self, command: Command) {
        if command.ends_the_runs() {
            self.interrupt.raise();
        }
        // A front must not wait. The queue is full only when a hand is stuck on a key, and its other end only goes away
        // with the thread.
        let ends = command.ends_the_runs();
        if self.commands.try_send(command).is_err() && ends {
            self.interrupt.answer();
        }
    }

    /// The queue of events.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// How the selected run is doing now.
    pub fn status(&self) -> Status {
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        board.runs.iter().find(|s| s.id == board.selected).cloned().unwrap_or_default()
    }

    /// How a run is doing now, or was when it ended; `None` when others have begun since.
    pub fn status_of(&self, id: RunId) -> Option<Status> {
        let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        board.runs.iter().find(|s| s.id == id).cloned()
    }

    /// Where runs are, for those who measure beside them.
    pub fn snapshots(&self) -> Snapshots {
        self.snapshots.clone()
    }

    /// Records that were left to the run file because the front did not listen.
    pub fn missed_records(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.interrupt.raise();
        self.commands.send(Command::Shutdown).ok();
        if let Some(thread) = self.thread.take() {
            // Someone must take the events that a complete delivery still waits to hand over.
            while !thread.is_finished() {
                self.events.recv_timeout(Duration::from_millis(5)).ok();
            }
            thread.join().ok();
        }
    }
}

impl Command {
    /// Whether all runs in hand are over when this is obeyed: such a command interrupts what is being computed.
    fn ends_the_runs(&self) -> bool {
        matches!(self, Command::Stop | Command::Shutdown | Command::Start { .. })
    }
}
