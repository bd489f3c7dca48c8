//! What stands in one cell of a row.

use super::measure::{block_height, width};
use super::{
    CELL_PADDING, HAIRLINE_STEPS, LABEL_EM, LINE_MARGIN, PROSE_EM, SMALL_EM, Setter,
    TICK_LINE_STEPS, lattice, snap, stack_height,
};
use crate::form::{Content, FieldKind, FormError, Part, TickDefinition};
use crate::geometry::RectMm;

const TICK_SIDE_STEPS: f64 = 53.0;
/// Two rows of tick boxes stand at least this far apart, so that a tick that runs out of its box upwards ends before
/// the next one.
const TICK_PITCH_LEAST: f64 = 7.0;
/// Between a tick box and its answer.
const TICK_GAP: f64 = 1.5;
const DIGIT_W_STEPS: f64 = 71.0;
const DIGIT_H_STEPS: f64 = 78.0;
/// Between two parts of a flow, and around a tick box with its answer, which belong together.
const PART_GAP: f64 = 1.2;
const ANSWER_GAP: f64 = 3.0;
/// Distance of two lines of a flow: its boxes are 6.6 mm high.
const FLOW_PITCH: f64 = 8.4;

impl Setter<'_> {
    pub(super) fn fill_cell(&mut self, content: &Content, rect: RectMm) -> Result<(), FormError> {
        match content {
            Content::Label { text, size } => {
                let em = size.unwrap_or(LABEL_EM);
                let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
                for line in &lines {
                    self.must_fit(width(self.typeface, line, em), rect.w)?;
                }
                self.must_fit(stack_height(lines.len(), em), rect.h)?;
                self.centred(&lines, rect, em);
            }
            Content::Prose { text, size } => {
                let em = size.unwrap_or(PROSE_EM);
                let lines = self.wrap(text, rect.w - 2.0 * CELL_PADDING, em);
                let height = block_height(lines.len(), em);
                self.must_fit(height + 2.0 * LINE_MARGIN, rect.h)?;
                self.block(
                    lines,
                    rect.x + CELL_PADDING,
                    rect.y + (rect.h - height) / 2.0,
                    em,
                );
            }
            Content::Text { id, name } => self.field(id, name, FieldKind::Text, rect),
            Content::Signature { id, name } => self.field(id, name, FieldKind::Signature, rect),
            Content::Fingerprint { id, name } => self.field(id, name, FieldKind::Fingerprint, rect),
            Content::Seal { id, name } => self.seal(id, name, rect)?,
            Content::Digits { id, name, count } => {
                let x = rect.x + CELL_PADDING;
                let all = self.digits(id, name, *count, x, rect.y + rect.h / 2.0);
                self.must_fit(all.w + 2.0 * CELL_PADDING, rect.w)?;
                self.must_fit(all.h, rect.h)?;
            }
            Content::Date { id, name } => {
                let part = |digits: u8, id_end: &str, name_end: &str| Part::Digits {
                    digits,
                    id: format!("{id}_{id_end}"),
                    name: format!("{name}：{name_end}"),
                };
                let words = |word: &str| Part::Words(word.to_owned());
                let parts = [
                    part(4, "year", "年"),
                    words("年"),
                    part(2, "month", "月"),
                    words("月"),
                    part(2, "day", "日"),
                    words("日"),
                ];
                self.flow(&parts, rect)?;
            }
            Content::Flow { parts } => self.flow(parts, rect)?,
            Content::Ticks {
                name,
                columns,
                options,
            } => self.ticks(name, *columns, options, rect)?,
        }
        Ok(())
    }

    /// A row of digit boxes that begins at `x` around the height `middle`; gives back the place of all of them.
    fn digits(&mut self, id: &str, name: &str, count: u8, x: f64, middle: f64) -> RectMm {
        let (w, h) = (lattice(DIGIT_W_STEPS), lattice(DIGIT_H_STEPS));
        let (x, y) = (snap(x), snap(middle - h / 2.0));
        for i in 0..count {
            let each = RectMm::new(x + w * f64::from(i), y, w, h);
            self.outline(each, HAIRLINE_STEPS);
        }
        let all = RectMm::new(x, y, w * f64::from(count), h);
        self.field(id, name, FieldKind::Digits { count }, all);
        all
    }

    /// A seal's cell says at its foot that it is one; the seal may lie over that.
    fn seal(&mut self, id: &str, name: &str, rect: RectMm) -> Result<(), FormError> {
        let caption = "（盖章）".to_owned();
        let w = width(self.typeface, &caption, SMALL_EM);
        self.must_fit(w, rect.w)?;
        let x = rect.x + (rect.w - w) / 2.0;
        self.block(vec![caption], x, rect.y + rect.h - SMALL_EM - 1.0, SMALL_EM);
        self.field(id, name, FieldKind::Seal, rect);
        Ok(())
    }

    fn ticks(
        &mut self,
        name: &str,
        columns: usize,
        options: &[TickDefinition],
        rect: RectMm,
    ) -> Result<(), FormError> {
        let columns = columns.max(1);
        let rows = options.len().div_ceil(columns).max(1);
        let pitch = rect.h / rows as f64;
        self.must_fit(TICK_PITCH_LEAST, pitch)?;
        let room = (rect.w - 2.0 * CELL_PADDING) / columns as f64;
        for (i, option) in options.iter().enumerate() {
            let x = rect.x + CELL_PADDING + room * (i % columns) as f64;
            let middle = rect.y + pitch * ((i / columns) as f64 + 0.5);
            self.must_fit(self.tick_width(&option.label), room)?;
            self.tick(
                &option.id,
                &option.label_under(name),
                option.code,
                &option.label,
                x,
                middle,
            );
        }
        Ok(())
    }

    fn tick_width(&self, answer: &str) -> f64 {
        lattice(TICK_SIDE_STEPS) + TICK_GAP + width(self.typeface, answer, LABEL_EM)
    }

    fn tick(&mut self, id: &str, label: &str, code: Option<u8>, answer: &str, x: f64, middle: f64) {
        let side = lattice(TICK_SIDE_STEPS);
        let tick = RectMm::new(snap(x), snap(middle - side / 2.0), side, side);
        self.inner_outline(tick, TICK_LINE_STEPS);
        self.block(
            vec![answer.to_owned()],
            tick.x + side + TICK_GAP,
            middle - LABEL_EM / 2.0,
            LABEL_EM,
        );
        self.field(id, label, FieldKind::Tick, tick);
        if let Some(field) = self.sheet.fields.last_mut() {
            field.code = code;
        }
    }

    fn flow(&mut self, parts: &[Part], rect: RectMm) -> Result<(), FormError> {
        let room = rect.w - 2.0 * CELL_PADDING;
        let mut lines: Vec<Vec<(f64, &Part)>> = vec![Vec::new()];
        let mut used = 0.0;
        let mut last: Option<&Part> = None;
        for part in parts {
            let w = self.part_width(part);
            self.must_fit(w, room)?;
            let gap = match (last, part) {
                (None, _) => 0.0,
                (Some(Part::Tick { .. }), _) | (_, Part::Tick { .. }) => ANSWER_GAP,
                (Some(Part::Words(_) | Part::Digits { .. } | Part::Box { .. }), _) => PART_GAP,
            };
            let is_break = matches!(part, Part::Words(words) if words == "\n");
            if is_break || used + gap + w > room + 1e-6 {
                lines.push(Vec::new());
                used = 0.0;
                last = None;
            } else {
                used += gap;
            }
            if is_break {
                continue;
            }
            if let Some(line) = lines.last_mut() {
                line.push((used, part));
            }
            used += w;
            last = Some(part);
        }
        let height = FLOW_PITCH * (lines.len() as f64 - 1.0) + lattice(DIGIT_H_STEPS);
        self.must_fit(height, rect.h)?;
        let first = rect.y + (rect.h - FLOW_PITCH * (lines.len() as f64 - 1.0)) / 2.0;
        for (i, line) in lines.into_iter().enumerate() {
            let middle = first + FLOW_PITCH * i as f64;
            for (offset, part) in line {
                self.part(part, rect.x + CELL_PADDING + offset, middle);
            }
        }
        Ok(())
    }

    fn part_width(&self, part: &Part) -> f64 {
        match part {
            Part::Words(words) if words == "\n" => 0.0,
            Part::Words(words) => width(self.typeface, words, LABEL_EM),
            Part::Tick { tick, .. } => self.tick_width(tick),
            Part::Digits { digits, .. } => lattice(DIGIT_W_STEPS) * f64::from(*digits),
            Part::Box { width, .. } => *width,
        }
    }

    fn part(&mut self, part: &Part, x: f64, middle: f64) {
        match part {
            Part::Words(words) => {
                self.block(vec![words.clone()], x, middle - LABEL_EM / 2.0, LABEL_EM);
            }
            Part::Tick {
                tick,
                id,
                name,
                code,
            } => self.tick(id, name, *code, tick, x, middle),
            Part::Digits { digits, id, name } => {
                self.digits(id, name, *digits, x, middle);
            }
            Part::Box { width, id, name } => {
                let h = lattice(DIGIT_H_STEPS);
                let all = RectMm::new(snap(x), snap(middle - h / 2.0), snap(*width), h);
                self.outline(all, HAIRLINE_STEPS);
                self.field(id, name, FieldKind::Text, all);
            }
        }
    }
}
