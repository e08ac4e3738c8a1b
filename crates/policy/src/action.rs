//! Actions: `iam:CreateUser` as asked, `iam:Create*` as written. Case does not matter in either.

use std::collections::BTreeMap;

use crate::glob::{self, Subject};

/// An action as asked about, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    text: String,
    colon: usize,
}

impl Action {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let colon = text.find(':').unwrap_or(text.len());
        Self { text, colon }
    }

    fn service(&self) -> &str {
        self.text.get(..self.colon).unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }
}

/// The actions of a statement by service, so that one that lists a thousand of them is answered by two
/// searches in order and a look at the wildcards of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actions {
    /// `*` alone.
    any: bool,
    services: BTreeMap<String, Names>,
}

/// The names of one service.
#[derive(Clone, Debug, Default)]
struct Names {
    /// Sorted.
    exact: Vec<String>,
    globs: Vec<Vec<u8>>,
}

impl Actions {
    pub(crate) fn compile(written: &[String]) -> Self {
        let mut actions = Self::default();
        for text in written {
            let text = text.to_ascii_lowercase();
            match text.split_once(':') {
                Some((service, name)) => actions.services.entry(service.to_owned()).or_default().add(name),
                None => actions.any |= text == "*",
            }
        }
        for names in actions.services.values_mut() {
            names.exact.sort_unstable();
        }
        actions
    }

    pub(crate) fn contain(&self, action: &Action) -> bool {
        let of = |service: &str| self.services.get(service).is_some_and(|names| names.contain(action.name()));
        self.any || of(action.service()) || of("*")
    }

    /// Whether any action of a service, in lower case, is among them.
    pub(crate) fn contain_some_of(&self, service: &str) -> bool {
        self.any || self.services.contains_key(service) || self.services.contains_key("*")
    }

    /// Whether all actions of a service, in lower case, are among them.
    pub(crate) fn contain_all_of(&self, service: &str) -> bool {
        let of = |service: &str| self.services.get(service).is_some_and(Names::contain_all);
        self.any || of(service) || of("*")
    }
}

impl Names {
    fn add(&mut self, name: &str) {
        let mut pattern = Vec::new();
        glob::push_wildcards(name, &mut pattern);
        if glob::has_wildcards(&pattern) {
            self.globs.push(pattern);
        } else {
            self.exact.push(name.to_owned());
        }
    }

    fn contain_all(&self) -> bool {
        // A wildcard that takes the empty name takes every other.
        self.globs.iter().any(|glob| glob::matches(glob, &Subject::new("")))
    }

    fn contain(&self, name: &str) -> bool {
        self.exact.binary_search_by(|exact| exact.as_str().cmp(name)).is_ok()
            || self.globs.iter().any(|glob| glob::matches(glob, &Subject::new(name)))
    }
}
