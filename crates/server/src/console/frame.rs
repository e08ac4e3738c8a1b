//! What stands around every page: who is signed in, where one is, what was just done, what the page is for, and the
//! commands that do the same.

use keystead_core::Timestamp;

use super::answer::Refusal;
use super::time::{self, When};
use super::visit::Request;
use super::{asset, said};

/// Whoever is signed in, as every page names them.
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) account: String,
    /// The account's alias, or its name.
    pub(crate) place: String,
}

/// A command that does what a page does.
pub(crate) struct Twin {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// The frame of one page.
pub(crate) struct Frame {
    pub(crate) title: String,
    /// Address of the entry of the navigation that this page belongs to.
    pub(crate) nav: String,
    /// Address and name of what the page is below.
    pub(crate) crumbs: Vec<(String, String)>,
    pub(crate) who: Option<Who>,
    /// What was just done.
    pub(crate) said: Option<&'static str>,
    /// Why what was just asked was not done.
    pub(crate) wrong: Option<Refusal>,
    pub(crate) help: &'static str,
    pub(crate) twins: Vec<Twin>,
    pub(crate) form_token: String,
    pub(crate) once: String,
    pub(crate) version: &'static str,
    /// What the search above holds.
    pub(crate) find: String,
    /// Whether the page changes by itself, and loads what does that.
    pub(crate) is_live: bool,
    now: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    reason = "templates hold references, and call methods"
)]
impl Frame {
    /// The frame of a page of that title.
    pub(crate) fn of(request: &Request, title: impl Into<String>) -> Self {
        let nav = request.segments.first().map(|first| format!("/console/{first}"));
        Self {
            title: title.into(),
            nav: nav.unwrap_or_else(|| "/console".to_owned()),
            crumbs: Vec::new(),
            who: request.visitor.as_ref().map(|visitor| who(request, visitor)),
            said: said::sentence(request.query.get("said")).filter(|_| !request.is_post),
            wrong: None,
            help: "",
            twins: Vec::new(),
            form_token: request.form_token(),
            once: request.new_once(),
            version: &asset::VERSION,
            find: String::new(),
            is_live: false,
            now: request.now(),
        }
    }

    /// Below another page.
    pub(crate) fn below(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.crumbs.push((address.into(), name.into()));
        self
    }

    /// What the page is for, in two sentences.
    pub(crate) fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// The command, and the call of the API, that do what the page does.
    pub(crate) fn twin(mut self, command: impl Into<String>, call: impl Into<String>) -> Self {
        for text in [command.into(), call.into()] {
            let id = format!("twin-{}", self.twins.len() + 1);
            if !text.is_empty() {
                self.twins.push(Twin { id, text });
            }
        }
        self
    }

    /// With why what was asked was not done.
    pub(crate) fn wrong(mut self, wrong: Option<Refusal>) -> Self {
        self.wrong = wrong;
        self
    }

    /// A page that changes by itself.
    pub(crate) fn live(mut self) -> Self {
        self.is_live = true;
        self
    }

    /// Whether an entry of the navigation is the page's.
    pub(crate) fn is_at(&self, nav: &str) -> bool {
        self.nav == nav
    }

    /// How long ago that was, or until then.
    pub(crate) fn ago(&self, at: &Timestamp) -> When {
        time::relative(*at, self.now)
    }

    /// How old that is.
    pub(crate) fn age(&self, at: &Timestamp) -> When {
        time::age(*at, self.now)
    }

    /// Its day.
    pub(crate) fn day(&self, at: &Timestamp) -> When {
        time::day(*at)
    }

    /// Its day and minute.
    pub(crate) fn minute(&self, at: &Timestamp) -> When {
        time::minute(*at)
    }

    /// Whole days since then.
    pub(crate) fn days_since(&self, at: &Timestamp) -> u64 {
        self.now.since(*at).as_secs() / 86_400
    }
}

fn who(request: &Request, visitor: &keystead_gate::console::Visitor) -> Who {
    let principal = &visitor.principal;
    let account = principal.account;
    let place = request.gate.store().read(|tx| {
        let alias = tx.aliases().find(account)?;
        let found = match alias {
            Some(alias) => Some(alias),
            None => tx.accounts().find(account)?.map(|account| account.name),
        };
        Ok::<_, keystead_store::StoreError>(found)
    });
    Who {
        name: if principal.is_root() { "Root user".to_owned() } else { principal.name.to_string() },
        account: account.to_string(),
        place: place.ok().flatten().unwrap_or_default(),
    }
}
