//! Letters in the queue: when they are tried, when given up, and what is refused before it gets there.

use std::sync::Mutex;
use std::time::Duration;

use keystead_aws::Fault;
use keystead_core::Timestamp;
use keystead_gate::mail::{Letter, Post, Unsent};
use keystead_store::both;

use crate::world::World;

/// A mail server that refuses everything, and remembers what.
#[derive(Default)]
struct Refusing(Mutex<Vec<(String, String)>>);

impl Post for Refusing {
    fn send(&self, id: &str, letter: &Letter, _: Timestamp) -> Result<(), Unsent> {
        self.0.lock().unwrap().push((id.to_owned(), letter.text.clone()));
        Err(Unsent("not today".to_owned()))
    }
}

fn letter(to: &str, subject: &str) -> Letter {
    Letter { to: to.to_owned(), subject: subject.to_owned(), text: "Good day".to_owned() }
}

both! {
    fn a_letter_is_tried_ever_less_often_and_given_up_after_three_days(store: TestStore) {
        let world = World::new(store);
        let drawn = world.gate.draw_letter(world.account, &letter("ana@example.com", "Hello"), world.now());
        let drawn = drawn.unwrap();
        world.store.run(move |tx| tx.letters().insert(&drawn));
        let refusing = Refusing::default();
        let tried = || refusing.0.lock().unwrap().len();
        let turn = |seconds| {
            world.store.clock.advance(Duration::from_secs(seconds));
            world.gate.send_letters(&refusing).unwrap();
            tried()
        };
        assert_eq!([turn(0), turn(4), turn(1), turn(9), turn(1), turn(19), turn(1)], [1, 1, 2, 2, 3, 3, 4]);
        for _ in 0..80 {
            turn(3600);
        }
        let in_all = tried();
        assert!((70..90).contains(&in_all), "{in_all}");
        let sent = refusing.0.lock().unwrap().clone();
        assert!(sent.iter().all(|one| one == &sent[0] && one.1 == "Good day"), "the same letter each time");
        let far = world.now().plus(Duration::from_hours(1000));
        let left = world.gate.store().read(|tx| tx.letters().list_due(far, 9).map_err(Fault::from));
        assert_eq!(left.unwrap(), []);
    }

    fn addresses_and_subjects_smuggle_no_header(store: TestStore) {
        let world = World::new(store);
        let draw = |to: &str, subject: &str| world.gate.draw_letter(world.account, &letter(to, subject), world.now());
        for (to, subject) in [
            ("ana@example.com\r\nBcc: eve@example.com", "Hello"),
            ("ana@example.com\nBcc:", "Hello"),
            ("ana example.com", "Hello"),
            ("ana@example.com", "Hello\r\nBcc: eve@example.com"),
            ("ana@example.com", "Hello\n\nAnother body"),
            ("ana@example.com", &"long".repeat(100)),
        ] {
            assert!(matches!(draw(to, subject), Err(Fault::ValidationError(_))), "{to:?} {subject:?}");
        }
        assert!(draw("ana@example.com", "Grüße").is_ok());
    }
}
