//! A ruled table on as many pages of A4 across as its rows need, its heads on each.

use std::vec::IntoIter;

use crate::geometry::RectMm;
use crate::layout::Text;
use crate::layout::measure::{width, wrap};
use crate::pdf::Document;
use crate::render::RenderError;
use crate::surface::Surface;
use crate::typeface::Typeface;

const PAGE_MM: [f64; 2] = [297.0, 210.0];
const MARGIN_MM: f64 = 12.0;
const ROOM_MM: f64 = PAGE_MM[0] - 2.0 * MARGIN_MM;
/// The foot of the page holds what stands below every page.
const FOOT_MM: f64 = 8.0;
const TITLE_EM_MM: f64 = 5.0;
const ABOUT_EM_MM: f64 = 3.0;
const RULE_MM: f64 = 0.2;
const CELL_PAD_MM: f64 = 0.8;
/// Distance of two lines of a cell, in ems.
const LINE_PITCH: f64 = 1.3;
/// Sizes of the table's characters, in millimetres, that are tried until numbers and dates fit on a line of their column.
const EMS_MM: [f64; 6] = [3.0, 2.7, 2.4, 2.1, 1.8, 1.6];
/// A column is never made wider than this many characters for what would rather be on one line.
const WIDE_EMS: f64 = 14.0;
/// Printed for a character that the typeface lacks, as printers do.
const GETA: char = '〓';

/// A table to be printed.
#[derive(Debug, Clone, Copy)]
pub struct PrintedTable<'t> {
    /// Above it, in large letters.
    pub title: &'t str,
    /// Below the title, in one paragraph.
    pub about: &'t str,
    /// What stands above each column.
    pub heads: &'t [String],
    /// Cells; those that a row lacks are empty, and those beyond the heads are left out.
    pub rows: &'t [Vec<String>],
    /// Below every page, before its number.
    pub foot: &'t str,
}

impl PrintedTable<'_> {
    /// The table as a PDF. A row that is higher than a page goes on on the next; a character that `typeface` lacks stands as 〓.
    ///
    /// # Errors
    ///
    /// [`RenderError::Typeface`] if the typeface's file cannot be cut down to what is used.
    pub fn pdf(&self, typeface: &Typeface) -> Result<Vec<u8>, RenderError> {
        let mut document = Document::new(self.title, PAGE_MM, typeface);
        for page in self.pages(typeface) {
            document.page(|marks| {
                for bar in &page.bars {
                    marks.bar(*bar);
                }
                for text in &page.texts {
                    marks.text(text);
                }
            });
        }
        document.finish()
    }

    /// What stands where on each page.
    fn pages(&self, typeface: &Typeface) -> Vec<SetPage> {
        let (em, widths) = self.columns(typeface);
        let mut setter = Setter {
            table: self,
            typeface,
            em,
            widths,
            pages: Vec::new(),
        };
        setter.begin_page();
        for row in self.rows {
            setter.row(row);
        }
        setter.number_pages();
        setter.pages
    }

    /// The size of the characters, and the width of each column.
    fn columns(&self, typeface: &Typeface) -> (f64, Vec<f64>) {
        let sized = EMS_MM.map(|em| {
            let columns = 0..self.heads.len();
            let widths: Vec<(f64, f64)> = columns
                .map(|column| self.widths_of(column, typeface, em))
                .collect();
            (em, widths)
        });
        let fits =
            |widths: &[(f64, f64)]| widths.iter().map(|width| width.0).sum::<f64>() <= ROOM_MM;
        let found = sized.iter().find(|(_, widths)| fits(widths));
        // If even the smallest characters are too wide, numbers break.
        let [.., smallest] = &sized;
        let (em, widths) = found.unwrap_or(smallest);
        (*em, shares(widths))
    }

    /// The least width of a column, in which no number or date breaks, and that in which hardly anything does.
    fn widths_of(&self, column: usize, typeface: &Typeface, em: f64) -> (f64, f64) {
        let pad = 2.0 * CELL_PAD_MM + RULE_MM;
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let head = self.heads.get(column);
        // A word of Latin letters or digits holds together; Chinese breaks anywhere.
        let widest_word = cells
            .clone()
            .chain(head)
            .flat_map(|cell| cell.split(|c: char| !c.is_ascii_graphic()))
            .map(|word| width(typeface, word, em))
            .fold(2.0 * em, f64::max);
        let widest = cells
            .chain(head)
            .flat_map(|cell| cell.split('\n'))
            .map(|line| width(typeface, line, em).min(WIDE_EMS * em))
            .fold(widest_word, f64::max);
        (widest_word + pad, widest + pad)
    }
}

/// The width of the page shared among columns whose least and greatest widths these are.
fn shares(widths: &[(f64, f64)]) -> Vec<f64> {
    let least: f64 = widths.iter().map(|width| width.0).sum();
    let most: f64 = widths.iter().map(|width| width.1).sum();
    let share = |&(low, high): &(f64, f64)| {
        if ROOM_MM <= least {
            low * ROOM_MM / least
        } else if most <= ROOM_MM {
            high * ROOM_MM / most
        } else {
            low + (ROOM_MM - least) * (high - low) / (most - least)
        }
    };
    widths.iter().map(share).collect()
}

struct Setter<'t> {
    table: &'t PrintedTable<'t>,
    typeface: &'t Typeface,
    em: f64,
    widths: Vec<f64>,
    pages: Vec<SetPage>,
}

/// A page that is being filled.
struct SetPage {
    texts: Vec<Text>,
    bars: Vec<RectMm>,
    /// Where the next row begins.
    y: f64,
}

impl SetPage {
    fn text(&mut self, content: &str, x: f64, baseline: f64, em: f64) {
        self.texts.push(Text {
            content: content.to_owned(),
            x,
            baseline,
            em,
            spacing: 0.0,
        });
    }
}

impl Setter<'_> {
    fn begin_page(&mut self) {
        let mut page = SetPage {
            texts: Vec::new(),
            bars: Vec::new(),
            y: MARGIN_MM,
        };
        let title = self.drawable(self.table.title);
        for line in wrap(self.typeface, &title, ROOM_MM, TITLE_EM_MM) {
            let left = (ROOM_MM - width(self.typeface, &line, TITLE_EM_MM)) / 2.0;
            page.text(
                &line,
                MARGIN_MM + left,
                page.y + 0.9 * TITLE_EM_MM,
                TITLE_EM_MM,
            );
            page.y += LINE_PITCH * TITLE_EM_MM;
        }
        page.y += 0.5 * TITLE_EM_MM;
        let about = self.drawable(self.table.about);
        for line in wrap(self.typeface, &about, ROOM_MM, ABOUT_EM_MM) {
            page.text(&line, MARGIN_MM, page.y + 0.9 * ABOUT_EM_MM, ABOUT_EM_MM);
            page.y += LINE_PITCH * ABOUT_EM_MM;
        }
        page.y += 0.4 * ABOUT_EM_MM;
        page.bars.push(RectMm {
            x: MARGIN_MM,
            y: page.y,
            w: ROOM_MM,
            h: RULE_MM,
        });
        self.pages.push(page);
        // However high the heads are, rows have half of the page.
        let mut lines = self.lines_of(self.table.heads);
        let most = (self.lines_left() / 2).max(1);
        let left = lines.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        self.piece(&mut lines, left.clamp(1, most));
    }

    /// The cells of a row, cut into the lines of their columns.
    fn lines_of(&self, cells: &[String]) -> Vec<IntoIter<String>> {
        let lines = |(column, width): (usize, &f64)| {
            let text = self.drawable(cells.get(column).map_or("", String::as_str));
            let room = width - 2.0 * CELL_PAD_MM - RULE_MM;
            // What is measured to fit exactly is to fit.
            wrap(self.typeface, &text, room + 1e-6, self.em).into_iter()
        };
        self.widths.iter().enumerate().map(lines).collect()
    }

    /// Sets a row, on the next page if it fits there and not here, and over several if it fits on none.
    fn row(&mut self, cells: &[String]) {
        let mut lines = self.lines_of(cells);
        let mut fresh = false;
        loop {
            let left = lines.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
            if left == 0 {
                return;
            }
            let room = self.lines_left();
            if room < left && !fresh {
                self.begin_page();
                fresh = true;
                continue;
            }
            self.piece(&mut lines, left.min(room.max(1)));
            fresh = false;
        }
    }

    /// Lines that still fit on the page.
    fn lines_left(&self) -> usize {
        let y = self.pages.last().map_or(0.0, |page| page.y);
        let room = PAGE_MM[1] - MARGIN_MM - FOOT_MM - y - 2.0 * CELL_PAD_MM - RULE_MM;
        (room / (LINE_PITCH * self.em)).max(0.0) as usize
    }

    /// Sets `count` lines of a row, ruled.
    fn piece(&mut self, lines: &mut [IntoIter<String>], count: usize) {
        let (em, pitch) = (self.em, LINE_PITCH * self.em);
        let Some(page) = self.pages.last_mut() else {
            return;
        };
        let height = count as f64 * pitch + 2.0 * CELL_PAD_MM;
        let top = page.y;
        let mut x = MARGIN_MM;
        for (width, lines) in self.widths.iter().zip(lines) {
            page.bars.push(RectMm {
                x,
                y: top,
                w: RULE_MM,
                h: height,
            });
            for (at, line) in lines.take(count).enumerate() {
                let baseline = top + CELL_PAD_MM + pitch * at as f64 + 1.02 * em;
                page.text(&line, x + RULE_MM + CELL_PAD_MM, baseline, em);
            }
            x += width;
        }
        page.bars.push(RectMm {
            x: MARGIN_MM + ROOM_MM - RULE_MM,
            y: top,
            w: RULE_MM,
            h: height,
        });
        page.y = top + height;
        page.bars.push(RectMm {
            x: MARGIN_MM,
            y: page.y,
            w: ROOM_MM,
            h: RULE_MM,
        });
    }

    fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|c| {
                if c == '\n' || self.typeface.has(c) {
                    c
                } else {
                    GETA
                }
            })
            .collect()
    }

    fn number_pages(&mut self) {
        let all = self.pages.len();
        let foot = self.drawable(self.table.foot);
        let line = PAGE_MM[1] - MARGIN_MM;
        for (number, page) in (1..).zip(&mut self.pages) {
            page.text(&foot, MARGIN_MM, line, ABOUT_EM_MM);
            let of = format!("第{number}页，共{all}页");
            let x = MARGIN_MM + ROOM_MM - width(self.typeface, &of, ABOUT_EM_MM);
            page.text(&of, x, line, ABOUT_EM_MM);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::typeface::NOTO_SANS_SC;

    fn typeface() -> Typeface {
        Typeface::parse(NOTO_SANS_SC).unwrap()
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|&words| words.to_owned()).collect()
    }

    fn table<'t>(heads: &'t [String], rows: &'t [Vec<String>]) -> PrintedTable<'t> {
        PrintedTable {
            title: "发放情况统计表",
            about: "填报单位：长子县",
            heads,
            rows,
            foot: "第7号导出",
        }
    }

    /// Everything on a page in the order in which it was set.
    fn words(page: &SetPage) -> Vec<&str> {
        page.texts.iter().map(|text| &*text.content).collect()
    }

    #[test]
    fn rows_go_on_over_pages_that_each_have_the_heads_and_a_number() {
        let heads = texts(&["序号", "金额"]);
        let rows: Vec<Vec<String>> = (1..=100)
            .map(|number| texts(&[&number.to_string(), "350.00"]))
            .collect();
        let pages = table(&heads, &rows).pages(&typeface());
        assert!(1 < pages.len());
        for (number, page) in (1..).zip(&pages) {
            let words = words(page);
            assert_eq!(
                words[..4],
                ["发放情况统计表", "填报单位：长子县", "序号", "金额"]
            );
            let of = format!("第{number}页，共{}页", pages.len());
            assert_eq!(words[words.len() - 2..], ["第7号导出", &of]);
            for text in &page.texts {
                assert!(MARGIN_MM <= text.x && text.baseline <= PAGE_MM[1] - MARGIN_MM);
            }
        }
        let amounts = pages
            .iter()
            .flat_map(words)
            .filter(|word| *word == "350.00");
        assert_eq!(amounts.count(), 100);
    }

    #[test]
    fn a_row_that_is_higher_than_a_page_loses_nothing() {
        let long = "问题".repeat(20_000);
        let heads = texts(&["简述"]);
        let rows = [vec![long.clone()]];
        let pages = table(&heads, &rows).pages(&typeface());
        let set: String = pages.iter().flat_map(words).collect();
        assert!(1 < pages.len());
        assert_eq!(set.matches("问题").count(), 20_000);
    }

    #[test]
    fn columns_fill_the_page_and_no_number_or_date_breaks() {
        let heads: Vec<String> = (0..23).map(|at| format!("第{at}栏")).collect();
        let rows = [(0..23)
            .map(|at| {
                if at % 2 == 0 {
                    "2026-11-09"
                } else {
                    "12345.00"
                }
                .to_owned()
            })
            .collect()];
        let (em, widths) = table(&heads, &rows).columns(&typeface());
        let sum: f64 = widths.iter().sum();
        assert!((sum - ROOM_MM).abs() < 1e-6, "{sum} at {em}");
        let pages = table(&heads, &rows).pages(&typeface());
        let dates = words(&pages[0])
            .into_iter()
            .filter(|word| *word == "2026-11-09");
        assert_eq!(dates.count(), 12);
        // What cannot fit breaks, and stays on the page.
        let rows = [(0..23).map(|_| "9".repeat(40)).collect()];
        let (_, widths) = table(&heads, &rows).columns(&typeface());
        assert!((widths.iter().sum::<f64>() - ROOM_MM).abs() < 1e-6);
    }

    #[test]
    fn a_character_that_the_typeface_lacks_is_marked_and_empty_tables_are_printed() {
        let heads = texts(&["姓名"]);
        let rows = [texts(&["王\u{10ffff}", "no column of this"]), Vec::new()];
        let pages = table(&heads, &rows).pages(&typeface());
        assert!(words(&pages[0]).contains(&"王〓"));
        assert!(!words(&pages[0]).contains(&"no column of this"));
        let pdf = table(&[], &[]).pdf(&typeface()).unwrap();
        assert!(pdf.starts_with(b"%PDF"));
    }
}
