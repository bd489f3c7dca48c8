//! Which earlier events a fact refers to, whom and which days it names.

use chrono::NaiveDate;

use super::{EventId, Fact};
use crate::near_relative::Assisted;
use crate::payment::Payee;
use crate::person_entry::PersonEntry;

/// What an event that is referred to must have stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Anything.
    Any,
    /// A household in support.
    Household,
    /// An application.
    Application,
    /// An official.
    Official,
    /// A filing of the near-relative register.
    Filing,
    /// A village's monthly report.
    VillageReport,
    /// Somebody of a special group.
    Found,
    /// A complaint.
    Lead,
    /// A problem.
    Problem,
    /// A call.
    Call,
}

impl Wanted {
    /// Whether this is it.
    #[must_use]
    pub const fn is(self, fact: &Fact) -> bool {
        match self {
            Self::Any => true,
            Self::Household => matches!(fact, Fact::HouseholdEntered(_)),
            Self::Application => matches!(fact, Fact::ApplicationEntered(_)),
            Self::Official => matches!(fact, Fact::OfficialEntered(_)),
            Self::Filing => matches!(fact, Fact::RelativeFiled(_)),
            Self::VillageReport => matches!(fact, Fact::VillageReported(_)),
            Self::Found => matches!(fact, Fact::PersonFound(_)),
            Self::Lead => matches!(fact, Fact::LeadEntered(_)),
            Self::Problem => matches!(fact, Fact::ProblemEntered(_)),
            Self::Call => matches!(fact, Fact::CallTaken(_)),
        }
    }
}

impl Fact {
    /// Everybody whom it enters as a person; of a bank's list nobody.
    #[must_use]
    pub fn persons(&self) -> Vec<&PersonEntry> {
        match self {
            Self::HouseholdEntered(one) => one.members.iter().map(|one| &one.person).collect(),
            Self::MembersSet(one) => one.members.iter().map(|one| &one.person).collect(),
            Self::OfficialEntered(one) => vec![&one.person],
            Self::RelativeNamed(one) => vec![&one.relative],
            Self::ApplicationEntered(one) => one.persons.iter().collect(),
            Self::VillageReported(one) => one.changes.iter().map(|one| &one.person).collect(),
            Self::PersonFound(one) => vec![&one.person],
            Self::LeadEntered(one) => one.by.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The earlier events that it refers to, each with what it must have stated.
    #[must_use]
    pub fn references(&self) -> Vec<(EventId, Wanted)> {
        let found = |id| vec![(id, Wanted::Found)];
        let filing = |id| vec![(id, Wanted::Filing)];
        let lead = |id| vec![(id, Wanted::Lead)];
        let problem = |id| vec![(id, Wanted::Problem)];
        let household = |id| vec![(id, Wanted::Household)];
        match self {
            Self::Withdrawn(one) => vec![(one.event, Wanted::Any)],
            Self::HouseholdEntered(_)
            | Self::OfficialEntered(_)
            | Self::ApplicationEntered(_)
            | Self::TownshipReported(_)
            | Self::ReportHandedIn(_)
            | Self::CallTaken(_) => Vec::new(),
            Self::AmountSet(one) => household(one.household),
            Self::MembersSet(one) => household(one.household),
            Self::HouseholdStopped(one) => household(one.household),
            Self::OfficialLeft(one) => vec![(one.official, Wanted::Official)],
            Self::RelativeNamed(one) => vec![(one.official, Wanted::Official)],
            Self::RelativeFiled(one) => {
                let assisted = match one.assisted {
                    Assisted::Application(id) => (id, Wanted::Application),
                    Assisted::Household(id) => (id, Wanted::Household),
                };
                vec![assisted, (one.official, Wanted::Official)]
            }
            Self::FilingVisited(one) => filing(one.filing),
            Self::Recused(one) => filing(one.filing),
            Self::FilingSettled(one) => filing(one.filing),
            Self::PayListEntered(one) => {
                let payees = one.lines.iter().filter_map(|line| match line.payee {
                    Payee::Household(id) => Some((id, Wanted::Household)),
                    Payee::Institution(_) | Payee::Unmatched(_) => None,
                });
                payees.collect()
            }
            Self::MoneyRecovered(one) => {
                let mut all = household(one.household);
                all.extend(one.found.map(|id| (id, Wanted::Found)));
                all.extend(one.problem.map(|id| (id, Wanted::Problem)));
                all
            }
            Self::VillageReported(one) => {
                let households = one.changes.iter().filter_map(|change| change.household);
                households.map(|id| (id, Wanted::Household)).collect()
            }
            Self::VillageReportChecked(one) => vec![(one.report, Wanted::VillageReport)],
            Self::ChangeSettled(one) => vec![(one.report, Wanted::VillageReport)],
            Self::PersonFound(one) => one
                .household
                .into_iter()
                .map(|id| (id, Wanted::Household))
                .collect(),
            Self::HouseholdRechecked(one) => found(one.found),
            Self::PersonSettled(one) => found(one.found),
            Self::PolicyApplied(one) => found(one.found),
            Self::PolicyNotApplied(one) => found(one.found),
            Self::LeadEntered(one) => one
                .repeats
                .into_iter()
                .map(|id| (id, Wanted::Lead))
                .collect(),
            Self::LeadTold(one) => lead(one.lead),
            Self::LeadVerified(one) => lead(one.lead),
            Self::LeadAnswered(one) => lead(one.lead),
            Self::LeadExtended(one) => lead(one.lead),
            Self::LeadHandedOver(one) => lead(one.lead),
            Self::ProblemEntered(one) => {
                one.lead.into_iter().map(|id| (id, Wanted::Lead)).collect()
            }
            Self::ProblemProgressed(one) => problem(one.problem),
            Self::ProblemClosed(one) => problem(one.problem),
            Self::StaffSanctioned(one) => problem(one.problem),
            Self::SystemImproved(one) => problem(one.problem),
            Self::CallSettled(one) => vec![(one.call, Wanted::Call)],
        }
    }

    /// The last of the days on which it says that something happened.
    pub(super) fn last_happened(&self) -> Option<NaiveDate> {
        match self {
            Self::HouseholdEntered(one) => Some(one.decided),
            Self::AmountSet(one) => Some(one.decided),
            Self::HouseholdStopped(one) => Some(one.decided),
            Self::ApplicationEntered(one) => Some(one.applied),
            Self::FilingVisited(one) => Some(one.on),
            Self::PayListEntered(one) => one.lines.iter().map(|line| line.on).max(),
            Self::MoneyRecovered(one) => Some(one.on),
            Self::PersonFound(one) => Some(one.happened),
            Self::HouseholdRechecked(one) => Some(one.on),
            Self::PersonSettled(one) => Some(one.decided),
            Self::PolicyApplied(one) => Some(one.on),
            Self::LeadEntered(one) => Some(one.received),
            Self::LeadTold(one) => Some(one.on),
            Self::LeadVerified(one) => Some(one.on),
            Self::LeadAnswered(one) => Some(one.on),
            Self::LeadHandedOver(one) => Some(one.on),
            Self::ProblemProgressed(one) => Some(one.on),
            Self::ProblemClosed(one) => Some(one.on),
            Self::Withdrawn(_)
            | Self::MembersSet(_)
            | Self::OfficialEntered(_)
            | Self::OfficialLeft(_)
            | Self::RelativeNamed(_)
            | Self::RelativeFiled(_)
            | Self::Recused(_)
            | Self::FilingSettled(_)
            | Self::VillageReported(_)
            | Self::VillageReportChecked(_)
            | Self::TownshipReported(_)
            | Self::ChangeSettled(_)
            | Self::PolicyNotApplied(_)
            | Self::LeadExtended(_)
            | Self::ProblemEntered(_)
            | Self::StaffSanctioned(_)
            | Self::SystemImproved(_)
            | Self::ReportHandedIn(_)
            | Self::CallTaken(_)
            | Self::CallSettled(_) => None,
        }
    }
}
