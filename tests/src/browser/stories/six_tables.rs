//! The six tables of a month: what was stated stands in them, they add up, a figure leads to the event that it comes from,
//! and a table comes as a file.

use relief::household::SupportClass;
use relief::near_relative::{
    Assisted, FilingVisited, FoundBy, OfficialCategory, OfficialEntered, RelativeFiled,
};
use relief::payment::{LineState, PayLine, PayListEntered, Payee};
use relief::rectification::{ProblemClosed, ProblemEntered, ProblemProgressed, ProblemState};
use relief::special_group::{
    Disability, HouseholdRechecked, Measure, PersonFound, PersonSettled, PolicyApplied,
    SpecialGroup,
};
use relief::{
    EventId, Fact, Fen, FocusItem, ListCode, PersonEntry, PersonName, RelationCode, Words,
};

use crate::office::{COUNTY_OFFICER, CountyOffice, place};
use crate::window::Window;
use crate::{Done, printed};

/// Each table: its number, and words that stand in it only if what was stated counts.
const TABLES: [(&str, &[&str]); 7] = [
    ("1", &["有一户低保金少发", "1"]),
    ("2", &["王*", "民政助理员", "2026-11-20", "是"]),
    ("2b", &["鲍店镇", "1"]),
    ("3", &["770.00", "2026-11-09"]),
    ("4", &["新增重残", "示例证", "2026-11-18"]),
    ("5", &["死亡", "停发", "2026-11-12"]),
    ("6", &["有一户低保金少发", "已完成"]),
];

pub(crate) async fn tell(window: &Window) -> Done {
    let office = CountyOffice::open().await?;
    state_a_month(&office)?;
    office.sign_in(window, COUNTY_OFFICER).await?;
    window.follow("台账").await?;
    window.follow("六张报表").await?;
    let form = window.form("看这段时间").await?;
    form.fill("从", "2026-11-01").await?;
    form.fill("到", "2026-11-23").await?;
    form.send().await?;
    window.says(&["进展情况草稿"]).await?;
    window.keep("tables-0-choice").await?;
    let choice = window.client.current_url().await?;
    for (id, words) in TABLES {
        window.open(choice.as_str()).await?;
        window.follow(&format!("附件{id}　")).await?;
        window
            .says(&["勾稽关系相符", "2026-11-01至2026-11-23", "合计"])
            .await?;
        window.says(words).await?;
        window.keep(&format!("tables-{id}")).await?;
    }

    window.open(choice.as_str()).await?;
    window.follow("附件3　").await?;
    window.follow("770.00").await?;
    window
        .says(&["数字的来源", "应发金额（元）", "来自"])
        .await?;
    window.keep("tables-figure").await?;
    window.follow("第").await?;
    window.says(&["纳入保障", COUNTY_OFFICER]).await?;

    window.open(choice.as_str()).await?;
    window.follow("附件3　").await?;
    let file = window.download("下载表格文件").await?;
    let rows = county::spreadsheet::read_rows(&std::fs::read(&file)?)?;
    let cells: Vec<&str> = rows.iter().flatten().map(String::as_str).collect();
    for words in ["低保、特困供养资金发放情况统计表", "770"] {
        if !cells.contains(&words) {
            return Err(format!("the file lacks {words:?} and says {cells:?}").into());
        }
    }
    for (id, _) in TABLES {
        window.open(choice.as_str()).await?;
        window.follow(&format!("附件{id}　")).await?;
        let title = window.find("//h1").await?.text().await?;
        let pdf = window.download("下载PDF").await?;
        printed::draw(&pdf, &window.pictures.join(format!("tables-{id}-pdf")))?;
        let words = printed::words(&pdf)?;
        for part in [&*title, "合计", "号导出", COUNTY_OFFICER, "第1页，共"] {
            if !words.contains(part) {
                return Err(format!("the PDF lacks {part:?} and says {words}").into());
            }
        }
    }
    Ok(())
}

/// Two households, paid in time; an officer with a relative among them, visited; somebody newly disabled, somebody who
/// died; a problem that was put right.
fn state_a_month(office: &CountyOffice) -> Done {
    let class = SupportClass::DibaoRural;
    let zhang = office.household(class, &[("张三丰", "140428188001010013")], 350)?;
    let li = office.household(
        class,
        &[
            ("李秀英", "140428188002290029"),
            ("欧阳㛃䶮𬭎", "14042818830303001X"),
        ],
        420,
    )?;
    pay(office, class, &[(zhang, 350), (li, 420)])?;
    file_a_relative(office, zhang)?;
    find_people(office, li)?;
    put_a_problem_right(office)
}

fn pay(office: &CountyOffice, class: SupportClass, paid: &[(EventId, i64)]) -> Done {
    let month = "2026-11".parse()?;
    let lines = paid.iter().map(|(household, yuan)| {
        Ok::<_, Box<dyn std::error::Error>>(PayLine {
            payee: Payee::Household(*household),
            amount: Fen(yuan * 100),
            on: "2026-11-09".parse()?,
            state: LineState::Paid,
        })
    });
    let list = PayListEntered {
        class,
        from: month,
        to: month,
        lines: lines.collect::<Result<_, _>>()?,
    };
    office.state(Fact::PayListEntered(list)).map(drop)
}

fn file_a_relative(office: &CountyOffice, household: EventId) -> Done {
    let official = office.state(Fact::OfficialEntered(OfficialEntered {
        person: PersonEntry::named(PersonName::parse("王甲")?),
        category: OfficialCategory::Township,
        place: place(),
        post: Words::parse("民政助理员")?,
        from: "2024-01-01".parse()?,
    }))?;
    let filing = office.state(Fact::RelativeFiled(RelativeFiled {
        assisted: Assisted::Household(household),
        official,
        relation: Some(RelationCode(2)),
        found_by: FoundBy::Reported,
    }))?;
    let visited = FilingVisited {
        filing,
        on: "2026-11-20".parse()?,
        by: vec![PersonName::parse("李科员")?, PersonName::parse("赵科员")?],
        qualifies: true,
    };
    office.state(Fact::FilingVisited(visited)).map(drop)
}

fn find_people(office: &CountyOffice, household: EventId) -> Done {
    let found = |name: &str, group, happened: &str| {
        Ok::<_, Box<dyn std::error::Error>>(PersonFound {
            person: PersonEntry::named(PersonName::parse(name)?),
            place: place(),
            group,
            happened: happened.parse()?,
            through: ListCode(1),
            household: None,
            disability: None,
            family_size: 2,
        })
    };
    let disabled = office.state(Fact::PersonFound(PersonFound {
        disability: Some(Disability {
            kind: ListCode(1),
            level: 1,
            certificate: Words::parse("示例证0001")?,
        }),
        ..found("郭示例", SpecialGroup::NewlyDisabled, "2026-11-16")?
    }))?;
    let applied = PolicyApplied {
        found: disabled,
        policy: ListCode(1),
        on: "2026-11-18".parse()?,
        had_before: false,
    };
    office.state(Fact::PolicyApplied(applied))?;
    let died = office.state(Fact::PersonFound(PersonFound {
        household: Some(household),
        ..found("欧阳㛃䶮𬭎", SpecialGroup::Died, "2026-11-12")?
    }))?;
    office.state(Fact::HouseholdRechecked(HouseholdRechecked {
        found: died,
        on: "2026-11-19".parse()?,
        by: vec![PersonName::parse("王经办")?, PersonName::parse("赵经办")?],
    }))?;
    let settled = PersonSettled {
        found: died,
        measure: Measure::Stopped,
        from: "2026-12".parse()?,
        monthly: Fen(0),
        decided: "2026-11-20".parse()?,
        funeral: None,
    };
    office.state(Fact::PersonSettled(settled)).map(drop)
}

fn put_a_problem_right(office: &CountyOffice) -> Done {
    let problem = office.state(Fact::ProblemEntered(ProblemEntered {
        focus: FocusItem(2),
        origin: ListCode(1),
        place: place(),
        words: Words::parse("有一户低保金少发")?,
        households: 1,
        persons: 2,
        amount: Fen(60_00),
        measures: Words::parse("核对后补发")?,
        unit: Words::parse("鲍店镇")?,
        leader: None,
        responsible: Some(PersonName::parse("赵科员")?),
        due: "2026-11-30".parse()?,
        lead: None,
    }))?;
    office.state(Fact::ProblemProgressed(ProblemProgressed {
        problem,
        state: ProblemState::Done,
        on: "2026-11-20".parse()?,
        recovered: Fen(0),
        made_up: Fen(60_00),
    }))?;
    let closed = ProblemClosed {
        problem,
        on: "2026-11-21".parse()?,
        accepted_by: PersonName::parse("李科员")?,
    };
    office.state(Fact::ProblemClosed(closed)).map(drop)
}
