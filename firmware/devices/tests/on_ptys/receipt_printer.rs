use std::time::Duration;

use devices::bitmap::Bitmap;
use devices::receipt_printer::{
    EscPosPrinter, Paper, PrintError, PrinterStatus, ReceiptPrinter, WIDTH_80_MM,
};
use devices::serial::SerialPort;
use devices::simulated;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::open;

/// Longer than any slip takes here; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn bench() -> (simulated::Printer, EscPosPrinter<SerialPort>) {
    let twin = simulated::Printer::start().expect("a twin");
    let driver = EscPosPrinter::new(open(twin.path()), WIDTH_80_MM);
    (twin, driver)
}

/// A slip of random dots, which hold every byte value.
fn slip(width_dots: usize, height_dots: usize) -> Bitmap {
    let mut rows = vec![0; width_dots.div_ceil(8) * height_dots];
    ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut rows);
    Bitmap::from_rows(width_dots, rows)
}

/// Nothing came out and nothing is on its way: a slip behind it is the next one.
fn assert_nothing_came_out(twin: &simulated::Printer, driver: &mut impl ReceiptPrinter) {
    let marker = slip(8, 1);
    driver.print(&marker).expect("the marker is printed");
    assert_eq!(twin.take_slip(PATIENCE), Some(marker));
}

#[test]
fn a_slip_of_several_bands_comes_out_dot_for_dot() {
    let (twin, mut driver) = bench();
    for height in [1, 255, 256, 257, 1200] {
        let slip = slip(WIDTH_80_MM, height);
        driver.print(&slip).expect("printed");
        assert_eq!(twin.take_slip(PATIENCE), Some(slip));
    }
}

#[test]
fn dots_that_look_like_status_questions_change_neither_slip_nor_status() {
    let (twin, mut driver) = bench();
    let slip = Bitmap::from_rows(WIDTH_80_MM, [0x10, 0x04, 0x04].repeat(24 * 300));
    for _ in 0..2 {
        driver.print(&slip).expect("printed");
        assert_eq!(twin.take_slip(PATIENCE), Some(slip.clone()));
    }
    twin.set_cover_open(true);
    assert!(driver.status().expect("a status").cover_open);
}

#[test]
fn every_switch_shows_in_the_status() {
    let (twin, mut driver) = bench();
    for paper in [Paper::Enough, Paper::NearEnd, Paper::Out] {
        for cover_open in [false, true] {
            twin.set_paper(paper);
            twin.set_cover_open(cover_open);
            let status = PrinterStatus {
                paper,
                cover_open,
                fault: None,
            };
            assert_eq!(driver.status().expect("a status"), status);
        }
    }
}

#[test]
fn without_paper_or_with_the_cover_open_nothing_is_sent_to_paper() {
    let (twin, mut driver) = bench();
    twin.set_paper(Paper::Out);
    assert!(matches!(
        driver.print(&slip(80, 10)),
        Err(PrintError::PaperOut)
    ));
    twin.set_paper(Paper::Enough);
    assert_nothing_came_out(&twin, &mut driver);

    twin.set_cover_open(true);
    assert!(matches!(
        driver.print(&slip(80, 10)),
        Err(PrintError::CoverOpen)
    ));
    twin.set_cover_open(false);
    assert_nothing_came_out(&twin, &mut driver);
}

#[test]
fn a_roll_near_its_end_still_prints() {
    let (twin, mut driver) = bench();
    twin.set_paper(Paper::NearEnd);
    driver.print(&slip(80, 10)).expect("printed");
    assert_eq!(twin.take_slip(PATIENCE), Some(slip(80, 10)));
}

#[test]
fn paper_that_runs_out_inside_a_slip_is_told_and_the_rest_follows_on_new_paper() {
    let (twin, mut driver) = bench();
    twin.set_rows_left(100);
    assert!(matches!(
        driver.print(&slip(576, 300)),
        Err(PrintError::PaperOut)
    ));
    assert_eq!(twin.take_slip(Duration::ZERO), None);
    twin.set_paper(Paper::Enough);
    assert_eq!(twin.take_slip(PATIENCE), Some(slip(576, 300)));
    assert_nothing_came_out(&twin, &mut driver);
}

#[test]
fn a_slip_wider_than_the_paper_is_refused() {
    let (twin, mut driver) = bench();
    let error = driver.print(&slip(577, 1)).expect_err("too wide");
    assert_eq!(error.to_string(), "slip is 577 dots wide, the paper 576");
    assert_nothing_came_out(&twin, &mut driver);
}

#[test]
fn an_unplugged_printer_is_a_port_error() {
    let (twin, mut driver) = bench();
    drop(twin);
    assert!(matches!(
        driver.print(&slip(80, 10)),
        Err(PrintError::Port(_))
    ));
}

#[test]
fn a_silent_port_is_no_answer() {
    let (_master, path) = devices::pty::open_pair().expect("a pty");
    let mut driver = EscPosPrinter::new(open(&path), WIDTH_80_MM);
    assert!(matches!(driver.status(), Err(PrintError::NoAnswer)));
}
