//! PDFs as another program reads and draws them.

use std::path::Path;
use std::process::Command;

use crate::Done;

/// The words of a PDF without the spaces between them.
pub(crate) fn words(pdf: &Path) -> Done<String> {
    let read = Command::new("pdftotext").arg(pdf).arg("-").output()?;
    if !read.status.success() {
        return Err(String::from_utf8_lossy(&read.stderr).into_owned().into());
    }
    Ok(String::from_utf8(read.stdout)?.split_whitespace().collect())
}

/// Draws the first page of a PDF as `{picture}.png`.
pub(crate) fn draw(pdf: &Path, picture: &Path) -> Done {
    let drawn = Command::new("pdftoppm")
        .args(["-png", "-r", "100", "-f", "1", "-l", "1", "-singlefile"])
        .args([pdf, picture])
        .status()?;
    if !drawn.success() {
        return Err(format!("{} cannot be drawn", pdf.display()).into());
    }
    Ok(())
}
