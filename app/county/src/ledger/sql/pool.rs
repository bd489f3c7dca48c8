//! The connections that a server holds to its ledger.

use std::ops::Deref;

use parking_lot::{Condvar, FairMutex, Mutex};

use super::{Access, Connection, LedgerError, Transaction};

/// How a connection is opened.
pub(in crate::ledger) type Open = Box<dyn Fn() -> Result<Connection, LedgerError> + Send + Sync>;

/// Lends connections, opened when they are first wanted and then kept, in the order in which they are asked for: a line
/// that always has something to write waits behind every other between any two of its turns.
pub(in crate::ledger) struct Pool {
    open: Open,
    connections_max: usize,
    /// Held by whoever is next.
    turn: FairMutex<()>,
    /// Held by who writes, so that no more than one connection waits for its turn in the database.
    writing: FairMutex<()>,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    lent: usize,
}

impl Pool {
    pub(in crate::ledger) fn new(connections_max: usize, open: Open) -> Self {
        Self {
            open,
            connections_max,
            turn: FairMutex::new(()),
            writing: FairMutex::new(()),
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Does `work` in one transaction. A panic drops it, which undoes what was done; the connection stays sound.
    pub(in crate::ledger) fn within<T, E: From<LedgerError>>(
        &self,
        access: Access,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _writing = (access == Access::Write).then(|| self.writing.lock());
        let connection = self.begun(access)?;
        commit_after(work, &connection)
    }

    /// Does `work` in one transaction on a connection beside those that are lent.
    pub(in crate::ledger) fn apart<T, E: From<LedgerError>>(
        &self,
        access: Access,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = (self.open)()?;
        connection.begin(access)?;
        commit_after(work, &connection)
    }

    /// A connection on which a transaction has begun. Idle ones may have been lost meanwhile, say because the database
    /// was started anew; then the next takes its place.
    fn begun(&self, access: Access) -> Result<Lent<'_>, LedgerError> {
        let mut lent = self.wait();
        while let Some(idle) = &lent.connection {
            match idle.begin(access) {
                Err(_) if !idle.is_sound() => lent.connection = self.state.lock().idle.pop(),
                begun => return begun.map(|()| lent),
            }
        }
        let fresh = (self.open)()?;
        fresh.begin(access)?;
        lent.connection = Some(fresh);
        Ok(lent)
    }

    fn wait(&self) -> Lent<'_> {
        let _turn = self.turn.lock();
        let mut state = self.state.lock();
        while state.lent == self.connections_max {
            self.returned.wait(&mut state);
        }
        state.lent += 1;
        Lent {
            pool: self,
            connection: state.idle.pop(),
        }
    }
}

/// Ends the transaction that has begun on a connection: well, if the work goes well.
fn commit_after<T, E: From<LedgerError>>(
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    connection: &Connection,
) -> Result<T, E> {
    let tx = Transaction::of(connection);
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// A connection until it is returned.
pub(in crate::ledger) struct Lent<'p> {
    pool: &'p Pool,
    /// `None` only until it is opened.
    connection: Option<Connection>,
}

impl Deref for Lent<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
            .as_ref()
            .expect("a connection that was opened")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state.lock();
        state.lent -= 1;
        let connection = self.connection.take();
        state.idle.extend(connection.filter(Connection::is_sound));
        self.pool.returned.notify_one();
    }
}
