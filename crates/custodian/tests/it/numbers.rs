//! A number at a cloud is one tenant's, and never changes.

use std::collections::BTreeMap;
use std::thread;

use keystead_core::Rng;
use keystead_store::both;
use serde_json::json;

use crate::world::{PASSWORD, World, done};

const TENANTS: usize = 64;
const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

both! {
    fn of_many_tenants_that_connect_a_number_at_once_one_wins(store: TestStore) {
        let world = World::new(store);
        world.cloud.add_key("AKIAONEONEONEONEONE1", ONE, "one");
        let tenants: Vec<_> = (0..TENANTS).map(|number| world.tenant(&format!("tenant-{number}"))).collect();
        let outcomes: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = tenants
                .iter()
                .map(|tenant| scope.spawn(|| world.connect(tenant, "ours", "AKIAONEONEONEONEONE1")))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let won = outcomes.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(won, 1);
        for (status, answer) in outcomes.iter().filter(|(status, _)| *status != 200) {
            assert_eq!((*status, &answer["code"]), (409, &json!("CloudAccountRegistered")), "{answer}");
        }
        let lists = tenants.iter().map(|tenant| world.ask(tenant, "GET", "/api/v1/cloud-accounts", None));
        let kept: usize = lists.map(|list| done(list)["cloud_accounts"].as_array().unwrap().len()).sum();
        assert_eq!(kept, 1);
    }

    fn u4_the_number_of_a_connected_account_never_changes(store: TestStore) {
        let world = World::new(store);
        let keys = ["AKIAONEONEONEONEONE1", "AKIAONEONEONEONEONE2", "AKIATWOTWOTWOTWOTWO1"];
        for (key, number) in keys.iter().zip([ONE, ONE, TWO]) {
            world.cloud.add_key(key, number, "somebody");
        }
        let tenants = [world.tenant("first"), world.tenant("second")];
        for tenant in &tenants {
            done(world.ask(tenant, "PUT", "/api/v1/root/password", Some(&json!({ "new_password": PASSWORD }))));
        }
        let mut numbers: BTreeMap<String, String> = BTreeMap::new();
        let draw = |many: u64| usize::try_from(world.store.rng.next_u64() % many).unwrap();
        for _ in 0..600 {
            let (tenant, key, name) = (&tenants[draw(2)], keys[draw(3)], ["a", "b"][draw(2)]);
            let path = format!("/api/v1/cloud-accounts/{name}");
            let _ = match draw(40) {
                0 => world.ask(tenant, "POST", &format!("{path}/delete"), Some(&json!({ "password": PASSWORD }))),
                1..10 => world.connect(tenant, name, key),
                10..20 => world.ask(tenant, "POST", &format!("{path}/credentials/undo"), None),
                20 => {
                    let input = json!({ "account_number": TWO, "access_key_id": key, "secret_access_key": "x".repeat(40) });
                    let (status, _) = world.ask(tenant, "PUT", &format!("{path}/credentials"), Some(&input));
                    assert_eq!(status, 400, "a number cannot be given");
                    continue;
                }
                _ => world.update(tenant, name, key),
            };
            for tenant in &tenants {
                let list = done(world.ask(tenant, "GET", "/api/v1/cloud-accounts", None));
                for cloud in list["cloud_accounts"].as_array().unwrap() {
                    let text = |member: &str| cloud[member].as_str().unwrap().to_owned();
                    let first = numbers.entry(text("cloud_account_id")).or_insert_with(|| text("account_number"));
                    assert_eq!(*first, text("account_number"));
                    // The credentials in use are of that number, too.
                    assert!(text("principal_arn").contains(&*first), "{cloud}");
                }
            }
        }
        assert!(numbers.len() > 4, "accounts came and went: {numbers:?}");
    }
}
