//! The question before something that cannot be undone, with the evidence beside it. The form goes to the address of
//! the page it stands on; a word to be typed is for what cannot be undone, a password for what shows or ends secrets.

use askama::Template;

use crate::console::answer::{Page, Refusal, show, show_with};
use crate::console::frame::Frame;
use crate::console::visit::Request;

/// A question, and what its form holds.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    pub(crate) frame: Frame,
    /// What happens, as a sentence.
    pub(crate) what: String,
    /// What is known of the thing now, a sentence each.
    pub(crate) evidence: Vec<String>,
    /// What is to be typed, and where it is from: "the last four characters of the key".
    pub(crate) typed: Option<(String, String)>,
    /// Whether the visitor's own password is asked for.
    pub(crate) password: bool,
    /// Something to be filled in: the field's name, and what it is.
    pub(crate) asked: Option<(String, String)>,
    /// The words of the button.
    pub(crate) button: String,
    /// Where whoever thinks better of it goes.
    pub(crate) back: String,
}

impl Confirm {
    /// A question with nothing more than a button.
    pub(crate) fn new(
        frame: Frame,
        what: impl Into<String>,
        button: impl Into<String>,
        back: impl Into<String>,
    ) -> Self {
        Self {
            frame,
            what: what.into(),
            evidence: Vec::new(),
            typed: None,
            asked: None,
            password: false,
            button: button.into(),
            back: back.into(),
        }
    }

    /// With what is known now.
    pub(crate) fn evidence(mut self, sentence: impl Into<String>) -> Self {
        self.evidence.push(sentence.into());
        self
    }

    /// With a word to be typed.
    pub(crate) fn typed(mut self, word: impl Into<String>, whence: impl Into<String>) -> Self {
        self.typed = Some((word.into(), whence.into()));
        self
    }

    /// With something to be filled in.
    pub(crate) fn ask(mut self, name: &str, label: &str) -> Self {
        self.asked = Some((name.to_owned(), label.to_owned()));
        self
    }

    /// With the visitor's own password.
    pub(crate) fn password(mut self) -> Self {
        self.password = true;
        self
    }

    /// Asks; or, where the form was sent, does `act` and gives what comes of it. What is refused is said above the
    /// question.
    pub(crate) fn or_do(mut self, request: &Request, act: impl FnOnce() -> Page) -> Page {
        if !request.is_post {
            return show(&self);
        }
        let is_typed = self.typed.as_ref().is_none_or(|(word, _)| request.form.get("typed") == word);
        let done = if is_typed {
            act()
        } else {
            let whence = self.typed.as_ref().map(|(_, whence)| whence.as_str()).unwrap_or_default();
            Err(Refusal::of_form(format!("Nothing was done: type {whence} to go on.")))
        };
        done.or_else(|refusal| {
            let status = refusal.status;
            self.frame = self.frame.wrong(Some(refusal));
            show_with(status, &self)
        })
    }
}
