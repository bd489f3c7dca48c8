//! How well pages are read in every world: a table for people.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use paper::{DEFINITIONS, Form, FormError, NOTO_SANS_SC, Typeface};

use crate::photo::{self, Photo};
use crate::random::Random;
use crate::sheet::Order;
use crate::tally::{Count, Tally};
use crate::world::World;

/// Megapixels of document cameras and phones.
const MEGAPIXELS: [f32; 3] = [2.0, 3.0, 5.0];

/// A slip's number.
const CASE_REF: &str = "140428-003-000017-C";

/// The forms of the project.
///
/// # Errors
///
/// [`FormError`] if one of them is none.
///
/// # Panics
///
/// If the project's font is none.
pub fn forms() -> Result<Vec<Form>, FormError> {
    let typeface = Typeface::parse(NOTO_SANS_SC).expect("the project's font");
    let parse = |text: &&str| Form::parse(text, typeface);
    DEFINITIONS.iter().map(parse).collect()
}

/// Every page of `forms`.
#[must_use]
pub fn pages(forms: &[Form]) -> Vec<(&Form, u8)> {
    let pages = |form: &'_ Form| 1..=form.pages();
    forms
        .iter()
        .flat_map(|form| pages(form).map(move |page| (form, page)))
        .collect()
}

/// The page that `seed` chooses, and its photo. A seed gives the same page from the same camera in every world.
#[must_use]
pub fn photo_of(forms: &[Form], world: World, seed: u64, blank: bool) -> (Order<'_>, Photo) {
    let mut random = Random::of(seed, 0);
    let (form, page) = random.pick(&pages(forms));
    let order = Order {
        form,
        page,
        case_ref: random.chance(0.5).then_some(CASE_REF),
        blank,
    };
    let megapixels = random.pick(&MEGAPIXELS);
    (order, photo::take(order, world, megapixels, seed))
}

/// Does `work` for 0, 1, 2 … below `count` on all processors; what it gives comes back in order.
pub fn on_all_processors<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|threads| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if count <= i {
                        return;
                    }
                    let result = work(i);
                    if let Ok(mut done) = done.lock() {
                        done.push((i, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The report: a row for each world, from a photo for each of `seeds`.
#[must_use]
pub fn report(forms: &[Form], seeds: Range<u64>) -> String {
    let worlds = World::all();
    let photos = (seeds.end - seeds.start) as usize;
    let tallies = on_all_processors(worlds.len() * photos, |i| {
        let (world, seed) = (worlds[i / photos].1, seeds.start + (i % photos) as u64);
        let (order, photo) = photo_of(forms, world, seed, false);
        Tally::of(&photo, order, forms)
    });
    let mut report = String::from(HEAD);
    let mut all = Tally::default();
    for ((name, _), tallies) in worlds.iter().zip(tallies.chunks(photos.max(1))) {
        let mut tally = Tally::default();
        tallies.iter().for_each(|one| tally += *one);
        row(&mut report, name, &tally);
        all += tally;
    }
    row(&mut report, "all", &all);
    report
}

const HEAD: &str = "# How photos of forms are read

Simulated photos of 2, 3 and 5 megapixels, of any page of any form, half of them printed for a case. Severity 0 is a flatbed, 1
a careful photo, 2 a usual one, 3 a careless one, 4 a bad one, 5 hardly to be read; every other row is a usual photo with the
named effect. Each row has the same pages and cameras. Boxes, ticks, signatures, fingerprints and seals that lie under a thumb or a
mirrored lamp or outside of the photo are left out. What is right is of all others, so that a box that is left to a person as
unsure, or on a photo that is refused, is not right; what is unsure is of those on photos that were read. Wrong are boxes,
then signatures, then fingerprints and seals that were decided otherwise than they are, hidden ones among them; behind a
plus sign, photos that were taken for another page.

| photos | page found | code read | boxes right | light ticks | signatures right | fingerprints and seals right | whole page right | unsure | wrong |
|---|---|---|---|---|---|---|---|---|---|
";

fn row(report: &mut String, name: &str, tally: &Tally) {
    let share = |part: u64, of: u64| match of {
        0 => "–".to_owned(),
        _ => format!("{:.1} %", 100.0 * part as f64 / of as f64),
    };
    let right = |count: Count| share(count.right, count.seen);
    let Tally {
        boxes,
        signatures,
        prints,
        ..
    } = *tally;
    let mut decided = boxes;
    decided += signatures;
    decided += prints;
    let mistaken = match tally.mistaken {
        0 => String::new(),
        photos => format!(" + {photos}"),
    };
    let _ = writeln!(
        report,
        "| {name} ({}) | {} | {} | {} of {} | {} | {} | {} | {} | {} | {}, {}, {}{mistaken} |",
        tally.photos,
        share(tally.found, tally.photos),
        share(tally.codes, tally.photos),
        right(boxes),
        boxes.seen,
        right(tally.light_ticks),
        right(signatures),
        right(prints),
        share(tally.pages_right, tally.photos),
        share(decided.unsure, decided.read),
        boxes.wrong,
        signatures.wrong,
        prints.wrong,
    );
}
