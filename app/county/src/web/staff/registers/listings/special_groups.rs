//! People who died, are in prison, or became newly disabled or monitored.

use relief::{ListName, Punctuality, Registers};

use super::{Cell, Listing, Row, masked, place};

pub(super) fn special_groups(registers: &Registers<'_>) -> Listing {
    let (book, today) = (registers.book, registers.log.day());
    let rows = registers.special_groups.persons().map(|special| {
        let found = special.found;
        let last = special
            .deadline(&registers.roster, book)
            .and_then(|one| one.last_day());
        let settled = special.settled.map(|(settled, ..)| settled.decided);
        let stands = last.map(|last| Punctuality::of(last.date, settled, today));
        let done = special
            .settled
            .map(|(settled, event, _)| Cell::from(settled.measure.title(), event))
            .or_else(|| {
                let (policy, event) = special.policies.last()?;
                Some(Cell::from(
                    book.lists.title(ListName::Policy, policy.policy),
                    *event,
                ))
            })
            .or_else(|| {
                special
                    .not_applied
                    .map(|(.., event)| Cell::from("未落实", event))
            });
        let cells = vec![
            Cell::from(masked(Some(&found.person)), special.id),
            Cell::of(place(&found.place, book)),
            Cell::of(found.group.title()),
            Cell::of(found.happened.to_string()),
            Cell::of(special.known.to_string()),
            last.map_or_else(
                || Cell::of("没有规定天数"),
                |last| Cell::of(last.date.to_string()),
            ),
            stands.map_or_else(|| Cell::of(""), |stands| Cell::stands(stands, None)),
            done.unwrap_or_else(|| Cell::of("待处理").asking(!special.is_settled())),
        ];
        Row::of(&found.place, cells)
    });
    Listing {
        note: "低保对象死亡的，3个月内完成家庭状况核查和增发、减发、停发；其他没有规定天数，要及时办。".to_owned(),
        heads: &["姓名", "地方", "情形", "时间", "知悉", "期限", "时限", "处理"],
        rows: rows.collect(),
    }
}
