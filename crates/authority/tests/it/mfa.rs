//! MFA devices: made, given to users and to the root user, found again, taken away. Codes are accepted once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use keystead_authority::mfa::{GivenCode, accept_code};
use keystead_aws::Fault;
use keystead_core::rng::uuid;
use keystead_store::counts::Counted;
use keystead_store::{Command, both};

use crate::dump;
use crate::phone::{Phone, ROOT_DEVICES, blob, step};
use crate::world::{Key, World};

const NOT_VALID: &str = "Authentication code for device is not valid.";
const IN_USE: &str = "MFA Device is already in use.";
const STEP: Duration = Duration::from_secs(30);

fn not_found(serial_number: &str) -> String {
    format!("MFA Device with serial number {serial_number} does not exist.")
}

/// Whether a code is accepted as `owner_id`'s, in a transaction of its own.
fn accepts(world: &World, owner_id: &str, serial_number: Option<&str>, code: &str) -> bool {
    let (account, sealer, now) = (world.account, world.store.sealer().clone(), world.now());
    let given = (owner_id.to_owned(), serial_number.map(str::to_owned), code.to_owned());
    let command = Command { id: uuid(&*world.store.rng), account: Some(account), invocation_id: None };
    let answer = world.store.write(command, move |tx| {
        let (owner_id, serial_number, code) = &given;
        let given = GivenCode { account, owner_id, serial_number: serial_number.as_deref(), code };
        accept_code(tx, &sealer, given, now)
    });
    answer.unwrap_or_else(|fault: Fault| panic!("{fault:?}"))
}

fn user_id(world: &World, user: &str) -> String {
    world.call(&world.root, "GetUser", &[("UserName", user)]).expect_done().text("User/UserId")
}

fn serials(world: &World, key: &Key, status: &[(&str, &str)]) -> Vec<String> {
    let listed = world.call(key, "ListVirtualMFADevices", status).expect_done();
    listed.list("VirtualMFADevices", "SerialNumber")
}

both! {
    fn a_device_shows_its_seed_once_as_text_and_as_a_picture(store: TestStore) {
        let world = World::new(store);
        let name = "Phone_+=,.@-1";
        let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        let params = [&[("VirtualMFADeviceName", name), ("Path", "/x//y-z/")], &tag[..]].concat();
        let made = world.call(&world.root, "CreateVirtualMFADevice", &params).expect_done();
        let serial_number = format!("arn:aws:iam::{}:mfa/x//y-z/{name}", world.account);
        let phone = Phone::of(&made);
        assert_eq!(phone.serial_number, serial_number);
        assert_eq!(made.list("VirtualMFADevice/Tags", "Key"), ["team"]);
        assert_eq!(phone.seed.len(), 20);
        let base32 = BASE32_NOPAD.encode(&phone.seed);
        let address = format!(
            "otpauth://totp/Keystead:Phone_%2B%3D%2C.%40-1@{}?secret={base32}&issuer=Keystead",
            world.account
        );
        assert_eq!(read_qr_code(&blob(&made, "QRCodePNG")), address);
        // The world itself looks for the seed in every later reply.
        assert_eq!(serials(&world, &world.root, &[]), [serial_number]);
        let kept = dump::everything(&world.store);
        for secret in [base32.clone(), hex::encode(&base32), hex::encode(&phone.seed)] {
            assert!(!kept.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()));
        }
    }

    fn names_and_paths_are_those_of_aws(store: TestStore) {
        let world = World::new(store);
        let create = |name: &str, path: &str| {
            world.call(
                &world.root,
                "CreateVirtualMFADevice",
                &[("VirtualMFADeviceName", name), ("Path", path)],
            )
        };
        create("phone", "/").expect_done();
        for (name, path) in [("phone", "/"), ("phone", "/other/"), ("PHONE", "/")] {
            create(name, path).expect_refused(409, "EntityAlreadyExists", "MFA device already exists.");
        }
        let refusal = "The specified value for path is invalid. It must begin and end with / and contain only \
                       alphanumeric characters and/or / characters.";
        for path in ["test", "/test", "test/", "/te st/", "/tést/"] {
            create("other", path).expect_refused(400, "ValidationError", refusal);
        }
        let refusal = "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must \
                       have length less than or equal to 512";
        let long = format!("/{}/", "p".repeat(511));
        create("other", &long).expect_refused(400, "ValidationError", refusal);
        create("", "/").expect_code(400, "ValidationError");
        create("a b", "/").expect_code(400, "ValidationError");
        // A serial number that could not be named again.
        create(&"n".repeat(256 - "arn:aws:iam::123456789012:mfa/".len() + 1), "/")
            .expect_code(400, "ValidationError");
        create(&"n".repeat(256 - "arn:aws:iam::123456789012:mfa/".len()), "/").expect_done();
    }

    fn a_device_is_enabled_taken_away_and_enabled_again(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        world.user("bob");
        let phone = Phone::new(&world, &world.root, "phone");
        let serial = ("SerialNumber", &*phone.serial_number);
        phone.enable(&world, &world.root, "alice", step(&world) - 1).expect_done();
        for user in ["alice", "bob"] {
            let again = phone.enable(&world, &world.root, user, step(&world));
            again.expect_refused(409, "EntityAlreadyExists", IN_USE);
        }
        let listed = world.call(&world.root, "ListMFADevices", &[("UserName", "alice")]).expect_done();
        assert_eq!(listed.list("MFADevices", "SerialNumber"), [&*phone.serial_number]);
        assert_eq!(listed.list("MFADevices", "UserName"), ["alice"]);
        assert_eq!(listed.list("MFADevices", "EnableDate"), ["2026-01-01T00:00:00Z"]);
        let conflict = "MFA VirtualDevice in use. Must deactivate first.";
        let delete = || world.call(&world.root, "DeleteVirtualMFADevice", &[serial]);
        delete().expect_refused(409, "DeleteConflict", conflict);
        let conflict = "Cannot delete entity, must delete MFA device first.";
        let key_id = world.call(&world.root, "ListAccessKeys", &[("UserName", "alice")]).expect_done();
        let key_id = &key_id.list("AccessKeyMetadata", "AccessKeyId")[0];
        let delete_user = || world.call(&world.root, "DeleteUser", &[("UserName", "alice")]);
        delete_user().expect_refused(
            409,
            "DeleteConflict",
            "Cannot delete entity, must delete access keys first.",
        );
        let key = [("UserName", "alice"), ("AccessKeyId", key_id.as_str())];
        world.call(&world.root, "DeleteAccessKey", &key).expect_done();
        delete_user().expect_refused(409, "DeleteConflict", conflict);

        let deactivate = |user| world.call(&world.root, "DeactivateMFADevice", &[("UserName", user), serial]);
        deactivate("bob").expect_refused(404, "NoSuchEntity", &not_found(&phone.serial_number));
        deactivate("alice").expect_done();
        deactivate("alice").expect_refused(404, "NoSuchEntity", &not_found(&phone.serial_number));
        assert_eq!(serials(&world, &world.root, &[("AssignmentStatus", "Unassigned")]).len(), 1);
        delete_user().expect_done();
        // The seed stays, and so does the memory of the codes that were used.
        let again = phone.enable(&world, &world.root, "bob", step(&world) - 1);
        again.expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        phone.enable(&world, &world.root, "bob", step(&world) + 1).expect_done();
        deactivate("bob").expect_done();
        delete().expect_done();
        delete().expect_refused(404, "NoSuchEntity", &not_found(&phone.serial_number));
        assert_eq!(serials(&world, &world.root, &[]), Vec::<String>::new());
        // Another device of the same name has another seed.
        assert_ne!(Phone::new(&world, &world.root, "phone").seed, phone.seed);
    }

    fn what_is_not_there_is_named(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let there = Phone::new(&world, &world.root, "phone");
        for serial_number in [
            format!("arn:aws:iam::{}:mfa/nonexistent-mfa", world.account),
            there.serial_number.replace("phone", "PHONE"),
            there.serial_number.replace(&world.account.to_string(), "123456789012"),
        ] {
            let ghost = Phone { serial_number: serial_number.clone(), ..there.clone() };
            let serial = ("SerialNumber", &*serial_number);
            let tags = [serial, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
            let keys = [serial, ("TagKeys.member.1", "k")];
            let user = [("UserName", "alice"), serial];
            for answer in [
                ghost.enable(&world, &world.root, "alice", step(&world)),
                ghost.resync(&world, &world.root, "alice", step(&world)),
                world.call(&world.root, "DeleteVirtualMFADevice", &[serial]),
                world.call(&world.root, "DeactivateMFADevice", &user),
                world.call(&world.root, "DeactivateMFADevice", &[serial]),
                world.call(&world.root, "GetMFADevice", &user),
                world.call(&world.root, "TagMFADevice", &tags),
                world.call(&world.root, "UntagMFADevice", &keys),
                world.call(&world.root, "ListMFADeviceTags", &[serial]),
                ghost.show_of_root(&world, &world.root, ROOT_DEVICES, step(&world)),
            ] {
                answer.expect_refused(404, "NoSuchEntity", &not_found(&serial_number));
            }
        }
        let unassigned = there.resync(&world, &world.root, "alice", step(&world));
        unassigned.expect_refused(404, "NoSuchEntity", &not_found(&there.serial_number));
        let hardware = Phone { serial_number: "GAHT12345678".to_owned(), ..there.clone() };
        let refusal = "MFA Device with serial number GAHT12345678 does not exist. Only virtual devices and passkeys \
                       are supported: CreateVirtualMFADevice makes the former, and the console the latter.";
        let refused = hardware.enable(&world, &world.root, "alice", step(&world));
        refused.expect_refused(404, "NoSuchEntity", refusal);
        // An unknown user is named before an unknown device.
        let refusal = "The user with name nobody cannot be found.";
        let refused = hardware.enable(&world, &world.root, "nobody", step(&world));
        refused.expect_refused(404, "NoSuchEntity", refusal);
        assert_eq!(dump::count(&world.store, "mfa_attempts"), 0);
    }

    fn only_two_codes_in_a_row_enable_a_device(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let phone = Phone::new(&world, &world.root, "phone");
        let now = step(&world);
        let [one, two] = phone.codes(now - 1);
        // Wrong order, the same twice, one left out, one that is another device's: four, then too far off.
        let wrong = [
            [two.clone(), one.clone()],
            [one.clone(), one.clone()],
            [one.clone(), phone.code(now + 1)],
            [one, Phone::new(&world, &world.root, "other").code(now)],
        ];
        for codes in &wrong {
            let refused = phone.show(&world, &world.root, "EnableMFADevice", "alice", codes);
            refused.expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        }
        let far = phone.enable(&world, &world.root, "alice", now + 2);
        far.expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        // Five wrong ones, and a right one is not looked at for a quarter of an hour, whoever asks, after a
        // new start too.
        let too_many = format!(
            "{NOT_VALID} There were five wrong codes within 15 minutes: wait 15 minutes and try again."
        );
        let world = world.with_new_gate();
        let right = phone.enable(&world, &world.root, "ALICE", now - 1);
        right.expect_refused(403, "InvalidAuthenticationCode", &too_many);
        world.store.clock.advance(Duration::from_mins(15) - Duration::from_secs(1));
        let refused = phone.enable(&world, &world.root, "alice", step(&world) - 1);
        refused.expect_refused(403, "InvalidAuthenticationCode", &too_many);
        world.store.clock.advance(Duration::from_secs(1));
        phone.enable(&world, &world.root, "alice", step(&world) - 1).expect_done();
        for code in ["12345", "1234567", "12345a", "１２３４５６", ""] {
            let codes = [code.to_owned(), "123456".to_owned()];
            let refused = phone.show(&world, &world.root, "EnableMFADevice", "alice", &codes);
            refused.expect_code(400, "ValidationError");
        }
    }

    fn a_clock_that_is_off_is_found_again(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let id = user_id(&world, "alice");
        let phone = Phone::of_user(&world, &world.root, "alice", "phone");
        let accepted = |ahead: i64| accepts(&world, &id, None, &phone.code(step(&world) + ahead));
        world.store.clock.advance(STEP * 4);
        assert!(!accepted(50));
        let resync = |ahead| phone.resync(&world, &world.root, "alice", step(&world) + ahead);
        resync(101).expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        resync(50).expect_done();
        resync(50).expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        world.store.clock.advance(STEP);
        assert!(!accepted(0), "the old clock is not meant any more");
        assert!(accepted(51));
        // A clock that was set back gives codes that are older than those used.
        resync(-3).expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        world.store.clock.advance(STEP * 60);
        resync(-3).expect_done();
        world.store.clock.advance(STEP);
        assert!(accepted(-2));
    }

    fn a_code_is_accepted_once_whoever_is_first(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let id = user_id(&world, "alice");
        let phones = ["one", "two"].map(|name| Phone::of_user(&world, &world.root, "alice", name));
        world.store.clock.advance(STEP * 4);
        for (round, phone) in phones.iter().enumerate() {
            let (code, accepted) = (phone.code(step(&world)), AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..64 {
                    scope.spawn(|| {
                        let serial = (round == 0).then_some(&*phone.serial_number);
                        accepted.fetch_add(usize::from(accepts(&world, &id, serial, &code)), Ordering::SeqCst);
                    });
                }
            });
            assert_eq!(accepted.into_inner(), 1);
            // The five places are full: nothing is accepted before they are free again.
            assert!(!accepts(&world, &id, None, &phone.code(step(&world) + 1)));
            world.store.clock.advance(Duration::from_mins(15));
        }
        assert!(accepts(&world, &id, None, &phones[0].code(step(&world) + 1)));
        assert!(!accepts(&world, &id, None, &phones[0].code(step(&world))), "older than the last");
        let named = Some(&*phones[1].serial_number);
        assert!(!accepts(&world, &id, named, &phones[0].code(step(&world) + 2)), "another device's");
        assert!(!accepts(&world, &id, named, &phones[1].code(step(&world) + 2)), "too early");
        assert!(accepts(&world, &id, named, &phones[1].code(step(&world) - 1)), "a little late");
        for other in ["", " 123456", "12345６", "0x1234"] {
            assert!(!accepts(&world, &id, None, other));
        }
    }

    fn guesses_at_once_are_counted_one_by_one(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let phone = Phone::new(&world, &world.root, "phone");
        let counted = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    let refused = phone.enable(&world, &world.root, "alice", step(&world) + 9);
                    refused.expect_code(403, "InvalidAuthenticationCode");
                    counted.fetch_add(usize::from(refused.message == NOT_VALID), Ordering::SeqCst);
                });
            }
        });
        assert_eq!(counted.into_inner(), 5);
        assert_eq!(dump::count(&world.store, "mfa_attempts"), 5);
    }

    fn devices_follow_their_user_through_a_new_name(store: TestStore) {
        let world = World::new(store);
        let alice = world.administrator("alice");
        let phone = Phone::of_user(&world, &world.root, "alice", "phone");
        let serial = ("SerialNumber", &*phone.serial_number);
        let rename = [("UserName", "alice"), ("NewUserName", "Bob"), ("NewPath", "/x/")];
        world.call(&world.root, "UpdateUser", &rename).expect_done();
        let world = world.with_new_gate();
        let shown = world.call(&alice, "GetMFADevice", &[serial]).expect_done();
        assert_eq!(shown.text("UserName"), "Bob");
        assert_eq!(shown.text("SerialNumber"), phone.serial_number);
        assert_eq!(shown.text("EnableDate"), "2026-01-01T00:00:00Z");
        assert_eq!(world.call(&alice, "ListMFADevices", &[]).expect_done().list("MFADevices", "UserName"), ["Bob"]);
        let listed = world.call(&alice, "ListVirtualMFADevices", &[]).expect_done();
        let owner = format!("arn:aws:iam::{}:user/x/Bob", world.account);
        assert!(listed.body().contains(&owner), "{}", listed.body());
        assert!(!listed.body().contains("Seed") && !listed.body().contains("QRCode"));
        // Without a name the caller is meant.
        world.call(&alice, "DeactivateMFADevice", &[serial]).expect_done();
        let gone = world.call(&alice, "GetMFADevice", &[serial]);
        gone.expect_refused(404, "NoSuchEntity", &not_found(&phone.serial_number));
    }

    fn devices_are_listed_page_by_page_and_counted(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let phones: Vec<Phone> =
            (0..9).map(|n| Phone::new(&world, &world.root, &format!("phone-{n}"))).collect();
        let last = step(&world) - 1;
        for phone in &phones[..8] {
            phone.enable(&world, &world.root, "alice", last).expect_done();
        }
        let ninth = phones[8].enable(&world, &world.root, "alice", last);
        ninth.expect_refused(409, "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8");
        let pages = |action: &str, list: &str, given: (&str, &str)| {
            let (mut names, mut marker) = (Vec::new(), None::<String>);
            loop {
                let mut params = vec![given, ("MaxItems", "3")];
                params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
                let page = world.call(&world.root, action, &params).expect_done();
                names.push(page.list(list, "SerialNumber").len());
                marker = page.find("Marker");
                assert_eq!(page.text("IsTruncated"), marker.is_some().to_string());
                if marker.is_none() {
                    return names;
                }
            }
        };
        let status = |word| pages("ListVirtualMFADevices", "VirtualMFADevices", ("AssignmentStatus", word));
        assert_eq!((status("Assigned"), status("Unassigned")), (vec![3, 3, 2], vec![1]));
        assert_eq!(status("Any"), [3, 3, 3]);
        assert_eq!(pages("ListMFADevices", "MFADevices", ("UserName", "alice")), [3, 3, 2]);
        let counts = |kind| world.store.read(|tx| tx.counts().get(world.account, kind)).unwrap();
        assert_eq!((counts(Counted::MfaDevices), counts(Counted::MfaDevicesInUse)), (9, 8));
        let params = [("UserName", "alice"), ("SerialNumber", &*phones[0].serial_number)];
        world.call(&world.root, "DeactivateMFADevice", &params).expect_done();
        world.call(&world.root, "DeleteVirtualMFADevice", &params[1..]).expect_done();
        assert_eq!((counts(Counted::MfaDevices), counts(Counted::MfaDevicesInUse)), (8, 7));
        phones[8].enable(&world, &world.root, "alice", last).expect_done();
    }

    fn tags_stay_with_their_device(store: TestStore) {
        let world = World::new(store);
        let phone = Phone::new(&world, &world.root, "phone");
        let serial = ("SerialNumber", &*phone.serial_number);
        let tags = [
            serial,
            ("Tags.member.1.Key", "Team"),
            ("Tags.member.1.Value", "red"),
            ("Tags.member.2.Key", "a"),
            ("Tags.member.2.Value", ""),
        ];
        world.call(&world.root, "TagMFADevice", &tags).expect_done();
        let listed = || world.call(&world.root, "ListMFADeviceTags", &[serial]).expect_done().list("Tags", "Key");
        assert_eq!(listed(), ["a", "Team"]);
        let first = world.call(&world.root, "ListMFADeviceTags", &[serial, ("MaxItems", "1")]).expect_done();
        assert_eq!((first.list("Tags", "Key"), first.text("IsTruncated")), (vec!["a".to_owned()], "true".to_owned()));
        world.call(&world.root, "UntagMFADevice", &[serial, ("TagKeys.member.1", "TEAM")]).expect_done();
        assert_eq!(listed(), ["a"]);
        world.call(&world.root, "DeleteVirtualMFADevice", &[serial]).expect_done();
        Phone::new(&world, &world.root, "phone");
        assert_eq!(listed(), Vec::<String>::new(), "tags are gone with their device");
    }

    fn the_root_users_devices_are_its_own(store: TestStore) {
        let world = World::new(store);
        let admin = world.administrator("admin");
        let phone = Phone::new(&world, &admin, "root-phone");
        let serial = ("SerialNumber", &*phone.serial_number);
        let denial = "IAM users cannot manage credentials for the AWS account.";
        let resync = format!("{ROOT_DEVICES}/resync");
        let now = step(&world);
        phone.show_of_root(&world, &admin, ROOT_DEVICES, now - 1).expect_refused(403, "AccessDenied", denial);
        let enabled = phone.show_of_root(&world, &world.root, ROOT_DEVICES, now - 1).expect_done();
        assert_eq!(enabled.json()["serial_number"], *phone.serial_number);
        let taken = phone.show_of_root(&world, &world.root, ROOT_DEVICES, now);
        taken.expect_refused(409, "EntityAlreadyExists", IN_USE);

        let state = world.state();
        let tags = [serial, ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
        for answer in [
            phone.show_of_root(&world, &admin, &resync, now + 1),
            world.call(&admin, "DeleteVirtualMFADevice", &[serial]),
            world.call(&admin, "TagMFADevice", &tags),
            world.call(&admin, "UntagMFADevice", &[serial, ("TagKeys.member.1", "k")]),
        ] {
            answer.expect_refused(403, "AccessDenied", denial);
        }
        for answer in [
            phone.resync(&world, &admin, "admin", now + 1),
            world.call(&admin, "DeactivateMFADevice", &[("UserName", "admin"), serial]),
            world.call(&admin, "DeactivateMFADevice", &[serial]),
            world.call(&admin, "GetMFADevice", &[serial]),
        ] {
            answer.expect_refused(404, "NoSuchEntity", &not_found(&phone.serial_number));
        }
        phone.enable(&world, &admin, "admin", now + 1).expect_refused(409, "EntityAlreadyExists", IN_USE);
        assert_eq!(world.state(), state);

        let listed = world.call(&admin, "ListVirtualMFADevices", &[]).expect_done();
        assert!(listed.body().contains(&format!("<Arn>arn:aws:iam::{}:root</Arn>", world.account)));
        let own = world.call(&world.root, "ListMFADevices", &[]).expect_done();
        assert_eq!(own.list("MFADevices", "SerialNumber"), [&*phone.serial_number]);
        assert_eq!(own.list("MFADevices", "UserName"), [""]);
        assert_eq!(world.call(&world.root, "GetMFADevice", &[serial]).expect_done().find("UserName"), None);
        let has_any = || {
            let id = world.account.to_string();
            world.store.read(|tx| tx.mfa_devices().has_any(world.account, &id)).unwrap()
        };
        assert!(has_any());
        phone.show_of_root(&world, &world.root, &resync, now + 1).expect_done();
        let wrong = phone.show_of_root(&world, &world.root, &resync, now + 1);
        wrong.expect_refused(403, "InvalidAuthenticationCode", NOT_VALID);
        world.store.clock.advance(STEP * 4);
        // Its clock was found two steps ahead.
        assert!(accepts(&world, &world.account.to_string(), None, &phone.code(step(&world) + 2)));
        world.call(&world.root, "DeactivateMFADevice", &[serial]).expect_done();
        assert!(!has_any());
    }

    fn a_request_that_arrives_twice_has_one_effect(store: TestStore) {
        let world = World::new(store);
        world.user("alice");
        let phone = Phone::new(&world, &world.root, "phone");
        for (action, at) in [("EnableMFADevice", step(&world) - 1), ("ResyncMFADevice", step(&world) + 1)] {
            let [one, two] = phone.codes(at);
            let params = [
                ("UserName", "alice"),
                ("SerialNumber", &*phone.serial_number),
                ("AuthenticationCode1", &*one),
                ("AuthenticationCode2", &*two),
            ];
            let sent = world.sign_call(&world.root, action, &params);
            let first = world.send(&sent).expect_done();
            assert_eq!(world.send(&sent).expect_done().body(), first.body(), "{action}");
        }
        assert_eq!(dump::count(&world.store, "mfa_attempts"), 0);
    }
}

/// What a picture of a QR code says, and that it is one that cameras read.
fn read_qr_code(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("it is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("its size is known")];
    let frame = reader.next_frame(&mut pixels).expect("it has a picture");
    assert_eq!((frame.color_type, frame.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    assert_eq!(frame.width, frame.height);
    let side = frame.width as usize;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().expect("the code can be read").1
}
