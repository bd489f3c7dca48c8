//! The forms that the project brings; a county may replace them by its own files.

/// The text of every definition in `assets/forms`.
pub const DEFINITIONS: &[&str] = &[
    include_str!("../../../assets/forms/dibao_application.toml"),
    include_str!("../../../assets/forms/assistance_application.toml"),
    include_str!("../../../assets/forms/check_authorization.toml"),
    include_str!("../../../assets/forms/commitment.toml"),
    include_str!("../../../assets/forms/near_relative_statement.toml"),
    include_str!("../../../assets/forms/power_of_attorney.toml"),
    include_str!("../../../assets/forms/home_visit.toml"),
    include_str!("../../../assets/forms/monthly_report.toml"),
    include_str!("../../../assets/forms/complaint_register.toml"),
    include_str!("../../../assets/forms/return_progress.toml"),
    include_str!("../../../assets/forms/return_near_relatives.toml"),
    include_str!("../../../assets/forms/return_payments.toml"),
    include_str!("../../../assets/forms/return_monitored.toml"),
    include_str!("../../../assets/forms/return_deaths.toml"),
    include_str!("../../../assets/forms/return_rectification.toml"),
];

#[cfg(test)]
mod tests;
