//! Checkpoint files as other programs write them, made byte by byte.

use std::{
    io::{Cursor, Write as _},
    path::Path,
};

use valleyscope::{
    run::{Manifest, RunSpec},
    runfile::Writer,
};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// What a pickle holds.
pub enum Value {
    Dict(Vec<(&'static str, Value)>),
    Tensor(View),
    /// Opcodes that leave one object.
    Raw(Vec<u8>),
}

/// A tensor as PyTorch pickles it: a view of a storage.
pub struct View {
    /// Such as `FloatStorage`.
    pub class: &'static str,
    /// The storage's place in the list of storages.
    pub storage: usize,
    /// Elements of the storage.
    pub count: i64,
    pub offset: i32,
    pub shape: Vec<i32>,
    pub stride: Vec<i32>,
}

impl View {
    /// All of a storage of 32-bit floats.
    pub fn whole(storage: usize, shape: &[i32]) -> Value {
        View::of("FloatStorage", storage, shape)
    }

    /// All of a storage.
    pub fn of(class: &'static str, storage: usize, shape: &[i32]) -> Value {
        let stride = (0..shape.len()).map(|i| shape[i + 1..].iter().product()).collect();
        let count = shape.iter().map(|d| i64::from(*d)).product();
        Value::Tensor(View { class, storage, count, offset: 0, shape: shape.to_vec(), stride })
    }
}

/// A whole pickle of protocol 2.
pub fn pickle(value: &Value) -> Vec<u8> {
    let mut out = b"\x80\x02".to_vec();
    put(value, &mut out);
    out.push(b'.');
    out
}

fn put(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Dict(items) => {
            out.extend(b"}(");
            for (key, value) in items {
                text(key, out);
                put(value, out);
            }
            out.push(b'u');
        }
        Value::Tensor(v) => {
            out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
            text("storage", out);
            out.extend(format!("ctorch\n{}\n", v.class).as_bytes());
            text(&v.storage.to_string(), out);
            text("cpu", out);
            out.extend(b"\x8a\x08");
            out.extend(v.count.to_le_bytes());
            out.extend(b"tQ");
            number(v.offset, out);
            for numbers in [&v.shape, &v.stride] {
                out.push(b'(');
                numbers.iter().for_each(|n| number(*n, out));
                out.push(b't');
            }
            out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
        }
        Value::Raw(opcodes) => out.extend(opcodes),
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn number(n: i32, out: &mut Vec<u8>) {
    out.push(b'J');
    out.extend(n.to_le_bytes());
}

/// f32 as a storage holds them.
pub fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// What `torch.save` writes: an archive of the pickle and the storages.
pub fn pytorch_zip(pickle: &[u8], storages: &[Vec<u8>], packed: bool) -> Vec<u8> {
    let method = if packed { CompressionMethod::Deflated } else { CompressionMethod::Stored };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        zip.start_file(format!("archive/{name}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    add("data.pkl", pickle);
    add("byteorder", b"little");
    for (i, storage) in storages.iter().enumerate() {
        add(&format!("data/{i}"), storage);
    }
    add("version", b"3\n");
    zip.finish().unwrap().into_inner()
}

/// What `torch.save` wrote before version 1.6; the storages hold elements of `size` bytes.
pub fn pytorch_legacy(pickle: &[u8], storages: &[Vec<u8>], size: usize) -> Vec<u8> {
    let mut out = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.".to_vec();
    out.extend(b"\x80\x02}(X\x0d\0\0\0little_endian\x88X\x10\0\0\0protocol_versionM\xe9\x03u.");
    out.extend(pickle);
    out.extend(b"\x80\x02](");
    (0..storages.len()).for_each(|i| text(&i.to_string(), &mut out));
    out.extend(b"e.");
    for storage in storages {
        out.extend((storage.len() as u64 / size as u64).to_le_bytes());
        out.extend(storage);
    }
    out
}

/// A safetensors file of a header and the bytes behind it.
pub fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header.as_bytes());
    out.extend(data);
    out
}

/// A run file that keeps `count` numbers at every one of these iterations, the first of them the iteration itself.
pub fn run(path: &Path, count: usize, steps: &[u64]) {
    let spec = RunSpec::default();
    let manifest = Manifest {
        version: "0.1.0".into(),
        command: spec.command_line(),
        spec,
        device: "CPU".into(),
        network: "3 → 1".into(),
        // The network of the spec has more parameters: the numbers stay without names.
        input: [1, 1, 1],
        parameters: count as u64,
        buffers: 0,
        train_count: 10,
        test_count: 10,
        classes: 10,
        steps_per_epoch: 1,
        steps: 100,
        data_files: Vec::new(),
        data_notes: Vec::new(),
        notes: Vec::new(),
        started: 0,
    };
    let mut writer = Writer::create(path, &manifest, false).unwrap();
    for &t in steps {
        let mut values = vec![-0.0; count];
        values[0] = t as f32;
        values[count - 1] = f32::NAN;
        writer.checkpoint(t, &values).unwrap();
    }
}

/// An array as NumPy writes it.
pub fn array(kind: &str, fortran: bool, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let extents: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
    let order = if fortran { "True" } else { "False" };
    let table = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({}), }}\n", extents.join(" "));
    let mut all = b"\x93NUMPY\x01\0".to_vec();
    all.extend((table.len() as u16).to_le_bytes());
    all.extend(table.as_bytes());
    all.extend(bytes);
    all
}

/// An archive of arrays.
pub fn npz(method: CompressionMethod, arrays: &[(String, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// `numpy.ndarray` as pickles of protocol 2 have it: its bytes as a text, as `torch.save` writes them.
pub fn numpy(shape: &[usize], x: &[f32]) -> Value {
    let bytes: String = x.iter().flat_map(|x| x.to_le_bytes()).map(char::from).collect();
    let mut out = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85c_codecs\nencode\n(".to_vec();
    let text = |text: &str, out: &mut Vec<u8>| {
        out.push(b'X');
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    };
    text("b", &mut out);
    text("latin1", &mut out);
    out.extend(b"tRtR(K\x01(");
    for n in shape {
        out.push(b'M');
        out.extend((*n as u16).to_le_bytes());
    }
    out.extend(b"tcnumpy\ndtype\n(");
    text("f4", &mut out);
    out.extend(b"\x89\x88tR(K\x03");
    text("<", &mut out);
    out.extend(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89c_codecs\nencode\n(");
    text(&bytes, &mut out);
    text("latin1", &mut out);
    out.extend(b"tRtb");
    Value::Raw(out)
}
