//! Credentials that others took the place of are kept until the cloud proves that nobody uses them.

use std::time::Duration;

use keystead_custodian::former;
use keystead_store::both;

use crate::world::{Tenant, World, done};

const OLD: &str = "AKIAOLDOLDOLDOLDOLD1";
const NEW: &str = "AKIANEWNEWNEWNEWNEW1";
const HOUR: Duration = Duration::from_hours(1);

/// An account whose key was changed a moment ago.
fn changed(world: &World) -> Tenant {
    for key in [OLD, NEW] {
        world.cloud.add_key(key, "111111111111", "keystead");
    }
    let tenant = world.tenant("first");
    done(world.connect(&tenant, "ours", OLD));
    done(world.update(&tenant, "ours", NEW));
    tenant
}

/// Looks once more, as the server does every so often; whether there is a way back.
fn is_kept(world: &World, tenant: &Tenant) -> bool {
    world.store.clock.advance(2 * HOUR);
    former::turn(&world.gate, HOUR).unwrap();
    let losses = done(world.ask(tenant, "GET", "/api/v1/cloud-accounts/ours/losses", None));
    losses.to_string().contains("former credentials")
}

/// Says when the old key was last used.
fn used(world: &World, at: Option<keystead_core::Timestamp>) {
    world.cloud.state().keys.get_mut(OLD).unwrap().last_used = at;
}

both! {
    fn a_key_last_used_before_the_change_is_forgotten_a_day_later(store: TestStore) {
        let world = World::new(store);
        let tenant = changed(&world);
        used(&world, Some(world.now().minus(HOUR)));
        for _ in 0..11 {
            assert!(is_kept(&world, &tenant));
        }
        assert!(!is_kept(&world, &tenant), "a day has passed");
        let (status, answer) = world.ask(&tenant, "POST", "/api/v1/cloud-accounts/ours/credentials/undo", None);
        assert_eq!(status, 404, "{answer}");
        // The old key is never what asks.
        let state = world.cloud.state();
        let asked = state.asked.iter().filter(|(action, ..)| action == "GetAccessKeyLastUsed");
        assert!(asked.clone().count() > 0 && asked.into_iter().all(|(_, key, _)| key == NEW));
    }

    fn what_is_unknown_or_still_used_is_kept(store: TestStore) {
        let world = World::new(store);
        let tenant = changed(&world);
        for _ in 0..20 {
            assert!(is_kept(&world, &tenant), "the cloud does not say");
        }
        used(&world, Some(world.now()));
        for _ in 0..20 {
            assert!(is_kept(&world, &tenant), "somebody used it after the change");
        }
        world.cloud.state().keys.get_mut(OLD).unwrap().is_active = false;
        assert!(!is_kept(&world, &tenant), "nobody can use it any more");
    }

    fn a_key_that_is_gone_is_forgotten_at_once(store: TestStore) {
        let world = World::new(store);
        let tenant = changed(&world);
        assert!(is_kept(&world, &tenant));
        world.cloud.state().keys.remove(OLD);
        assert!(!is_kept(&world, &tenant));
    }
}
