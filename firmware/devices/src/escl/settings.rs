//! What is asked of a scanner (`ScanSettings`), out of what it can do.

use super::capabilities::Capabilities;
use crate::page_source::{PageFault, Place, Wanted};

/// A4 in 1/300 inch.
const A4: (u32, u32) = (2480, 3508);

/// The body of the request that makes a job.
///
/// # Errors
///
/// [`PageFault::Lacks`] if the scanner has no such place for paper, or no format that we take.
pub(super) fn scan_settings(
    capabilities: &Capabilities,
    wanted: &Wanted,
) -> Result<String, PageFault> {
    let (input, lacking) = match wanted.place {
        Place::Glass => (&capabilities.glass, "glass"),
        Place::Feeder { both_sides: false } => (&capabilities.feeder, "feeder"),
        Place::Feeder { both_sides: true } => {
            (&capabilities.feeder_both_sides, "feeder for both sides")
        }
    };
    let input = input.as_ref().ok_or(PageFault::Lacks(lacking))?;
    let colours = match (wanted.colour, input.colour, input.grey) {
        (true, true, _) | (false, true, false) => "RGB24",
        (_, _, true) => "Grayscale8",
        (_, false, false) => return Err(PageFault::Lacks("colour and no grey")),
    };
    let format = if input.jpeg {
        "image/jpeg"
    } else if input.png {
        "image/png"
    } else {
        return Err(PageFault::Lacks("JPEG and no PNG"));
    };
    // Zero is a scanner that does not tell.
    let side = |a4: u32, max: u32| if max == 0 { a4 } else { a4.min(max) };
    let width = side(A4.0, input.size_max.0);
    let height = side(A4.1, input.size_max.1);
    let ppi = input.resolutions.nearest(wanted.ppi);
    let (source, duplex) = match wanted.place {
        Place::Glass => ("Platen", String::new()),
        Place::Feeder { both_sides } => (
            "Feeder",
            format!("  <scan:Duplex>{both_sides}</scan:Duplex>\n"),
        ),
    };
    let format_again = if input.names_format_twice {
        format!("  <scan:DocumentFormatExt>{format}</scan:DocumentFormatExt>\n")
    } else {
        String::new()
    };
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
  <pwg:Version>2.0</pwg:Version>
  <pwg:ScanRegions>
    <pwg:ScanRegion>
      <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
      <pwg:XOffset>0</pwg:XOffset>
      <pwg:YOffset>0</pwg:YOffset>
      <pwg:Width>{width}</pwg:Width>
      <pwg:Height>{height}</pwg:Height>
    </pwg:ScanRegion>
  </pwg:ScanRegions>
  <pwg:InputSource>{source}</pwg:InputSource>
  <scan:ColorMode>{colours}</scan:ColorMode>
  <pwg:DocumentFormat>{format}</pwg:DocumentFormat>
{format_again}  <scan:XResolution>{ppi}</scan:XResolution>
  <scan:YResolution>{ppi}</scan:YResolution>
{duplex}</scan:ScanSettings>
"#
    ))
}
