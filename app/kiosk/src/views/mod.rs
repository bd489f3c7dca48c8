//! What each page shows, as plain structs made from the visit; no drawing, no state, no clock.

mod card;
mod home;
mod lines;
mod missing;
mod paper;
mod routes;
mod slip;
mod texts;
mod tiles;
mod two_ways;
mod typing;
mod words;

use crate::{
    flow::{Field, Notice, Page, Pick, STEPS, Visit},
    font,
};

pub use card::{CardRow, CardView};
pub use home::HomeView;
pub use lines::{Line, LinesView};
pub use paper::{PageChip, PaperBox, PaperView};
pub use routes::{RouteRow, RoutesView, Tone, WaitingRow};
pub use slip::{SlipView, StatusView};
pub use texts::{TextBlock, TextsView};
pub use tiles::{Tile, TilesView};
pub use two_ways::TwoWaysView;
pub use typing::TypingView;

/// The whole screen.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The band at the top.
    pub header: HeaderView,
    /// Everything under it.
    pub page: PageView,
    /// What lies over the page.
    pub notice: Option<NoticeView>,
    /// Seconds until everything is wiped, while the person is warned.
    pub idle_s: Option<u64>,
}

/// The band at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderView {
    /// The page's one question or subject.
    pub title: String,
    /// Step of the application, from 1; 0 outside of it.
    pub step: u8,
    /// How many steps there are.
    pub steps: u8,
    /// Whether there is a way back.
    pub can_back: bool,
    /// Whether there is a way home.
    pub can_home: bool,
}

/// The part of the screen that changes with the page.
#[derive(Debug, Clone, PartialEq)]
pub enum PageView {
    /// The first page.
    Home(HomeView),
    /// Things to choose from.
    Tiles(TilesView),
    /// An explainer card.
    Card(CardView),
    /// A machine's way on the left, the keys' way on the right.
    TwoWays(TwoWaysView),
    /// A typed answer.
    Typing(TypingView),
    /// Answers one under the other.
    Lines(LinesView),
    /// Texts to read or tick.
    Texts(TextsView),
    /// The signed page.
    Paper(Box<PaperView>),
    /// Nothing to do but wait.
    Wait(String),
    /// The slip.
    Slip(SlipView),
    /// How a case stands.
    Status(StatusView),
    /// How the routes to the county stand.
    Routes(RoutesView),
}

/// Which sheet of a long page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SheetView {
    /// From 0.
    pub sheet: usize,
    /// How many there are; with one, nothing is drawn.
    pub count: usize,
}

/// A question or complaint that lies over the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// What happened.
    pub title: String,
    /// What to do.
    pub body: String,
    /// The button that closes it.
    pub dismiss: String,
    /// The button of the other choice, such as to leave the application; empty if there is none.
    pub leave: String,
}

/// The screen for this visit.
#[must_use]
pub fn view(visit: &Visit) -> View {
    let page = visit.page();
    View {
        header: HeaderView {
            title: title(visit, page),
            step: page.step().unwrap_or(0),
            steps: STEPS,
            can_back: !matches!(page, Page::Home | Page::Submitting | Page::Slip),
            can_home: !matches!(page, Page::Home | Page::Submitting),
        },
        page: match page {
            Page::Home => PageView::Home(home::view(visit)),
            Page::Cards => PageView::Tiles(tiles::cards(visit)),
            Page::Card { card, section } => PageView::Card(card::view(visit, card, section)),
            Page::StatusAsk => PageView::TwoWays(two_ways::status(visit)),
            Page::StatusShown => PageView::Status(slip::status(visit)),
            Page::Routes => PageView::Routes(routes::view(visit.routes())),
            Page::Privacy => PageView::Texts(texts::privacy(visit)),
            Page::Identify => PageView::TwoWays(two_ways::identify(visit)),
            Page::Type(field) => PageView::Typing(typing::view(visit, field)),
            Page::Pick(pick) => PageView::Tiles(tiles::pick(visit, pick)),
            Page::Who => PageView::Lines(lines::applicant(visit)),
            Page::Household => PageView::Lines(lines::household(visit)),
            Page::Consents => PageView::Texts(texts::consents(visit)),
            Page::Paper | Page::Handover => PageView::Paper(Box::new(paper::view(visit))),
            Page::Review => PageView::Lines(lines::review(visit)),
            Page::Submitting => PageView::Wait("正在保存，请稍等。不要走开。".to_owned()),
            Page::Slip => PageView::Slip(slip::slip(visit)),
        },
        notice: visit.notice().map(notice),
        idle_s: visit.idle_warning_s(),
    }
}

/// `text` with a box for each character that the typeface has no shape for; the answer itself keeps it.
fn drawn(text: &str) -> String {
    text.chars()
        .map(|character| {
            if font::covers(character) {
                character
            } else {
                '□'
            }
        })
        .collect()
}

fn sheet(visit: &Visit) -> SheetView {
    SheetView {
        sheet: visit.sheet(),
        count: visit.sheet_count(),
    }
}

fn title(visit: &Visit, page: Page) -> String {
    match page {
        Page::Home => "社会救助自助服务",
        Page::Cards => "您想看哪一张明白卡？",
        Page::Card { card, .. } => {
            return visit
                .content()
                .cards
                .get(card)
                .map_or_else(String::new, |card| card.title.clone());
        }
        Page::StatusAsk => "查办理进度",
        Page::StatusShown => "办到哪一步了",
        Page::Routes => "线路和待发送的材料",
        Page::Privacy => return visit.content().privacy.title.clone(),
        Page::Identify => "谁来申请？",
        Page::Type(field) => match field {
            Field::Name => "您叫什么名字？",
            Field::IdNumber => "您的身份证号是多少？",
            Field::BirthDate => "您是哪一天出生的？",
            Field::Address => "您家住在哪里？",
            Field::Phone => "怎么打电话找到您？",
            Field::MemberName => "这位家人叫什么名字？",
            Field::MemberIdNumber => "这位家人的身份证号？",
            Field::ReasonText => "还想说明什么？",
            Field::OfficialName => "这位干部叫什么名字？",
            Field::SlipNumber | Field::CaseNumber => "回执上的编号是多少？",
        },
        Page::Pick(pick) => match pick {
            Pick::Scheme => "您想申请哪一项？",
            Pick::NoNumberReason | Pick::MemberNoNumberReason => "为什么没有号码？",
            Pick::Sex => "您是男还是女？",
            Pick::Township => "您的户口在哪个乡镇？",
            Pick::MemberRelation => "这位家人是您的什么人？",
            Pick::Reasons => "您家为什么困难？",
            Pick::NearRelative => "有近亲属是经办人或村干部吗？",
            Pick::OfficialRelation => "这位干部是您的什么人？",
        },
        Page::Who => "请核对您的信息",
        Page::Household => "家里还有谁一起生活？",
        Page::Consents => "请看清楚，同意就打钩",
        Page::Paper => "有签好字的申请书吗？",
        Page::Handover => {
            return match visit.answers().case {
                Some(case) => format!("交材料：{case}"),
                None => "交纸质材料".to_owned(),
            };
        }
        Page::Review => "都填对了吗？",
        Page::Submitting => "正在提交",
        Page::Slip if slip::is_handover(visit) => "材料已收下",
        Page::Slip => "已提交，尚未受理",
    }
    .to_owned()
}

fn notice(notice: &Notice) -> NoticeView {
    let (title, body) = words::notice(notice);
    let (dismiss, leave) = match notice {
        Notice::LeaveApplication => ("继续填写", "离开并清除"),
        Notice::OtherSheet { .. } => ("用原来那张", "用这张新的"),
        _ => ("知道了", ""),
    };
    NoticeView {
        title,
        body,
        dismiss: dismiss.to_owned(),
        leave: leave.to_owned(),
    }
}
