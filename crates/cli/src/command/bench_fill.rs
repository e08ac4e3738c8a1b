//! `keystead bench-fill`: many users with a key each, for `make bench` to measure with. It writes to the
//! store directly: a million users through the API would take longer than everything that is measured.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};

use keystead_authority::account;
use keystead_core::access_key::NewAccessKey;
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::rng::uuid;
use keystead_core::{AccessKey, AccessKeyId, AccountId, KeyStatus, Timestamp, User};
use keystead_gate::authorize::ADMINISTRATOR_ACCESS;
use keystead_store::access_keys::secret_place;
use keystead_store::{Command, Result, Sealed, Tx};

use crate::failure::{Failure, Kind};
use crate::installation::{Installation, Location};

/// Users made in one transaction: enough that its fsync does not count.
const BATCH: usize = 20_000;

/// Fills the installation's first account with users of one active key each.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchFill {
    #[command(flatten)]
    location: Location,
    /// How many users to make.
    #[arg(long, value_name = "NUMBER")]
    users: usize,
    /// Make so many of them administrators, evenly spread, and print key id, secret and name of each.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    print: usize,
}

/// A user and its key as they are stored.
struct Filled {
    user: User,
    key: AccessKey,
    sealed: Sealed,
    is_printed: bool,
}

/// Draws users for an account, and prints some.
struct Drawing<'f> {
    on: &'f Installation,
    account: AccountId,
    now: Timestamp,
    /// An id has 39 random bits: among a million of one account, two are likely to be the same.
    drawn: HashSet<AccessKeyId>,
    out: BufWriter<io::StdoutLock<'f>>,
}

impl BenchFill {
    /// Makes the users, batch by batch.
    pub(crate) fn run(self) -> std::result::Result<(), Failure> {
        let installation = self.location.open()?;
        let account = account::list(&installation.store)?
            .first()
            .map(|account| account.id)
            .ok_or_else(|| Failure::new(Kind::NotFound, "There is no account to fill."))?;
        let mut drawing = Drawing {
            on: &installation,
            account,
            now: installation.clock.now().whole_second(),
            drawn: HashSet::new(),
            out: BufWriter::new(io::stdout().lock()),
        };
        for first in (0..self.users).step_by(BATCH) {
            let numbers = first..self.users.min(first + BATCH);
            let mut batch = numbers
                .map(|number| drawing.draw(number, self.is_printed(number)))
                .collect::<std::result::Result<Vec<_>, Failure>>()?;
            // In the order of the largest index, so that neighbours are written together.
            batch.sort_unstable_by_key(|filled| filled.key.id);
            let command =
                Command { id: uuid(&*installation.rng), account: Some(account), invocation_id: None };
            installation
                .store
                .write(command, move |tx| batch.iter().try_for_each(|filled| filled.insert(tx)))?;
        }
        drawing.out.flush().map_err(|error| unprinted(&error))
    }

    /// Whether this user is one of those evenly spread.
    fn is_printed(&self, number: usize) -> bool {
        let printed_before = |number: usize| number * self.print / self.users;
        printed_before(number) != printed_before(number + 1)
    }
}

impl Drawing<'_> {
    /// Draws the user of this number, and prints it if it is to be printed.
    fn draw(&mut self, number: usize, is_printed: bool) -> std::result::Result<Filled, Failure> {
        let (account, now, store, rng) = (self.account, self.now, &self.on.store, &*self.on.rng);
        let id = unique_id(UniqueIdKind::User, rng);
        let name = format!("bench-{number:07}");
        let mut new = NewAccessKey::generate(account, store.installation(), rng);
        while !self.drawn.insert(new.id) {
            new = NewAccessKey::generate(account, store.installation(), rng);
        }
        let secret = new.secret.expose();
        let sealed = store.sealer().seal(&secret_place(account, new.id), secret.as_bytes(), rng)?;
        if is_printed {
            writeln!(self.out, "{}\t{secret}\t{name}", new.id).map_err(|error| unprinted(&error))?;
        }
        let key = AccessKey {
            id: new.id,
            account,
            owner_id: id.clone(),
            status: KeyStatus::Active,
            created_at: now,
        };
        let path = "/".to_owned();
        let user = User { account, id, name, path, permissions_boundary: None, created_at: now };
        Ok(Filled { user, key, sealed, is_printed })
    }
}

impl Filled {
    fn insert(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Self { user, key, sealed, .. } = self;
        tx.users().insert(user, None)?;
        tx.access_keys().insert(key, sealed)?;
        if self.is_printed {
            tx.policy_attachments().attach(user.account, &user.id, ADMINISTRATOR_ACCESS, user.created_at)?;
        }
        Ok(())
    }
}

fn unprinted(error: &io::Error) -> Failure {
    Failure::new(Kind::Local, format!("The keys cannot be printed: {error}."))
}
