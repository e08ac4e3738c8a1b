//! A reply, and what a client reads in it.

use keystead_aws::xml::{self, Element};
use keystead_gate::Reply;
use serde_json::Value;

/// A reply of the gate.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// The error's code; empty where there is none.
    pub(crate) code: String,
    /// The error's message; empty where there is none.
    pub(crate) message: String,
}

impl Answer {
    /// Reads a reply and checks the form that every reply has.
    pub(crate) fn of(reply: Reply) -> Self {
        let answer = Self { reply, code: String::new(), message: String::new() };
        let (code, message) = match (answer.reply.status, answer.reply.content_type) {
            (200, _) => return answer,
            (_, "text/xml") => answer.xml_error(),
            (_, content_type) => {
                assert_eq!(content_type, "application/problem+json");
                answer.problem()
            }
        };
        Self { code, message, ..answer }
    }

    fn xml_error(&self) -> (String, String) {
        let root = self.root();
        assert_eq!(root.name, "ErrorResponse");
        assert_eq!(root.text_at(&["RequestId"]), Some(self.reply.request_id.as_str()));
        let side = if self.reply.status < 500 { "Sender" } else { "Receiver" };
        assert_eq!(root.text_at(&["Error", "Type"]), Some(side));
        let text = |name| root.text_at(&["Error", name]).map(str::to_owned);
        (text("Code").expect("every error has a code"), text("Message").unwrap_or_default())
    }

    fn problem(&self) -> (String, String) {
        let problem = self.json();
        assert_eq!(problem["status"], self.reply.status);
        assert_eq!(problem["request_id"], self.reply.request_id);
        let text = |name: &str| problem[name].as_str().expect("an error of ours has both").to_owned();
        (text("code"), text("detail"))
    }

    fn root(&self) -> Element {
        xml::read(&self.reply.body).unwrap_or_else(|error| panic!("{error}: {}", self.body()))
    }

    /// The body as text.
    pub(crate) fn body(&self) -> &str {
        std::str::from_utf8(&self.reply.body).expect("replies are UTF-8")
    }

    /// The answer, where it is a success.
    #[track_caller]
    pub(crate) fn expect_done(self) -> Self {
        assert_eq!(self.reply.status, 200, "{}", self.body());
        self
    }

    /// Holds the answer against a refusal: status, code, message.
    #[track_caller]
    pub(crate) fn expect_refused(&self, status: u16, code: &str, message: &str) {
        assert_eq!((self.reply.status, &*self.code, &*self.message), (status, code, message));
    }

    /// Holds the answer against a refusal whose text matters less.
    #[track_caller]
    pub(crate) fn expect_code(&self, status: u16, code: &str) {
        assert_eq!((self.reply.status, &*self.code), (status, code), "{}", self.message);
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.reply.body).unwrap_or_else(|error| panic!("{error}: {}", self.body()))
    }

    /// The result element of a success in XML: `…Result` below `…Response`.
    pub(crate) fn result(&self) -> Element {
        assert_eq!(self.reply.status, 200, "{}", self.body());
        let root = self.root();
        let name =
            root.name.strip_suffix("Response").expect("a success is a …Response").to_owned() + "Result";
        root.child(&name).cloned().unwrap_or_default()
    }

    /// The text at a path of names below the result, `User/UserName`; none where there is no such element.
    pub(crate) fn find(&self, path: &str) -> Option<String> {
        let names: Vec<&str> = path.split('/').collect();
        self.result().text_at(&names).map(str::to_owned)
    }

    /// The text at a path of names below the result.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> String {
        self.find(path).unwrap_or_else(|| panic!("no {path} in {}", self.body()))
    }

    /// One text of each member of the list at a path of names below the result.
    pub(crate) fn list(&self, path: &str, name: &str) -> Vec<String> {
        let result = self.result();
        let list = path.split('/').try_fold(&result, |element, name| element.child(name));
        let members = &list.expect("the list is always there").children;
        members.iter().map(|member| member.text_at(&[name]).unwrap_or_default().to_owned()).collect()
    }

    /// The texts of the list of that name.
    pub(crate) fn texts(&self, list: &str) -> Vec<String> {
        let result = self.result();
        let list = result.child(list).expect("the list is always there");
        list.children.iter().map(|member| member.text.clone()).collect()
    }
}
