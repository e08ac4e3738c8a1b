//! GetCallerIdentity, GetAccessKeyInfo.

use keystead_core::AccessKeyId;
use keystead_store::both;

use crate::world::World;

both! {
    fn everybody_learns_who_they_are(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let id =
            world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done().text("User/UserId");
        let account = world.account.to_string();
        let user_arn = format!("arn:aws:iam::{account}:user/alice");
        let root_arn = format!("arn:aws:iam::{account}:root");
        for (key, arn, id) in [(&alice, user_arn, id), (&world.root, root_arn, account.clone())] {
            let posted = world.call(key, "GetCallerIdentity", &[]).expect_done();
            let query = "Action=GetCallerIdentity&Version=2011-06-15";
            let presigned = world.send(&world.presign(key, "sts", query, 60)).expect_done();
            for answer in [posted, presigned] {
                assert_eq!(answer.text("Arn"), arn);
                assert_eq!(answer.text("UserId"), id);
                assert_eq!(answer.text("Account"), account);
            }
        }
    }

    fn a_key_id_tells_its_account_whether_it_exists_or_not(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let ghost = AccessKeyId::generate(other.account, &*world.store.rng).to_string();
        for (id, account) in
            [(&world.root.id, world.account), (&other.id, other.account), (&ghost, other.account)]
        {
            let answer = world.call(&world.root, "GetAccessKeyInfo", &[("AccessKeyId", id)]).expect_done();
            assert_eq!(answer.text("Account"), account.to_string());
        }
        // An id from before accounts were in them.
        for id in ["AKIAIOSFODNN7EXAMPLE", "AKIA0000000000000001"] {
            let refused = world.call(&world.root, "GetAccessKeyInfo", &[("AccessKeyId", id)]);
            refused.expect_refused(400, "ValidationError", "Invalid Access Key.");
        }
    }
}
