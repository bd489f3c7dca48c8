//! What a finding says.

use chrono::NaiveDate;

use crate::calendar::CalendarError;
use crate::card::CardError;
use crate::clock::{Clock, Condition, Limit, Start, Subject};
use crate::codes::CodesError;
use crate::duty::{DutiesError, Duty, Every};
use crate::lists::ListsError;
use crate::local::LocalError;
use crate::rulebook::{Rulebook, RulebookError};
use crate::rules::{LIMIT_MAX, RulesError};
use crate::scheme::SchemesError;
use crate::settings::{Setting, SettingKey, Settings, SettingsError};
use crate::table::TablesError;

const NO_SOURCE: &str = "没有写依据（source）。写上文件名和条款。";
const BACKWARDS: &str = "最后一天（until）在第一天（effective）前面。";

/// Why a file whose text is `text` is refused, and what to do.
pub(super) fn refused(error: &RulebookError, text: &str) -> String {
    match error {
        RulebookError::Schemes(SchemesError::Syntax(error))
        | RulebookError::Clocks(RulesError::Syntax(error))
        | RulebookError::Duties(DutiesError::Syntax(error))
        | RulebookError::Settings(SettingsError::Syntax(error))
        | RulebookError::Codes(CodesError::Syntax(error))
        | RulebookError::Lists(ListsError::Syntax(error))
        | RulebookError::Tables(TablesError::Syntax(error))
        | RulebookError::Card(CardError::Syntax(error))
        | RulebookError::Local(LocalError::Syntax(error)) => syntax(error, text),
        RulebookError::Schemes(SchemesError::Duplicate { id, key }) => {
            format!("救助类别的号{id}或者代号{key}写了两次。")
        }
        RulebookError::Clocks(error) => clocks(error),
        RulebookError::Duties(error) => duties(error),
        RulebookError::Settings(error) => settings(error),
        RulebookError::Calendar(error) => holidays(error),
        RulebookError::Codes(CodesError::Duplicate { table, code }) => {
            format!("{table}里代码{code}写了两次。")
        }
        RulebookError::Lists(ListsError::Duplicate { list, code }) => {
            format!("{list}里代码{code}写了两次。")
        }
        RulebookError::Tables(error) => tables(error),
        RulebookError::Card(error) => error.to_string(),
        RulebookError::Local(error) => match error {
            LocalError::Hotline => "热线（hotline）只能写数字和“-”。".to_owned(),
            LocalError::NotANumber { class, .. } => format!("标准“{class}”的value不是数。"),
            LocalError::NoDocument { class, .. } => {
                format!(
                    "标准“{class}”要写单位（unit）、从哪天起（valid-from）、文件号（document）。"
                )
            }
            LocalError::Syntax(error) => syntax(error, text),
        },
    }
}

fn clocks(error: &RulesError) -> String {
    let of = |id: &str, words: &str| format!("时限 {id}：{words}");
    match error {
        RulesError::LimitMissing { id } => {
            of(id, &format!("这种单位要写数（limit），从1到{LIMIT_MAX}。"))
        }
        RulesError::LimitUnused { id } => of(id, "这种单位不用写数（limit），删掉。"),
        RulesError::NoSource { id } => of(id, NO_SOURCE),
        RulesError::Subject { id } => of(
            id,
            "要写管哪几类救助（schemes）；管信访的写subject = \"complaint\"，不写schemes。",
        ),
        RulesError::EndsBeforeItBegins { id } => of(id, BACKWARDS),
        RulesError::Duplicate { id } => of(id, "写了两次，都从同一天起。留一个。"),
        RulesError::Syntax(error) => error.to_string(),
    }
}

fn tables(error: &TablesError) -> String {
    match error {
        TablesError::Duplicate { id } => format!("表 {id}写了两次。留一个。"),
        TablesError::NoSuchFigure { id, figure, rows } => format!(
            "表 {id}：没有“{figure}”这个数，可以写：{}。",
            rows.figures().join("、")
        ),
        TablesError::FigureAndText { id, title } => {
            format!("表 {id}的“{title}”：figure和text只能写一个。")
        }
        TablesError::NoColumn { id } => format!("表 {id}一栏也没有。"),
        TablesError::Syntax(error) => error.to_string(),
    }
}

fn duties(error: &DutiesError) -> String {
    let of = |id: &str, words: &str| format!("任务 {id}：{words}");
    match error {
        DutiesError::Days { id } => of(
            id,
            "每月、每季的写days（1到31），一次的写dates，每周的都不写。",
        ),
        DutiesError::OnlyWhen { id, key, value } => {
            let values = key.values().join("、");
            of(id, &format!("only-when里没有“{value}”，可以写：{values}。"))
        }
        DutiesError::NoSource { id } => of(id, NO_SOURCE),
        DutiesError::EndsBeforeItBegins { id } => of(id, BACKWARDS),
        DutiesError::Duplicate { id } => of(id, "写了两次，都从同一天起。留一个。"),
        DutiesError::Syntax(error) => error.to_string(),
    }
}

fn settings(error: &SettingsError) -> String {
    let of = |key: SettingKey, words: &str| format!("“{}”：{words}", question(key));
    match error {
        SettingsError::Value { key, value } => {
            let values: Vec<String> = key
                .values()
                .iter()
                .map(|value| format!("{value}（{}）", answer(*key, value)))
                .collect();
            of(
                *key,
                &format!("不能写“{value}”，可以写：{}。", values.join("、")),
            )
        }
        SettingsError::NoSource { key } => of(*key, NO_SOURCE),
        SettingsError::EndsBeforeItBegins { key } => of(*key, BACKWARDS),
        SettingsError::SchemesUnused { key } => of(*key, "不能只管几类救助，把schemes删掉。"),
        SettingsError::Syntax(error) => error.to_string(),
    }
}

fn holidays(error: &CalendarError) -> String {
    match error {
        CalendarError::Syntax {
            reason,
            line,
            column,
        } => format!(
            "第{line}行第{column}个字读不懂：{}",
            syntax_reason(reason.split(" at line ").next().unwrap_or(reason))
        ),
        CalendarError::WrongYear { date, year } => format!("{date}写在{year}年下面。"),
        CalendarError::Contradiction { date } => format!("{date}又写放假又写上班。"),
        CalendarError::MakeUpOnWeekday { date } => {
            format!("{date}写成补班，可它不是周六、周日。看看日子抄错没有。")
        }
    }
}

fn syntax(error: &toml::de::Error, text: &str) -> String {
    let reason = syntax_reason(error.message());
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("第{}行读不懂：{reason}", before.matches('\n').count() + 1),
        None => format!("读不懂：{reason}"),
    }
}

/// The parsers' commonest complaints in Chinese; a rare one stays as the parser puts it.
fn syntax_reason(message: &str) -> String {
    let message = message.lines().next().unwrap_or(message);
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let [first, others @ ..] = quoted.as_slice() else {
        return message.to_owned();
    };
    let others = others.join("、");
    if message.starts_with("unknown field") {
        format!("不认识“{first}”。可以写的有：{others}。")
    } else if message.starts_with("unknown variant") {
        format!("不能写“{first}”。可以写的有：{others}。")
    } else if message.starts_with("missing field") {
        format!("少写了“{first}”。")
    } else if message.starts_with("duplicate key") || message.starts_with("duplicate field") {
        format!("“{first}”写了两次。")
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        format!("这里不能这样写（{message}）。文字和日子要加引号，数不加。")
    } else {
        message.to_owned()
    }
}

/// What the county's clock is, and what held before.
pub(super) fn clock_change(clock: &Clock, book: &Rulebook) -> String {
    let whom = match clock.subject {
        Subject::Complaint => "信访".to_owned(),
        Subject::Case => {
            let titles: Vec<&str> = clock
                .schemes
                .iter()
                .filter_map(|scheme| book.schemes.get(*scheme))
                .map(|scheme| scheme.title.as_str())
                .collect();
            titles.join("、")
        }
    };
    let condition = match clock.condition {
        Condition::Ordinary => "",
        Condition::Special => "（特殊情况）",
        Condition::TownshipConfirms => "（乡镇确认）",
    };
    let national = Rulebook::builtin().clocks;
    let before = national
        .clocks()
        .iter()
        .find(|other| {
            let same = (other.subject, other.step, other.condition)
                == (clock.subject, clock.step, clock.condition);
            let meets = other.schemes.iter().any(|id| clock.schemes.contains(id));
            same && (meets || clock.subject == Subject::Complaint)
        })
        .map_or("原来没有规定".to_owned(), |other| {
            format!("原来：{}", counted(other))
        });
    format!(
        "{whom}“{}”{condition}：{}，{}（{}）。{before}。",
        clock.title,
        counted(clock),
        holds(clock.effective, clock.until),
        clock.source
    )
}

/// What the county answers, and what the default is.
pub(super) fn setting_change(setting: &Setting, settings: &Settings) -> String {
    let default = settings
        .all()
        .iter()
        .find(|other| other.key == setting.key)
        .map_or("", |default| default.value.as_str());
    format!(
        "{}：{}，{}（{}）。默认：{}。",
        question(setting.key),
        answer(setting.key, &setting.value),
        holds(setting.effective, setting.until),
        setting.source,
        answer(setting.key, default)
    )
}

/// What the county's duty is.
pub(super) fn duty_change(duty: &Duty) -> String {
    let days: Vec<String> = duty.days.iter().map(|day| format!("{day}日")).collect();
    let dates: Vec<String> = duty.dates.iter().map(NaiveDate::to_string).collect();
    let when = match duty.every {
        Every::Week => "每周".to_owned(),
        Every::Month => format!("每月{}", days.join("、")),
        Every::Quarter => format!("每季第一个月{}", days.join("、")),
        Every::Once => dates.join("、"),
    };
    format!(
        "{}“{}”（{}）：{when}，{}（{}）。",
        duty.from,
        duty.title,
        duty.id,
        holds(duty.effective, duty.until),
        duty.source
    )
}

/// Such as 受理后30个工作日.
fn counted(clock: &Clock) -> String {
    match clock.limit {
        Limit::None(_) => limit(clock.limit),
        _ => format!("{}{}", since(clock.starts), limit(clock.limit)),
    }
}

/// How long, in plain words.
pub(super) fn limit(limit: Limit) -> String {
    limit.phrases().into_iter().next().unwrap_or_default()
}

const fn since(start: Start) -> &'static str {
    match start {
        Start::Submission => "提交后",
        Start::Receipt => "收到后",
        Start::Acceptance => "受理后",
        Start::RequestReceived => "收到请求后",
        Start::Posting => "张贴后",
        Start::EndOfNotice => "公示期满后",
        Start::Objection => "提出异议后",
        Start::FileReceived => "收到材料后",
        Start::Decision => "决定后",
        Start::LastCheck => "上次核查后",
        Start::Death => "去世后",
        Start::Change => "变化后",
        Start::Report => "报告后",
        Start::Delivery => "送达后",
        Start::ReviewDelivery => "收到复议、复查结果后",
        Start::Unstated => "",
    }
}

fn holds(first: Option<NaiveDate>, last: Option<NaiveDate>) -> String {
    match (first, last) {
        (None, None) => "一直".to_owned(),
        (Some(first), None) => format!("从{first}起"),
        (None, Some(last)) => format!("到{last}为止"),
        (Some(first), Some(last)) => format!("从{first}到{last}"),
    }
}

/// The question of a setting, as our own file puts it.
fn question(key: SettingKey) -> String {
    Rulebook::builtin()
        .settings
        .all()
        .iter()
        .find(|setting| setting.key == key)
        .map_or_else(String::new, |setting| setting.question.clone())
}

/// An answer in plain words; one that has none stays as it is.
pub(super) fn answer(key: SettingKey, value: &str) -> String {
    let words = match (key, value) {
        (_, "weekly") => "每周",
        (_, "semi-monthly") => "每月14日、29日",
        (_, "monday") => "星期一",
        (_, "tuesday") => "星期二",
        (_, "wednesday") => "星期三",
        (_, "thursday") => "星期四",
        (_, "friday") => "星期五",
        (_, "saturday") => "星期六",
        (_, "sunday") => "星期日",
        (_, "month-end") => "月底",
        (_, "left-out") => "这次不报",
        (_, "earlier") => "提前到前一个工作日",
        (_, "later") => "推后到下一个工作日",
        (_, "stays") => "还是那一天",
        (_, "not-counted") => "不算",
        (_, "counted") => "算",
        (SettingKey::ConfirmingPower, "county") => "县民政局",
        (SettingKey::ConfirmingPower, "township") => "乡镇",
        (_, "all-schemes") => "各类救助都备案",
        (_, "dibao-only") => "只备案低保",
        (_, "next-tenth") => "下一个10日",
        (_, "next-pay-day") => "下一个发放日",
        (_, "next-month") => "从次月起",
        (_, "after-three-months") => "3个月期限过后",
        _ => value,
    };
    words.to_owned()
}
