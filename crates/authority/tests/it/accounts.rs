//! Accounts, as the operator makes and closes them.

use keystead_authority::account::{self, NewAccount};
use keystead_authority::quota;
use keystead_aws::Fault;
use keystead_core::{AccountId, AccountStatus, Quota};
use keystead_store::both;

use crate::dump;
use crate::verify::{new_verifier, sign_for, verify};
use crate::world::World;

fn new(name: &str, root_email: &str) -> NewAccount {
    NewAccount { id: None, name: name.to_owned(), root_email: root_email.to_owned(), root_key: false }
}

both! {
    fn a_closed_account_is_over_at_once(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let theirs = world.user_of(&other, "theirs");
        let (_, token) = new_verifier(&world, &other, "queue", false);
        let sent = sign_for(&world, &theirs, "sqs", "sqs.test");
        verify(&world, &token, &sent, None).unwrap();
        let (now, rng) = (world.now(), world.store.rng.clone());
        account::close(&world.store, other.account, now, &*rng).expect("the account is closed");
        for key in [&other, &theirs] {
            world.call(key, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        }
        let refused = verify(&world, &token, &sent, None).expect_err("its verifier is refused");
        assert_eq!(refused, Fault::MissingAuthenticationToken);
        world.call(&world.root, "GetUser", &[]).expect_done();
        let again = account::close(&world.store, other.account, now, &*rng);
        assert!(matches!(again, Err(Fault::NoSuchEntity(_))), "{again:?}");
        let statuses: Vec<_> =
            account::list(&world.store).unwrap().iter().map(|a| (a.id == other.account, a.status)).collect();
        assert!(statuses.contains(&(true, AccountStatus::Closed)));
        assert!(statuses.contains(&(false, AccountStatus::Active)));
    }

    fn a_quota_is_an_accounts_own_and_set_by_the_operator_alone(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let (now, rng) = (world.now(), world.store.rng.clone());
        let set = |quota, value| quota::set(&world.store, world.account, quota, value, now, &*rng);
        set(Quota::Users, 1).expect("the quota is set");
        let create = |key, name| world.call(key, "CreateUser", &[("UserName", name)]);
        create(&world.root, "alice").expect_done();
        let refusal = "Cannot exceed quota for UsersPerAccount: 1";
        create(&world.root, "bob").expect_refused(409, "LimitExceeded", refusal);
        create(&other, "alice").expect_done();
        create(&other, "bob").expect_done();
        let value = |account| quota::list(&world.store, account).map(|quotas| quotas.get(Quota::Users));
        assert_eq!((value(world.account), value(other.account)), (Ok(1), Ok(5000)));
        // What is above a quota stays, and nothing is added.
        set(Quota::Users, 0).expect("the quota is set");
        create(&world.root, "bob").expect_code(409, "LimitExceeded");
        world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done();
        for (quota, value) in [(Quota::Users, -1), (Quota::AccessKeysPerUser, 3)] {
            let refused = set(quota, value);
            assert!(matches!(&refused, Err(Fault::ValidationError(text)) if text.contains(quota.name())), "{refused:?}");
        }
        let nowhere: AccountId = "000000000001".parse().unwrap();
        let refused = quota::set(&world.store, nowhere, Quota::Users, 1, now, &*rng);
        assert!(matches!(refused, Err(Fault::NoSuchEntity(_))), "{refused:?}");
        quota::reset(&world.store, world.account, Quota::Users, now, &*rng).expect("the quota is reset");
        create(&world.root, "bob").expect_done();
        let events = dump::table(&world.store, "audit_events");
        assert_eq!(["SetQuota", "ResetQuota"].map(|name| events.matches(name).count()), [2, 1]);
    }

    fn the_address_of_a_root_user_is_unique_without_regard_to_case(store: TestStore) {
        let world = World::new(store);
        let (now, rng) = (world.now(), world.store.rng.clone());
        let create = |new| account::create(&world.store, new, now, &*rng);
        let again = create(new("a", "FIRST@Example.com"));
        assert!(matches!(again, Err(Fault::EntityAlreadyExists(_))), "{again:?}");
        for email in ["", "a", "@", "a@", "@b", "a b@c", "a@b@c"] {
            let refused = create(new("a", email));
            assert!(matches!(refused, Err(Fault::ValidationError(_))), "{email}: {refused:?}");
        }
        assert!(create(new("a", "new@example.com")).unwrap().root_key.is_none());
        assert_eq!(account::list(&world.store).unwrap().len(), 2);
    }
}
