//! The draft of a progress report: what the registers say of the time, in sentences with concrete figures.
//!
//! 重点问题整治工作进展情况要针对整治内容逐条认真梳理总结，总结要有具体数据支撑: 长子民发〔2024〕26号 五（八）. It is a draft: a
//! person reads it, adds what no figure tells, and answers for it.

use std::collections::BTreeSet;

use super::drawn::Scope;
use super::figure::Tally;
use crate::county_event::{CountyEvent, Source};
use crate::fen::Fen;
use crate::hotline::calls;
use crate::month::Month;
use crate::payment::{Account, overpaid};
use crate::registers::Registers;
use crate::special_group::SpecialGroup;

/// A sentence, and the events that its figures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// In Chinese.
    pub words: String,
    /// The events.
    pub sources: BTreeSet<Source>,
}

/// The draft: what the report says under each heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Headings with their sentences, in order.
    pub sections: Vec<(String, Vec<Sentence>)>,
}

/// Several counts that stand in one sentence.
#[derive(Default)]
struct Said {
    sources: BTreeSet<Source>,
}

impl Said {
    /// The number, and takes note of where it comes from.
    fn count(&mut self, tally: Tally) -> i64 {
        let sum = tally.sum();
        self.sources.extend(tally.count().sources);
        sum
    }

    fn money(&mut self, tally: Tally) -> Fen {
        Fen(self.count(tally))
    }

    fn sentence(self, words: String) -> Sentence {
        Sentence {
            words,
            sources: self.sources,
        }
    }
}

/// Counts what `counts` says of each thing.
fn tally<T>(
    things: impl Iterator<Item = T>,
    counts: impl Fn(&T) -> Option<(i64, Source)>,
) -> Tally {
    let mut tally = Tally::default();
    for thing in things {
        if let Some((number, source)) = counts(&thing) {
            tally.add(number, source);
        }
    }
    tally
}

/// Writes the draft.
#[must_use]
pub fn draft(scope: &Scope, registers: &Registers<'_>) -> Draft {
    Draft {
        sections: vec![
            ("问题整治".to_owned(), problems(scope, registers)),
            ("资金发放".to_owned(), vec![payments(scope, registers)]),
            (
                "近亲属备案".to_owned(),
                vec![near_relatives(scope, registers)],
            ),
            ("特殊人群".to_owned(), special_groups(scope, registers)),
            ("月报告".to_owned(), vec![monthly_reports(scope, registers)]),
            ("投诉举报线索".to_owned(), vec![leads(scope, registers)]),
            ("服务热线".to_owned(), vec![hotline(scope, registers)]),
        ],
    }
}

fn problems(scope: &Scope, registers: &Registers<'_>) -> Vec<Sentence> {
    let lists = &registers.book.lists;
    lists
        .focus_items()
        .iter()
        .map(|focus| {
            let own = || {
                registers.problems.problems().filter(|problem| {
                    problem.entered.focus == focus.code
                        && problem.on <= scope.to
                        && scope.covers(&problem.entered.place.township)
                })
            };
            let mut said = Said::default();
            let new = said.count(tally(own(), |problem| {
                scope.has(problem.on).then(|| (1, problem.id.into()))
            }));
            let all = said.count(tally(own(), |problem| Some((1, problem.id.into()))));
            let done = said.count(tally(own(), |problem| {
                let done = problem.done().is_some_and(|done| done <= scope.to);
                done.then(|| (1, problem.id.into()))
            }));
            said.sentence(format!(
                "{}：本期新发现问题{new}个，累计{all}个，已整改{done}个，未完成{}个。",
                focus.title,
                all - done
            ))
        })
        .collect()
}

fn payments(scope: &Scope, registers: &Registers<'_>) -> Sentence {
    let (first, last) = (Month::of(scope.from).plus(-1), Month::of(scope.to).plus(1));
    let accounts = registers.accounts(first, last).accounts;
    let today = registers.log.day();
    let (mut households, mut owed, mut paid, mut wrong) = (
        Tally::default(),
        Tally::default(),
        Tally::default(),
        Tally::default(),
    );
    let own =
        |account: &&Account| scope.has(account.pay_day.due.date) && scope.covers(&account.township);
    for account in accounts.iter().filter(own) {
        for household in &account.households {
            households.add(1, *household);
        }
        owed.add_all(account.owed(), account.owed_sources());
        paid.add_all(account.paid(), account.paid_sources());
        let findings = account.findings(today);
        if findings
            .iter()
            .any(|finding| finding.is_to_the_household_s_cost())
        {
            let number = i64::try_from(account.households.len()).unwrap_or(i64::MAX);
            wrong.add_all(number, account.owed_sources().chain(account.paid_sources()));
        }
    }
    let mut said = Said::default();
    let households = said.count(households);
    let owed = said.money(owed);
    let paid = said.money(paid);
    let wrong = said.count(wrong);
    said.sentence(format!(
        "本期到期应发{households}户次、{owed}元，实发{paid}元，未及时足额{wrong}户次。"
    ))
}

fn near_relatives(scope: &Scope, registers: &Registers<'_>) -> Sentence {
    let all = &registers.near_relatives;
    let belongs = |assisted| {
        let about = all.about(assisted, &registers.roster);
        about.is_some_and(|(place, ..)| scope.covers(&place.township))
    };
    let filings = || {
        all.filings()
            .filter(|filing| filing.on <= scope.to && belongs(filing.filed.assisted))
    };
    let mut said = Said::default();
    let new = said.count(tally(filings(), |one| {
        scope.has(one.on).then(|| (1, one.id.into()))
    }));
    let filed = said.count(tally(filings(), |one| Some((1, one.id.into()))));
    let waiting = said.count(tally(filings(), |one| {
        one.awaits_visit().then(|| (1, one.id.into()))
    }));
    let unfiled = said.count(tally(
        all.unfiled()
            .filter(|candidate| belongs(candidate.assisted)),
        |candidate| Some((1, candidate.assisted.event().into())),
    ));
    said.sentence(format!(
        "本期新增备案{new}件，累计{filed}件；应备案未备案{unfiled}件，待县级入户核查{waiting}件。"
    ))
}

fn special_groups(scope: &Scope, registers: &Registers<'_>) -> Vec<Sentence> {
    SpecialGroup::ALL
        .into_iter()
        .map(|group| {
            let own = || {
                registers.special_groups.persons().filter(|special| {
                    special.found.group == group
                        && special.known <= scope.to
                        && scope.covers(&special.found.place.township)
                })
            };
            let mut said = Said::default();
            let new = said.count(tally(own(), |special| {
                scope.has(special.known).then(|| (1, special.id.into()))
            }));
            let open = said.count(tally(own(), |special| {
                (!special.is_settled()).then(|| (1, special.id.into()))
            }));
            let mut words = format!("{}：本期新增{new}人，尚未处理完{open}人", group.title());
            if group.leaves() {
                let mut too_much = Tally::default();
                for special in own() {
                    let (log, roster) = (&registers.log, &registers.roster);
                    if let Some(found) = overpaid(special, log, roster, registers.book) {
                        too_much.add_all(found.amount(), found.sources());
                    }
                }
                let back = said.money(tally(own(), |special| {
                    let event = special.recovered.last().map(|(_, event)| *event)?;
                    Some((special.recovered().0, event.into()))
                }));
                let too_much = said.money(too_much);
                words += &format!("，查明超期发放{too_much}元，已追缴{back}元");
            }
            words.push('。');
            said.sentence(words)
        })
        .collect()
}

fn monthly_reports(scope: &Scope, registers: &Registers<'_>) -> Sentence {
    let changes = || {
        registers.monthly_reports.changes().filter(|change| {
            let stated = registers.log.get(change.report).map(CountyEvent::date);
            stated.is_some_and(|day| scope.has(day)) && scope.covers(&change.place.township)
        })
    };
    let mut said = Said::default();
    let source = |change: &crate::monthly_report::ChangeLine<'_>| Source {
        event: change.report,
        line: Some(change.line),
    };
    let reported = said.count(tally(changes(), |change| Some((1, source(change)))));
    let wrong = said.count(tally(changes(), |change| {
        (change.wrong == Some(true)).then(|| (1, source(change)))
    }));
    let open = said.count(tally(changes(), |change| {
        change.is_open().then(|| (1, source(change)))
    }));
    said.sentence(format!(
        "本期村（居）委会报告变动{reported}条，核查不属实{wrong}条，待办理{open}条。"
    ))
}

fn leads(scope: &Scope, registers: &Registers<'_>) -> Sentence {
    let own = || {
        registers.leads.leads().filter(|lead| {
            lead.registered <= scope.to && scope.covers(&lead.entered.place.township)
        })
    };
    let mut said = Said::default();
    let new = said.count(tally(own(), |lead| {
        scope.has(lead.registered).then(|| (1, lead.id.into()))
    }));
    let real = said.count(tally(own(), |lead| {
        (scope.has(lead.registered) && lead.is_real_name()).then(|| (1, lead.id.into()))
    }));
    let open = said.count(tally(own(), |lead| {
        (!lead.is_settled()).then(|| (1, lead.id.into()))
    }));
    let handed = said.count(tally(own(), |lead| {
        let (handed, event) = lead.handed_over?;
        scope.has(handed.on).then(|| (1, event.into()))
    }));
    said.sentence(format!(
        "本期登记线索{new}件，其中实名{real}件，移送纪检监察机构{handed}件；未办结{open}件。"
    ))
}

fn hotline(scope: &Scope, registers: &Registers<'_>) -> Sentence {
    let calls: Vec<_> = calls(&registers.log)
        .into_iter()
        .filter(|call| scope.has(call.event.date()) && scope.covers(&call.taken.place.township))
        .collect();
    let mut said = Said::default();
    let all = said.count(tally(calls.iter(), |call| Some((1, call.event.id.into()))));
    let open = said.count(tally(calls.iter(), |call| {
        call.is_open().then(|| (1, call.event.id.into()))
    }));
    said.sentence(format!("本期接听{all}个，未答复{open}个。"))
}
