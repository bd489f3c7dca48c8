//! What the simulated scanner says, in the shape in which real ones say it.

use super::{EsclFault, World};

/// A device with a glass and a feeder for both sides; the feeder has no colour.
pub(super) fn capabilities() -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
  <pwg:Version>2.63</pwg:Version>
  <pwg:MakeAndModel>Simulated Scanner 1</pwg:MakeAndModel>
  <scan:Platen><scan:PlatenInputCaps>{}</scan:PlatenInputCaps></scan:Platen>
  <scan:Adf>
    <scan:AdfSimplexInputCaps>{feeder}</scan:AdfSimplexInputCaps>
    <scan:AdfDuplexInputCaps>{feeder}</scan:AdfDuplexInputCaps>
    <scan:FeederCapacity>50</scan:FeederCapacity>
  </scan:Adf>
</scan:ScannerCapabilities>
"#,
        input("<scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode>"),
        feeder = input("<scan:ColorMode>Grayscale8</scan:ColorMode>"),
    )
}

fn input(modes: &str) -> String {
    let resolutions: String = [75, 200, 300, 600]
        .map(|ppi| {
            format!(
                "<scan:DiscreteResolution><scan:XResolution>{ppi}</scan:XResolution>\
                 <scan:YResolution>{ppi}</scan:YResolution></scan:DiscreteResolution>"
            )
        })
        .concat();
    format!(
        "<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>\
         <scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3300</scan:MaxHeight>\
         <scan:SettingProfiles><scan:SettingProfile>\
         <scan:ColorModes>{modes}</scan:ColorModes>\
         <scan:DocumentFormats><pwg:DocumentFormat>application/pdf</pwg:DocumentFormat>\
         <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>\
         <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>\
         <scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}\
         </scan:DiscreteResolutions></scan:SupportedResolutions>\
         </scan:SettingProfile></scan:SettingProfiles>"
    )
}

/// The scanner as it stands.
pub(super) fn status(world: &World) -> String {
    let state = match world.fault {
        Some(EsclFault::Busy) => "Processing",
        Some(EsclFault::Jam | EsclFault::CoverOpen) => "Stopped",
        _ if world.is_warming_up() => "Testing",
        _ if world.job.is_some() => "Processing",
        _ => "Idle",
    };
    let feeder = match world.fault {
        // A jam shows once a sheet was drawn in.
        Some(EsclFault::Jam) if world.job.is_some() => "ScannerAdfJam",
        Some(EsclFault::CoverOpen) => "ScannerAdfHatchOpen",
        Some(EsclFault::DoubleFeed) if world.job.is_some() => "ScannerAdfMultipickDetected",
        _ if world.feeder.is_empty() => "ScannerAdfEmpty",
        _ => "ScannerAdfLoaded",
    };
    let jobs: String = world
        .job
        .iter()
        .map(|job| {
            let state = if job.aborted { "Aborted" } else { "Processing" };
            format!(
                "<scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/{}</pwg:JobUri>\
                 <pwg:JobState>{state}</pwg:JobState></scan:JobInfo>",
                job.number
            )
        })
        .collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
  <pwg:Version>2.63</pwg:Version>
  <pwg:State>{state}</pwg:State>
  <scan:AdfState>{feeder}</scan:AdfState>
  <scan:Jobs>{jobs}</scan:Jobs>
</scan:ScannerStatus>
"#
    )
}
