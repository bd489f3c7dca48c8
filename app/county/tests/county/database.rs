//! A database of its own for one test, where tests run on PostgreSQL.

use std::{
    env, process,
    sync::atomic::{AtomicU32, Ordering},
};

use postgres::{Client, NoTls};

/// How to connect to a server that may be used at will; `tests/with_stores` sets it. Without it tests run on SQLite.
const SERVER: &str = "MINGBAI_POSTGRES";

pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// `None`: tests run on SQLite.
    pub(crate) fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let database = Self {
            server: env::var(SERVER).ok()?,
            name: format!("test_{}_{number}", process::id()),
        };
        database.tell_server(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    /// How to connect to it.
    pub(crate) fn connect(&self) -> String {
        format!("{} dbname={}", self.server, self.name)
    }

    fn tell_server(&self, sql: &str) {
        let mut client = Client::connect(&self.server, NoTls).expect("the server");
        client.batch_execute(sql).expect("the server does it");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.tell_server(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
