//! A role's temporary key is had anew before it ends.

use std::time::Duration;

use keystead_custodian::connection::Connection;
use keystead_custodian::provider::Patience;
use keystead_store::both;
use serde_json::json;

use crate::world::{World, done};

both! {
    fn the_key_of_a_role_is_had_anew_after_three_quarters_of_an_hour(store: TestStore) {
        let world = World::new(store);
        world.cloud.add_key("AKIAONEONEONEONEONE1", "111111111111", "keystead");
        let tenant = world.tenant("first");
        let help = done(world.ask(&tenant, "GET", "/api/v1/cloud-help", None));
        let input = json!({
            "role_arn": "arn:aws:iam::111111111111:role/keystead",
            "access_key_id": "AKIAONEONEONEONEONE1",
            "secret_access_key": "secret-of-AKIAONEONEONEONEONE1",
        });
        let made = done(world.ask(&tenant, "POST", "/api/v1/cloud-accounts", Some(&input)));
        let id = made["cloud_account_id"].as_str().unwrap();
        let account = made["connected_by"].as_str().unwrap().split(':').nth(4).unwrap().parse().unwrap();
        let cloud = world.store.read(|tx| tx.cloud_accounts().find(account, id)).unwrap().unwrap();
        let before = world.cloud.count("AssumeRole");
        let connection = Connection::open(&world.gate, cloud, Patience::NONE).unwrap().unwrap();
        let identify = || {
            let provider = connection.provider;
            connection.reach(Patience::NONE, |reach| provider.identify(reach)).unwrap().unwrap();
            world.cloud.count("AssumeRole") - before
        };
        assert_eq!(identify(), 1);
        world.store.clock.advance(Duration::from_mins(44));
        assert_eq!(identify(), 1);
        world.store.clock.advance(Duration::from_mins(2));
        assert_eq!((identify(), identify()), (2, 2));
        // Each was asked for with the id drawn for this account, and with no other.
        let state = world.cloud.state();
        let assumed = state.asked.iter().filter(|(action, ..)| action == "AssumeRole");
        let external_id = ("ExternalId".to_owned(), help["external_id"].as_str().unwrap().to_owned());
        assert!(assumed.into_iter().all(|(_, _, given)| given.contains(&external_id)));
    }
}
