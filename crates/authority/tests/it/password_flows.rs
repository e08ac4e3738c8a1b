//! Resetting, changing and giving passwords in every order: no password is ever another one afterwards unless somebody
//! brought a good link for that very owner, gave the present password, or may set it.

use std::time::Duration;

use keystead_authority::password_reset::{recover_root, send_to_root};
use keystead_authority::sign_in::{check_code, password_version};
use keystead_aws::Fault;
use keystead_core::{Rng, Timestamp};
use keystead_gate::ring::OwnerId;
use keystead_store::both;
use keystead_store::letters::body_place;
use keystead_store::testing::{SeededRng, TestStore};

use crate::passwords::{FIRST, change, create};
use crate::phone::{Phone, step};
use crate::sign_in::{is_right, user};
use crate::single_use::{link_for, set_password};
use crate::world::{Key, World};

/// How many steps a sequence has.
const DEPTH: usize = 6;
/// The owners: the root user, and two IAM users.
const OWNERS: [&str; 3] = ["", "alice", "bob"];
const ROOT_EMAIL: &str = "first@example.com";

/// A link that was given out.
struct Link {
    token: String,
    owner: usize,
    good_until: Timestamp,
}

/// The world, and what is known of it.
struct Model<'w> {
    world: &'w World,
    rng: SeededRng,
    alice: &'w Key,
    phone: &'w Phone,
    links: Vec<Link>,
    password_of_alice: String,
    letters: usize,
    number: usize,
}

impl Model<'_> {
    fn below(&self, limit: usize) -> usize {
        usize::try_from(self.rng.next_u64() % limit as u64).unwrap()
    }

    /// A password that nobody had.
    fn fresh(&mut self) -> String {
        self.number += 1;
        format!("Another-password-{}", self.number)
    }

    /// A newer link makes the others of its owner worthless.
    fn give_out(&mut self, token: String, owner: usize, lasts: Duration) {
        let now = self.world.now();
        for older in self.links.iter_mut().filter(|link| link.owner == owner) {
            older.good_until = older.good_until.min(now);
        }
        self.links.push(Link { token, owner, good_until: now.plus(lasts) });
    }

    /// Does one thing; whose password that may change.
    fn step(&mut self) -> Option<usize> {
        let world = self.world;
        match self.below(10) {
            0 => self.ask_by_mail(),
            1 => {
                let owner = 1 + self.below(2);
                self.give_out(link_for(world, OWNERS[owner]), owner, Duration::from_hours(24));
            }
            2 => {
                let drawn = recover_root(world.gate.store(), world.account, world.now(), &self.rng).unwrap();
                self.give_out(drawn.token.expose().to_owned(), 0, Duration::from_hours(24));
            }
            3..=5 => return self.bring_a_link(),
            6 => return self.change(),
            7 => {
                let guess = [FIRST, "Wrong-password-1"][self.below(2)];
                is_right(world, user(world, OWNERS[1 + self.below(2)]), guess);
            }
            8 => {
                let alice = world.gate.ring().find_user(world.account, "alice").unwrap();
                let code = self.phone.code(step(world) - i64::from(self.below(2) == 0));
                check_code(&world.gate, &alice, &code, world.now()).unwrap();
            }
            _ => world.store.clock.advance(Duration::from_mins([2, 11, 60, 25 * 60][self.below(4)])),
        }
        None
    }

    /// Somebody asks for a letter to the root user, or to nobody.
    fn ask_by_mail(&mut self) {
        let world = self.world;
        let email = [ROOT_EMAIL, "nobody@example.com"][self.below(2)];
        send_to_root(&world.gate, email, world.now()).unwrap();
        let far = world.now().plus(Duration::from_hours(24));
        let due = world.gate.store().read(|tx| tx.letters().list_due(far, 100_000).map_err(Fault::from));
        let due = due.unwrap();
        if due.len() == self.letters {
            return;
        }
        self.letters = due.len();
        let letter = due.iter().max_by_key(|letter| letter.created_at).unwrap();
        let place = body_place(letter.account, &letter.id);
        let text = world.gate.store().sealer().open(&place, letter.body_sealed.as_bytes()).unwrap();
        let text = String::from_utf8(text.expose().clone()).unwrap();
        let token = text.lines().find_map(|line| line.split_once("/reset-password/")).unwrap().1;
        self.give_out(token.to_owned(), 0, Duration::from_mins(10));
    }

    /// Any link that was ever given out, sometimes with a letter changed.
    fn bring_a_link(&mut self) -> Option<usize> {
        let password = self.fresh();
        if self.links.is_empty() {
            assert!(!set_password(self.world, "ksr_nothing", &password));
            return None;
        }
        let at = self.below(self.links.len());
        let is_bent = self.below(4) == 0;
        let link = &self.links[at];
        let mut token = link.token.clone();
        if is_bent {
            let last = token.pop().unwrap();
            token.push(if last == 'A' { 'B' } else { 'A' });
        }
        let is_good = !is_bent && link.good_until > self.world.now();
        let owner = link.owner;
        assert_eq!(set_password(self.world, &token, &password), is_good);
        if !is_good {
            return None;
        }
        self.links[at].good_until = self.world.now();
        if owner == 1 {
            self.password_of_alice = password;
        }
        Some(owner)
    }

    /// Alice changes her password, knowing it or not.
    fn change(&mut self) -> Option<usize> {
        let knows = self.below(2) == 0;
        let (fresh, known) = (self.fresh(), self.password_of_alice.clone());
        let old = if knows { known } else { "Wrong-password-1".to_owned() };
        let done = change(self.world, self.alice, &old, &fresh).reply.status == 200;
        assert!(knows || !done, "a password was changed without the present one");
        if done {
            self.password_of_alice = fresh;
        }
        done.then_some(1)
    }

    /// Which passwords there are.
    fn versions(&self) -> Vec<i64> {
        let ring = self.world.gate.ring();
        let of = |name: &&str| {
            let root = || ring.find_principal(OwnerId::root(self.world.account));
            let owner = if name.is_empty() { root() } else { ring.find_user(self.world.account, name) };
            password_version(&self.world.gate, &owner.unwrap()).unwrap().unwrap_or_default()
        };
        OWNERS.iter().map(of).collect()
    }
}

fn no_order_changes_a_password(store: TestStore, sequences: usize) {
    let world = World::new(store);
    let alice = world.administrator("alice");
    world.user("bob");
    for name in ["alice", "bob"] {
        create(&world, name, FIRST);
    }
    let phone = Phone::of_user(&world, &world.root, "alice", "phone");
    let (rng, password) = (SeededRng::new(41), FIRST.to_owned());
    let mut model = Model {
        world: &world,
        rng,
        alice: &alice,
        phone: &phone,
        links: vec![],
        password_of_alice: password,
        letters: 0,
        number: 0,
    };
    let mut changes = [0; OWNERS.len()];
    for sequence in 0..sequences {
        // Links of the sequences before are brought now and then, which no sequence by itself would do.
        let spare = model.links.len().saturating_sub(4);
        model.links.drain(..spare);
        for step in 0..DEPTH {
            let before = model.versions();
            let changed = model.step();
            for (owner, (before, after)) in before.iter().zip(model.versions()).enumerate() {
                let place = format!("sequence {sequence}, step {step}: {:?}", OWNERS[owner]);
                assert_eq!(*before != after, changed == Some(owner), "{place}");
                changes[owner] += i64::from(*before != after);
            }
        }
    }
    assert!(changes.iter().all(|count| *count > 0), "every owner has had another password: {changes:?}");
}

both! {
    fn c7_no_order_of_steps_sets_a_password_without_a_link_or_the_present_one(store: TestStore) {
        no_order_changes_a_password(store, 40);
    }

    #[ignore = "large"]
    fn c7_the_same_in_50_000_orders(store: TestStore) {
        no_order_changes_a_password(store, 50_000);
    }
}
