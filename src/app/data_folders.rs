//! Where the files of each data set are, for all forms and all days: a folder that was named once is named for good.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::form_of::FormOf;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DataFolders {
    folders: BTreeMap<String, String>,
    /// Which set each form had when it was looked at last.
    #[serde(skip)]
    last: BTreeMap<FormOf, String>,
}

impl DataFolders {
    /// Looks at a form. Where it has come to another set, that one's folder takes the place of the last one's; else what is named
    /// is remembered.
    pub fn follow(&mut self, form: FormOf, set: &str, folder: &mut String) {
        let before = self.last.insert(form, set.into());
        if before.is_some_and(|before| before != set) {
            *folder = self.folders.get(set).cloned().unwrap_or_default();
        } else if folder.trim().is_empty() {
            self.folders.remove(set);
        } else if self.folders.get(set) != Some(folder) {
            self.folders.insert(set.into(), folder.clone());
        }
    }

    /// All sets are in this folder.
    pub fn all_in(&mut self, folder: &str) {
        for set in crate::data::NAMES {
            self.folders.insert(set.into(), folder.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_its_folder_in_every_form() {
        let mut all = DataFolders::default();
        let mut folder = "/a".to_string();
        all.follow(FormOf::Run, "mnist", &mut folder);
        all.follow(FormOf::Run, "cifar-10", &mut folder);
        assert_eq!(folder, "", "the folder of MNIST is not CIFAR's");
        folder = "/b".into();
        all.follow(FormOf::Run, "cifar-10", &mut folder);
        all.follow(FormOf::Run, "mnist", &mut folder);
        assert_eq!(folder, "/a");
        // The other form, another day.
        let mut again: DataFolders = serde_json::from_str(&serde_json::to_string(&all).unwrap()).unwrap();
        let mut other = String::new();
        again.follow(FormOf::Subject, "digits", &mut other);
        again.follow(FormOf::Subject, "cifar-10", &mut other);
        assert_eq!(other, "/b");
        // Taken away by hand, it is forgotten.
        other.clear();
        again.follow(FormOf::Subject, "cifar-10", &mut other);
        again.follow(FormOf::Subject, "mnist", &mut other);
        again.follow(FormOf::Subject, "cifar-10", &mut other);
        assert_eq!(other, "");
    }
}
