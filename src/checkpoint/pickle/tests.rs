//! What pickles weigh, opcode by opcode.

use super::*;

fn weight(pickle: &[u8], budget: u64) -> Result<(), Refusal> {
    weigh(&mut &pickle[..], budget)
}

/// The smallest budget that lets a pickle pass.
fn needs(pickle: &[u8]) -> u64 {
    let (mut low, mut high) = (0, 1 << 40);
    while low < high {
        let middle = (low + high) / 2;
        if weight(pickle, middle).is_ok() { high = middle } else { low = middle + 1 }
    }
    low
}

#[test]
fn what_is_alive_at_one_time_counts() {
    let stack = |n| ON_STACK * room(n);
    let memo = |n| IN_MEMO * room(n);
    assert_eq!([room(0), room(1), room(4), room(5), room(1024), room(1025)], [0, 6, 6, 12, 1536, 3072]);
    assert_eq!(needs(b"N."), stack(1));
    assert_eq!(needs(b"NNNNN."), stack(5));
    // Room on the stack is not given back; what was in an object is.
    assert_eq!(needs(b"NNNNN0000."), stack(5));
    assert_eq!(needs(b"U\x03abc0U\x03abc."), stack(1) + STRING + 3);
    assert_eq!(needs(b"(NN0N1."), stack(2) + MARK * room(1));
    assert_eq!(needs(b"]NaNa."), stack(2) + 2 * (IN_LIST + LIST));
    // A copy in the memo stays when the object goes; a place that is used again is renewed.
    let triple = 3 * IN_TUPLE;
    assert_eq!(needs(b"NNN\x87q\x000."), stack(3) + memo(1) + 2 * triple);
    assert_eq!(needs(b"NNN\x87q\x000h\0h\0h\0."), stack(3) + memo(1) + 4 * triple);
    assert_eq!(needs(b"NNN\x87q\0q\0q\x01."), stack(3) + memo(2) + 3 * triple);
}

#[test]
fn a_tensor_does_not_keep_what_it_was_made_of() {
    // Of a hundred arguments, in ten places of the memo and on the stack.
    let kept = |function: &[u8]| {
        let places: Vec<u8> = (0..10).flat_map(|i| [b'q', i]).collect();
        let pickle = [function, b"(", &b"N".repeat(100), b"tR", &places, b"."].concat();
        needs(&pickle) - ON_STACK * room(101) - IN_MEMO * room(11) - MARK * room(1)
    };
    let arguments = 100 * IN_TUPLE;
    assert_eq!(kept(b"ca\n_rebuild_tensor_v2\n"), 11 * (TENSOR + arguments / 8));
    assert_eq!(kept(b"U\x01aU\x12_rebuild_tensor_v2\x93"), 11 * (TENSOR + arguments / 8));
    assert_eq!(kept(b"ca\nb\n"), 11 * (2 * (STRING + 3) + arguments));
}

#[test]
fn an_object_is_renewed_in_the_memo_when_its_state_is_set() {
    // A module, kept before its attributes are known, and fetched again when they are.
    let object = b"ca\nb\n)\x81q\x00";
    let [class, state] = [2 * (STRING + 3) + 2 * STRING, 3 * IN_TUPLE];
    let built = class + state + LIST;
    let places = |stack, memo| ON_STACK * room(stack) + IN_MEMO * room(memo) + MARK * room(1);
    assert_eq!(needs(&[&object[..], b"(NNNtb."].concat()), places(4, 1) + 2 * built);
    assert_eq!(needs(&[&object[..], b"(NNNtb0h\0h\0."].concat()), places(4, 1) + 3 * built);
}

#[test]
fn copies_of_copies_do_not_pass() {
    // x = (x, x), thirty times: a hundred bytes for 2³⁰ objects.
    let mut bomb = b"Nq\0".to_vec();
    (0..30).for_each(|_| bomb.extend(b"h\0h\0\x86q\0"));
    bomb.push(b'.');
    assert!(matches!(weight(&bomb, 1 << 30), Err(Refusal::TooLarge(cause)) if cause.contains("1024.0 MiB")));
    let doubled: Vec<u8> = [&b"N"[..], &b"2\x86".repeat(100), b"."].concat();
    assert!(matches!(weight(&doubled, u64::MAX / 4), Err(Refusal::TooLarge(_))));
}

#[test]
fn a_damaged_pickle_is_refused() {
    let damaged: [&[u8]; 11] = [
        b"",
        b"N",
        b"0.",
        b"a.",
        b"(a.",
        b"t.",
        b"h\x07.",
        b"g7x\n.",
        b"X\xff\xff\xff\xffabc.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.",
        b"\x82\x01.",
    ];
    for pickle in damaged {
        let refusal = weight(pickle, u64::MAX / 4);
        assert!(
            matches!(&refusal, Err(Refusal::Damaged(cause)) if cause.contains("damaged")),
            "{pickle:?}: {refusal:?}"
        );
    }
}
