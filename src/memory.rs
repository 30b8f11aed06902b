//! What the machine has, and whether work may take what it would take: said in words before anything is allocated, instead of by the
//! system that ends the program.

use std::{
    fmt, fs,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

/// What `--memory` allows, bytes; 0 without it.
static ALLOWED: AtomicU64 = AtomicU64::new(0);

/// Of what is free, so much is left to others: one part in so many.
const LEFT: u64 = 10;

/// A number of bytes. Text form: `8G`, `512M`, with or without `B` and `iB`; powers of 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = (1..=4).rev().find(|power| self.0 >> (10 * power) > 0).unwrap_or(0);
        match power {
            0 => write!(f, "{} bytes", self.0),
            power => write!(
                f,
                "{:.1} {}",
                self.0 as f64 / 1024f64.powi(power),
                ["KiB", "MiB", "GiB", "TiB"][power as usize - 1]
            ),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let bad = || format!("\"{text}\" is no amount of memory; write it as 8G or 512M");
        let lower = text.trim().to_lowercase();
        let short = lower.strip_suffix("ib").or_else(|| lower.strip_suffix('b')).unwrap_or(&lower).trim_end();
        let (number, power) = match short.chars().last() {
            Some('k') => (&short[..short.len() - 1], 1),
            Some('m') => (&short[..short.len() - 1], 2),
            Some('g') => (&short[..short.len() - 1], 3),
            Some('t') => (&short[..short.len() - 1], 4),
            _ => (short, 0),
        };
        let number: f64 = number.trim().parse().map_err(|_| bad())?;
        let bytes = number * 1024f64.powi(power);
        if bytes.is_finite() && (1.0..1e18).contains(&bytes) { Ok(Size(bytes as u64)) } else { Err(bad()) }
    }
}

/// Work that would take more memory than there is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} would take {}, {}; {remedy}", Size(*bytes), if *is_given { format!("{} are allowed (--memory)", Size(*limit)) } else { format!("this machine has {} to spare", Size(*limit)) })]
pub struct TooMuch {
    what: String,
    bytes: u64,
    limit: u64,
    is_given: bool,
    remedy: &'static str,
}

/// Lets work take so much, whatever the machine says.
pub fn allow(size: Size) {
    ALLOWED.store(size.0, Ordering::Relaxed);
}

/// What work may take now, and whether a person said so; `None` where the system does not tell.
fn limit() -> Option<(u64, bool)> {
    match ALLOWED.load(Ordering::Relaxed) {
        0 => Some((free()? / LEFT * (LEFT - 1), false)),
        allowed => Some((allowed, true)),
    }
}

/// Bytes that nobody uses: of the machine, or of the group of processes that this one is in, whichever is less.
fn free() -> Option<u64> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let machine = line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.saturating_mul(1024);
    let number = |file: &str| fs::read_to_string(format!("/sys/fs/cgroup/{file}")).ok()?.trim().parse::<u64>().ok();
    let group = number("memory.max").map(|most| most.saturating_sub(number("memory.current").unwrap_or(0)));
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// Whether there is room for `bytes`, which `what` would take; `remedy` says what takes less.
///
/// # Errors
/// When there is not.
pub fn promise(what: impl FnOnce() -> String, bytes: u64, remedy: &'static str) -> Result<(), TooMuch> {
    match limit() {
        Some((limit, is_given)) if bytes > limit => Err(TooMuch { what: what(), bytes, limit, is_given, remedy }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in
            [("8G", 8 << 30), ("512M", 512 << 20), ("1.5GiB", 3 << 29), ("700 kB", 700 << 10), ("5", 5)]
        {
            assert_eq!(text.parse::<Size>(), Ok(Size(bytes)), "{text}");
        }
        for bad in ["", "G", "-1G", "0", "many", "1e30G", "nanM"] {
            assert!(bad.parse::<Size>().unwrap_err().contains("8G or 512M"), "{bad}");
        }
        assert_eq!((Size(8 << 30).to_string(), Size(1023).to_string()), ("8.0 GiB".into(), "1023 bytes".into()));
        assert_eq!((Size(512 << 20).to_string(), Size(3 << 10).to_string()), ("512.0 MiB".into(), "3.0 KiB".into()));
    }

    #[test]
    fn what_is_too_much_is_refused_with_both_figures() {
        assert_eq!(promise(|| "nothing".into(), 1 << 10, "use less"), Ok(()));
        let Some((limit, false)) = limit() else { return };
        let error = promise(|| "all of it".into(), limit.saturating_mul(2), "use less").unwrap_err().to_string();
        assert!(error.starts_with("all of it would take ") && error.ends_with(" to spare; use less"), "{error}");
    }
}
