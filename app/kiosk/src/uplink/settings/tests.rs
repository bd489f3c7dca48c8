use serde::Deserialize;

use super::*;

fn parsed(text: &str) -> Result<Vec<RouteSettings>, RouteSettingsError> {
    #[derive(Deserialize)]
    struct Settings {
        routes: Vec<toml::Table>,
    }
    let settings: Settings = toml::from_str(text).unwrap();
    parse_routes(&settings.routes)
}

#[track_caller]
fn refused(route: &str, words: &str) {
    let text = format!("[[routes]]\n{route}");
    assert_eq!(parsed(&text).unwrap_err().to_string(), words);
}

#[test]
fn the_settings_of_the_documentation_are_three_routes_in_their_order() {
    let text = include_str!("../settings.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!"))
        .collect::<Vec<_>>()
        .join("\n");
    let routes = parsed(&text).unwrap();
    let names: Vec<_> = routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["县局专线", "政务网", "4G"]);
    let RouteKind::Modem(route) = &routes[2].kind else {
        panic!("{:?} is no modem", routes[2])
    };
    assert_eq!(route.modem.call.port, Some(7001));
    assert_eq!(
        (route.rules.calls_per_day, route.rules.kept_for_urgent),
        (48, 16)
    );
    assert!(route.rules.cheap_hours.is_some());
    assert_eq!(routes[2].bytes_per_month, Some(50_000_000));
    assert!(routes[2].terms().costs() && !routes[1].terms().costs());
}

#[test]
fn routes_are_used_in_the_order_of_their_cost() {
    let text = r#"
        [[routes]]
        name = "b"
        kind = "http"
        url = "http://b"
        cost = 2
        [[routes]]
        name = "c"
        kind = "tcp"
        address = "c:7001"
        cost = 2
        [[routes]]
        name = "a"
        kind = "cable"
        tty = "/dev/ttyS0"
        bits-per-second = 9600
        cost = 1
    "#;
    let names: Vec<_> = parsed(text)
        .unwrap()
        .into_iter()
        .map(|route| route.name)
        .collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(parse_routes(&[]), Ok(Vec::new()));
}

#[test]
fn what_cannot_be_used_is_told_by_route_and_field() {
    let cable = "name = \"专线\"\nkind = \"cable\"\n";
    refused("kind = \"cable\"", "route 1: `name` is missing");
    refused("name = \"专线\"", "route 1 (专线): `kind` is missing");
    refused(cable, "route 1 (专线): `tty` is missing");
    refused(
        &format!("{cable}tty = \"/dev/ttyS0\""),
        "route 1 (专线): `bits-per-second` is missing",
    );
    refused(
        &format!("{cable}tty = \"/dev/ttyS0\"\nbits-per-second = 9"),
        "route 1 (专线): `bits-per-second` is 9, needs 300 to 4000000",
    );
    refused(
        &format!("{cable}url = \"http://x\""),
        "route 1 (专线): `url` is no field of kind cable",
    );
    refused(
        &format!("{cable}tty = 7"),
        "route 1 (专线): `tty` is 7, needs a text in quotation marks",
    );
    refused(
        "name = \"w\"\nkind = \"wifi\"",
        "route 1 (w): `kind` is wifi, needs \"cable\", \"tcp\", \"modem\" or \"http\"",
    );
    refused(
        "name = \"t\"\nkind = \"tcp\"\naddress = \"county\"",
        "route 1 (t): `address` is \"county\", needs host and port, such as 10.1.2.3:7001",
    );
    refused(
        "name = \"h\"\nkind = \"http\"\nurl = \"https://county\"",
        "route 1 (h): `url` is \"https://county\", needs http:// and a host",
    );
    refused(
        "name = \" \"\nkind = \"http\"",
        "route 1 ( ): `name` is \" \", needs 1 to 12 characters and no blank around them",
    );
    let modem =
        "name = \"4G\"\nkind = \"modem\"\ntty = \"/dev/ttyUSB2\"\nbits-per-second = 115200\n";
    refused(modem, "route 1 (4G): `script` is missing");
    refused(
        &format!("{modem}script = \"x\""),
        "route 1 (4G): `script`: the modem script \"x\" cannot be used: no modem script is named \"x\"",
    );
    refused(
        &format!("{modem}script = \"quectel-ec20\""),
        "route 1 (4G): `script`: a Quectel EC20 needs \"apn\" to be set",
    );
    refused(
        &format!("{modem}script = \"pstn\"\ncalls-per-day = -1"),
        "route 1 (4G): `calls-per-day` is -1, needs 0 or more",
    );
    refused(
        &format!("{modem}script = \"pstn\"\nvariables = {{ pin = 1234 }}"),
        "route 1 (4G): `variables`: number, host, apn and pin are texts, port is a number",
    );
    refused(
        &format!("{modem}script = \"pstn\"\ncheap-hours = [\"22:00\", \"25:00\"]"),
        "route 1 (4G): `cheap-hours`: input is out of range",
    );
}

#[test]
fn a_field_that_no_route_has_is_named() {
    let text = "[[routes]]\nname = \"专线\"\nkind = \"cable\"\nttty = \"/dev/ttyS0\"";
    let error = parsed(text).unwrap_err().to_string();
    assert_eq!(error, "route 1 (专线): `ttty` is no field of kind cable");
}

#[test]
fn two_routes_of_one_name_and_too_many_routes_are_refused() {
    let http = |name: &str| {
        format!("[[routes]]\nname = \"{name}\"\nkind = \"http\"\nurl = \"http://x\"\n")
    };
    let error = parsed(&format!("{}{}", http("x"), http("x"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "route 2 (x): `name` is that of route 1 too"
    );
    let many: String = (0..6).map(|number| http(&number.to_string())).collect();
    assert_eq!(
        parsed(&many).unwrap_err().to_string(),
        "route 6 (5): there are more than 5 routes"
    );
}
