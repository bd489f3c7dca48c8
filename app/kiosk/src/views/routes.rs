//! How the routes to the county stand and what waits for them, for staff.

use crate::flow::{
    ItemKind, ItemReport, ItemWait, RouteFault, RouteReport, RouteState, RouteStep, RoutesReport,
    percent,
};

/// Routes and waiting objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutesView {
    /// The routes, the cheapest first.
    pub routes: Vec<RouteRow>,
    /// How much waits, in words.
    pub waiting_title: String,
    /// What waits, the most urgent first.
    pub waiting: Vec<WaitingRow>,
}

/// A route on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    /// Its name.
    pub name: String,
    /// How it stands, in words.
    pub state: String,
    /// How that is to be taken.
    pub tone: Tone,
    /// How fast it carries; empty while it does not.
    pub rate: String,
    /// What went over it in this month, with the budget if it has one.
    pub used: String,
    /// How much of the budget is used, in hundredths; `None` without one.
    pub used_percent: Option<u8>,
}

/// How a state is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// In use.
    Good,
    /// Neither in use nor wrong.
    Quiet,
    /// Something is wrong.
    Wrong,
}

/// An object that waits, or all further ones of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// What it is and how many.
    pub what: String,
    /// Its bytes.
    pub size: String,
    /// How much of it is there, in hundredths.
    pub percent: u8,
    /// How long it will take, or what it waits for.
    pub wait: String,
}

/// Rows that fit the screen under each other.
const ROWS_MAX: usize = 7;

pub(super) fn view(report: &RoutesReport) -> RoutesView {
    let count: u64 = report.items.iter().map(|item| u64::from(item.count)).sum();
    let bytes: u64 = report.items.iter().map(|item| item.bytes).sum();
    RoutesView {
        routes: report.routes.iter().map(route).collect(),
        waiting_title: if count == 0 {
            "没有待发送的材料，全部送达".to_owned()
        } else {
            format!("待发送 {count} 份，共 {}", size(bytes))
        },
        waiting: folded(&report.items).iter().map(waiting).collect(),
    }
}

/// The items in at most [`ROWS_MAX`] rows: the most urgent one by one, others of a kind together.
fn folded(items: &[ItemReport]) -> Vec<ItemReport> {
    let mut rows: Vec<ItemReport> = Vec::new();
    let singles = if items.len() <= ROWS_MAX {
        ROWS_MAX
    } else {
        // Each kind may need a row for all the others of it.
        ROWS_MAX - KINDS
    };
    for item in items {
        let same = rows
            .iter_mut()
            .skip(singles)
            .find(|row| row.kind == item.kind);
        match same {
            Some(row) => {
                row.count = row.count.saturating_add(item.count);
                row.bytes = row.bytes.saturating_add(item.bytes);
                row.bytes_there = row.bytes_there.saturating_add(item.bytes_there);
                // The last of them is the last to be there.
                row.wait = item.wait;
            }
            None => rows.push(*item),
        }
    }
    rows
}

/// How many kinds of objects there are.
const KINDS: usize = 4;

fn route(route: &RouteReport) -> RouteRow {
    let (state, tone) = state(route.state);
    let used = size(route.bytes_used);
    let is_used = matches!(route.state, RouteState::Connected);
    RouteRow {
        name: route.name.clone(),
        state,
        tone,
        rate: match route.bytes_per_second.filter(|_| is_used) {
            Some(rate) => format!("每秒 {}", size(u64::from(rate))),
            None => String::new(),
        },
        used: match route.bytes_per_month {
            Some(budget) if budget <= route.bytes_used => {
                format!("本月 {} 已用完，图片等下月", size(budget))
            }
            Some(budget) => format!("本月已用 {used}，限 {}", size(budget)),
            None => format!("本月已用 {used}"),
        },
        used_percent: route
            .bytes_per_month
            .map(|budget| percent(route.bytes_used, budget)),
    }
}

fn state(state: RouteState) -> (String, Tone) {
    match state {
        RouteState::Resting => ("备用，随时可用".to_owned(), Tone::Quiet),
        RouteState::Absent => ("没有插好，找不到设备".to_owned(), Tone::Wrong),
        RouteState::Opening(step) => (opening(step).to_owned(), Tone::Quiet),
        RouteState::Connected => ("已连接".to_owned(), Tone::Good),
        RouteState::Failed { fault, retry_s: 0 } => {
            (format!("{}，马上再试", failed(fault)), Tone::Wrong)
        }
        RouteState::Failed { fault, retry_s } => (
            format!("{}，{}后再试", failed(fault), time(retry_s)),
            Tone::Wrong,
        ),
        RouteState::Barred {
            wait_s: Some(wait_s),
        } => (format!("等便宜时段，{}后拨号", time(wait_s)), Tone::Quiet),
        RouteState::Barred { wait_s: None } => {
            ("今天的拨号次数用完，明天再拨".to_owned(), Tone::Quiet)
        }
    }
}

/// What is done for a route until the county answers.
const fn opening(step: RouteStep) -> &'static str {
    match step {
        RouteStep::Port => "正在打开端口",
        RouteStep::Recovering => "正在恢复模块",
        RouteStep::Modem => "正在设置模块",
        RouteStep::Sim => "正在检查手机卡",
        RouteStep::Network => "正在找信号",
        RouteStep::Data => "正在连上网络",
        RouteStep::Dialling => "正在拨号",
        RouteStep::Connecting => "正在连接县里",
        RouteStep::Greeting => "线路已通，等县里回答",
    }
}

const fn failed(fault: RouteFault) -> &'static str {
    match fault {
        RouteFault::Absent => "没有插好",
        RouteFault::Busy => "对方占线",
        RouteFault::NoCarrier => "没有接通",
        RouteFault::NoDialTone => "电话线没有声音",
        RouteFault::NoAnswer => "县里没有应答",
        RouteFault::Sim => "手机卡不能用",
        RouteFault::NotRegistered => "没有信号",
        RouteFault::NoData => "手机卡不能上网",
        RouteFault::Refused => "县里没有接收",
        RouteFault::ModemSilent => "模块没有反应",
        RouteFault::CountySilent => "县里没有回答",
        RouteFault::Broken => "线路断了",
        RouteFault::Other => "打不开",
    }
}

fn waiting(item: &ItemReport) -> WaitingRow {
    let kind = match item.kind {
        ItemKind::Control => "机器信息",
        ItemKind::Record => "申请记录",
        ItemKind::Ink => "签字笔迹",
        ItemKind::Picture => "申请书照片",
    };
    WaitingRow {
        what: if item.count == 1 {
            kind.to_owned()
        } else {
            format!("{kind} {} 份", item.count)
        },
        size: size(item.bytes),
        percent: percent(item.bytes_there, item.bytes),
        wait: match item.wait {
            ItemWait::Going {
                seconds_left: Some(seconds),
            } => format!("约 {}", time(seconds.max(1))),
            ItemWait::Going { seconds_left: None } => "正在发送".to_owned(),
            ItemWait::ForRoute => "等线路接通".to_owned(),
            ItemWait::ForBetterRoute => "等便宜的线路".to_owned(),
            ItemWait::ForBudget => "本月流量用完，等下月".to_owned(),
        },
    }
}

/// Bytes for people: three digits are enough.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["字节", "KB", "MB", "GB"];
    let mut tenths = bytes.saturating_mul(10);
    let mut unit = 0;
    while 10_000 <= tenths && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    let name = UNITS[unit];
    if unit == 0 || 1000 <= tenths {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// A wait for people.
fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} 秒"),
        60..3600 => format!("{} 分钟", seconds.div_ceil(60)),
        _ => format!("{} 小时", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: ItemKind, bytes: u64, wait: ItemWait) -> ItemReport {
        ItemReport {
            kind,
            count: 1,
            bytes,
            bytes_there: bytes / 4,
            wait,
        }
    }

    #[test]
    fn bytes_and_waits_are_told_in_few_digits() {
        let told = [
            0,
            999,
            1000,
            1540,
            40_000,
            999_999,
            1_000_000,
            50_000_000,
            u64::MAX,
        ];
        assert_eq!(
            told.map(size),
            [
                "0 字节",
                "999 字节",
                "1.0 KB",
                "1.5 KB",
                "40.0 KB",
                "999 KB",
                "1.0 MB",
                "50.0 MB",
                "1844674407 GB"
            ]
        );
        let told = [1, 59, 60, 61, 3599, 3600, 7201];
        assert_eq!(
            told.map(time),
            [
                "1 秒",
                "59 秒",
                "1 分钟",
                "2 分钟",
                "60 分钟",
                "1 小时",
                "3 小时"
            ]
        );
    }

    #[test]
    fn every_state_of_a_route_is_told_in_words() {
        let failed = |fault| state(RouteState::Failed { fault, retry_s: 90 }).0;
        assert_eq!(failed(RouteFault::Busy), "对方占线，2 分钟后再试");
        assert_eq!(
            state(RouteState::Opening(RouteStep::Dialling)),
            ("正在拨号".to_owned(), Tone::Quiet)
        );
        assert_eq!(state(RouteState::Connected).1, Tone::Good);
    }

    #[test]
    fn a_crowd_is_told_by_kind_and_the_first_one_by_one() {
        let going = |seconds| ItemWait::Going {
            seconds_left: Some(seconds),
        };
        let mut items = vec![item(ItemKind::Record, 1500, going(2)); 5];
        items.push(item(ItemKind::Ink, 7000, going(9)));
        items.extend([item(ItemKind::Picture, 40_000, ItemWait::ForBudget); 4]);
        let report = RoutesReport {
            routes: Vec::new(),
            items,
        };
        let view = view(&report);
        let rows: Vec<_> = view.waiting.iter().map(|row| row.what.as_str()).collect();
        assert_eq!(
            rows,
            [
                "申请记录",
                "申请记录",
                "申请记录",
                "申请记录 2 份",
                "签字笔迹",
                "申请书照片 4 份"
            ]
        );
        assert_eq!(view.waiting_title, "待发送 10 份，共 174 KB");
        assert_eq!(view.waiting[5].wait, "本月流量用完，等下月");
        assert_eq!(
            (view.waiting[5].size.as_str(), view.waiting[5].percent),
            ("160 KB", 25)
        );
        assert!(view.waiting.len() <= ROWS_MAX);
    }
}
