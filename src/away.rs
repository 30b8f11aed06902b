//! Work on a thread of its own that may never come back: it is waited for only so long.

use std::{
    any::Any,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::panic_text::panic_text;

/// Work for the thread, on what it holds.
type Work<S> = Box<dyn FnOnce(&mut S) + Send>;

/// A thread that holds something and works on it. What it holds is made there, and dropped there when this is.
pub(crate) struct Away<S> {
    work: Sender<Work<S>>,
    patience: Duration,
}

/// Why there is no answer. The thread is not to be asked again: it may still be at work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Silence {
    #[error("it said nothing for {} s", .0.as_secs_f64())]
    Long(Duration),
    #[error("{0}")]
    Panicked(String),
}

/// What comes back: a word on the way, or the end.
enum Word<W, R> {
    OnTheWay(W),
    End(Result<R, Box<dyn Any + Send>>),
}

impl<S: 'static> Away<S> {
    /// # Errors
    /// When the system gives no thread.
    pub fn new(name: &str, patience: Duration, make: impl FnOnce() -> S + Send + 'static) -> io::Result<Away<S>> {
        let (work, todo) = bounded::<Work<S>>(1);
        std::thread::Builder::new().name(name.into()).spawn(move || {
            match catch_unwind(AssertUnwindSafe(make)) {
                Ok(mut held) => todo.iter().for_each(|work| work(&mut held)),
                // Work that is dropped is noticed by whoever asked for it.
                Err(_) => todo.iter().for_each(drop),
            }
        })?;
        Ok(Away { work, patience })
    }

    /// What `work` makes of what the thread holds. On its way it may tell words, which `hear` gets here.
    ///
    /// # Errors
    /// When it panics, or neither a word nor the end comes in time.
    pub fn ask<W: Send + 'static, R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut S, &mut (dyn FnMut(W) + Send)) -> R + Send + 'static,
        mut hear: impl FnMut(W),
    ) -> Result<R, Silence> {
        let (tell, heard) = bounded(1);
        let ended = || Silence::Panicked("its thread has ended".into());
        let work = move |held: &mut S| {
            // Nobody hears it when it was given up.
            let mut word = |word| drop(tell.send(Word::OnTheWay(word)));
            let end = catch_unwind(AssertUnwindSafe(|| work(held, &mut word)));
            tell.send(Word::End(end)).ok();
        };
        self.work.send_timeout(Box::new(work), self.patience).map_err(|e| match e {
            crossbeam_channel::SendTimeoutError::Timeout(_) => Silence::Long(self.patience),
            crossbeam_channel::SendTimeoutError::Disconnected(_) => ended(),
        })?;
        loop {
            match heard.recv_timeout(self.patience) {
                Ok(Word::OnTheWay(word)) => hear(word),
                Ok(Word::End(Ok(end))) => return Ok(end),
                Ok(Word::End(Err(panic))) => return Err(Silence::Panicked(panic_text(&*panic))),
                Err(RecvTimeoutError::Timeout) => return Err(Silence::Long(self.patience)),
                Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn it_works_on_what_it_holds_and_tells_on_the_way() {
        let away = Away::new("away", LONG, || 10u64).unwrap();
        let mut heard = Vec::new();
        for _ in 0..2 {
            let sum = away.ask(
                |held, tell| {
                    (0..3).for_each(|i| tell(*held + i));
                    *held += 5;
                    *held
                },
                |word| heard.push(word),
            );
            heard.push(sum.unwrap());
        }
        assert_eq!(heard, [10, 11, 12, 15, 15, 16, 17, 20]);
    }

    #[test]
    fn panics_and_silence_are_told() {
        let away = Away::new("away", LONG, || ()).unwrap();
        let panicked = away.ask(|(), _: &mut (dyn FnMut(()) + Send)| panic!("out of order"), |()| ());
        assert_eq!(panicked, Err::<(), _>(Silence::Panicked("out of order".into())));
        assert_eq!(away.ask(|(), _: &mut (dyn FnMut(()) + Send)| 3, |()| ()), Ok(3), "the thread lives on");
        let away = Away::new("away", SHORT, || ()).unwrap();
        let hang = |(): &mut (), _: &mut (dyn FnMut(()) + Send)| std::thread::sleep(LONG);
        assert_eq!(away.ask(hang, |()| ()), Err(Silence::Long(SHORT)));
        let away = Away::new("away", LONG, || -> () { panic!("cannot be made") }).unwrap();
        let ended = Err(Silence::Panicked("its thread has ended".into()));
        assert_eq!(away.ask(|(), _: &mut (dyn FnMut(()) + Send)| (), |()| ()), ended);
    }
}
