//! The only binding to Slint: views become its properties, its callbacks become touches.

use std::rc::Rc;

use slint::{
    ComponentHandle, Image, ModelRc, PlatformError, Rgb8Pixel, SharedPixelBuffer, SharedString,
    VecModel,
};

use crate::{
    flow::{Keyboard, MarkedPhoto, Picture, QrModules, Touch, Typed},
    views::{
        CardView, HeaderView, HomeView, LinesView, NoticeView, PageChip, PageView, PaperView,
        RoutesView, SheetView, SlipView, StatusView, TextsView, TilesView, Tone, TwoWaysView,
        TypingView, View,
    },
};

/// What the Slint compiler makes of `ui/`; it documents and lints itself.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::manual_let_else,
    clippy::redundant_closure_for_method_calls,
    clippy::semicolon_if_nothing_returned,
    clippy::todo,
    clippy::use_self
)]
mod ui {
    slint::include_modules!();
}

use ui::{App, Hand, PageKind, TouchKind};

/// The window of the kiosk and what it shows at present.
pub struct Screen {
    app: App,
    shown: Option<View>,
}

impl Screen {
    /// Opens the window on this thread's display; `on_touch` is called for each touch, from within
    /// the display's calls.
    ///
    /// # Errors
    ///
    /// Slint's, if this thread has no display.
    pub fn open(on_touch: impl Fn(Touch) + 'static) -> Result<Self, PlatformError> {
        let app = App::new()?;
        let on_touch = Rc::new(on_touch);
        let hand = app.global::<Hand>();
        hand.on_touch({
            let on_touch = on_touch.clone();
            move |kind, place| on_touch(touch(kind, place))
        });
        hand.on_type(move |text| on_touch(Touch::Type(Typed(text.into()))));
        app.show()?;
        Ok(Self { app, shown: None })
    }

    /// Shows `view`; parts that are shown already are not drawn again.
    pub fn show(&mut self, view: View) {
        let shown = self.shown.take();
        let app = &self.app;
        if shown.as_ref().map(|shown| &shown.header) != Some(&view.header) {
            app.set_header(header(&view.header));
        }
        if shown.as_ref().map(|shown| &shown.page) != Some(&view.page) {
            show_page(app, &view.page);
        }
        if shown.as_ref().map(|shown| &shown.notice) != Some(&view.notice) {
            app.set_notice(notice(view.notice.as_ref()));
        }
        // Slint has no optional number.
        let idle_s = view
            .idle_s
            .map_or(-1, |seconds| i32::try_from(seconds).unwrap_or(i32::MAX));
        app.set_idle_s(idle_s);
        self.shown = Some(view);
    }

    /// What is shown.
    #[must_use]
    pub const fn shown(&self) -> Option<&View> {
        self.shown.as_ref()
    }

    /// The window, for whoever looks for elements in it.
    #[cfg(feature = "drive")]
    pub(crate) const fn app(&self) -> &App {
        &self.app
    }
}

fn touch(kind: TouchKind, place: i32) -> Touch {
    // The screens count from 0 upward only.
    let place = usize::try_from(place).unwrap_or(usize::MAX);
    match kind {
        TouchKind::Home => Touch::Home,
        TouchKind::Back => Touch::Back,
        TouchKind::Next => Touch::Next,
        TouchKind::Apply => Touch::Apply,
        TouchKind::Cards => Touch::Cards,
        TouchKind::Status => Touch::Status,
        TouchKind::Routes => Touch::Routes,
        TouchKind::HandIn => Touch::HandIn,
        TouchKind::Choose => Touch::Choose(place),
        TouchKind::SheetForward => Touch::SheetForward,
        TouchKind::SheetBack => Touch::SheetBack,
        TouchKind::Section => Touch::Section(place),
        TouchKind::TypeByHand => Touch::TypeByHand,
        TouchKind::Edit => Touch::Edit(place),
        TouchKind::AddMember => Touch::AddMember,
        TouchKind::RemoveMember => Touch::RemoveMember(place),
        TouchKind::NoneOfThese => Touch::NoneOfThese,
        TouchKind::Tick => Touch::Tick(place),
        TouchKind::TakePhoto => Touch::TakePhoto,
        TouchKind::StopPhoto => Touch::StopPhoto,
        TouchKind::PaperLater => Touch::PaperLater,
        TouchKind::ShowForm => Touch::ShowForm(place),
        TouchKind::ShowPage => Touch::ShowPage(place),
        TouchKind::DropPage => Touch::DropPage,
        TouchKind::PrintAgain => Touch::PrintAgain,
        TouchKind::Dismiss => Touch::Dismiss,
        TouchKind::Erase => Touch::Erase,
        TouchKind::EraseAll => Touch::EraseAll,
        TouchKind::Candidate => Touch::Candidate(place),
        TouchKind::CandidatesForward => Touch::CandidatesForward,
        TouchKind::CandidatesBack => Touch::CandidatesBack,
    }
}

fn show_page(app: &App, page: &PageView) {
    // The data first, so that a page never appears with the one before in it.
    let kind = match page {
        PageView::Home(view) => {
            app.set_home(home(view));
            PageKind::Home
        }
        PageView::Tiles(view) => {
            app.set_tiles(tiles(view));
            PageKind::Tiles
        }
        PageView::Card(view) => {
            app.set_card(card(view));
            PageKind::Card
        }
        PageView::TwoWays(view) => {
            app.set_two_ways(two_ways(view));
            PageKind::TwoWays
        }
        PageView::Typing(view) => {
            app.set_typing(typing(view));
            PageKind::Typing
        }
        PageView::Lines(view) => {
            app.set_lines(lines(view));
            PageKind::Lines
        }
        PageView::Texts(view) => {
            app.set_texts(texts(view));
            PageKind::Texts
        }
        PageView::Paper(view) => {
            app.set_paper(paper(view));
            PageKind::Paper
        }
        PageView::Wait(words) => {
            app.set_wait(words.into());
            PageKind::Wait
        }
        PageView::Slip(view) => {
            app.set_slip(slip(view));
            PageKind::Slip
        }
        PageView::Status(view) => {
            app.set_status(status(view));
            PageKind::Status
        }
        PageView::Routes(view) => {
            app.set_routes(routes(view));
            PageKind::Routes
        }
    };
    app.set_page(kind);
}

fn header(view: &HeaderView) -> ui::HeaderView {
    ui::HeaderView {
        title: (&view.title).into(),
        step: i32::from(view.step),
        steps: i32::from(view.steps),
        can_back: view.can_back,
        can_home: view.can_home,
    }
}

fn home(view: &HomeView) -> ui::HomeView {
    ui::HomeView {
        badge: (&view.badge).into(),
        badge_calm: view.badge_calm,
        hotline: (&view.hotline).into(),
    }
}

fn tiles(view: &TilesView) -> ui::TilesView {
    ui::TilesView {
        hint: (&view.hint).into(),
        columns: int(view.columns),
        rows: int(view.rows),
        tiles: model(view.tiles.iter().map(|tile| ui::Tile {
            place: int(tile.place),
            title: (&tile.title).into(),
            label: (&tile.label).into(),
            note: (&tile.note).into(),
            chosen: tile.chosen,
        })),
        sheet: sheet(view.sheet),
        extra: (&view.extra).into(),
        next: (&view.next).into(),
        can_next: view.can_next,
    }
}

fn card(view: &CardView) -> ui::CardView {
    ui::CardView {
        tabs: model(view.tabs.iter().map(SharedString::from)),
        tab: int(view.tab),
        rows: model(view.rows.iter().map(|row| ui::CardRow {
            number: int(row.number),
            text: (&row.text).into(),
            source: (&row.source).into(),
        })),
        sheet: sheet(view.sheet),
    }
}

fn two_ways(view: &TwoWaysView) -> ui::TwoWaysView {
    ui::TwoWaysView {
        device_title: (&view.device_title).into(),
        device_body: (&view.device_body).into(),
        device_button: (&view.device_button).into(),
        device_busy: (&view.device_busy).into(),
        keys_title: (&view.keys_title).into(),
        keys_body: (&view.keys_body).into(),
        keys_button: (&view.keys_button).into(),
    }
}

fn typing(view: &TypingView) -> ui::TypingView {
    ui::TypingView {
        hint: (&view.hint).into(),
        text: (&view.text).into(),
        letters: (&view.letters).into(),
        candidates: model(view.candidates.iter().map(SharedString::from)),
        candidates_before: view.candidates_before,
        candidates_after: view.candidates_after,
        keyboard: match view.keyboard {
            Keyboard::Digits => ui::Keyboard::Digits,
            Keyboard::DigitsAndX => ui::Keyboard::DigitsAndX,
            Keyboard::Pinyin => ui::Keyboard::Pinyin,
        },
        fault: (&view.fault).into(),
        none: (&view.none).into(),
        next: (&view.next).into(),
        can_next: view.can_next,
    }
}

fn lines(view: &LinesView) -> ui::LinesView {
    ui::LinesView {
        hint: (&view.hint).into(),
        lines: model(view.lines.iter().map(|line| ui::Line {
            place: int(line.place),
            label: (&line.label).into(),
            value: (&line.value).into(),
        })),
        line_button: (&view.line_button).into(),
        removes: view.removes,
        sheet: sheet(view.sheet),
        extra: (&view.extra).into(),
        next: (&view.next).into(),
    }
}

fn texts(view: &TextsView) -> ui::TextsView {
    ui::TextsView {
        blocks: model(view.blocks.iter().map(|block| ui::TextBlock {
            title: (&block.title).into(),
            paragraphs: model(block.paragraphs.iter().map(SharedString::from)),
            statement: (&block.statement).into(),
            ticked: block.ticked,
        })),
        next: (&view.next).into(),
        can_next: view.can_next,
    }
}

fn paper(view: &PaperView) -> ui::PaperView {
    ui::PaperView {
        steps: model(view.steps.iter().map(SharedString::from)),
        forms: model(view.forms.iter().map(|row| ui::ChipRow {
            chips: model(row.iter().map(chip)),
        })),
        pages: model(view.pages.iter().map(chip)),
        has_preview: view.preview.is_some() || view.marked.is_some(),
        preview: match (&view.marked, &view.preview) {
            (Some(photo), _) => marked(photo),
            (None, Some(page)) => picture(page),
            (None, None) => Image::default(),
        },
        boxes: model(view.boxes.iter().map(|seen| ui::PaperBox {
            label: (&seen.label).into(),
            seen: (&seen.seen).into(),
            good: seen.good,
        })),
        verdict: (&view.verdict).into(),
        verdict_good: view.verdict_good,
        wrong: model(view.wrong.iter().map(SharedString::from)),
        hint: (&view.hint).into(),
        drop: (&view.drop).into(),
        photo: (&view.photo).into(),
        busy: (&view.busy).into(),
        stop: (&view.stop).into(),
        by_hand: (&view.by_hand).into(),
        later: (&view.later).into(),
        next: (&view.next).into(),
    }
}

fn chip(chip: &PageChip) -> ui::PageChip {
    ui::PageChip {
        place: int(chip.place),
        label: (&chip.label).into(),
        here: chip.here,
        shown: chip.shown,
    }
}

fn slip(view: &SlipView) -> ui::SlipView {
    ui::SlipView {
        slip_number: (&view.slip_number).into(),
        submitted: (&view.submitted).into(),
        qr: qr(&view.qr),
        next_steps: model(view.next_steps.iter().map(SharedString::from)),
        printer: (&view.printer).into(),
        printer_good: view.printer_good,
        can_print: view.can_print,
    }
}

fn status(view: &StatusView) -> ui::StatusView {
    ui::StatusView {
        slip_number: (&view.slip_number).into(),
        scheme: (&view.scheme).into(),
        stage: (&view.stage).into(),
        clock: (&view.clock).into(),
        as_of: (&view.as_of).into(),
    }
}

fn routes(view: &RoutesView) -> ui::RoutesView {
    ui::RoutesView {
        routes: model(view.routes.iter().map(|route| ui::RouteRow {
            name: (&route.name).into(),
            state: (&route.state).into(),
            tone: match route.tone {
                Tone::Good => ui::Tone::Good,
                Tone::Quiet => ui::Tone::Quiet,
                Tone::Wrong => ui::Tone::Wrong,
            },
            rate: (&route.rate).into(),
            used: (&route.used).into(),
            // Slint has no optional number.
            used_percent: route.used_percent.map_or(-1, i32::from),
        })),
        waiting_title: (&view.waiting_title).into(),
        waiting: model(view.waiting.iter().map(|row| ui::WaitingRow {
            what: (&row.what).into(),
            size: (&row.size).into(),
            percent: i32::from(row.percent),
            wait: (&row.wait).into(),
        })),
    }
}

fn notice(view: Option<&NoticeView>) -> ui::NoticeView {
    view.map_or_else(ui::NoticeView::default, |view| ui::NoticeView {
        shown: true,
        title: (&view.title).into(),
        body: (&view.body).into(),
        dismiss: (&view.dismiss).into(),
        leave: (&view.leave).into(),
    })
}

fn sheet(view: SheetView) -> ui::Sheet {
    ui::Sheet {
        sheet: int(view.sheet),
        count: int(view.count),
    }
}

fn model<T: Clone + 'static>(items: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(items.collect::<VecModel<T>>())
}

/// Places and counts on a screen are far below the bound.
fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// An empty picture for one whose bytes do not fill it.
fn picture(picture: &Picture) -> Image {
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    if pixels == 0 || picture.grey.len() as u64 != pixels {
        return Image::default();
    }
    grey_image(picture.width, picture.height, picture.grey.iter().copied())
}

/// As [`picture`], in colour.
fn marked(photo: &MarkedPhoto) -> Image {
    let bytes = 3 * u64::from(photo.width) * u64::from(photo.height);
    if bytes == 0 || photo.rgb.len() as u64 != bytes {
        return Image::default();
    }
    let buffer =
        SharedPixelBuffer::clone_from_slice(photo.rgb.as_slice(), photo.width, photo.height);
    Image::from_rgb8(buffer)
}

/// The side of the place on the slip screen that the code fills.
const QR_PLACE_PX: usize = 360;
/// Light modules around the code, as ISO/IEC 18004 asks for.
const QUIET_MODULES: usize = 4;

/// An empty picture for a code whose modules do not fill it.
fn qr(code: &QrModules) -> Image {
    if code.side == 0 || code.dark.len() != code.side * code.side {
        return Image::default();
    }
    // Whole pixels for each module: a camera reads even squares best.
    let module_px = (QR_PLACE_PX / (code.side + 2 * QUIET_MODULES)).max(1);
    let side = (code.side + 2 * QUIET_MODULES) * module_px;
    let dark = |x: usize, y: usize| {
        let column = (x / module_px).checked_sub(QUIET_MODULES)?;
        let row = (y / module_px).checked_sub(QUIET_MODULES)?;
        (column < code.side && row < code.side).then(|| code.dark[row * code.side + column])
    };
    let Ok(side_px) = u32::try_from(side) else {
        return Image::default();
    };
    let pixels = (0..side * side).map(|n| {
        if dark(n % side, n / side) == Some(true) {
            0
        } else {
            255
        }
    });
    grey_image(side_px, side_px, pixels)
}

fn grey_image(width: u32, height: u32, grey: impl Iterator<Item = u8>) -> Image {
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (pixel, grey) in buffer.make_mut_slice().iter_mut().zip(grey) {
        *pixel = Rgb8Pixel {
            r: grey,
            g: grey,
            b: grey,
        };
    }
    Image::from_rgb8(buffer)
}
