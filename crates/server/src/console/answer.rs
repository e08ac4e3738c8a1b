//! What a page answers.

use askama::Template;
use keystead_aws::error::{self, Fault};

/// What leaves the console.
pub(crate) enum Answer {
    /// A page, with its status.
    Page(u16, String),
    /// Somewhere else, after something was done: 303.
    Go(String),
    /// A file to be kept.
    File {
        /// What it is called.
        name: String,
        /// Its media type.
        content_type: &'static str,
        /// What is in it.
        body: Vec<u8>,
    },
    /// Another answer, with cookies for the browser.
    WithCookies(Box<Answer>, Vec<String>),
}

/// Why an operation or a page was not had.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// AWS's code.
    pub(crate) code: String,
    /// A sentence.
    pub(crate) message: String,
}

/// What a page comes to.
pub(crate) type Page = Result<Answer, Refusal>;

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        if let Fault::Internal(source) = &fault {
            tracing::error!(error = source.0, "a page failed");
        }
        let wire = fault.wire();
        Self { status: wire.status, code: wire.code.to_string(), message: wire.message.unwrap_or_default() }
    }
}

impl Refusal {
    /// There is no such page.
    pub(crate) fn nowhere() -> Self {
        Self {
            status: 404,
            code: "NotFound".to_owned(),
            message: "There is nothing at this address. It may have been deleted, or the link is wrong."
                .to_owned(),
        }
    }

    /// A form was not filled as it must be.
    pub(crate) fn of_form(message: impl Into<String>) -> Self {
        Fault::ValidationError(message.into()).into()
    }

    /// Whether a policy is in the way.
    pub(crate) fn is_denied(&self) -> bool {
        error::is_denial(&self.code)
    }

    /// Whether the thing asked for is not there.
    pub(crate) fn is_missing(&self) -> bool {
        self.status == 404
    }
}

/// A page of a template.
pub(crate) fn show(template: &impl Template) -> Page {
    show_with(200, template)
}

/// A page of a template with another status than 200.
pub(crate) fn show_with(status: u16, template: &impl Template) -> Page {
    let html = template.render().map_err(Fault::internal)?;
    Ok(Answer::Page(status, html))
}

/// Somewhere else, with what was done said there: a word of the table in [`super::said`].
#[expect(clippy::unnecessary_wraps, reason = "it is what a page comes to")]
pub(crate) fn go(path: &str, said: &str) -> Page {
    let joint = if path.contains('?') { '&' } else { '?' };
    Ok(Answer::Go(if said.is_empty() { path.to_owned() } else { format!("{path}{joint}said={said}") }))
}
