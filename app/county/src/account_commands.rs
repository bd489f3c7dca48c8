//! Accounts of the staff at the county's machine itself, such as the first administrator's.

use std::{error::Error, io, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use county::{County, accounts::Office, password};
use zeroize::Zeroizing;

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// Makes an account.
    Add {
        /// The officer's name, as it stands beside what they do.
        name: String,
        /// What the officer is to the county.
        #[arg(long, value_enum)]
        role: RoleName,
        /// Division code of the township, 9 digits; for roles in a township or village.
        #[arg(long, default_value = "")]
        township: String,
        /// Code of the village committee; for roles in a village.
        #[arg(long, default_value = "")]
        village: String,
        #[command(flatten)]
        password: PasswordArguments,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Disables an account; its sessions end at once.
    Disable {
        /// The account's name.
        name: String,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Gives an account another password, takes its second factor away, and lets it open again.
    Reset {
        /// The account's name.
        name: String,
        #[command(flatten)]
        password: PasswordArguments,
        /// Settings file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct PasswordArguments {
    /// Takes the password from a line of the standard input; without it one is made and printed, this once.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Of a village committee.
    Village,
    /// Of a township or its service centre.
    Township,
    /// Of the county's bureau.
    County,
    /// Sees everything masked, and who saw and did what.
    Auditor,
    /// Manages accounts.
    Administrator,
}

impl AccountCommand {
    pub(crate) const fn config(&self) -> &PathBuf {
        match self {
            Self::Add { config, .. }
            | Self::Disable { config, .. }
            | Self::Reset { config, .. } => config,
        }
    }
}

pub(crate) fn run(county: &County, command: AccountCommand) -> Result<(), Box<dyn Error>> {
    match command {
        AccountCommand::Add {
            name,
            role,
            township,
            village,
            password,
            ..
        } => {
            let office = match role {
                RoleName::Village => Office::Village { township, village },
                RoleName::Township => Office::Township { township },
                RoleName::County => Office::County,
                RoleName::Auditor => Office::Auditor,
                RoleName::Administrator => Office::Administrator,
            };
            let given = password.password()?;
            county.make_account(None, &name, &office, &given, &salt()?)?;
            password.tell(&name, &given);
        }
        AccountCommand::Disable { name, .. } => {
            county.disable_account(None, &name)?;
            println!("account {name} opens nothing any more");
        }
        AccountCommand::Reset { name, password, .. } => {
            let given = password.password()?;
            county.reset_password(None, &name, &given, &salt()?)?;
            password.tell(&name, &given);
        }
    }
    Ok(())
}

fn salt() -> Result<[u8; 16], getrandom::Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

impl PasswordArguments {
    fn password(&self) -> Result<Zeroizing<String>, Box<dyn Error>> {
        if self.password_stdin {
            let mut line = Zeroizing::new(String::new());
            io::stdin().read_line(&mut line)?;
            return Ok(Zeroizing::new(
                line.trim_end_matches(['\r', '\n']).to_owned(),
            ));
        }
        let mut random = [0; 20];
        getrandom::fill(&mut random)?;
        Ok(password::generated(&random))
    }

    fn tell(&self, name: &str, password: &str) {
        if self.password_stdin {
            println!("account {name} opens with the password given");
        } else {
            println!("account {name} opens with {password}; it is not shown again");
        }
    }
}
