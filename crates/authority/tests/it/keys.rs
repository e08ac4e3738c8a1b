//! CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys.

use keystead_core::access_key::is_own_secret;
use keystead_store::both;

use crate::world::{World, key_in};

both! {
    fn a_key_is_created_used_switched_and_deleted(store: TestStore) {
        let world = World::new(store);
        world.call(&world.root, "CreateUser", &[("UserName", "alice")]).expect_done();
        let user = ("UserName", "alice");
        let made = world.call(&world.root, "CreateAccessKey", &[user]).expect_done();
        assert_eq!(made.text("AccessKey/UserName"), "alice");
        assert_eq!(made.text("AccessKey/Status"), "Active");
        assert_eq!(made.text("AccessKey/CreateDate"), "2026-01-01T00:00:00Z");
        let key = key_in(world.account, &made);
        assert!(is_own_secret(world.gate.store().installation(), key.id.parse().unwrap(), &key.secret));
        let who = world.call(&key, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(who.text("Arn"), format!("arn:aws:iam::{}:user/alice", world.account));
        for (status, accepted) in [("Inactive", false), ("Inactive", false), ("Active", true)] {
            let update = [user, ("AccessKeyId", &key.id), ("Status", status)];
            world.call(&world.root, "UpdateAccessKey", &update).expect_done();
            assert_eq!(world.call(&key, "GetCallerIdentity", &[]).reply.status == 200, accepted);
            let listed = world.call(&world.root, "ListAccessKeys", &[user]).expect_done();
            assert_eq!(listed.list("AccessKeyMetadata", "Status"), [status]);
        }
        world.call(&world.root, "DeleteAccessKey", &[user, ("AccessKeyId", &key.id)]).expect_done();
        let refusal = "The security token included in the request is invalid.";
        world.call(&key, "GetCallerIdentity", &[]).expect_refused(403, "InvalidClientTokenId", refusal);
        let refusal = format!("The Access Key with id {} cannot be found.", key.id);
        let again = world.call(&world.root, "DeleteAccessKey", &[user, ("AccessKeyId", &key.id)]);
        again.expect_refused(404, "NoSuchEntity", &refusal);
        let update = [user, ("AccessKeyId", &*key.id), ("Status", "Active")];
        world.call(&world.root, "UpdateAccessKey", &update).expect_refused(404, "NoSuchEntity", &refusal);
        let expired = [user, ("AccessKeyId", &*key.id), ("Status", "Expired")];
        let refusal = "A key cannot be set to Expired; use Active or Inactive.";
        world.call(&world.root, "UpdateAccessKey", &expired).expect_refused(400, "InvalidInput", refusal);
    }

    fn a_third_key_is_refused_inactive_ones_counted(store: TestStore) {
        let world = World::new(store);
        let first = world.user("alice");
        let user = ("UserName", "alice");
        world.key_of(&world.root, "alice");
        let refusal = "Cannot exceed quota for AccessKeysPerUser: 2";
        world.call(&world.root, "CreateAccessKey", &[user]).expect_refused(409, "LimitExceeded", refusal);
        let update = [user, ("AccessKeyId", &*first.id), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &update).expect_done();
        world.call(&world.root, "CreateAccessKey", &[user]).expect_refused(409, "LimitExceeded", refusal);
        world.call(&world.root, "DeleteAccessKey", &[user, ("AccessKeyId", &first.id)]).expect_done();
        world.key_of(&world.root, "alice");
    }

    fn without_a_user_name_the_callers_own_keys_are_meant(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let second = key_in(world.account, &world.call(&alice, "CreateAccessKey", &[]).expect_done());
        let listed = world.call(&alice, "ListAccessKeys", &[]).expect_done();
        let mut ids = [alice.id.clone(), second.id.clone()];
        ids.sort();
        assert_eq!(listed.list("AccessKeyMetadata", "AccessKeyId"), ids);
        assert_eq!(listed.list("AccessKeyMetadata", "UserName"), ["alice", "alice"]);
        let own = [("AccessKeyId", &*alice.id), ("Status", "Inactive")];
        world.call(&alice, "UpdateAccessKey", &own).expect_done();
        world.call(&alice, "ListAccessKeys", &[]).expect_code(403, "InvalidClientTokenId");
        world.call(&second, "DeleteAccessKey", &[("AccessKeyId", &alice.id)]).expect_done();
        world.call(&second, "DeleteAccessKey", &[("AccessKeyId", &second.id)]).expect_done();
        world.call(&second, "ListAccessKeys", &[]).expect_code(403, "InvalidClientTokenId");
    }

    fn root_has_two_keys_of_its_own(store: TestStore) {
        let world = World::new(store);
        let made = world.call(&world.root, "CreateAccessKey", &[]).expect_done();
        let second = key_in(world.account, &made);
        let refusal = "Cannot exceed quota for AccessKeysPerUser: 2";
        world.call(&second, "CreateAccessKey", &[]).expect_refused(409, "LimitExceeded", refusal);
        let who = world.call(&second, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(who.text("Arn"), format!("arn:aws:iam::{}:root", world.account));
        let own = [("AccessKeyId", &*world.root.id), ("Status", "Inactive")];
        world.call(&second, "UpdateAccessKey", &own).expect_done();
        world.call(&world.root, "GetUser", &[]).expect_code(403, "InvalidClientTokenId");
        world.call(&second, "DeleteAccessKey", &[("AccessKeyId", &world.root.id)]).expect_done();
        let left = world.call(&second, "ListAccessKeys", &[]).expect_done();
        assert_eq!(left.list("AccessKeyMetadata", "AccessKeyId"), [second.id]);
    }

    fn a_key_is_found_under_its_own_user_only(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.user("alice"), world.user("bob"));
        let state = world.state();
        for id in
            [&*bob.id, "AKIAIOSFODNN7EXAMPLE", "AKIA0000000000000001", "0123456789012345", &world.root.id]
        {
            let refusal = format!("The Access Key with id {id} cannot be found.");
            let user = ("UserName", "alice");
            let deleted = world.call(&world.root, "DeleteAccessKey", &[user, ("AccessKeyId", id)]);
            deleted.expect_refused(404, "NoSuchEntity", &refusal);
            let update = [user, ("AccessKeyId", id), ("Status", "Inactive")];
            world.call(&world.root, "UpdateAccessKey", &update).expect_refused(404, "NoSuchEntity", &refusal);
        }
        assert_eq!(world.state(), state);
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
    }

    fn keys_are_listed_page_by_page(store: TestStore) {
        let world = World::new(store);
        let mut ids = [world.user("alice").id, world.key_of(&world.root, "alice").id];
        ids.sort();
        let user = ("UserName", "alice");
        let first = world.call(&world.root, "ListAccessKeys", &[user, ("MaxItems", "1")]).expect_done();
        assert_eq!(first.list("AccessKeyMetadata", "AccessKeyId"), ids[..1]);
        assert_eq!(first.text("IsTruncated"), "true");
        let marker = first.text("Marker");
        let second = world.call(&world.root, "ListAccessKeys", &[user, ("Marker", &marker)]).expect_done();
        assert_eq!(second.list("AccessKeyMetadata", "AccessKeyId"), ids[1..]);
        assert_eq!((second.text("IsTruncated"), second.find("Marker")), ("false".to_owned(), None));
    }
}
