//! The connections that a server holds to its ledger.

use std::{ops::Deref, sync::Arc};

use parking_lot::{Condvar, FairMutex, Mutex};

use super::{Access, Begun, Connection, LedgerError};

/// How a connection is opened.
pub(in crate::ledger) type Open = Box<dyn Fn() -> Result<Connection, LedgerError> + Send + Sync>;

/// Lends connections, opened when they are first wanted and then kept, in the order in which they are asked for: a line
/// that always has something to ask waits behind every other between any two of its turns.
pub(in crate::ledger) struct Pool {
    open: Open,
    connections_max: usize,
    /// Held by whoever is next.
    turn: FairMutex<()>,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    lent: usize,
}

impl Pool {
    pub(in crate::ledger) fn new(connections_max: usize, open: Open) -> Arc<Self> {
        Arc::new(Self {
            open,
            connections_max,
            turn: FairMutex::new(()),
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    /// Begins a transaction.
    pub(in crate::ledger) fn begin(
        self: &Arc<Self>,
        access: Access,
    ) -> Result<Begun<Lent>, LedgerError> {
        let mut lent = self.wait();
        lent.on_sound(|connection| connection.begin(access))?;
        Ok(Begun::of(lent))
    }

    /// Does what takes one statement, which needs no transaction.
    pub(in crate::ledger) fn look<T>(
        self: &Arc<Self>,
        look: impl Fn(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.wait().on_sound(|connection| connection.look(&look))
    }

    /// Begins a transaction on a connection beside those that are lent, which ends with it.
    pub(in crate::ledger) fn begin_apart(
        &self,
        access: Access,
    ) -> Result<Begun<Box<Connection>>, LedgerError> {
        let connection = Box::new((self.open)()?);
        connection.begin(access)?;
        Ok(Begun::of(connection))
    }

    fn wait(self: &Arc<Self>) -> Lent {
        let _turn = self.turn.lock();
        let mut state = self.state.lock();
        while state.lent == self.connections_max {
            self.returned.wait(&mut state);
        }
        state.lent += 1;
        Lent {
            pool: Arc::clone(self),
            connection: state.idle.pop(),
        }
    }
}

/// A connection until it is returned.
pub(in crate::ledger) struct Lent {
    pool: Arc<Pool>,
    /// `None` only until it is opened.
    connection: Option<Connection>,
}

impl Lent {
    /// Does `work`. Connections that lay idle may have been lost, say because the database was started anew; then the next
    /// takes its place, and it is done again.
    fn on_sound<T>(
        &mut self,
        work: impl Fn(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        while let Some(idle) = &self.connection {
            match work(idle) {
                Err(_) if !idle.is_sound() => self.connection = self.pool.state.lock().idle.pop(),
                done => return done,
            }
        }
        let fresh = (self.pool.open)()?;
        work(self.connection.insert(fresh))
    }
}

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a connection that was opened")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        state.lent -= 1;
        let connection = self.connection.take();
        state.idle.extend(connection.filter(Connection::is_sound));
        self.pool.returned.notify_one();
    }
}
