//! What is wrong with a photo, from the reader's measures to what visit and screen speak of.

use image::GrayImage;
use paper::quality::{Defect, Quality, overlay};
use paper::{Form, Want};

use crate::flow::{MarkedPhoto, PhotoFault, PhotoFinding, TrayWant};

/// What is wrong with a photo, with the labels of `form` for the fields that are touched.
pub(super) fn findings(quality: &Quality, form: Option<&Form>) -> Vec<PhotoFinding> {
    let mut out: Vec<PhotoFinding> = Vec::new();
    for finding in &quality.findings {
        let fault = photo_fault(finding.defect);
        let labels = finding.fields.iter().filter_map(|id| form?.field(id));
        let labels = labels.map(|field| field.label.clone());
        // Two corners that are cut off are one thing to mend.
        match out.iter_mut().find(|known| known.fault == fault) {
            Some(known) => known.labels.extend(labels),
            None => out.push(PhotoFinding {
                fault,
                labels: labels.collect(),
            }),
        }
    }
    out
}

const fn photo_fault(defect: Defect) -> PhotoFault {
    match defect {
        Defect::Blurred { .. } => PhotoFault::Blurred,
        Defect::Moved { .. } => PhotoFault::Moved,
        Defect::Dark { .. } => PhotoFault::Dark,
        Defect::Glare { .. } => PhotoFault::Glare,
        Defect::CutOff { .. } => PhotoFault::CutOff,
        Defect::CornerHidden { .. } => PhotoFault::CornerHidden,
        Defect::Curled { .. } => PhotoFault::Curled,
        Defect::Far { .. } => PhotoFault::Far,
        Defect::Faint { .. } => PhotoFault::Faint,
        Defect::CodeCovered { .. } => PhotoFault::CodeCovered,
        Defect::Covered { .. } => PhotoFault::Covered,
    }
}

/// What the shutter waits for, as the screen says it.
pub(super) const fn tray_want(want: &Want) -> TrayWant {
    match want {
        Want::Page => TrayWant::Page,
        Want::NextPage => TrayWant::NextPage,
        Want::Corners { .. } => TrayWant::Corners,
        Want::Middle => TrayWant::Middle,
        Want::HandAway => TrayWant::HandAway,
        Want::Still | Want::Moment => TrayWant::Still,
        Want::Light => TrayWant::Light,
        Want::Focus => TrayWant::Focus,
        Want::Nearer => TrayWant::Nearer,
    }
}

/// Longer side of the marked photo on the screen, in pixels.
const MARKED_SIDE: u32 = 560;

/// The photo with what is wrong outlined, small enough for the screen.
pub(super) fn marked(photo: &GrayImage, quality: &Quality) -> MarkedPhoto {
    let picture = overlay(photo, quality, MARKED_SIDE);
    MarkedPhoto {
        width: picture.width(),
        height: picture.height(),
        rgb: picture.into_raw(),
    }
}
