//! Keeping the key ring level with the store: all of it at start, and what a commit touched after each.
//!
//! A commit says what it touched; the rows are read again from the committed state, so whatever the order in
//! which this is called, the last call leaves the newest state.

use std::sync::Arc;

use hashbrown::HashMap;
use keystead_aws::Fault;
use keystead_core::{AccessKeyId, AccountId, AccountStatus, Group, Quotas, Role, Tag, Timestamp, User};
use keystead_policy::Purpose;
use keystead_store::access_keys::RingKey;
use keystead_store::counts::Counted;
use keystead_store::inline_policies::InlinePolicy;
use keystead_store::{CommitListener, Result, Store, Touched, Tx};

use super::{
    CertificateEntry, Grants, InForce, KeyEntry, KeyRing, OwnerId, Principal, PrincipalKind, RoleTerms,
    SealedSecret, Verifier, grants,
};

/// What hangs on a user, group or role.
#[derive(Default)]
struct Given {
    attached: Vec<String>,
    inline: Vec<InlinePolicy>,
    groups: Vec<OwnerId>,
    tags: Vec<Tag>,
}

impl Given {
    fn of(tx: &mut Tx<'_>, account: AccountId, id: &str) -> Result<Self> {
        let groups = tx.groups().list_of_user(account, id)?;
        Ok(Self {
            attached: tx.policy_attachments().list(account, id, None, i64::MAX)?,
            inline: tx.inline_policies().list(account, id)?,
            groups: groups.iter().filter_map(|group| OwnerId::parse(&group.id)).collect(),
            tags: tx.tags().list(account, id, None, i64::MAX)?,
        })
    }
}

/// What users, groups and roles have in common.
struct Named<'n> {
    account: AccountId,
    id: &'n str,
    name: &'n str,
    path: &'n str,
}

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
                self.put_account(account, &tx.quotas().of(account.id)?);
                let users = tx.counts().get(account.id, Counted::Users)?;
                self.principals.reserve(usize::try_from(users).unwrap_or_default());
            }
        }
        self.load_principals(tx)?;
        tx.session_revocations().each_for_ring(&mut |account, subject, before| {
            self.revocations.put(account, subject, before);
            Ok(())
        })?;
        tx.access_keys().each_for_ring(&mut |key| {
            self.put_key(&key);
            Ok(())
        })?;
        tx.honey_keys().each_for_ring(&mut |id, account| self.honey_keys.put(id, account))?;
        tx.signing_certificates().each_for_ring(&mut |certificate| {
            if let Some(entry) = CertificateEntry::of(&certificate) {
                self.certificates.put(entry);
            }
            Ok(())
        })?;
        tx.verifiers().each_for_ring(&mut |verifier| {
            self.verifiers.put(verifier_of(verifier));
            Ok(())
        })
    }

    /// Reads all groups, roles, users and managed policies; what hangs on them is gathered first.
    fn load_principals(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut given = HashMap::<String, Given>::new();
        tx.policy_attachments().each_for_ring(&mut |owner, arn| {
            given.entry_ref(owner).or_default().attached.push(arn.to_owned());
            Ok(())
        })?;
        tx.inline_policies().each_for_ring(&mut |owner, name, document| {
            let policy = InlinePolicy { name: name.to_owned(), document: document.to_owned() };
            given.entry_ref(owner).or_default().inline.push(policy);
            Ok(())
        })?;
        tx.groups().each_member_for_ring(&mut |user, group| {
            given.entry_ref(user).or_default().groups.extend(OwnerId::parse(group));
            Ok(())
        })?;
        tx.tags().each_for_ring(&mut |resource, tag| {
            given.entry_ref(resource).or_default().tags.push(tag);
            Ok(())
        })?;
        let mut take = |id: &str| given.remove(id).unwrap_or_default();
        tx.groups().each_for_ring(&mut |group| {
            self.put_group(&group, take(&group.id));
            Ok(())
        })?;
        tx.roles().each_for_ring(&mut |role| {
            self.put_role(&role, take(&role.id));
            Ok(())
        })?;
        tx.users().each_for_ring(&mut |user| {
            self.put_user(&user, take(&user.id));
            Ok(())
        })?;
        tx.policies().each_for_ring(&mut |arn, id, document| {
            self.put_policy(arn, document, &take(id).tags);
            Ok(())
        })
    }

    fn put_account(&self, account: &keystead_core::Account, quotas: &Quotas) {
        self.principals.put_quotas(account.id, quotas);
        self.principals.set_account(account.id, account.status == AccountStatus::Active);
        let mut root = Principal::root(account.id, &account.root_email);
        root.created_at = account.created_at;
        self.principals.put(Arc::new(root));
    }

    fn put_policy(&self, arn: &str, document: &str, tags: &[Tag]) {
        let policy = grants::compile(arn, document, Purpose::Managed);
        self.policies.put(arn, InForce { policy, tags: tags.into() });
    }

    fn put_user(&self, user: &User, given: Given) {
        let named = Named { account: user.account, id: &user.id, name: &user.name, path: &user.path };
        let boundary = user.permissions_boundary.as_deref();
        self.put_principal(PrincipalKind::User, &named, boundary, given, |principal| Principal {
            created_at: user.created_at,
            ..principal
        });
    }

    fn put_group(&self, group: &Group, given: Given) {
        let named = Named { account: group.account, id: &group.id, name: &group.name, path: &group.path };
        self.put_principal(PrincipalKind::Group, &named, None, given, |principal| Principal {
            created_at: group.created_at,
            ..principal
        });
    }

    fn put_role(&self, role: &Role, given: Given) {
        let named = Named { account: role.account, id: &role.id, name: &role.name, path: &role.path };
        let bound = grants::bind_trust(&role.trust_policy, &role.trusted_ids);
        let terms = RoleTerms {
            trust: grants::compile(&role.name, &bound, Purpose::Trust),
            trusted_ids: role.trusted_ids.clone().into(),
            max_session_seconds: role.max_session_seconds,
            is_service_linked: role.service_name.is_some(),
        };
        let boundary = role.permissions_boundary.as_deref();
        self.put_principal(PrincipalKind::Role, &named, boundary, given, |principal| Principal {
            created_at: role.created_at,
            role: Some(Box::new(terms)),
            ..principal
        });
    }

    fn put_principal(
        &self,
        kind: PrincipalKind,
        named: &Named<'_>,
        boundary: Option<&str>,
        given: Given,
        complete: impl FnOnce(Principal) -> Principal,
    ) {
        let Some(id) = OwnerId::parse(named.id) else { return };
        let grants = Grants {
            attached: given.attached.iter().map(|arn| self.principals.share_text(arn)).collect(),
            boundary: boundary.map(|arn| self.principals.share_text(arn)),
            groups: given.groups.into(),
        };
        let inline = (given.inline.iter())
            .map(|policy| grants::compile(&policy.name, &policy.document, Purpose::Identity));
        let principal = Principal {
            id,
            kind,
            name: named.name.into(),
            path: self.principals.share_text(named.path),
            grants: self.principals.share_grants(grants),
            inline: shared(inline.collect()),
            tags: shared(given.tags),
            ..Principal::root(named.account, "")
        };
        self.principals.put(Arc::new(complete(principal)));
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
            Touched::Policy { account, arn } => self.refresh_policy(tx, *account, arn),
            Touched::Sessions { account, subject } => self.refresh_revocation(tx, *account, subject),
            Touched::AccessKey(id) => self.refresh_key(tx, *id),
            Touched::SigningCertificates { account, owner_id } => {
                self.refresh_certificates(tx, *account, owner_id)
            }
            Touched::Verifier(id) => self.refresh_verifier(tx, id),
            // Custody is read from the store when it is needed.
            Touched::Custody { .. } => Ok(()),
        }
    }

    fn refresh_account(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if let Some(account) = tx.accounts().find(account)? {
            self.put_account(&account, &tx.quotas().of(account.id)?);
        }
        // Its keys point at the root user as it was: they are put again.
        for key in tx.access_keys().list_by_owner(account, &account.to_string())? {
            self.refresh_key(tx, key.id)?;
        }
        Ok(())
    }

    fn refresh_principal(&self, tx: &mut Tx<'_>, account: AccountId, id: &str) -> Result<()> {
        let Some(owner) = OwnerId::parse(id) else { return Ok(()) };
        let given = Given::of(tx, account, id)?;
        if let Some(user) = tx.users().find_by_id(account, id)? {
            self.put_user(&user, given);
        } else if let Some(role) = tx.roles().find_by_id(account, id)? {
            self.put_role(&role, given);
        } else if let Some(group) = tx.groups().find_by_id(account, id)? {
            self.put_group(&group, given);
        } else if owner != OwnerId::root(account) {
            self.principals.remove(owner);
        }
        // Keys point at their principal as it was: they are put again.
        for key in tx.access_keys().list_by_owner(account, id)? {
            self.refresh_key(tx, key.id)?;
        }
        Ok(())
    }

    fn refresh_policy(&self, tx: &mut Tx<'_>, account: AccountId, arn: &str) -> Result<()> {
        match tx.policies().find_for_ring(account, arn)? {
            Some((id, document)) => {
                let tags = tx.tags().list(account, &id, None, i64::MAX)?;
                self.put_policy(arn, &document, &tags);
            }
            None => self.policies.remove(arn),
        }
        Ok(())
    }

    fn refresh_revocation(&self, tx: &mut Tx<'_>, account: AccountId, subject: &str) -> Result<()> {
        if let Some(before) = tx.session_revocations().find(account, subject)? {
            self.revocations.put(account, subject, before);
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
            match tx.honey_keys().find_account(id)? {
                Some(account) => self.honey_keys.put(id, account),
                None => self.honey_keys.remove(id),
            }
        }
        Ok(())
    }

    fn refresh_certificates(&self, tx: &mut Tx<'_>, account: AccountId, owner_id: &str) -> Result<()> {
        let Some(owner) = OwnerId::parse(owner_id) else { return Ok(()) };
        let certificates = tx.signing_certificates().list_by_owner(account, owner_id)?;
        self.certificates.replace(owner, certificates.iter().filter_map(CertificateEntry::of));
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
            // Without it, it denies everything to whom it is attached.
            Touched::Policy { arn, .. } => self.policies.remove(arn),
            Touched::Sessions { account, subject } => {
                self.revocations.put(*account, subject, Timestamp::from_micros(i64::MAX));
            }
            Touched::SigningCertificates { owner_id, .. } => {
                if let Some(owner) = OwnerId::parse(owner_id) {
                    self.certificates.replace(owner, []);
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

/// A list that is mostly empty: then it takes no memory of its own.
fn shared<T>(items: Vec<T>) -> Arc<[T]> {
    if items.is_empty() { Arc::default() } else { items.into() }
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
        trusts_certificates: row.trusts_certificates,
    }
}
