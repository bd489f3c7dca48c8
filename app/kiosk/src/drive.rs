//! Pressing and reading the real screen by its labels, for tests and the demo.

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};

use crate::screen::Screen;

/// Why a button was not pressed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    /// Nothing on the screen has this label.
    #[error("no button {wanted:?} on the screen, which has {labels:?}")]
    NoButton {
        /// The label looked for.
        wanted: String,
        /// The labels there are.
        labels: Vec<String>,
    },
    /// The button is there and may not be touched now.
    #[error("button {0:?} is dead")]
    Dead(String),
}

/// A control and where it stands, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Its label.
    pub label: String,
    /// Whether it may be touched.
    pub enabled: bool,
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// Touches the first control with this label.
///
/// # Errors
///
/// [`PressError`] if there is none or it is dead.
pub fn press(screen: &Screen, label: &str) -> Result<(), PressError> {
    let Some(element) = elements(screen).into_iter().find(|element| {
        is_control(element)
            && element
                .accessible_label()
                .is_some_and(|found| found == label)
    }) else {
        let labels = controls(screen)
            .into_iter()
            .map(|control| control.label)
            .collect();
        return Err(PressError::NoButton {
            wanted: label.to_owned(),
            labels,
        });
    };
    if element.accessible_enabled() == Some(false) {
        return Err(PressError::Dead(label.to_owned()));
    }
    element.invoke_accessible_default_action();
    Ok(())
}

/// What somebody waits to see on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A control that may be touched, by exactly this label.
    Control(String),
    /// A text that holds these words.
    Text(String),
}

/// Where what is wanted is, if it is on the page.
#[must_use]
pub fn find(screen: &Screen, wanted: &Wanted) -> Option<Control> {
    let all = elements(screen).into_iter();
    match wanted {
        Wanted::Control(label) => all
            .filter(is_control)
            .map(|element| control(&element))
            .find(|control| control.enabled && control.label == *label),
        Wanted::Text(words) => all
            .filter(|element| !is_control(element))
            .map(|element| control(&element))
            .find(|text| text.label.contains(words)),
    }
}

/// Everything that can be touched on the page, in drawing order.
#[must_use]
pub fn controls(screen: &Screen) -> Vec<Control> {
    elements(screen)
        .iter()
        .filter(|element| is_control(element))
        .map(control)
        .collect()
}

/// Every label on the page, texts too, in drawing order.
#[must_use]
pub fn labels(screen: &Screen) -> Vec<String> {
    elements(screen)
        .iter()
        .filter_map(ElementHandle::accessible_label)
        .map(String::from)
        .filter(|label| !label.is_empty())
        .collect()
}

/// Every labelled element once: the query names an element again for each layer of its component.
fn elements(screen: &Screen) -> Vec<ElementHandle> {
    let mut seen = Vec::new();
    let mut elements = ElementQuery::from_root(screen.app())
        .match_descendants()
        .find_all();
    elements.retain(|element| {
        let key = (
            element.accessible_label(),
            element.absolute_position(),
            element.size(),
        );
        let new = key.0.is_some() && !seen.contains(&key);
        if new {
            seen.push(key);
        }
        new
    });
    elements
}

fn control(element: &ElementHandle) -> Control {
    let (position, size) = (element.absolute_position(), element.size());
    Control {
        label: element
            .accessible_label()
            .map(String::from)
            .unwrap_or_default(),
        enabled: element.accessible_enabled() != Some(false),
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
    }
}

fn is_control(element: &ElementHandle) -> bool {
    matches!(
        element.accessible_role(),
        Some(AccessibleRole::Button | AccessibleRole::Checkbox | AccessibleRole::Tab)
    )
}
