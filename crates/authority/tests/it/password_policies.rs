//! The password policy: how it is set and shown, and that it is kept at every change of a password.

use std::time::Duration;

use keystead_store::both;
use keystead_store::testing::TestStore;
use serde_json::{Value, json};

use crate::passwords::{FIRST, change, create};
use crate::world::World;

const ALICE: (&str, &str) = ("UserName", "alice");
const POLICY: &str = "/api/v1/password-policy";
const PRESET: &str = "/api/v1/password-policy/preset";
const DAY: Duration = Duration::from_hours(24);

type Params<'p> = &'p [(&'p str, &'p str)];

fn set(world: &World, params: Params<'_>) {
    world.call(&world.root, "UpdateAccountPasswordPolicy", params).expect_done();
}

/// Has root set alice's password, and tells what the policy says to that: nothing where it takes it.
fn refusal(world: &World, password: &str) -> String {
    let answer = world.call(&world.root, "UpdateLoginProfile", &[ALICE, ("Password", password)]);
    if answer.reply.status != 200 {
        answer.expect_code(400, "PasswordPolicyViolation");
    }
    answer.message
}

fn members(world: &World) -> Vec<(String, String)> {
    let shown = world.call(&world.root, "GetAccountPasswordPolicy", &[]).expect_done();
    let policy = shown.result().child("PasswordPolicy").expect("it is there").clone();
    policy.children.iter().map(|member| (member.name.clone(), member.text.clone())).collect()
}

fn pairs(pairs: Params<'_>) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

both! {
    fn a_policy_is_set_whole_and_shown_to_the_letter(store: TestStore) {
        let world = World::new(store);
        let unset = format!("The Password Policy with domain name {} cannot be found.", world.account);
        let get = || world.call(&world.root, "GetAccountPasswordPolicy", &[]);
        let delete = || world.call(&world.root, "DeleteAccountPasswordPolicy", &[]);
        get().expect_refused(404, "NoSuchEntity", &unset);
        let nothing = "The account policy with name PasswordPolicy cannot be found.";
        delete().expect_refused(404, "NoSuchEntity", nothing);
        let given = [
            ("MinimumPasswordLength", "14"),
            ("RequireSymbols", "true"),
            ("RequireNumbers", "true"),
            ("RequireUppercaseCharacters", "true"),
            ("RequireLowercaseCharacters", "true"),
            ("AllowUsersToChangePassword", "true"),
            ("MaxPasswordAge", "90"),
            ("PasswordReusePrevention", "24"),
            ("HardExpiry", "false"),
        ];
        set(&world, &given);
        let mut shown = pairs(&given);
        shown.insert(6, ("ExpirePasswords".to_owned(), "true".to_owned()));
        assert_eq!(members(&world), shown);
        // It is not partial: what is not said goes back, and what has no default is not shown.
        set(&world, &[]);
        let defaults = pairs(&[
            ("MinimumPasswordLength", "6"),
            ("RequireSymbols", "false"),
            ("RequireNumbers", "false"),
            ("RequireUppercaseCharacters", "false"),
            ("RequireLowercaseCharacters", "false"),
            ("AllowUsersToChangePassword", "false"),
            ("ExpirePasswords", "false"),
        ]);
        assert_eq!(members(&world), defaults);
        let other = world.second_account("second");
        world.call(&other, "GetAccountPasswordPolicy", &[]).expect_code(404, "NoSuchEntity");
        delete().expect_done();
        get().expect_refused(404, "NoSuchEntity", &unset);
    }

    fn a_policy_is_kept_at_every_change(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let sentence = "Password does not conform to the account password policy.";
        let short = [ALICE, ("Password", "Sh0rt!")];
        let refused = world.call(&world.root, "CreateLoginProfile", &short);
        let told = format!("{sentence} This one has fewer than 8 characters.");
        refused.expect_refused(400, "PasswordPolicyViolation", &told);
        create(&world, "alice", FIRST);
        for (password, rule) in [("eightisit", "fewer than three"), ("first@EXAMPLE.com", "is the account's name")] {
            let told = refusal(&world, password);
            assert!(told.starts_with(sentence) && told.contains(rule), "{password}: {told}");
        }
        set(&world, &[("MinimumPasswordLength", "10"), ("RequireSymbols", "true"), ("RequireNumbers", "true")]);
        let told = format!(
            "{sentence} This one has fewer than 10 characters, and has none of the symbols !@#$%^&*()_+-=[]{{}}|', \
             and has no digit."
        );
        change(&world, &alice, FIRST, "onlywords").expect_refused(400, "PasswordPolicyViolation", &told);
        change(&world, &alice, FIRST, "only-words-1").expect_done();
        assert_eq!(refusal(&world, "lower-case-2"), "", "the default is gone with the first policy");
    }

    fn the_last_passwords_are_not_taken_again(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let password = |number: usize| format!("Remembered-{number}");
        create(&world, "alice", &password(0));
        // What was set before the policy counts too.
        for number in 1..4 {
            assert_eq!(refusal(&world, &password(number)), "");
        }
        set(&world, &[("PasswordReusePrevention", "3")]);
        let told = "Password does not conform to the account password policy. This one is one of the last 3 used.";
        for number in 1..4 {
            assert_eq!(refusal(&world, &password(number)), told, "{number}");
            change(&world, &alice, &password(3), &password(number)).expect_code(400, "PasswordPolicyViolation");
        }
        change(&world, &alice, &password(3), &password(0)).expect_done();
        assert_eq!(refusal(&world, &password(1)), "", "it is the fourth back now");
        set(&world, &[]);
        assert_eq!(refusal(&world, &password(1)), "", "nobody asks any more");
    }

    fn no_more_is_remembered_than_a_policy_can_ask_for(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        create(&world, "alice", "Remembered-0");
        for number in 1..28 {
            assert_eq!(refusal(&world, &format!("Remembered-{number}")), "");
        }
        assert_eq!(crate::dump::count(&world.store, "former_passwords"), 24);
        set(&world, &[("PasswordReusePrevention", "24")]);
        assert!(refusal(&world, "Remembered-4").contains("one of the last 24"));
        assert_eq!(refusal(&world, "Remembered-3"), "");
    }

    fn an_account_cannot_reach_over_a_hard_expiry_but_a_policy_of_the_user_can(store: TestStore) {
        let world = World::new(store);
        let (alice, bob) = (world.administrator("alice"), world.user("bob"));
        for name in ["alice", "bob"] {
            create(&world, name, FIRST);
        }
        let allow = [("AllowUsersToChangePassword", "true"), ("MaxPasswordAge", "30")];
        set(&world, &allow);
        world.store.clock.advance(DAY * 30);
        // Expired is not the end: the owner sets another one.
        change(&world, &bob, FIRST, "Second-password-2").expect_done();
        world.store.clock.advance(DAY * 30);
        set(&world, &[&allow[..], &[("HardExpiry", "true")]].concat());
        change(&world, &bob, "Second-password-2", FIRST).expect_code(403, "AccessDenied");
        change(&world, &alice, FIRST, "Second-password-2").expect_done();
        // An administrator sets another one, and its age counts anew.
        let reset = [("UserName", "bob"), ("Password", "Third-password-3")];
        world.call(&world.root, "UpdateLoginProfile", &reset).expect_done();
        change(&world, &bob, "Third-password-3", FIRST).expect_done();
    }

    fn the_nist_preset_asks_for_length_and_refuses_what_is_guessed_first(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        create(&world, "alice", FIRST);
        let get = || world.rest(&world.root, "GET", POLICY, None).expect_done().json();
        let of = |value: &Value, member: &str| value[member].clone();
        assert_eq!(of(&get(), "preset"), "AWS_DEFAULT");
        let put = |preset| world.rest(&world.root, "PUT", PRESET, Some(&json!({"preset": preset})));
        let nist = put("NIST").expect_done().json();
        assert_eq!(nist, get());
        assert_eq!((of(&nist, "preset"), of(&nist, "minimum_length")), (json!("NIST"), json!(15)));
        assert!(nist["why"].as_str().unwrap().contains("NIST SP 800-63B-4"));
        let shown = pairs(&[
            ("MinimumPasswordLength", "15"),
            ("RequireSymbols", "false"),
            ("RequireNumbers", "false"),
            ("RequireUppercaseCharacters", "false"),
            ("RequireLowercaseCharacters", "false"),
            ("AllowUsersToChangePassword", "true"),
            ("ExpirePasswords", "false"),
        ]);
        assert_eq!(members(&world), shown);
        assert!(refusal(&world, "fourteen chars").contains("has fewer than 15 characters"));
        for guessed in ["passwordpassword", "1Q2w3e4r5t6y7u8i9o0p", "alicealicealice", "first@example.com", "Keystead 2026-2027"] {
            assert!(refusal(&world, guessed).contains("is common, or made from"), "{guessed}");
        }
        assert_eq!(refusal(&world, "all small words and no more"), "");
        // The fields replace a preset, and the other way round.
        set(&world, &[("MinimumPasswordLength", "8")]);
        assert_eq!(of(&get(), "preset"), "CUSTOM");
        assert_eq!(refusal(&world, "password"), "");
        let default = put("AWS_DEFAULT").expect_done().json();
        assert_eq!((of(&default, "preset"), of(&default, "require_three_kinds")), (json!("AWS_DEFAULT"), json!(true)));
        world.call(&world.root, "GetAccountPasswordPolicy", &[]).expect_code(404, "NoSuchEntity");
        put("WISHFUL").expect_code(400, "ValidationError");
    }
}

#[test]
fn numbers_out_of_bounds_are_refused_in_the_words_and_order_of_aws() {
    let world = World::new(TestStore::sqlite());
    let params =
        [("MinimumPasswordLength", "129"), ("PasswordReusePrevention", "25"), ("MaxPasswordAge", "1096")];
    let told = "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member \
                must have value less than or equal to 128; Value at 'passwordReusePrevention' failed to satisfy \
                constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to \
                satisfy constraint: Member must have value less than or equal to 1095";
    let refused = world.call(&world.root, "UpdateAccountPasswordPolicy", &params);
    refused.expect_refused(400, "ValidationError", told);
    for (member, value) in
        [("MinimumPasswordLength", "5"), ("PasswordReusePrevention", "0"), ("MaxPasswordAge", "0")]
    {
        let refused = world.call(&world.root, "UpdateAccountPasswordPolicy", &[(member, value)]);
        refused.expect_code(400, "ValidationError");
    }
    world.user("alice");
    for password in ["", &"p".repeat(129), "Sn\u{2603}wman-password-1"] {
        let refused = world.call(&world.root, "CreateLoginProfile", &[ALICE, ("Password", password)]);
        refused.expect_code(400, "ValidationError");
        assert!(password.is_empty() || !refused.message.contains(password), "{}", refused.message);
    }
}
