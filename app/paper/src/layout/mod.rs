//! A page definition set out in millimetres: lines, texts and fields.
//!
//! ```text
//! marker        title                 code A  marker
//!               page, edition
//! ┌────┬────────────────────────────────────────┐
//! │side│ rows of cells                           │
//! └────┴────────────────────────────────────────┘
//! marker code B notes                         marker
//! ```

mod cells;
pub(crate) mod measure;

use self::measure::{LINE_PITCH, block_height, width};
use crate::form::{CellDefinition, Edition, Field, FieldKind, FormError, PageDefinition, TableRow};
use crate::geometry::RectMm;
use crate::payload::Spot;
use crate::typeface::Typeface;

/// Length of `steps` of the printing lattice, 300 to the inch.
///
/// Every line and box stands on it, so that the printable page has crisp edges and pages drawn at other
/// resolutions agree with it.
pub(crate) fn lattice(steps: f64) -> f64 {
    steps * 25.4 / 300.0
}

fn snap(mm: f64) -> f64 {
    lattice((mm / 25.4 * 300.0).round())
}

const FRAME_LEFT: f64 = 20.0;
const FRAME_RIGHT: f64 = 190.0;
const FRAME_TOP: f64 = 39.0;
/// The table ends here at the latest; below stand the lower code and the notes.
const FRAME_BOTTOM: f64 = 262.0;
const SIDE_WIDTH: f64 = 8.0;
const CELL_PADDING: f64 = 1.6;
/// Texts of several lines keep this far from the lines above and below them.
const LINE_MARGIN: f64 = 0.8;

const TITLE_EM: f64 = 7.4;
/// The same for a title of two lines.
const TITLE_EM_TWO: f64 = 5.6;
const TITLE_EM_LEAST: f64 = 4.2;
/// Extra space between the characters of a title, in ems.
const TITLE_SPACING: f64 = 0.18;
/// Where the baseline of a title of one line stands.
const TITLE_BASELINE: f64 = 20.5;
/// Titles begin right of the corner marker.
const TITLE_LEFT: f64 = 22.0;
const LABEL_EM: f64 = 3.6;
const PROSE_EM: f64 = 3.2;
const SMALL_EM: f64 = 2.9;
/// Distance of two centred lines of a label, in ems.
const STACK_PITCH: f64 = 1.25;
/// The baseline stands this far under the upper edge of a character's square, in ems.
const ASCENT: f64 = 0.88;

/// Lines of the table and of digit boxes.
pub(crate) const HAIRLINE_STEPS: f64 = 3.0;
const FRAME_STEPS: f64 = 5.0;
/// Outline of a tick box.
pub(crate) const TICK_LINE_STEPS: f64 = 4.0;

/// The square that a code is printed in at most.
const CODE_SIDE: f64 = 27.1;

impl Spot {
    /// The square that this code is centred in.
    pub(crate) fn rect(self) -> RectMm {
        match self {
            Self::A => RectMm::new(snap(159.5), snap(8.0), snap(CODE_SIDE), snap(CODE_SIDE)),
            Self::B => RectMm::new(snap(23.5), snap(264.6), snap(CODE_SIDE), snap(CODE_SIDE)),
        }
    }
}

/// A page set out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    /// Black bars: the lines of the table and of the boxes.
    pub(crate) bars: Vec<RectMm>,
    /// Lines of text.
    pub(crate) texts: Vec<Text>,
    /// What a person fills, in reading order.
    pub(crate) fields: Vec<Field>,
}

/// One line of text.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) content: String,
    pub(crate) x: f64,
    pub(crate) baseline: f64,
    pub(crate) em: f64,
    /// Extra space after each character, in millimetres.
    pub(crate) spacing: f64,
}

/// What stands above every page's table.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    pub(crate) edition: Edition,
    pub(crate) page: u8,
    pub(crate) pages: u8,
}

/// Sets a page out.
///
/// # Errors
///
/// The [`FormError`]s about room: a row, a cell or the page is too small for what it holds.
pub(crate) fn lay_out(
    head: &Head<'_>,
    page: &PageDefinition,
    typeface: &Typeface,
) -> Result<Sheet, FormError> {
    let mut setter = Setter {
        typeface,
        page: head.page,
        row: 0,
        cell: 0,
        table_row: None,
        sheet: Sheet::default(),
    };
    setter.head(head)?;
    let mut y = snap(FRAME_TOP);
    for section in &page.section {
        let top = y;
        let left = snap(match section.side {
            Some(_) => FRAME_LEFT + SIDE_WIDTH,
            None => FRAME_LEFT,
        });
        for row in &section.row {
            setter.row += 1;
            setter.table_row.clone_from(&row.table_row);
            let bottom = snap(y + row.height);
            setter.row_of_cells(left, y, bottom - y, &row.cells)?;
            y = bottom;
        }
        let frame = RectMm::new(
            snap(FRAME_LEFT),
            top,
            snap(FRAME_RIGHT) - snap(FRAME_LEFT),
            y - top,
        );
        if let Some(side) = &section.side {
            let upright: Vec<String> = side.chars().map(String::from).collect();
            setter.cell = 0;
            let height = stack_height(upright.len(), LABEL_EM) + 2.0 * LINE_MARGIN;
            setter.must_fit(height, frame.h)?;
            setter.centred(
                &upright,
                RectMm::new(frame.x, top, left - frame.x, y - top),
                LABEL_EM,
            );
        }
        setter.outline(frame, FRAME_STEPS);
    }
    // The rows' edges stand on the lattice, so that rows which fill the page may end one step lower.
    if y > FRAME_BOTTOM + lattice(1.0) {
        return Err(FormError::PageTooLong {
            page: head.page,
            need_mm: y - FRAME_TOP,
            have_mm: FRAME_BOTTOM - FRAME_TOP,
        });
    }
    setter.notes(&page.notes)?;
    Ok(setter.sheet)
}

struct Setter<'a> {
    typeface: &'a Typeface,
    page: u8,
    row: usize,
    cell: usize,
    table_row: Option<TableRow>,
    sheet: Sheet,
}

impl Setter<'_> {
    fn head(&mut self, head: &Head<'_>) -> Result<(), FormError> {
        let lines: Vec<&str> = head.title.split('\n').collect();
        let ems = |line: &str| {
            let spaces = line.chars().count() as f64 - 1.0;
            width(self.typeface, line, 1.0) + TITLE_SPACING * spaces
        };
        let widest = lines.iter().map(|line| ems(line)).fold(0.0, f64::max);
        let right = Spot::A.rect().x - 4.0;
        let largest = if lines.len() == 1 {
            TITLE_EM
        } else {
            TITLE_EM_TWO
        };
        let em = largest.min((right - TITLE_LEFT) / widest);
        if em < TITLE_EM_LEAST || lines.len() > 2 {
            return Err(FormError::TitleTooLong {
                em_mm: em / lines.len() as f64,
                least_mm: TITLE_EM_LEAST,
            });
        }
        let spacing = TITLE_SPACING * em;
        let first = TITLE_BASELINE - 1.1 * TITLE_EM_TWO * (lines.len() as f64 - 1.0);
        for (i, line) in lines.iter().enumerate() {
            let width = ems(line) * em;
            self.sheet.texts.push(Text {
                content: (*line).to_owned(),
                // Centred on the page, and moved left only as far as the code needs.
                x: ((210.0 - width) / 2.0).min(right - width),
                baseline: first + 1.4 * TITLE_EM_TWO * i as f64,
                em,
                spacing,
            });
        }
        let line = format!(
            "第 {} 页　共 {} 页　　版本 {}",
            head.page, head.pages, head.edition
        );
        let x = (210.0 - width(self.typeface, &line, PROSE_EM)) / 2.0;
        self.text(line, x, 28.4, PROSE_EM);
        Ok(())
    }

    fn row_of_cells(
        &mut self,
        left: f64,
        top: f64,
        height: f64,
        cells: &[CellDefinition],
    ) -> Result<(), FormError> {
        let have = snap(FRAME_RIGHT) - left;
        let fixed: f64 = cells.iter().filter_map(|cell| cell.width).sum();
        let open = cells.iter().filter(|cell| cell.width.is_none()).count();
        let share = (have - fixed) / open.max(1) as f64;
        if fixed > have + 0.1 || (open > 0 && share < 4.0) {
            return Err(FormError::RowTooWide {
                page: self.page,
                row: self.row,
                need_mm: fixed + 4.0 * open as f64,
                have_mm: have,
            });
        }
        let mut x = left;
        let mut reach = left;
        for (i, cell) in cells.iter().enumerate() {
            self.cell = i + 1;
            reach += cell.width.unwrap_or(share);
            let right = if i + 1 == cells.len() {
                snap(FRAME_RIGHT)
            } else {
                snap(reach)
            };
            let rect = RectMm::new(x, top, right - x, height);
            self.outline(rect, HAIRLINE_STEPS);
            self.fill_cell(&cell.content, rect)?;
            x = right;
        }
        Ok(())
    }

    fn notes(&mut self, notes: &[String]) -> Result<(), FormError> {
        let code = Spot::B.rect();
        let (left, right) = (code.x + code.w + 5.0, 188.0);
        let lines: Vec<String> = notes
            .iter()
            .flat_map(|note| self.wrap(note, right - left, SMALL_EM))
            .collect();
        let need_mm = block_height(lines.len(), SMALL_EM);
        if need_mm > code.h {
            return Err(FormError::PageTooLong {
                page: self.page,
                need_mm,
                have_mm: code.h,
            });
        }
        self.block(lines, left, code.y + (code.h - need_mm) / 2.0, SMALL_EM);
        Ok(())
    }

    fn field(&mut self, id: &str, label: &str, kind: FieldKind, rect: RectMm) {
        self.sheet.fields.push(Field {
            id: id.to_owned(),
            label: label.to_owned(),
            code: None,
            required: false,
            kind,
            page: self.page,
            rect,
            row: self.table_row.clone(),
        });
    }

    /// Four bars along the edges of `rect`, laid over the edge on the lattice.
    fn outline(&mut self, rect: RectMm, steps: f64) {
        let (thick, out) = (lattice(steps), lattice((steps / 2.0).floor()));
        let (x, y) = (rect.x - out, rect.y - out);
        let (w, h) = (rect.w + thick, rect.h + thick);
        self.sheet.bars.extend([
            RectMm::new(x, y, w, thick),
            RectMm::new(x, y + rect.h, w, thick),
            RectMm::new(x, y, thick, h),
            RectMm::new(x + rect.w, y, thick, h),
        ]);
    }

    /// Four bars inside the edges of `rect`.
    fn inner_outline(&mut self, rect: RectMm, steps: f64) {
        let thick = lattice(steps);
        self.sheet.bars.extend([
            RectMm::new(rect.x, rect.y, rect.w, thick),
            RectMm::new(rect.x, rect.y + rect.h - thick, rect.w, thick),
            RectMm::new(rect.x, rect.y, thick, rect.h),
            RectMm::new(rect.x + rect.w - thick, rect.y, thick, rect.h),
        ]);
    }

    fn text(&mut self, content: String, x: f64, baseline: f64, em: f64) {
        self.sheet.texts.push(Text {
            content,
            x,
            baseline,
            em,
            spacing: 0.0,
        });
    }

    /// Lines of text whose first character square begins at `x`, `top`.
    fn block(&mut self, lines: Vec<String>, x: f64, top: f64, em: f64) {
        for (i, line) in lines.into_iter().enumerate() {
            self.text(line, x, top + em * (ASCENT + LINE_PITCH * i as f64), em);
        }
    }

    fn centred(&mut self, lines: &[String], rect: RectMm, em: f64) {
        let pitch = STACK_PITCH * em;
        let top = rect.y + (rect.h - stack_height(lines.len(), em)) / 2.0;
        for (i, line) in lines.iter().enumerate() {
            let x = rect.x + (rect.w - width(self.typeface, line, em)) / 2.0;
            self.text(line.clone(), x, top + ASCENT * em + pitch * i as f64, em);
        }
    }

    fn wrap(&self, text: &str, room: f64, em: f64) -> Vec<String> {
        measure::wrap(self.typeface, text, room, em)
    }

    fn must_fit(&self, need_mm: f64, have_mm: f64) -> Result<(), FormError> {
        if need_mm <= have_mm + 1e-6 {
            return Ok(());
        }
        Err(FormError::CellTooSmall {
            page: self.page,
            row: self.row,
            cell: self.cell,
            need_mm,
            have_mm,
        })
    }
}

/// How high `lines` centred lines are, which stand closer than those of prose.
fn stack_height(lines: usize, em: f64) -> f64 {
    em * (1.0 + STACK_PITCH * (lines as f64 - 1.0))
}
