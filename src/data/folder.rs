//! A folder of pictures in a folder for each class, as `torchvision.datasets.ImageFolder` reads it: PNG or JPEG of one size.

use std::{
    borrow::Cow,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageReader, Limits};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    DataError, FileSum, hash,
    records::{Number, Records},
    tensor_error::MOST_CLASSES,
};

/// The largest picture file read, bytes, and what one may take in memory.
const LARGEST: u64 = 64 << 20;
const DECODED: u64 = 256 << 20;
/// No packing makes a picture so many times larger than its file; what a header says beyond that is not believed.
const EXPANSION: u64 = 1100;
/// So many pictures are worth threads.
const MANY: usize = 64;
/// What all pictures of a half may take, bytes.
const ALL: usize = 4 << 30;
/// What folders are called that hold a half of the data.
const TRAIN: [&str; 2] = ["train", "training"];
const TEST: [&str; 4] = ["test", "val", "valid", "validation"];
/// How a picture's name ends.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// A folder for each class, sorted by name, with its pictures.
type Classes = Vec<(String, Vec<PathBuf>)>;

/// Training pictures and, in a folder beside, test pictures.
pub struct Pictures {
    train: Classes,
    test: Option<Classes>,
}

/// What lies in a folder, sorted by name; what is hidden is somebody else's.
fn inside(path: &Path, is_meant: fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| !hash::name_of(path).starts_with('.') && is_meant(path)).collect();
    found.sort();
    found
}

fn folders(path: &Path) -> Vec<PathBuf> {
    inside(path, Path::is_dir)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&&*ending)) && path.is_file()
}

/// Those of the folders that hold pictures.
fn classes(folders: &[PathBuf]) -> Classes {
    let of = |folder: &PathBuf| (hash::name_of(folder), inside(folder, is_picture));
    folders.iter().map(of).filter(|(_, pictures)| !pictures.is_empty()).collect()
}

impl Pictures {
    /// The pictures in a folder; `None` if it has none where they would be.
    pub fn find(path: &Path) -> Option<Pictures> {
        let all = folders(path);
        let half = |names: &[&str]| {
            let folder = all.iter().find(|f| names.contains(&&*hash::name_of(f).to_lowercase()))?;
            let classes = classes(&folders(folder));
            (!classes.is_empty()).then_some(classes)
        };
        if let Some(train) = half(&TRAIN) {
            return Some(Pictures { train, test: half(&TEST) });
        }
        let train = classes(&all);
        (!train.is_empty()).then_some(Pictures { train, test: None })
    }

    /// Every file that it reads.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.train.iter().chain(self.test.iter().flatten()).flat_map(|(_, files)| files)
    }

    /// Reads all pictures: training and test records, a sum for each half, and what to tell about them.
    ///
    /// # Errors
    /// Pictures that cannot be read or differ in size, classes that only the test pictures have, too much of it.
    pub fn read(
        &self,
        path: &Path,
    ) -> Result<(Records<'static>, Option<Records<'static>>, Vec<FileSum>, String), DataError> {
        let names: Vec<&str> = self.train.iter().map(|(name, _)| name.as_str()).collect();
        let bad = |cause: String| DataError::Pictures { path: path.to_owned(), cause };
        if names.len() > MOST_CLASSES as usize {
            return Err(bad(format!("{} folders are more classes than are read", names.len())));
        }
        if let Some((name, _)) = self.test.iter().flatten().find(|(name, _)| !names.contains(&name.as_str())) {
            return Err(bad(format!("the test pictures have the class {name}, the training pictures do not")));
        }
        let train = Self::half(path, &self.train, &names)?;
        let test = self.test.as_ref().map(|test| Self::half(path, test, &names)).transpose()?;
        let is_grey = train.0.iter().chain(test.iter().flat_map(|(all, ..)| all)).all(|picture| is_grey(&picture.1));
        let first = &train.0[0];
        let (width, height) = (first.1.width(), first.1.height());
        let all = || train.0.iter().chain(test.iter().flat_map(|(all, ..)| all));
        if let Some((file, other, _)) = all().find(|(_, p, _)| (p.width(), p.height()) != (width, height)) {
            let (w, h) = (other.width(), other.height());
            let (a, b) = (first.0.display(), file.display());
            return Err(bad(format!(
                "{a} has {width}×{height} pixels, {b} has {w}×{h}; bring all pictures to one size"
            )));
        }
        let channels = if is_grey { 1 } else { 3 };
        let shape = [channels, height as usize, width as usize];
        let area: usize = shape.iter().product();
        for (half, count) in [("training", train.0.len()), ("test", test.as_ref().map_or(0, |(all, ..)| all.len()))] {
            if area.checked_mul(count).is_none_or(|bytes| bytes > ALL) {
                return Err(bad(format!(
                    "{count} {half} pictures of {width}×{height} pixels are too many for this program"
                )));
            }
        }
        let records = |(all, sum): (Vec<Picture>, FileSum)| {
            let mut bytes = Vec::with_capacity(all.len() * area);
            let mut labels = Vec::with_capacity(all.len());
            for (_, picture, class) in all {
                channels_first(&picture, is_grey, &mut bytes);
                labels.push(class);
            }
            let records = Records {
                file: path.to_owned(),
                shape,
                number: Number::Byte,
                turned: false,
                bytes: Cow::Owned(bytes),
                labels,
            };
            (records, sum)
        };
        let shown: Vec<String> = names.iter().take(12).enumerate().map(|(i, name)| format!("{i} {name}")).collect();
        let more = if names.len() > shown.len() { ", …" } else { "" };
        let colour = if is_grey { "grey" } else { "in colour" };
        let note = format!("Pictures {colour}; classes by folder: {}{more}.", shown.join(", "));
        let (train, sum) = records(train);
        let test = test.map(records);
        let mut sums = vec![sum];
        sums.extend(test.as_ref().map(|(_, sum)| sum.clone()));
        Ok((train, test.map(|(records, _)| records), sums, note))
    }

    fn half(path: &Path, classes: &Classes, names: &[&str]) -> Result<(Vec<Picture>, FileSum), DataError> {
        let files: Vec<(&PathBuf, u32)> = classes
            .iter()
            .flat_map(|(name, files)| {
                let class = names.iter().position(|known| known == name).unwrap_or(0) as u32;
                files.iter().map(move |file| (file, class))
            })
            .collect();
        let one = |(file, class): &(&PathBuf, u32)| picture(file, *class);
        let read: Result<Vec<(Picture, String)>, DataError> = match files.len() {
            0..MANY => files.iter().map(one).collect(),
            _ => files.par_iter().map(one).collect(),
        };
        let read = read?;
        // The sum of names and sums, in their order.
        let mut hasher = Sha256::new();
        for ((file, ..), sum) in &read {
            let name = file.strip_prefix(path).unwrap_or(file).to_string_lossy().replace('\\', "/");
            hasher.update(format!("{name} {sum}\n"));
        }
        let folder = read.first().and_then(|((file, ..), _)| file.parent()?.parent().map(hash::name_of));
        let name = format!("{}/", folder.unwrap_or_else(|| hash::name_of(path)));
        let sum = FileSum { name, sha256: hash::hex(&hasher.finalize()) };
        Ok((read.into_iter().map(|(picture, _)| picture).collect(), sum))
    }
}

/// A file, what is in it, and its class.
type Picture = (PathBuf, DynamicImage, u32);

fn picture(file: &Path, class: u32) -> Result<(Picture, String), DataError> {
    let (bytes, sum) = hash::read(file, LARGEST)?;
    let bad = |cause: String| DataError::Pictures {
        path: file.to_owned(),
        cause: format!("{cause}; save it anew, or remove it"),
    };
    let mut reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|e| bad(e.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some((bytes.len() as u64).saturating_mul(EXPANSION).min(DECODED));
    reader.limits(limits);
    let decoded = reader.decode().map_err(|e| bad(format!("the picture cannot be read ({e})")))?;
    Ok(((file.to_owned(), decoded, class), sum.sha256))
}

fn is_grey(picture: &DynamicImage) -> bool {
    !picture.color().has_color()
}

/// Adds the bytes of a picture, `[C, H, W]`.
fn channels_first(picture: &DynamicImage, is_grey: bool, bytes: &mut Vec<u8>) {
    if is_grey {
        bytes.extend_from_slice(picture.to_luma8().as_raw());
    } else {
        let rgb = picture.to_rgb8();
        for channel in 0..3 {
            bytes.extend(rgb.as_raw().iter().skip(channel).step_by(3));
        }
    }
}
