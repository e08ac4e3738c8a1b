//! Keeping the key ring level with the store: all of it at start, and what a commit touched after each.
//!
//! A commit says what it touched; the rows are read again from the committed state, so whatever the order in
//! which this is called, the last call leaves the newest state.

use std::sync::Arc;

use hashbrown::HashMap;
use keystead_aws::Fault;
use keystead_core::{AccessKeyId, AccountId, AccountStatus, Quotas, User};
use keystead_store::access_keys::RingKey;
use keystead_store::counts::Counted;
use keystead_store::{CommitListener, Result, Store, Touched, Tx};

use super::{KeyEntry, KeyRing, OwnerId, Principal, SealedSecret, Verifier};

/// More policies than a user can have attached.
const POLICIES_MAX: i64 = 100;

impl KeyRing {
    /// Reads everything from the store.
    pub(crate) fn load(&self, store: &Store) -> Result<(), Fault> {
        store.read(|tx| self.load_from(tx).map_err(Fault::from))
    }

    fn load_from(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut after = None;
        loop {
            let page = tx.accounts().list(after, 1000)?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for account in &page {
                self.put_account(account, tx.quotas().of(account.id)?);
                let users = tx.counts().get(account.id, Counted::Users)?;
                self.principals.reserve(usize::try_from(users).unwrap_or_default());
            }
        }
        let mut policies = HashMap::<String, Vec<String>>::new();
        tx.policies().each_for_ring(&mut |_, user_id, arn| {
            policies.entry(user_id.to_owned()).or_default().push(arn.to_owned());
            Ok(())
        })?;
        tx.users().each_for_ring(&mut |user| {
            self.put_user(&user, policies.get(&user.id).map_or(&[], Vec::as_slice));
            Ok(())
        })?;
        tx.access_keys().each_for_ring(&mut |key| {
            self.put_key(&key);
            Ok(())
        })?;
        tx.verifiers().each_for_ring(&mut |verifier| {
            self.verifiers.put(verifier_of(verifier));
            Ok(())
        })
    }

    fn put_account(&self, account: &keystead_core::Account, quotas: Quotas) {
        self.principals.put_quotas(account.id, quotas);
        self.principals.set_account(account.id, account.status == AccountStatus::Active);
        let mut root = Principal::root(account.id, &account.root_email);
        root.created_at = account.created_at;
        self.principals.put(Arc::new(root));
    }

    fn put_user(&self, user: &User, policies: &[String]) -> Option<Arc<Principal>> {
        let principal = Arc::new(Principal {
            account: user.account,
            id: OwnerId::parse(&user.id)?,
            name: user.name.as_str().into(),
            path: self.principals.share_text(&user.path),
            created_at: user.created_at,
            policies: self.principals.share_policies(policies),
        });
        self.principals.put(Arc::clone(&principal));
        Some(principal)
    }

    fn put_key(&self, key: &RingKey<'_>) {
        if let Some(principal) = OwnerId::parse(key.owner_id).and_then(|id| self.principals.find(id)) {
            let sealed = SealedSecret::new(key.secret_sealed);
            self.keys.put(KeyEntry { id: key.id, principal, status: key.status, sealed });
        }
    }

    fn refresh(&self, tx: &mut Tx<'_>, touched: &Touched) -> Result<()> {
        match touched {
            Touched::Account(account) => self.refresh_account(tx, *account),
            Touched::Principal { account, id } => self.refresh_principal(tx, *account, id),
            Touched::AccessKey(id) => self.refresh_key(tx, *id),
            Touched::Verifier(id) => self.refresh_verifier(tx, id),
            // Custody is read from the store when it is needed.
            Touched::Custody { .. } => Ok(()),
        }
    }

    fn refresh_account(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if let Some(account) = tx.accounts().find(account)? {
            self.put_account(&account, tx.quotas().of(account.id)?);
        }
        // Its keys point at the root user as it was: they are put again.
        for key in tx.access_keys().list_by_owner(account, &account.to_string())? {
            self.refresh_key(tx, key.id)?;
        }
        Ok(())
    }

    fn refresh_principal(&self, tx: &mut Tx<'_>, account: AccountId, id: &str) -> Result<()> {
        let Some(owner) = OwnerId::parse(id) else { return Ok(()) };
        match tx.users().find_by_id(account, id)? {
            Some(user) => {
                let policies = tx.policies().list(account, id, None, POLICIES_MAX)?;
                self.put_user(&user, &policies);
            }
            None if owner == OwnerId::root(account) => {}
            None => self.principals.remove(owner),
        }
        // Keys point at their principal as it was: they are put again.
        for key in tx.access_keys().list_by_owner(account, id)? {
            self.refresh_key(tx, key.id)?;
        }
        Ok(())
    }

    fn refresh_key(&self, tx: &mut Tx<'_>, id: AccessKeyId) -> Result<()> {
        let found = tx.access_keys().find_for_ring(id, &mut |key| {
            self.put_key(&key);
            Ok(())
        })?;
        if !found {
            self.keys.remove(id);
        }
        Ok(())
    }

    fn refresh_verifier(&self, tx: &mut Tx<'_>, id: &str) -> Result<()> {
        match tx.verifiers().find_for_ring(id)? {
            Some(verifier) => self.verifiers.put(verifier_of(verifier)),
            None => self.verifiers.remove(id),
        }
        Ok(())
    }

    /// Lets nothing through that `touched` names: what cannot be read again is not trusted.
    fn distrust(&self, touched: &Touched) {
        match touched {
            Touched::AccessKey(id) => self.keys.remove(*id),
            Touched::Account(account) => self.principals.set_account(*account, false),
            Touched::Principal { id, .. } => {
                if let Some(owner) = OwnerId::parse(id) {
                    // Its keys hold what it was allowed before.
                    self.keys.remove_all_of(owner);
                    self.principals.remove(owner);
                }
            }
            Touched::Verifier(id) => self.verifiers.remove(id),
            Touched::Custody { .. } => {}
        }
    }
}

impl CommitListener for KeyRing {
    fn committed(&self, tx: &mut Tx<'_>, touched: &[Touched]) -> Result<()> {
        let mut outcome = Ok(());
        for touched in touched {
            if let Err(error) = self.refresh(tx, touched) {
                tracing::error!(%error, %touched, "the key ring could not follow a commit; refusing what it touched");
                self.distrust(touched);
                outcome = Err(error);
            }
        }
        outcome
    }
}

fn verifier_of(row: keystead_store::verifiers::Verifier) -> Verifier {
    Verifier {
        account: row.account,
        id: row.id,
        name: row.name,
        token_hash: row.token_hash,
        accounts: row.accounts.iter().filter_map(|id| id.parse().ok()).collect(),
        services: row.services,
        hosts: row.hosts,
        trusts_forwarded: row.trusts_forwarded,
    }
}
