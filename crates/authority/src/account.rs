//! Accounts, as the operator makes, lists and closes them on the installation's own machine. Nobody signs
//! up by themselves, so these are not operations of any API.

use keystead_aws::error::{Fault, Result};
use keystead_core::access_key::NewAccessKey;
use keystead_core::account::check_email;
use keystead_core::{Account, AccountId, AccountStatus, Rng, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_store::access_keys;
use keystead_store::{Command, OnConstraint, Store, Touched};
use serde_json::json;

/// What a new account is to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its number; drawn where none is given.
    pub id: Option<AccountId>,
    /// A name for people.
    pub name: String,
    /// The root user's e-mail address.
    pub root_email: String,
    /// Whether to make an access key for the root user.
    pub root_key: bool,
}

/// An account just made, with the root key if one was asked for. The secret is here and nowhere else.
#[derive(Debug)]
pub struct Created {
    /// The account.
    pub account: Account,
    /// The root user's access key.
    pub root_key: Option<NewAccessKey>,
}

/// Makes an account, its root user, and a root access key if asked for, in one transaction.
pub fn create(store: &Store, new: NewAccount, now: Timestamp, rng: &dyn Rng) -> Result<Created> {
    check_email(&new.root_email).map_err(|text| Fault::ValidationError(text.to_owned()))?;
    let account = Account {
        id: new.id.unwrap_or_else(|| AccountId::generate(rng)),
        name: new.name,
        root_email: new.root_email,
        status: AccountStatus::Active,
        created_at: now,
    };
    let owner_id = account.id.to_string();
    let drawn =
        new.root_key.then(|| access_keys::draw(store, account.id, &owner_id, now, rng)).transpose()?;
    let (row, root_key) = drawn
        .map(|drawn| {
            let id = drawn.key.id;
            ((drawn.key, drawn.sealed), NewAccessKey { id, secret: drawn.secret })
        })
        .unzip();
    let (made, event_id) = (account.clone(), keystead_core::rng::uuid(rng));
    store.write(command(account.id, rng), move |tx| {
        tx.accounts().insert(&made).on_constraint("accounts_email_unique", || {
            Fault::EntityAlreadyExists(format!("An account with root e-mail {} exists.", made.root_email))
        })?;
        // The account is named before its key: a key ring takes a key only of an owner it knows.
        tx.touch(Touched::Account(made.id));
        if let Some((key, sealed)) = &row {
            tx.access_keys().insert(key, sealed)?;
            tx.touch(Touched::AccessKey(key.id));
        }
        let details = json!({"accountId": made.id.to_string(), "rootEmail": made.root_email});
        insert_own_event(tx, made.id, &event_id, now, "CreateAccount", &details).map_err(Fault::from)
    })?;
    Ok(Created { account, root_key })
}

/// All accounts, by number.
pub fn list(store: &Store) -> Result<Vec<Account>> {
    const PAGE: i64 = 1000;
    store.read(|tx| {
        let mut accounts: Vec<Account> = Vec::new();
        loop {
            let page = tx.accounts().list(accounts.last().map(|last| last.id), PAGE)?;
            if page.is_empty() {
                return Ok(accounts);
            }
            accounts.extend(page);
        }
    })
}

/// Closes an account: from now on none of its credentials is accepted. Nothing is deleted.
pub fn close(store: &Store, id: AccountId, now: Timestamp, rng: &dyn Rng) -> Result<()> {
    let event_id = keystead_core::rng::uuid(rng);
    store.write(command(id, rng), move |tx| {
        if !tx.accounts().close(id, now)? {
            return Err(Fault::NoSuchEntity(format!("There is no open account {id}.")));
        }
        tx.touch(Touched::Account(id));
        let details = json!({"accountId": id.to_string()});
        insert_own_event(tx, id, &event_id, now, "CloseAccount", &details).map_err(Fault::from)
    })
}

fn command(account: AccountId, rng: &dyn Rng) -> Command {
    Command { id: keystead_core::rng::uuid(rng), account: Some(account), invocation_id: None }
}
