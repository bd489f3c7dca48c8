//! The data that the kiosk works by, and what of it the screen shows.

use chrono::NaiveDate;
use relief::clock::Step;
use relief::{Card, Condition, Limit, Rulebook, SchemeId};
use store::Retention;

use crate::flow::{self, FlowContent, FormContent, TextsError};

/// The county's rules, and the texts that a person is shown and agrees to.
#[derive(Clone)]
pub struct Policy {
    /// Schemes, clocks, cards, code tables, the county's own facts.
    pub rules: Rulebook,
    /// The texts, as TOML.
    pub texts_toml: String,
    /// How long the kiosk keeps what the county has acknowledged.
    pub retention: Retention,
}

impl Policy {
    /// These rules with the compiled-in texts and the default retention.
    #[must_use]
    pub fn new(rules: Rulebook) -> Self {
        Self {
            rules,
            texts_toml: flow::BUILTIN_TEXTS_TOML.to_owned(),
            retention: Retention::default(),
        }
    }

    /// What a visit offers on `day` in the county of this code, with these forms to sign.
    ///
    /// # Errors
    ///
    /// [`TextsError`] if a text that every kiosk has to show is missing.
    pub fn flow_content(
        &self,
        day: NaiveDate,
        county_code: u32,
        forms: &[FormContent],
    ) -> Result<FlowContent, TextsError> {
        let Rulebook {
            schemes,
            codes,
            cards,
            local,
            ..
        } = &self.rules;
        let cards: Vec<Card> = cards
            .iter()
            .map(|card| card.clone().with_local(local, day))
            .collect();
        let texts = &self.texts_toml;
        let content = FlowContent::new(schemes, &cards, codes, local, county_code, texts)?;
        Ok(content.with_forms(forms.iter().cloned()))
    }

    /// What the slip says will happen next, for a submission of `day`.
    #[must_use]
    pub fn next_steps(&self, scheme: SchemeId, day: NaiveDate) -> Vec<String> {
        let mut steps = vec!["乡镇（服务中心）看材料。缺什么，会一次全部告诉您。".to_owned()];
        match self
            .rules
            .clocks
            .clock(scheme, Step::Whole, Condition::Ordinary, day)
            .map(|clock| clock.limit)
        {
            Some(limit @ (Limit::WorkingDays(_) | Limit::CalendarDays(_) | Limit::Months(_))) => {
                let phrase = limit.phrases().into_iter().next().unwrap_or_default();
                steps.push(format!("乡镇受理以后才开始计时，一般{phrase}内办完。"));
            }
            Some(Limit::NextMonth | Limit::SameMonth | Limit::None(_)) | None => {
                steps.push("乡镇受理以后才开始计时。扫码可以看到每一步的期限。".to_owned());
            }
        }
        steps.push("办不成的，会书面告诉您，并说明理由。".to_owned());
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    #[test]
    fn the_slip_names_the_whole_clock_only_where_a_rule_sets_one() {
        let policy = Policy::new(Rulebook::builtin());
        let dibao = policy.next_steps(SchemeId::DIBAO, day());
        assert!(
            dibao.iter().any(|step| step.contains("30个工作日")),
            "{dibao:?}"
        );
        let tekun = policy.next_steps(SchemeId::TEKUN, day());
        assert!(
            tekun.iter().all(|step| !step.contains("个工作日内办完")),
            "{tekun:?}"
        );
    }
}
