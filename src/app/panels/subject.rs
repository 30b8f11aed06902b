//! The form of what is measured: data, network, loss, batch norm, device.

use egui::{ComboBox, RichText, Ui};

use super::{
    fields::{at_most, choice, count, pixels, row, text},
    missing,
};
use crate::{
    app::{action::Actions, downloads::Downloads, form_of::FormOf, subject::SubjectForm},
    data::{self, Layout, Pixels},
    probe::NormMode,
    run::{DeviceChoice, LossKind},
};

const OWN: &str = "own files…";

/// Draws the form.
pub fn ui(ui: &mut Ui, form: &mut SubjectForm, downloads: &mut Downloads, actions: &mut Actions) {
    if let Some(note) = &form.note {
        ui.add(egui::Label::new(RichText::new(note).small().color(ui.visuals().warn_fg_color)).wrap());
    }
    egui::Grid::new("subject").num_columns(2).spacing([10.0, 5.0]).min_col_width(92.0).show(ui, |ui| {
        data_fields(ui, form, downloads, actions);
        network_fields(ui, form);
    });
}

fn data_fields(ui: &mut Ui, form: &mut SubjectForm, downloads: &mut Downloads, actions: &mut Actions) {
    row(ui, "Data set", "What the loss is measured on", |ui| {
        let before = form.data.name.clone();
        let shown = if form.has_own_data() { OWN } else { &before };
        let combo = ComboBox::from_id_salt("subject data").width(at_most(ui, 150.0)).truncate();
        let response = combo.selected_text(shown).show_ui(ui, |ui| {
            for name in data::NAMES {
                ui.selectable_value(&mut form.data.name, name.to_string(), name);
            }
            if ui.selectable_label(form.has_own_data(), OWN).clicked() && !form.has_own_data() {
                form.data.name.clear();
            }
        });
        if form.data.name != before {
            form.chosen();
        }
        response.response
    });
    missing::ui(ui, &form.data.name, &form.data_dir, FormOf::Subject, downloads, actions);
    if form.has_own_data() {
        row(ui, "Own files", "A folder of IDX files, or a safetensors file with images and labels", |ui| {
            text(ui, &mut form.data.name, "folder or .safetensors")
        });
        row(
            ui,
            "Image axes",
            "Order of the axes in a .safetensors file: channels first or last; auto: as the shape says",
            |ui| {
                let name = |layout: Option<Layout>| layout.map_or("auto".to_string(), |layout| layout.to_string());
                let combo = ComboBox::from_id_salt("subject image axes").width(at_most(ui, 150.0));
                combo
                    .selected_text(name(form.data.images))
                    .show_ui(ui, |ui| {
                        for layout in [None, Some(Layout::Nchw), Some(Layout::Nhwc)] {
                            ui.selectable_value(&mut form.data.images, layout, name(layout));
                        }
                    })
                    .response
            },
        );
        row(ui, "First label", "What the labels begin with; auto: 0, and a question where no label is 0", |ui| {
            let name = |first: Option<u32>| first.map_or("auto".to_string(), |first| first.to_string());
            let combo = ComboBox::from_id_salt("subject first label").width(at_most(ui, 150.0));
            combo
                .selected_text(name(form.data.first_label))
                .show_ui(ui, |ui| {
                    for first in [None, Some(0), Some(1)] {
                        ui.selectable_value(&mut form.data.first_label, first, name(first));
                    }
                })
                .response
        });
    } else {
        form.data.images = None;
        form.data.first_label = None;
    }
    row(ui, "Training images", "The first so many; 0 takes all", |ui| count(ui, &mut form.data.train_count));
    row(ui, "Test images", "The first so many; 0 takes all", |ui| count(ui, &mut form.data.test_count));
    pixels(ui, "subject pixels", &Pixels::ALL, &mut form.data.pixels, [&mut form.mean, &mut form.std]);
    row(ui, "Labels file", "One label per line, replaces the training labels", |ui| text(ui, &mut form.labels, "none"));
    row(ui, "Data folder", "Where the files of mnist, fashion-mnist and cifar are", |ui| {
        text(ui, &mut form.data_dir, "the user's cache folder")
    });
    if form.data.name.starts_with("cifar") {
        row(ui, "Part of the set", "Accept files with fewer images than the official ones", |ui| {
            ui.checkbox(&mut form.data.allow_partial, "")
        });
    }
}

fn network_fields(ui: &mut Ui, form: &mut SubjectForm) {
    row(
        ui,
        "Network",
        "auto: recognised from the names and shapes in the file. Or a name, a stack in one line, or the path of a TOML \
         description",
        |ui| text(ui, &mut form.net, "auto"),
    );
    row(ui, "Loss", "What is measured", |ui| {
        let width = at_most(ui, 150.0);
        choice(ui, "subject loss", width, &mut form.loss, LossKind::ALL)
    });
    row(
        ui,
        "Batch norm",
        "running: the statistics in the file. batch: those of the images that are measured. recalibrated: computed anew \
         over the training images at every point",
        |ui| {
            let shown = form.norm.clone();
            let combo = ComboBox::from_id_salt("subject norm").width(at_most(ui, 150.0)).selected_text(shown);
            combo
                .show_ui(ui, |ui| {
                    for name in NormMode::NAMES {
                        ui.selectable_value(&mut form.norm, name.to_string(), name);
                    }
                })
                .response
        },
    );
    if form.norm != "running" {
        row(
            ui,
            "Norm batch",
            "Images whose statistics are taken together: a number, all, or auto (all up to 4096)",
            |ui| text(ui, &mut form.batch, "auto"),
        );
    }
    row(ui, "Device", "auto takes a real GPU if there is one, else the CPU", |ui| {
        let width = at_most(ui, 150.0);
        choice(ui, "subject device", width, &mut form.device, DeviceChoice::ALL)
    });
}
