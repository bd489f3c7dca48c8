//! What some answers tell beside their meaning for the dialogue.

/// The rate in `CONNECT 9600` or `CONNECT 33600/ARQ`.
pub(super) fn rate(line: &str) -> Option<u32> {
    let digits = line.strip_prefix("CONNECT ")?;
    let end = digits
        .find(|found: char| !found.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|&rate| 0 < rate)
}

/// The strength in `+CSQ: 20,99`; 99 is none known (3GPP TS 27.007, 8.5).
pub(super) fn strength(line: &str) -> Option<i16> {
    let (_, values) = line.split_once(": ")?;
    let (strength, _) = values.split_once(',')?;
    match strength.trim().parse() {
        Ok(strength @ 0..=31_i16) => Some(-113 + 2 * strength),
        _ => None,
    }
}

/// How much of a network's name is kept: 3GPP's long form has at most 16 characters.
const OPERATOR_CHARS_MAX: usize = 20;

/// The name in `+COPS: 0,0,"CHN-CT",7`.
pub(super) fn operator(line: &str) -> Option<String> {
    let name = line.split('"').nth(1)?;
    (!name.is_empty()).then(|| name.chars().take(OPERATOR_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_behind_connect_and_nowhere_else() {
        assert_eq!(rate("CONNECT 9600"), Some(9600));
        assert_eq!(rate("CONNECT 33600/ARQ/V34"), Some(33_600));
        for none in [
            "CONNECT",
            "CONNECT 0",
            "CONNECT FAST",
            "CONNECT 99999999999",
            "1",
        ] {
            assert_eq!(rate(none), None, "{none}");
        }
    }

    #[test]
    fn strength_is_told_in_steps_of_two_decibels() {
        assert_eq!(strength("+CSQ: 0,99"), Some(-113));
        assert_eq!(strength("+CSQ: 31,0"), Some(-51));
        for none in [
            "+CSQ: 99,99",
            "+CSQ: 32,0",
            "+CSQ: -1,0",
            "+CSQ: x",
            "+CSQ",
            "",
        ] {
            assert_eq!(strength(none), None, "{none}");
        }
    }

    #[test]
    fn a_network_without_a_name_has_none_and_a_long_one_is_cut() {
        assert_eq!(
            operator("+COPS: 0,0,\"CHN-CT\",7").as_deref(),
            Some("CHN-CT")
        );
        assert_eq!(operator("+COPS: 0"), None);
        assert_eq!(operator("+COPS: 0,0,\"\""), None);
        let long = format!("+COPS: 0,0,\"{}\"", "x".repeat(400));
        assert_eq!(
            operator(&long).map(|name| name.len()),
            Some(OPERATOR_CHARS_MAX)
        );
    }
}
