//! GetAccessKeyLastUsed: what AWS clients are told of the use of a key.

use std::time::Duration;

use keystead_core::{AccessKeyId, Rng, Timestamp};
use keystead_store::both;
use keystead_store::testing::{SeededRng, TestStore};

use crate::world::{Key, REGION, World};

/// Date, service, region and user of a key's last use.
fn last_used(world: &World, id: &str) -> (Option<String>, String, String, Option<String>) {
    let answer = world.call(&world.root, "GetAccessKeyLastUsed", &[("AccessKeyId", id)]).expect_done();
    let of = |name: &str| answer.text(&format!("AccessKeyLastUsed/{name}"));
    (answer.find("AccessKeyLastUsed/LastUsedDate"), of("ServiceName"), of("Region"), answer.find("UserName"))
}

fn used(at: &str, service: &str) -> (Option<String>, String, String, Option<String>) {
    (Some(at.to_owned()), service.to_owned(), REGION.to_owned(), Some("alice".to_owned()))
}

both! {
    fn the_last_use_is_known_at_once_and_after_it_is_written(store: TestStore) {
        let world = World::new(store);
        let alice = world.user("alice");
        let never = || "N/A".to_owned();
        assert_eq!(last_used(&world, &alice.id), (None, never(), never(), Some("alice".to_owned())));
        world.call(&alice, "GetCallerIdentity", &[]).expect_done();
        assert_eq!(last_used(&world, &alice.id), used("2026-01-01T00:00:00Z", "sts"));
        world.store.clock.advance(Duration::from_mins(15));
        // What is signed right counts as use, allowed or not.
        world.call(&alice, "ListUsers", &[]).expect_code(403, "AccessDenied");
        assert_eq!(last_used(&world, &alice.id), used("2026-01-01T00:15:00Z", "iam"));
        world.gate.flush_uses(true).expect("the uses are written");
        assert_eq!(last_used(&world, &alice.id), used("2026-01-01T00:15:00Z", "iam"));
        let world = world.with_new_gate();
        assert_eq!(last_used(&world, &alice.id), used("2026-01-01T00:15:00Z", "iam"));
        let root = last_used(&world, &world.root.id);
        assert_eq!((root.1, root.3), ("iam".to_owned(), None));
    }

    fn aws_clients_are_shown_one_use_in_each_quarter_of_an_hour(store: TestStore) {
        let mut world = World::new(store);
        let alice = world.user("alice");
        let chance = SeededRng::new(3);
        let below = |limit: u64| chance.next_u64() % limit;
        let mut shown = None::<(Timestamp, &str)>;
        for _ in 0..200 {
            world.store.clock.advance(Duration::from_millis(below(8 * 60 * 1000)));
            let now = world.now();
            let (action, service) = [("GetCallerIdentity", "sts"), ("ListUsers", "iam")][below(2) as usize];
            world.call(&alice, action, &[]);
            if shown.is_none_or(|(at, _)| now.since(at) >= Duration::from_mins(15)) {
                shown = Some((now.whole_second(), service));
            }
            match below(8) {
                0 => world.gate.flush_uses(false).expect("the uses are written"),
                1 => {
                    world.gate.flush_uses(true).expect("the uses are written");
                    world = world.with_new_gate();
                }
                _ => {}
            }
            let (at, service) = shown.expect("there was a use");
            assert_eq!(last_used(&world, &alice.id), used(&at.to_iso8601(), service));
        }
        // What rotation goes by is exact.
        let path = format!("/api/v1/access-keys/{}/uses", alice.id);
        let uses = world.rest(&world.root, "GET", &path, None).expect_done().json();
        let consumers = uses["consumers"].as_array().unwrap();
        let newest = consumers.iter().filter_map(|consumer| consumer["last_used_at"].as_str()).max();
        assert_eq!(newest, Some(&*world.now().to_iso8601()));
        assert_eq!(consumers.iter().filter_map(|consumer| consumer["uses"].as_u64()).sum::<u64>(), 200);
    }

    fn a_key_of_nobody_or_of_others_is_denied(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let ghost = AccessKeyId::generate(world.account, &*world.store.rng).to_string();
        for id in [&*other.id, &ghost, "AKIAIOSFODNN7EXAMPLE", "AKIA0000000000000001"] {
            let refused = world.call(&world.root, "GetAccessKeyLastUsed", &[("AccessKeyId", id)]);
            let refusal = format!(
                "User: arn:aws:iam::{}:root is not authorized to perform iam:GetAccessKeyLastUsed on \
                 resource: access key {id}",
                world.account
            );
            refused.expect_refused(403, "AccessDenied", &refusal);
        }
    }
}

#[test]
fn attempts_with_a_wrong_secret_are_no_use() {
    let world = World::new(TestStore::sqlite());
    let alice = world.user("alice");
    let forged = Key { secret: "wrong".repeat(8), ..alice.clone() };
    world.call(&forged, "GetCallerIdentity", &[]).expect_code(403, "SignatureDoesNotMatch");
    assert_eq!(last_used(&world, &alice.id).0, None);
}
