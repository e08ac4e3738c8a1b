//! Connecting an account: which cloud, and with which credentials. The refusals are the operation's own, word for
//! word; whoever proved an account that somebody else has connected may ask its owner to be invited.

use askama::Template;
use serde_json::{Value, json};

use super::{Cloud, below};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

const REQUEST_INVITATION: &str = "/console/clouds/request-invitation";

#[derive(Template)]
#[template(path = "clouds/choose.html")]
struct Choose {
    frame: Frame,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    name: String,
    /// What is added, and what it is.
    title: String,
    what: String,
    segment: String,
}

impl Endpoint {
    fn read(endpoint: &Value) -> Self {
        let name = endpoint.text("name");
        let (title, what) = match (name.as_str(), endpoint.find("url")) {
            (_, Some(url)) => (format!("Add {name}"), format!("Speaks Amazon's protocol at {url}.")),
            ("aws-cn", None) => {
                ("Add AWS China".to_owned(), "Beijing and Ningxia, with accounts of their own.".to_owned())
            }
            ("aws-us-gov", None) => {
                ("Add AWS GovCloud (US)".to_owned(), "For agencies of the United States.".to_owned())
            }
            _ => {
                ("Add AWS cloud".to_owned(), "Amazon's own public cloud, all its regions at once.".to_owned())
            }
        };
        Self { segment: segment(&name), name, title, what }
    }
}

#[derive(Template)]
#[template(path = "clouds/connect.html")]
struct Connect {
    frame: Frame,
    fields: Fields,
    /// Where an account that is connected elsewhere here can be asked for.
    ask_owner: Option<String>,
}

#[derive(Template)]
#[template(path = "clouds/request_invitation.html")]
struct RequestInvitation {
    frame: Frame,
    fields: Fields,
    /// What came of it.
    asked: Option<(String, Option<String>)>,
}

/// What was typed, but for the secret.
struct Fields {
    endpoint: String,
    name: String,
    account_number: String,
    access_key_id: String,
    role_arn: String,
}

impl Fields {
    fn of(request: &Request) -> Self {
        let given = |name: &str| {
            if request.is_post {
                request.form.get(name).to_owned()
            } else {
                request.query.get(name).to_owned()
            }
        };
        let endpoint = Some(given("endpoint")).filter(|endpoint| !endpoint.is_empty());
        Self {
            endpoint: endpoint.unwrap_or_else(|| "aws".to_owned()),
            name: given("name"),
            account_number: given("account_number"),
            access_key_id: given("access_key_id"),
            role_arn: given("role_arn"),
        }
    }

    /// What an operation is given: what was left empty is left out.
    fn input(&self, request: &Request) -> Value {
        let mut input = json!({ "endpoint": self.endpoint });
        let secret = request.form.get("secret_access_key");
        let members = [
            ("account_number", self.account_number.as_str()),
            ("access_key_id", &self.access_key_id),
            ("secret_access_key", secret),
        ];
        for (name, value) in members.into_iter().filter(|(_, value)| !value.is_empty()) {
            input[name] = value.into();
        }
        input
    }

    fn is_amazon(&self) -> bool {
        self.endpoint == "aws"
    }
}

/// Which cloud.
pub(super) fn choose(request: &Request) -> Page {
    let answer = request.get("/api/v1/cloud-endpoints")?;
    let endpoints = answer.list("endpoints").iter().map(Endpoint::read).collect();
    let frame = below(request, "Connect to a cloud")
        .help("Choose where the account is. Endpoints beside Amazon's own are registered by whoever runs this installation.")
        .twin("keystead cloud connect", "GET /api/v1/cloud-endpoints");
    show(&Choose { frame, endpoints })
}

/// The credentials.
pub(super) fn answer(request: &Request) -> Page {
    let fields = Fields::of(request);
    let mut wrong = None;
    if request.is_post {
        let mut input = fields.input(request);
        for (name, value) in [("name", &fields.name), ("role_arn", &fields.role_arn)] {
            if !value.is_empty() {
                input[name] = value.as_str().into();
            }
        }
        match request.rest("POST", "/api/v1/cloud-accounts", input) {
            Ok(made) => return go(&format!("{}/setup/check", Cloud::read(&made).address), "cloud-connected"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let ask_owner = wrong.as_ref().filter(|wrong| is_elsewhere(wrong)).map(|_| {
        let Fields { endpoint, account_number, .. } = &fields;
        format!(
            "{REQUEST_INVITATION}?endpoint={}&account_number={}",
            segment(endpoint),
            segment(account_number)
        )
    });
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = below(request, "Connect Amazon Web Services")
        .below("Connect to a cloud", "/console/clouds/connect")
        .wrong(wrong)
        .help(
            "The key is tried before anything is kept, and the account it belongs to is connected for good: its number \
             never changes. The secret is sealed and shown to nobody.",
        )
        .twin("keystead cloud connect --account-number NUMBER --access-key-id ID", "POST /api/v1/cloud-accounts");
    show_with(status, &Connect { frame, fields, ask_owner })
}

/// Whether another account here has it: then its owner can be asked.
fn is_elsewhere(refusal: &Refusal) -> bool {
    refusal.code == "CloudAccountRegistered" && refusal.message.contains("get invited")
}

/// Asking the owner of an account that is connected already.
pub(super) fn request_invitation(request: &Request) -> Page {
    let fields = Fields::of(request);
    let (mut wrong, mut asked) = (None, None);
    if request.is_post {
        match request.rest("POST", "/api/v1/cloud-accounts/request-invitation", fields.input(request)) {
            Ok(answer) => asked = Some((answer.text("account_number"), answer.find("owner"))),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = below(request, "Request invitation")
        .wrong(wrong)
        .help(
            "A cloud account is connected once in the whole installation. Whoever proves a working key of it may have \
             its owner asked, by mail, once a day.",
        )
        .twin(
            "keystead cloud request-invitation --access-key-id ID",
            "POST /api/v1/cloud-accounts/request-invitation",
        );
    show_with(status, &RequestInvitation { frame, fields, asked })
}
