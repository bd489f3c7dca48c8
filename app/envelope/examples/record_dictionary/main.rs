//! The dictionary that records are packed with, and what they weigh with it.
//!
//! ```sh
//! cargo run --release -p envelope --example record_dictionary            # the size table
//! cargo run --release -p envelope --example record_dictionary -- train   # makes the dictionary
//! ```

mod dice;
mod invented;
mod sizes;
mod training;
mod words;

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => print!("{}", sizes::table()?),
        ["train"] => {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dictionaries/record_1.dict");
            print!("{}", training::choice()?);
            std::fs::write(&path, training::dictionary(training::DICTIONARY_LEN)?)?;
            println!("{} written", path.display());
        }
        _ => return Err("arguments are nothing or `train`".into()),
    }
    Ok(())
}
