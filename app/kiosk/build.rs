//! Compiles the screens; `drive` keeps element names in, so that tests can find a button by its label.

fn main() -> Result<(), slint_build::CompileError> {
    let drive = std::env::var_os("CARGO_FEATURE_DRIVE").is_some();
    let config = slint_build::CompilerConfiguration::new().with_debug_info(drive);
    slint_build::compile_with_config("ui/app.slint", config)
}
