//! `keystead bench-fill`: many users with a key each, for `make bench` to measure with. It writes to the
//! store directly: a million users through the API would take longer than everything that is measured.

use std::io::{self, BufWriter, Write};

use keystead_authority::account;
use keystead_core::access_key::NewAccessKey;
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::rng::uuid;
use keystead_core::{AccessKey, AccountId, KeyStatus, Timestamp, User};
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

impl BenchFill {
    /// Makes the users, batch by batch.
    pub(crate) fn run(self) -> std::result::Result<(), Failure> {
        let installation = self.location.open()?;
        let account = account::list(&installation.store)?
            .first()
            .map(|account| account.id)
            .ok_or_else(|| Failure::new(Kind::NotFound, "There is no account to fill."))?;
        let now = installation.clock.now().whole_second();
        let mut out = BufWriter::new(io::stdout().lock());
        for first in (0..self.users).step_by(BATCH) {
            let numbers = first..self.users.min(first + BATCH);
            let mut batch = numbers
                .map(|number| self.draw(&installation, account, number, now, &mut out))
                .collect::<std::result::Result<Vec<_>, Failure>>()?;
            // In the order of the largest index, so that neighbours are written together.
            batch.sort_unstable_by_key(|filled| filled.key.id);
            let command =
                Command { id: uuid(&*installation.rng), account: Some(account), invocation_id: None };
            installation
                .store
                .write(command, move |tx| batch.iter().try_for_each(|filled| filled.insert(tx)))?;
        }
        out.flush().map_err(|error| unprinted(&error))
    }

    /// Draws the user of this number, and prints it if it is one of those to print.
    fn draw(
        &self,
        on: &Installation,
        account: AccountId,
        number: usize,
        now: Timestamp,
        out: &mut impl Write,
    ) -> std::result::Result<Filled, Failure> {
        let rng = &*on.rng;
        let id = unique_id(UniqueIdKind::User, rng);
        let name = format!("bench-{number:07}");
        let new = NewAccessKey::generate(account, on.store.installation(), rng);
        let secret = new.secret.expose();
        let sealed = on.store.sealer().seal(&secret_place(account, new.id), secret.as_bytes(), rng)?;
        let is_printed = self.is_printed(number);
        if is_printed {
            writeln!(out, "{}\t{secret}\t{name}", new.id).map_err(|error| unprinted(&error))?;
        }
        let key = AccessKey {
            id: new.id,
            account,
            owner_id: id.clone(),
            status: KeyStatus::Active,
            created_at: now,
        };
        let user = User { account, id, name, path: "/".to_owned(), created_at: now };
        Ok(Filled { user, key, sealed, is_printed })
    }

    /// Whether this user is one of those evenly spread.
    fn is_printed(&self, number: usize) -> bool {
        let printed_before = |number: usize| number * self.print / self.users;
        printed_before(number) != printed_before(number + 1)
    }
}

impl Filled {
    fn insert(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Self { user, key, sealed, .. } = self;
        tx.users().insert(user, None)?;
        tx.access_keys().insert(key, sealed)?;
        if self.is_printed {
            tx.policies().attach(user.account, &user.id, ADMINISTRATOR_ACCESS, user.created_at)?;
        }
        Ok(())
    }
}

fn unprinted(error: &io::Error) -> Failure {
    Failure::new(Kind::Local, format!("The keys cannot be printed: {error}."))
}
