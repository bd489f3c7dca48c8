//! Tables as files for offices, and the sheets that other offices send.

use std::io::{self, Cursor, Read as _};

use calamine::{Data, Reader, Xlsx};
use paper::{PrintedTable, RenderError};
use relief::{
    sheet::SHEET_ROWS_MAX,
    table::{Drawn, DrawnRow, Figure, Value},
};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};
use zip::ZipArchive;

use crate::rulebook;

/// The largest file that is read: a county's pay list has some hundred bytes a line.
pub const SHEET_BYTES_MAX: usize = 20 * 1024 * 1024;

/// The most bytes that a workbook's parts may come to when they are unpacked, and that the text of its cells may: a
/// thousand a row of the longest sheet. A cell that is in a thousand places lies in the file once.
pub const SHEET_UNPACKED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Columns of a sheet that are read; another office's list has a few.
const SHEET_COLUMNS_MAX: usize = 100;

/// How identity numbers stand in a file that leaves the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdNumbers {
    /// Six digits, eight stars, four characters.
    Masked,
    /// Whole, for an office that must have them.
    Whole,
}

/// Why a sheet was not read. No variant carries anything from inside.
#[derive(Debug, thiserror::Error)]
pub enum SheetFileError {
    /// More bytes than such a file may have.
    #[error("file has {bytes} bytes, at most {SHEET_BYTES_MAX} are read")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
    },
    /// Small as it lies there, and far larger when it is unpacked.
    #[error("workbook unpacks to more than {SHEET_UNPACKED_BYTES_MAX} bytes")]
    TooLargeUnpacked,
    /// More rows than such a sheet may have.
    #[error("sheet has over {SHEET_ROWS_MAX} rows")]
    TooLong,
    /// Neither a workbook nor text with commas.
    #[error("file is no workbook (.xlsx) and no text with commas (.csv)")]
    NotASheet,
}

/// The words of a cell.
fn words(figure: &Figure, id_numbers: IdNumbers) -> String {
    match (&figure.value, id_numbers) {
        (Value::IdNumber(number), IdNumbers::Whole) => number.as_str().to_owned(),
        (value, _) => value.words(),
    }
}

/// The rows of a table as they stand in a file: a number, then each column; the last row sums up.
fn cells(drawn: &Drawn) -> impl Iterator<Item = (String, &DrawnRow)> {
    let rows = (1..)
        .zip(&drawn.rows)
        .map(|(number, row): (usize, _)| (number.to_string(), row));
    rows.chain([("合计".to_owned(), &drawn.total)])
}

/// A table in words: its heads, then its rows.
fn texts(drawn: &Drawn, id_numbers: IdNumbers) -> (Vec<String>, Vec<Vec<String>>) {
    let columns = &drawn.definition.column;
    let heads = columns.iter().map(|column| column.title.clone());
    let heads = ["序号".to_owned()].into_iter().chain(heads).collect();
    let rows = cells(drawn).map(|(number, row)| {
        let figures = columns.iter().map(|column| {
            let figure = column.figure.as_ref().and_then(|name| row.get(name));
            figure.map_or_else(|| column.text.clone(), |figure| words(figure, id_numbers))
        });
        [number].into_iter().chain(figures).collect()
    });
    (heads, rows.collect())
}

/// What does not add up, a line each.
fn broken(drawn: &Drawn) -> impl Iterator<Item = String> {
    drawn.broken.iter().map(|broken| {
        let row = broken
            .row
            .map_or("合计".to_owned(), |row| format!("第{}行", row + 1));
        format!("勾稽不符：{row}，{}", broken.title)
    })
}

/// The title, and what the table is about.
fn heading(drawn: &Drawn, township: &str) -> [String; 2] {
    let scope = &drawn.scope;
    let about = format!(
        "填报单位：{township}　报告期：{}至{}　数据截至：{}　填报人：　　审核人：　　联系电话：　　单位盖章：",
        scope.from, scope.to, drawn.known_on
    );
    [drawn.definition.title.clone(), about]
}

/// A table as a workbook: numbers are numbers, amounts have two places, what does not add up stands below,
/// and under it, as on every printed page, whose copy it is.
///
/// # Errors
///
/// [`XlsxError`] if the table is larger than a sheet may be.
pub fn xlsx(
    drawn: &Drawn,
    township: &str,
    id_numbers: IdNumbers,
    mark: &str,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(format!("附件{}", drawn.definition.id))?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    let title = Format::new()
        .set_bold()
        .set_font_size(16)
        .set_align(FormatAlign::Center);
    let bordered = || Format::new().set_border(FormatBorder::Thin);
    let head = bordered()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center);
    let (plain, wrapped) = (bordered(), bordered().set_text_wrap());
    let money = bordered().set_num_format("0.00");
    let columns = &drawn.definition.column;
    let last = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    let [name, about] = heading(drawn, township);
    sheet.merge_range(0, 0, 0, last, &name, &title)?;
    sheet.merge_range(1, 0, 1, last, &about, &Format::new())?;
    sheet.write_with_format(2, 0, "序号", &head)?;
    for (at, column) in (1..).zip(columns) {
        sheet.write_with_format(2, at, &column.title, &head)?;
    }
    let mut line = 3;
    for (number, row) in cells(drawn) {
        sheet.write_with_format(line, 0, number, &plain)?;
        for (at, column) in (1..).zip(columns) {
            let figure = column.figure.as_ref().and_then(|name| row.get(name));
            match figure.map(|figure| &figure.value) {
                Some(Value::Count(count)) => {
                    // A sheet's numbers are exact up to 2⁵³, which no count of a county reaches.
                    sheet.write_with_format(line, at, *count as f64, &plain)?;
                }
                Some(Value::Money(amount)) => {
                    sheet.write_with_format(line, at, amount.0 as f64 / 100.0, &money)?;
                }
                _ => {
                    let text =
                        figure.map_or(column.text.clone(), |figure| words(figure, id_numbers));
                    sheet.write_with_format(line, at, text, &wrapped)?;
                }
            }
        }
        line += 1;
    }
    for broken in broken(drawn) {
        sheet.write(line, 0, broken)?;
        line += 1;
    }
    sheet.write(line, 0, mark)?;
    // In a footer an ampersand begins a command.
    sheet.set_footer(format!("&R{}", mark.replace('&', "&&")));
    sheet.set_freeze_panes(3, 0)?;
    sheet.set_autofit_max_width(240);
    sheet.autofit();
    book.save_to_buffer()
}

/// A table as text with commas, which office programs open: UTF-8 with a mark that says so, lines that end as they
/// expect, and no cell that one of them would take for a formula.
#[must_use]
pub fn csv(drawn: &Drawn, township: &str, id_numbers: IdNumbers) -> String {
    let (heads, rows) = texts(drawn, id_numbers);
    let heading = heading(drawn, township).map(|line| vec![line]);
    let mut lines: Vec<Vec<String>> = heading.into_iter().chain([heads]).chain(rows).collect();
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![0xef, 0xbb, 0xbf]);
    for line in &mut lines {
        for cell in line.iter_mut() {
            if cell.starts_with(['=', '+', '-', '@']) {
                cell.insert(0, '\'');
            }
        }
        // A vector in memory takes every line.
        let _ = writer.write_record(line);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A table as a PDF, to be signed and stamped: A4 across, whose copy it is below every page, what does not add up above.
///
/// # Errors
///
/// [`RenderError`] if the typeface cannot be embedded.
pub fn pdf(
    drawn: &Drawn,
    township: &str,
    id_numbers: IdNumbers,
    mark: &str,
) -> Result<Vec<u8>, RenderError> {
    let [title, about] = heading(drawn, township);
    let above: Vec<String> = [about].into_iter().chain(broken(drawn)).collect();
    let (heads, rows) = texts(drawn, id_numbers);
    let printed = PrintedTable {
        title: &title,
        about: &above.join("\n"),
        heads: &heads,
        rows: &rows,
        foot: mark,
    };
    printed.pdf(rulebook::typeface().ok_or(RenderError::Typeface)?)
}

/// The rows of cells of a file that another office sent: the first sheet of a workbook, or text with commas in UTF-8 or
/// GB 18030.
///
/// # Errors
///
/// [`SheetFileError`].
pub fn read_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetFileError> {
    if SHEET_BYTES_MAX < bytes.len() {
        return Err(SheetFileError::TooLarge { bytes: bytes.len() });
    }
    // A workbook is a zip archive.
    let rows = if bytes.starts_with(b"PK") {
        workbook_rows(bytes)?
    } else {
        text_rows(bytes)?
    };
    if SHEET_ROWS_MAX < rows.len() {
        return Err(SheetFileError::TooLong);
    }
    Ok(rows)
}

/// Refuses a workbook that is too large when it is unpacked. Every part is unpacked into nothing, since what the archive says
/// of their lengths need not be so.
fn check_unpacked_len(bytes: &[u8]) -> Result<(), SheetFileError> {
    let wrong = |_| SheetFileError::NotASheet;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(wrong)?;
    let mut left = SHEET_UNPACKED_BYTES_MAX as u64;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(wrong)?;
        let len = io::copy(&mut part.take(left + 1), &mut io::sink())
            .map_err(|_| SheetFileError::NotASheet)?;
        left = left
            .checked_sub(len)
            .ok_or(SheetFileError::TooLargeUnpacked)?;
    }
    Ok(())
}

/// Read cell by cell, because a sheet whose only cell is its last one would else be laid out whole.
fn workbook_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetFileError> {
    check_unpacked_len(bytes)?;
    let wrong = |_| SheetFileError::NotASheet;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    let first = book.sheet_names().into_iter().next();
    let first = first.ok_or(SheetFileError::NotASheet)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(wrong)?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut text_len = 0;
    while let Some(found) = cells.next_cell().map_err(wrong)? {
        let text = cell(&found.get_value().clone().into());
        let (row, column) = found.get_position();
        let (row, column) = (row as usize, column as usize);
        if text.is_empty() || SHEET_COLUMNS_MAX <= column {
            continue;
        }
        if SHEET_ROWS_MAX <= row {
            return Err(SheetFileError::TooLong);
        }
        text_len += text.len();
        if SHEET_UNPACKED_BYTES_MAX < text_len {
            return Err(SheetFileError::TooLargeUnpacked);
        }
        if rows.len() <= row {
            rows.resize_with(row + 1, Vec::new);
        }
        let row = &mut rows[row];
        if row.len() <= column {
            row.resize_with(column + 1, String::new);
        }
        row[column] = text;
    }
    Ok(rows)
}

/// A cell as people see it. Four decimals are more than money has, and fewer than a number that was added up gets wrong.
fn cell(data: &Data) -> String {
    let number = |number: f64| {
        let text = format!("{number:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match data {
        Data::Empty | Data::Error(_) => String::new(),
        Data::Float(float) => number(*float),
        Data::DateTime(time) => number(time.as_f64().floor()),
        other => other.to_string(),
    }
}

fn text_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, SheetFileError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => {
            let (text, _, wrong) = encoding_rs::GB18030.decode(bytes);
            if wrong {
                return Err(SheetFileError::NotASheet);
            }
            text.into_owned()
        }
    };
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .take(SHEET_ROWS_MAX + 1)
        .map(|record| {
            let record = record.map_err(|_| SheetFileError::NotASheet)?;
            let cells = record.iter().take(SHEET_COLUMNS_MAX);
            Ok(cells.map(str::to_owned).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use relief::{
        Registers, Rulebook,
        table::{Scope, draw},
    };

    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn empty_table(id: &str) -> Drawn {
        let book = Rulebook::builtin();
        let day = |text: &str| text.parse().unwrap();
        let scope = Scope {
            from: day("2026-04-01"),
            to: day("2026-04-14"),
            township: None,
        };
        let registers = Registers::known_on(&[], &book, scope.to);
        draw(book.tables.get(id).unwrap(), &scope, &registers)
    }

    #[test]
    fn a_workbook_that_is_written_is_read_back_with_its_numbers() {
        let drawn = empty_table("1");
        let rows =
            read_rows(&xlsx(&drawn, "长子县", IdNumbers::Masked, "第7号导出").unwrap()).unwrap();
        assert_eq!(rows[0][0], drawn.definition.title);
        assert!(rows[1][0].contains("2026-04-01至2026-04-14"));
        assert_eq!(rows[2][..3], ["序号", "整治重点", "乡镇"]);
        let [.., total, mark] = &rows[..] else {
            panic!("{rows:?}");
        };
        assert_eq!(
            (total[0].as_str(), total[3].as_str(), total[9].as_str()),
            ("合计", "0", "0")
        );
        assert_eq!(mark[0], "第7号导出");
        assert_eq!(rows.len(), 3 + drawn.rows.len() + 2);
    }

    #[test]
    fn text_with_commas_is_read_back_in_utf_8_and_gb_18030() {
        let text = csv(&empty_table("1"), "长子县", IdNumbers::Masked);
        let rows = read_rows(text.as_bytes()).unwrap();
        assert_eq!(rows[2][1], "整治重点");
        let (bytes, _, _) = encoding_rs::GB18030.encode("姓名,金额\n𬭎某,\"1,234.50\"\n");
        assert_eq!(read_rows(&bytes).unwrap()[1], ["𬭎某", "1,234.50"]);
    }

    #[test]
    fn a_sheet_whose_only_cell_is_far_down_is_too_long_and_one_far_right_is_not_read() {
        let with_cell_at = |row, column| {
            let mut book = Workbook::new();
            let sheet = book.add_worksheet();
            sheet.write(row, column, "x").unwrap();
            sheet.write(2, 1, "姓名").unwrap();
            read_rows(&book.save_to_buffer().unwrap())
        };
        let far_down = with_cell_at(1_048_575, 0);
        assert!(matches!(far_down, Err(SheetFileError::TooLong)));
        let far_right = with_cell_at(0, 16_383).unwrap();
        assert_eq!(
            far_right,
            [vec![], vec![], vec![String::new(), "姓名".to_owned()]]
        );
    }

    /// A workbook with `rows` cells of the same text, which is `text` in its shared strings.
    fn workbook_of(rows: u32, text: &str) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for row in 0..rows {
            sheet.write(row, 0, "x").unwrap();
        }
        let book = book.save_to_buffer().unwrap();
        let mut archive = ZipArchive::new(Cursor::new(book)).unwrap();
        let mut other = ZipWriter::new(Cursor::new(Vec::new()));
        for place in 0..archive.len() {
            let mut part = archive.by_index(place).unwrap();
            let name = part.name().unwrap().into_owned();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            if name == "xl/sharedStrings.xml" {
                let strings = String::from_utf8(bytes).unwrap();
                bytes = strings
                    .replace("<t>x</t>", &format!("<t>{text}</t>"))
                    .into();
            }
            other
                .start_file(name, SimpleFileOptions::default())
                .unwrap();
            other.write_all(&bytes).unwrap();
        }
        other.finish().unwrap().into_inner()
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_large_one_is_refused() {
        let read = read_rows(&workbook_of(3, "same")).unwrap();
        assert_eq!(read, [["same"], ["same"], ["same"]]);
        let mib = 1024 * 1024;
        for (rows, text_len, file_len_max) in [
            // Large in the file's own parts.
            (1, SHEET_UNPACKED_BYTES_MAX, 128 * 1024),
            // Large by the places at which one text stands.
            (2_000, mib, 32 * 1024),
        ] {
            let file = workbook_of(rows, &"a".repeat(text_len));
            assert!(file.len() < file_len_max, "{} bytes", file.len());
            assert!(matches!(
                read_rows(&file),
                Err(SheetFileError::TooLargeUnpacked)
            ));
        }
    }

    #[test]
    fn text_of_many_columns_is_read_as_far_as_a_workbook_is() {
        let rows = read_rows(",".repeat(1_000_000).as_bytes()).unwrap();
        assert_eq!(rows, [vec![String::new(); SHEET_COLUMNS_MAX]]);
    }

    #[test]
    fn what_is_no_sheet_is_refused() {
        for bytes in [&b"PK\x03\x04 no archive"[..], &[0xff, 0xff, 0xff]] {
            assert!(
                matches!(read_rows(bytes), Err(SheetFileError::NotASheet)),
                "{bytes:?}"
            );
        }
        let large = vec![b','; SHEET_BYTES_MAX + 1];
        assert!(matches!(
            read_rows(&large),
            Err(SheetFileError::TooLarge { .. })
        ));
    }
}
