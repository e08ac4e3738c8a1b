//! The key ring against the store: the same after a restart, and trusting nothing it could not read.

use keystead_store::both;
use keystead_store::testing::sql;
use keystead_store::{StoreError, Touched};

use crate::verify::{new_verifier, sign_for, verify};
use crate::world::World;

both! {
    fn a_gate_opened_again_knows_what_the_former_knew(store: TestStore) {
        let world = World::new(store);
        let (alice, bob, carol) = (world.administrator("alice"), world.user("bob"), world.user("carol"));
        let update = [("UserName", "carol"), ("AccessKeyId", &*carol.id), ("Status", "Inactive")];
        world.call(&world.root, "UpdateAccessKey", &update).expect_done();
        let (_, token) = new_verifier(&world, &world.root, "queue", false);
        let sizes = world.gate.ring().sizes();
        assert_eq!(sizes, (4, 4), "keys and principals, root included");
        let world = world.with_new_gate();
        assert_eq!(world.gate.ring().sizes(), sizes);
        world.call(&world.root, "ListUsers", &[]).expect_done();
        world.call(&alice, "ListUsers", &[]).expect_done();
        world.call(&bob, "ListUsers", &[]).expect_code(403, "AccessDenied");
        world.call(&carol, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        verify(&world, &token, &sign_for(&world, &bob, "sqs", "sqs.test"), None).unwrap();
        world.call(&world.root, "GetUser", &[("UserName", "BOB")]).expect_done();
    }

    fn what_cannot_be_read_again_is_not_trusted(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.administrator("alice"), world.administrator("bob"));
        let id =
            world.call(&world.root, "GetUser", &[("UserName", "alice")]).expect_done().text("User/UserId");
        let touched = Touched::Principal { account: world.account, id };
        // A commit about alice whose outcome the ring cannot read.
        let written = world.store.write(world.store.command(), move |tx| {
            sql(tx).batch("alter table users rename to users_away")?;
            tx.touch(touched.clone());
            Ok::<_, StoreError>(())
        });
        assert!(matches!(written, Err(StoreError::Unsettled(_))), "{written:?}");
        world.call(&alice, "GetCallerIdentity", &[]).expect_code(403, "InvalidClientTokenId");
        world.call(&bob, "GetCallerIdentity", &[]).expect_done();
        // With the next commit it is read again.
        world.store.run(|tx| sql(tx).batch("alter table users_away rename to users"));
        world.call(&alice, "ListUsers", &[]).expect_done();
    }
}
