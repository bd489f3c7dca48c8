//! The simulator's program; see the library for what it is made of.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use sim::demo;
use sim::keys::Keys;
use sim::web;
use sim::world::{Options, Way, World};

/// 明白 kiosk and county in one process, without hardware.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of the page, on this machine only; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of the county's pages, on this machine only; 0 takes a free one.
    #[arg(long, default_value_t = 8081, global = true)]
    county_port: u16,
    /// Folder for the kiosk's and the county's files; without it they go when the program ends.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder with rule files of the county's own, such as local.toml with its hotline, over the built-in ones.
    #[arg(long)]
    rules: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Plays one application from the card to the county by itself; exit code 0 if all of it arrived.
    Demo(demo::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        None => serve(&arguments),
        Some(Command::Demo(demo)) => demo::run(demo, local(arguments.county_port)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Serves the page until the program is ended.
fn serve(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let temporary = tempfile::tempdir()?;
    let dir = arguments
        .data
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&dir)?;
    let options = Options {
        kiosk_dir: dir.join("kiosk"),
        county_dir: dir.join("county"),
        county_address: local(arguments.county_port),
        rules_dir: arguments.rules.clone(),
        bits_per_second: 9600,
        way: Way::Line,
        keys: Keys::kept_in(&dir.join("simulator-keys"))?,
    };
    let world = Arc::new(World::start(&options, runtime.handle())?);
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(local(arguments.port))
            .await
            .map_err(|error| {
                let port = arguments.port;
                std::io::Error::other(format!(
                    "port {port} cannot be used ({error}); give another with --port"
                ))
            })?;
        println!(
            "open http://{} in a browser; Ctrl-C ends it",
            listener.local_addr()?
        );
        let ended = async {
            // Without a signal handler the program just ends at once.
            let _ = tokio::signal::ctrl_c().await;
        };
        tokio::select! {
            served = async { axum::serve(listener, web::router(world.clone())).await } => served,
            () = ended => Ok(()),
        }
    })?;
    Ok(())
}
