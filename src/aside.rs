//! Messages are read on the command line and in the window. They name a setting in words; what the command line calls it stands
//! aside, in parentheses: "give 1 or more (--batch 1)", "download it (valleyscope data fetch mnist)". The window leaves that out.

/// What an aside begins with, the space before it included.
const BEGINNINGS: [&str; 2] = [" (--", " (valleyscope "];

/// A message without its asides.
pub fn without_asides(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = BEGINNINGS.iter().filter_map(|beginning| rest.find(beginning)).min() {
        let (before, aside) = rest.split_at(at);
        out.push_str(before);
        rest = after(aside);
    }
    out + rest
}

/// What follows an aside; nothing, where it does not end.
fn after(aside: &str) -> &str {
    let mut depth = 0_usize;
    for (i, c) in aside.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return &aside[i + 1..],
            ')' => depth -= 1,
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_aside_is_left_out_and_nothing_else() {
        for (message, left) in [
            (
                "the batch is 0; give 1 or more (--batch 1), or all (--batch full)",
                "the batch is 0; give 1 or more, or all",
            ),
            (
                "mnist: a not found in b; download it (valleyscope data fetch mnist)",
                "mnist: a not found in b; download it",
            ),
            ("10 classes (of 12) are missing", "10 classes (of 12) are missing"),
            ("give a range (--pixels standard (or -1:1)) of pixels", "give a range of pixels"),
            ("a minus (-1) and a dash – (--", "a minus (-1) and a dash –"),
            ("(--net) at the front", "(--net) at the front"),
            ("", ""),
        ] {
            assert_eq!(without_asides(message), left);
        }
    }
}
