//! What every request holds: the command line gives it, and it gives the command line.

use std::fmt::Debug;

use clap::{Args, Parser};

use super::{
    Options, Request,
    options::{arguments, leaves},
};

#[derive(Debug, Parser)]
struct Line<T: Args> {
    #[command(flatten)]
    request: T,
}

/// Options whose fields are not written while they are as they usually are.
const LEFT_OUT: [&str; 2] = ["bn_batch", "corrupt_as"];

/// A request from the words of its command line.
pub fn parsed<T: Args + Debug>(words: &[&str]) -> T {
    let line = ["valleyscope"].iter().chain(words).copied();
    Line::<T>::try_parse_from(line).unwrap_or_else(|e| panic!("{words:?}: {e}")).request
}

/// With no option but the places, the command line gives the default; every option has a field and a help text.
pub fn assert_default<T: Request + Debug>(places: &[&str], plain: T) {
    assert_eq!(parsed::<T>(places), plain);
    assert_eq!(arguments(&plain), places);
    for (name, low, high) in T::RANGES {
        assert!(!T::options().help(name).is_empty() && low < high, "{name} is no option with a range");
        assert_eq!(T::range(name), Some(*low..=*high));
    }
    let fields = leaves(&plain);
    for name in Options::of::<T>().names() {
        assert!(fields.contains_key(name) || LEFT_OUT.contains(&name), "{name} has no field");
        assert!(T::options().help(name).len() > 10, "{name} has no help");
    }
}

/// What a command line gives makes a command line that gives the same; returns what it is.
pub fn assert_repeated<T: Request + Debug>(words: &[&str]) -> String {
    let request: T = parsed(words);
    let again = arguments(&request);
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    assert_eq!(parsed::<T>(&again), request, "{words:?} became {again:?}");
    let json = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), request, "{json}");
    request.command_line()
}
