//! What people are told of ahead: certificates and passwords that end soon; and how often a key was used, day by day.

use std::time::Duration;

use keystead_store::both;
use rcgen::date_time_ymd;
use serde_json::{Value, json};

use crate::issued::issue_with;
use crate::passwords::{FIRST, create};
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);

fn endings(world: &World) -> Value {
    world.rest(&world.root, "GET", "/api/v1/endings", None).expect_done().json()["endings"].clone()
}

/// A certificate that ends on a day.
fn certificate_until(year: i32, month: u8, day: u8) -> String {
    issue_with(|params| params.not_after = date_time_ymd(year, month, day)).certificate
}

both! {
    fn what_ends_soon_is_told_and_what_ended_long_ago_is_not(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        world.user("alice");
        world.user_of(&other, "alice");
        for (root, (year, month, day)) in
            [(&world.root, (2026, 2, 10)), (&world.root, (2027, 2, 5)), (&other, (2026, 2, 11))]
        {
            let body = certificate_until(year, month, day);
            let params = [("UserName", "alice"), ("CertificateBody", &*body)];
            world.call(root, "UploadSigningCertificate", &params).expect_done();
        }
        create(&world, "alice", FIRST);
        assert_eq!(endings(&world), json!([]), "40 days are far away, and passwords do not end");
        let policy = [("MaxPasswordAge", "20"), ("MinimumPasswordLength", "8")];
        world.call(&world.root, "UpdateAccountPasswordPolicy", &policy).expect_done();
        world.store.clock.advance(DAY * 11);
        let password = json!(
            {"kind": "password", "name": null, "user_name": "alice", "ends_at": "2026-01-21T00:00:00Z"}
        );
        let soon = endings(&world);
        assert_eq!(soon[0], password);
        assert_eq!((&soon[1]["kind"], &soon[1]["user_name"]), (&json!("signing_certificate"), &json!("alice")));
        assert_eq!(soon.as_array().unwrap().len(), 2, "another account's is not told: {soon}");
        // What ended is told for as long.
        world.store.clock.advance(DAY * 20);
        assert_eq!(endings(&world)[0], password);
        world.store.clock.advance(DAY * 6);
        assert_eq!(endings(&world)[0]["kind"], "signing_certificate");
        world.store.clock.advance(DAY * 60);
        assert_eq!(endings(&world), json!([]));
    }

    fn the_uses_of_a_key_are_counted_by_day(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let use_times = |times: usize| {
            for _ in 0..times {
                world.call(&alice, "GetCallerIdentity", &[]).expect_done();
            }
        };
        let days = || {
            let path = format!("/api/v1/access-keys/{}/uses", alice.id);
            world.rest(&world.root, "GET", &path, None).expect_done().json()["days"].clone()
        };
        assert_eq!(days(), json!([]));
        use_times(2);
        assert_eq!(days(), json!([{"day": "2026-01-01", "uses": 2}]));
        world.store.clock.advance(DAY * 3);
        use_times(1);
        assert_eq!(days(), json!([{"day": "2026-01-01", "uses": 2}, {"day": "2026-01-04", "uses": 1}]));
        // Only the last thirty days are shown, and none is kept for longer than ninety.
        world.store.clock.advance(DAY * 29);
        use_times(3);
        assert_eq!(days(), json!([{"day": "2026-01-04", "uses": 1}, {"day": "2026-02-02", "uses": 3}]));
        let delete = [("UserName", "alice"), ("AccessKeyId", &*alice.id)];
        world.call(&world.root, "DeleteAccessKey", &delete).expect_done();
        let left = world.store.read(|tx| tx.uses().list_busiest(world.account, 20_485, 10)).unwrap();
        assert!(left.iter().all(|busy| busy.key != alice.id), "{left:?}");
    }
}
