use std::cell::Cell;

use image::{GrayImage, Luma};

use super::*;
use crate::page_source::Remedy;
use crate::simulated::{Stand, StandFault};

const SOON: Duration = Duration::from_secs(30);

struct Bench {
    stand: Stand,
    camera: VideoCamera,
    wanted: Wanted,
    told: Vec<Told>,
}

impl Bench {
    fn new() -> Self {
        let stand = Stand::default();
        Self {
            camera: VideoCamera::behind(stand.opener()),
            stand,
            wanted: Wanted::one(Place::Glass),
            told: Vec::new(),
        }
    }

    fn with(fault: StandFault) -> Self {
        let bench = Self::new();
        bench.stand.fail(fault);
        bench
    }

    fn take(&mut self) -> Result<GrayImage, PageFault> {
        let told = &mut self.told;
        self.camera
            .take(&self.wanted, &mut |said| told.push(said), &|| false)?;
        match self.told.pop() {
            Some(Told::Page(page)) => Ok(image::load_from_memory(page.bytes())
                .expect("a picture")
                .into_luma8()),
            other => panic!("no page but {other:?}"),
        }
    }

    fn look(&mut self) -> Result<Look, PageFault> {
        self.camera.look(SOON, &|| false)
    }
}

/// Dark at the left, bright at the right.
fn half() -> GrayImage {
    GrayImage::from_fn(64, 48, |x, _| Luma([if x < 32 { 20 } else { 230 }]))
}

#[test]
fn a_still_has_all_pixels_and_a_look_has_few_and_both_show_what_lies_there() {
    let mut bench = Bench::new();
    bench.stand.lay(half());
    for _ in 0..2 {
        let look = bench.look().expect("a look");
        assert_eq!((look.width(), look.height()), (640, 480));
        let row = &look.luma()[240 * 640..241 * 640];
        assert!(row[100].abs_diff(20) < 4 && row[540].abs_diff(230) < 4);

        let still = bench.take().expect("a still");
        assert_eq!(still.dimensions(), (1280, 960));
        let pixel = |x| still.get_pixel(x, 480).0[0];
        assert!(pixel(200).abs_diff(20) < 4 && pixel(1080).abs_diff(230) < 4);
        assert!(!bench.stand.is_streaming(), "large frames come for nobody");
    }
    assert_eq!(
        bench.told[..3],
        [
            Told::Doing(Step::Opening),
            Told::Doing(Step::WarmingUp),
            Told::Doing(Step::Scanning {
                page: 1,
                permille: None
            }),
        ]
    );
}

#[test]
fn a_camera_that_rests_takes_no_pictures_and_starts_again_by_itself() {
    let mut bench = Bench::new();
    bench.camera.rest();
    bench.look().expect("a look");
    assert!(bench.stand.is_streaming());
    bench.camera.rest();
    assert!(!bench.stand.is_streaming());
    bench.stand.lay(half());
    assert!(bench.look().expect("a look").luma()[100] < 30);
    drop(bench.camera);
    assert!(!bench.stand.is_streaming());
}

#[test]
fn damaged_frames_are_let_pass() {
    let mut bench = Bench::with(StandFault::Damaged);
    bench.stand.lay(half());
    for _ in 0..4 {
        assert!(bench.look().is_ok());
        assert_eq!(bench.take().map(|still| still.width()), Ok(1280));
    }
}

#[test]
fn every_mishap_says_what_is_to_be_done_and_is_over_once_it_is_mended() {
    for (mishap, remedy) in [
        (StandFault::Unplugged, Remedy::CheckCable),
        (StandFault::UnpluggedAfter { frames: 3 }, Remedy::CheckCable),
        (StandFault::Busy, Remedy::WaitForOthers),
        (StandFault::Denied, Remedy::CallService),
        (StandFault::WrongNode, Remedy::CallService),
        (StandFault::OtherFormats, Remedy::CallService),
    ] {
        let mut bench = Bench::with(mishap);
        let fault = bench.take().expect_err("no still");
        assert_eq!(fault.remedy(), remedy, "{mishap:?}: {fault}");
        bench.stand.mend();
        assert!(bench.take().is_ok(), "{mishap:?}");
    }
}

#[test]
fn a_cable_pulled_while_looking_is_noticed_and_a_new_one_is_found() {
    let mut bench = Bench::new();
    bench.look().expect("a look");
    bench.stand.fail(StandFault::Unplugged);
    assert_eq!(bench.look(), Err(PageFault::Unplugged));
    assert_eq!(bench.look(), Err(PageFault::Unplugged));
    bench.stand.mend();
    assert!(bench.look().is_ok());
    // Pulled and plugged in again between two looks.
    bench.stand.fail(StandFault::Unplugged);
    assert_eq!(bench.look(), Err(PageFault::Unplugged));
    bench.stand.mend();
    assert!(bench.look().is_ok());
}

#[test]
fn a_camera_without_frames_is_stopped_by_a_person_or_by_time() {
    let mut bench = Bench::with(StandFault::Silent);
    let waited = Duration::from_millis(1);
    bench.wanted.page_wait = waited;
    assert_eq!(bench.take().err(), Some(PageFault::TooSlow { waited }));

    bench.wanted.page_wait = SOON;
    let warming = Cell::new(false);
    let stopped = bench.camera.take(
        &bench.wanted,
        &mut |said| warming.set(said == Told::Doing(Step::WarmingUp)),
        &|| warming.get(),
    );
    assert_eq!(stopped, Err(PageFault::Stopped));
}

#[test]
fn a_camera_that_gives_another_size_is_taken_at_its_word() {
    let mut bench = Bench::with(StandFault::Smaller);
    assert_eq!(bench.take().map(|still| still.dimensions()), Ok((320, 240)));
    let look = bench.look().expect("a look");
    assert_eq!((look.width(), look.height()), (320, 240));
    // And keeps its stream from one look to the next.
    assert_eq!(
        bench
            .camera
            .opened
            .as_ref()
            .map(|camera| camera.looks.width),
        Some(320)
    );
}

#[test]
fn a_still_larger_than_wanted_and_a_feeder_are_refused() {
    let mut bench = Bench::new();
    bench.wanted.page_bytes_max = 1000;
    let too_large = Unfit::TooLarge { bytes_max: 1000 };
    assert_eq!(bench.take().err(), Some(too_large.into()));
    bench.wanted.place = Place::Feeder { both_sides: false };
    assert_eq!(bench.take().err(), Some(PageFault::Lacks("feeder")));
}
