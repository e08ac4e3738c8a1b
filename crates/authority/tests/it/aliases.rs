//! CreateAccountAlias, DeleteAccountAlias, ListAccountAliases.

use keystead_store::both;
use keystead_store::testing::TestStore;

use crate::world::{Key, World};

fn aliases(world: &World, key: &Key) -> Vec<String> {
    let listed = world.call(key, "ListAccountAliases", &[]).expect_done();
    assert_eq!((listed.text("IsTruncated"), listed.find("Marker")), ("false".to_owned(), None));
    listed.texts("AccountAliases")
}

both! {
    fn an_account_has_one_alias_and_no_two_accounts_the_same(store: TestStore) {
        let world = World::new(store);
        let other = world.second_account("second");
        let alias = |name| [("AccountAlias", name)];
        let create = |key: &Key, name| world.call(key, "CreateAccountAlias", &alias(name));
        let taken = |name| format!("The account alias {name} already exists.");
        assert!(aliases(&world, &world.root).is_empty());
        create(&world.root, "blue").expect_done();
        for key in [&world.root, &other] {
            create(key, "blue").expect_refused(409, "EntityAlreadyExists", &taken("blue"));
        }
        create(&world.root, "green").expect_done();
        create(&other, "blue").expect_done();
        assert_eq!((aliases(&world, &world.root), aliases(&world, &other)), (vec!["green".to_owned()], vec!["blue".to_owned()]));
        let world = world.with_new_gate();
        let gone = |name: &str| format!("The account alias {name} cannot be found.");
        let delete = |key: &Key, name| world.call(key, "DeleteAccountAlias", &alias(name));
        delete(&world.root, "blue").expect_refused(404, "NoSuchEntity", &gone("blue"));
        delete(&world.root, "green").expect_done();
        delete(&world.root, "green").expect_refused(404, "NoSuchEntity", &gone("green"));
        assert!(aliases(&world, &world.root).is_empty());
        assert_eq!(aliases(&world, &other), ["blue"]);
    }
}

#[test]
fn an_alias_has_a_form_and_is_no_account_id() {
    let world = World::new(TestStore::sqlite());
    let id = "123456789012";
    let refusal = format!(
        "The account alias {id} is not valid. It must not be 12 digits, which would be an account id."
    );
    let refused = world.call(&world.root, "CreateAccountAlias", &[("AccountAlias", id)]);
    refused.expect_refused(400, "ValidationError", &refusal);
    for alias in ["ab", "Blue", "-blue", "blue-", "blue--green", "bl_ue", &"b".repeat(64)] {
        for action in ["CreateAccountAlias", "DeleteAccountAlias"] {
            let refused = world.call(&world.root, action, &[("AccountAlias", alias)]);
            refused.expect_code(400, "ValidationError");
            assert!(refused.message.contains("'accountAlias'"), "{alias}: {}", refused.message);
        }
    }
    for alias in ["1234567890123", "a-b", "0ab"] {
        world.call(&world.root, "CreateAccountAlias", &[("AccountAlias", alias)]).expect_done();
    }
}
