//! Pages where something is chosen.

use crate::flow::{NearRelative, Pick, Visit, sheets};

use super::{SheetView, sheet};

/// Things to choose from, in a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TilesView {
    /// What helps to choose; may be empty.
    pub hint: String,
    /// Tiles side by side.
    pub columns: usize,
    /// Tiles one under the other; the grid keeps its shape on a sheet that is not full.
    pub rows: usize,
    /// The tiles of this sheet.
    pub tiles: Vec<Tile>,
    /// Which sheet.
    pub sheet: SheetView,
    /// A second button; empty if there is none.
    pub extra: String,
    /// The main button; empty where a touch on a tile goes on by itself.
    pub next: String,
    /// Whether the main button may be touched.
    pub can_next: bool,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its place among all choices.
    pub place: usize,
    /// What it is.
    pub title: String,
    /// What it is in full, for whoever does not see the page around it.
    pub label: String,
    /// A second line; may be empty.
    pub note: String,
    /// Whether it is chosen already.
    pub chosen: bool,
}

pub(super) fn cards(visit: &Visit) -> TilesView {
    let cards = &visit.content().cards;
    let range = sheets::sheet_range(cards.len(), sheets::CARDS_PER_SHEET, visit.sheet());
    let tiles = range.map(|place| Tile {
        place,
        title: short(&cards[place].title).to_owned(),
        label: cards[place].title.clone(),
        note: cards[place].for_whom.clone(),
        chosen: false,
    });
    TilesView {
        hint: String::new(),
        columns: 2,
        rows: 4,
        tiles: tiles.collect(),
        sheet: sheet(visit),
        extra: String::new(),
        next: String::new(),
        can_next: false,
    }
}

/// A title without its formal name in brackets, which the card itself shows.
fn short(title: &str) -> &str {
    title.split_once('（').map_or(title, |(short, _)| short)
}

pub(super) fn pick(visit: &Visit, pick: Pick) -> TilesView {
    let all = choices(visit, pick);
    let range = sheets::sheet_range(all.len(), sheets::PICKS_PER_SHEET, visit.sheet());
    let several = pick == Pick::Reasons;
    let (columns, rows) = match all.len() {
        0..=2 => (2, 1),
        3..=9 => (3, 3),
        _ => (3, 4),
    };
    TilesView {
        hint: hint(pick).to_owned(),
        columns,
        rows,
        tiles: all
            .into_iter()
            .enumerate()
            .skip(range.start)
            .take(range.len())
            .map(|(place, (title, note, chosen))| Tile {
                place,
                label: title.clone(),
                title,
                note,
                chosen,
            })
            .collect(),
        sheet: sheet(visit),
        extra: if several {
            if visit.answers().reason_text.is_empty() {
                "补充说明"
            } else {
                "修改说明"
            }
        } else {
            ""
        }
        .to_owned(),
        next: if several { "下一步" } else { "" }.to_owned(),
        can_next: visit.answers().has_reason(),
    }
}

type Row = (String, String, bool);

fn choices(visit: &Visit, pick: Pick) -> Vec<Row> {
    let content = visit.content();
    let answers = visit.answers();
    let plain = |title: &String| (title.clone(), String::new(), false);
    match pick {
        Pick::Scheme => visit
            .offered_schemes()
            .into_iter()
            .filter_map(|place| Some((place, content.schemes.get(place)?)))
            .map(|(place, scheme)| {
                let note = if scheme.full_title == scheme.title {
                    ""
                } else {
                    &scheme.full_title
                };
                (
                    scheme.title.clone(),
                    note.to_owned(),
                    answers.scheme == Some(place),
                )
            })
            .collect(),
        Pick::NoNumberReason | Pick::MemberNoNumberReason => content
            .no_number_reasons
            .iter()
            .map(|choice| plain(&choice.title))
            .collect(),
        Pick::Sex => ["男", "女"]
            .into_iter()
            .zip(1..)
            .map(|(title, code)| {
                (
                    title.to_owned(),
                    String::new(),
                    answers.sex_code == Some(code),
                )
            })
            .collect(),
        Pick::Township => content
            .townships
            .iter()
            .enumerate()
            .map(|(place, choice)| {
                (
                    choice.title.clone(),
                    String::new(),
                    answers.township == Some(place),
                )
            })
            .collect(),
        Pick::MemberRelation => content
            .relations
            .iter()
            .map(|choice| plain(&choice.title))
            .collect(),
        Pick::Reasons => content
            .reasons
            .iter()
            .map(|choice| {
                (
                    choice.title.clone(),
                    String::new(),
                    answers.reasons.contains(&choice.code),
                )
            })
            .collect(),
        Pick::NearRelative => {
            let none = answers.near_relative == Some(NearRelative::None);
            let related = matches!(answers.near_relative, Some(NearRelative::Related(_)));
            vec![
                ("没有".to_owned(), "我和他们没有近亲属关系".to_owned(), none),
                ("有".to_owned(), "我来写他的名字和关系".to_owned(), related),
            ]
        }
        Pick::OfficialRelation => content
            .official_relations
            .iter()
            .map(|choice| plain(&choice.title))
            .collect(),
    }
}

const fn hint(pick: Pick) -> &'static str {
    match pick {
        Pick::Scheme => "不知道选哪一项，可以先回首页看明白卡，或问窗口工作人员。",
        Pick::NoNumberReason | Pick::MemberNoNumberReason => "没有号码也可以申请。",
        Pick::Sex | Pick::MemberRelation => "",
        Pick::Township => "申请会送到这个乡镇。",
        Pick::Reasons => "可以选几项，选好后按“下一步”。",
        Pick::NearRelative => {
            "经办人指县民政局、乡镇办救助的人；村干部指村（居）委会成员。有也不影响申请，只是要单独登记。"
        }
        Pick::OfficialRelation => "他是您的：",
    }
}
