//! What is kept of pickles, opcode by opcode.

use super::*;

const PLENTY: u64 = 1 << 40;

fn names(pickle: &[u8]) -> Result<Vec<String>, Trouble> {
    let kept = read(&mut &pickle[..], PLENTY, Lists::default())?;
    Ok(named(&kept, PLENTY)?.into_keys().collect())
}

/// `_rebuild_tensor_v2(storage, 0, (2,), (1,))` in protocol 2.
fn tensor(key: &str) -> Vec<u8> {
    let key = [&[b'U', key.len() as u8][..], key.as_bytes()].concat();
    [
        &b"ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\n"[..],
        &key,
        b"U\x03cpuK\x02tQK\x00K\x02\x85K\x01\x85\x89}tR",
    ]
    .concat()
}

/// A table of texts and what follows them.
fn table(items: &[(&str, &[u8])]) -> Vec<u8> {
    let mut pickle = b"}(".to_vec();
    for (key, value) in items {
        pickle.extend([b'U', key.len() as u8]);
        pickle.extend(key.as_bytes());
        pickle.extend(*value);
    }
    pickle.push(b'u');
    pickle
}

fn whole(value: &[u8]) -> Vec<u8> {
    [value, b"."].concat()
}

#[test]
fn tensors_have_the_names_of_the_way_to_them() {
    let (a, b) = (tensor("0"), tensor("1"));
    let inner = table(&[("weight", &a), ("bias", &b)]);
    let list = [&b"](K\x07"[..], &a, b"e"].concat();
    let pickle = whole(&table(&[("fc", &inner), ("epoch", b"K\x03"), ("all", &list)]));
    assert_eq!(names(&pickle).unwrap(), ["all.1", "fc.bias", "fc.weight"]);
    assert_eq!(names(&whole(&a)).unwrap(), ["tensor"]);
    let kept = read(&mut &pickle[..], PLENTY, Lists::default()).unwrap();
    let stored = &named(&kept, PLENTY).unwrap()["fc.bias"];
    let Some(Numbers::Storage(place)) = &stored.numbers else { panic!("{stored:?}") };
    assert_eq!((stored.shape.as_slice(), place.key.as_str(), place.offset), (&[2][..], "1", 0));
    assert_eq!(kept.storages, [("0".to_string(), 4), ("1".to_string(), 4)].into());
}

#[test]
fn strange_things_beside_a_network_are_nothing() {
    let weight = tensor("0");
    let strange: [&[u8]; 14] = [
        // A defaultdict(list) with items, a subclass of a list, an object with attributes.
        b"ccollections\ndefaultdict\n(cbuiltins\nlist\ntR(U\x01aK\x01u",
        b"cmine\nList\n)\x81(K\x01K\x02e",
        b"cmine\nThing\n)\x81}(U\x01aNub",
        // Keys that are no text.
        b"}(ccollections\nOrderedDict\nK\x01K\x01K\x02\x86K\x03G\x3f\xf0\0\0\0\0\0\0K\x04NK\x05\x88K\x06u",
        // An enum, a NumPy number, an array.
        b"cmine\nColour\nK\x01\x85R",
        b"cnumpy\nint64\nU\x08abcdefgh\x85R",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR(K\x01K\x02\x85NN\x89C\x04abcdtb",
        // Sets, bytes, long numbers, code that is never run.
        b"\x8f(K\x01K\x02\x90",
        b"(K\x01\x91",
        b"\x8e\x03\0\0\0\0\0\0\0abc",
        b"\x8a\x09123456789",
        b"cos\nsystem\nU\x04echo\x85R",
        // What was never put anywhere, and a table in itself.
        b"h\x63",
        b"}q\x09U\x01xh\x09s",
    ];
    for value in strange {
        let pickle = whole(&table(&[("beside", value), ("fc.weight", &weight)]));
        assert_eq!(names(&pickle).unwrap(), ["fc.weight"], "{:?}", String::from_utf8_lossy(value));
        let pickle = whole(&table(&[("fc.weight", &weight), ("beside", value)]));
        assert_eq!(names(&pickle).unwrap(), ["fc.weight"], "{:?}", String::from_utf8_lossy(value));
    }
}

#[test]
fn wrappers_of_tensors_are_seen_through_and_strange_ones_keep_their_names() {
    let plain = tensor("0");
    let parameter = [&b"ctorch._utils\n_rebuild_parameter\n("[..], &plain, b"\x88}tR"].concat();
    let made = &plain[b"ctorch._utils\n_rebuild_tensor_v2\n".len()..plain.len() - 1];
    let typed =
        [&b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\ncmine\nT\n"[..], made, b"}tR"]
            .concat();
    let sparse = b"ctorch._utils\n_rebuild_sparse_tensor\n(N(NNK\x02K\x03\x86ttR".to_vec();
    let pickle = whole(&table(&[("p", &parameter), ("t", &typed), ("s", &sparse)]));
    let kept = read(&mut &pickle[..], PLENTY, Lists::default()).unwrap();
    let found = named(&kept, PLENTY).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["p", "s", "t"]);
    assert!(found["p"].numbers.is_some() && found["t"].numbers.is_some());
    assert_eq!((found["s"].dtype.to_string().as_str(), found["s"].numbers.is_none()), ("sparse", true));
}

#[test]
fn a_module_and_the_tables_of_old_pythons_are_read() {
    let weight = tensor("0");
    let inner = [&b"cm\nLinear\n)\x81"[..], &table(&[("_parameters", &table(&[("weight", &weight)]))]), b"b"].concat();
    let module = [&b"cm\nNet\n)\x81"[..], &table(&[("_modules", &table(&[("fc", &inner)]))]), b"b"].concat();
    assert_eq!(names(&whole(&module)).unwrap(), ["fc.weight"]);
    let pairs = [&b"ccollections\nOrderedDict\n]](U\x09fc.weight"[..], &weight, b"ea\x85R."].concat();
    assert_eq!(names(&pairs).unwrap(), ["fc.weight"]);
    let pairs = [&b"ccollections\nOrderedDict\n]U\x09fc.weight"[..], &weight, b"\x86a\x85R."].concat();
    assert_eq!(names(&pairs).unwrap(), ["fc.weight"]);
}

#[test]
fn what_is_skipped_takes_nothing_and_what_is_kept_is_counted() {
    let takes = |pickle: &[u8]| {
        let (mut low, mut high) = (0u64, 1 << 40);
        while low < high {
            let middle = (low + high) / 2;
            if read(&mut &pickle[..], middle, Lists::default()).is_ok() { high = middle } else { low = middle + 1 }
        }
        low
    };
    // A million numbers in a list, a thousand at a time, with texts among them.
    let batch = [&b"("[..], &b"G\0\0\0\0\0\0\0\0U\x04loss0".repeat(1000), b"e"].concat();
    let logged = |n: usize| [&b"]"[..], &batch.repeat(n), b"."].concat();
    assert_eq!(takes(&logged(10)), takes(&logged(1000)));
    let blob = [&b"B\0\0\x10\0"[..], &vec![0; 1 << 20], b"."].concat();
    assert!(takes(&blob) < 1000);
    // Tensors and tables stay.
    let many = |n: usize| [&b"]("[..], &tensor("0").repeat(n), b"e."].concat();
    assert!(takes(&many(1000)) > 1000 * 200 && takes(&many(1000)) < 1000 * 2000);
    assert!(takes(&[&b"("[..], &b"}".repeat(1 << 16), b"l."].concat()) > (1 << 16) * 40);
    assert!(takes(&[&b"2"[..], b"."].concat()) >= 1 || read(&mut &b"2."[..], PLENTY, Lists::default()).is_err());
}

#[test]
fn tables_that_hold_each_other_do_not_multiply() {
    let mut bomb = tensor("0");
    bomb.extend(b"q\0");
    for _ in 0..40 {
        bomb.extend(b"](h\0h\0eq\0");
    }
    bomb.push(b'.');
    let kept = read(&mut &bomb[..], PLENTY, Lists::default()).unwrap();
    assert!(matches!(named(&kept, 1 << 20), Err(Trouble::TooLarge(_))));
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
        b"g7x\n.",
        b"X\x00\x01\x00\x00abc.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.",
        b"\x82\x01.",
        b".",
    ];
    for pickle in damaged {
        let refusal = names(pickle);
        assert!(
            matches!(&refusal, Err(Trouble::Damaged(cause)) if cause.contains("damaged")),
            "{pickle:?}: {refusal:?}"
        );
    }
}
