//! Which services a connected account may use in which region, as a table, with what to do about what is missing.

use keystead_core::Timestamp;
use serde_json::Value;

use crate::console::answer::Refusal;
use crate::console::look::Look;
use crate::console::visit::Request;

/// The table; no rows before the first probe.
pub(super) struct Matrix {
    pub(super) services: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) off: Vec<String>,
    pub(super) probed_at: Option<Timestamp>,
}

/// Regions in which all is the same.
pub(super) struct Row {
    pub(super) regions: Vec<String>,
    pub(super) reached: bool,
    /// One a service: class and word, where it was asked here.
    pub(super) cells: Vec<Option<(&'static str, &'static str)>>,
    /// Permissions to allow.
    pub(super) allow: Vec<String>,
    /// What else to do, or to know.
    pub(super) todo: Vec<String>,
}

impl Matrix {
    pub(super) fn of(request: &Request, cloud: &str) -> Result<Self, Refusal> {
        Ok(Self::read(&request.get(&super::path(cloud, "/probes")?)?))
    }

    fn read(answer: &Value) -> Self {
        let probes = answer.list("probes");
        let mut matrix = Self {
            services: unique(probes, "service"),
            rows: Vec::new(),
            off: answer.texts("regions_not_opted_in"),
            probed_at: probes.iter().filter_map(|probe| probe.time("probed_at")).min(),
        };
        for region in unique(probes, "region") {
            let here: Vec<&Value> = probes.iter().filter(|probe| probe.text("region") == region).collect();
            let row = Row::read(region, &here, &matrix.services);
            match matrix.rows.iter_mut().find(|known| known.is_like(&row)) {
                Some(known) => known.regions.extend(row.regions),
                None => matrix.rows.push(row),
            }
        }
        matrix
    }

    /// Whether everything that was asked may be used.
    pub(super) fn is_right(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.cells).flatten().all(|(class, _)| *class == "ok")
    }
}

impl Row {
    fn read(region: String, here: &[&Value], services: &[String]) -> Self {
        let cell = |service: &String| {
            here.iter()
                .find(|probe| probe.text("service") == *service)
                .map(|probe| cell(&probe.text("state")))
        };
        let (mut allow, mut todo) = (Vec::new(), Vec::new());
        for probe in here {
            let denied = probe.find("missing_permission").filter(|_| probe.text("state") == "denied");
            let said = match denied {
                Some(permission) => {
                    push(&mut allow, permission);
                    None
                }
                None if probe.text("state") == "ok" => None,
                None => probe.find("meaning"),
            };
            for sentence in said.into_iter().chain(probe.find("warning")) {
                push(&mut todo, sentence);
            }
        }
        Self {
            regions: vec![region],
            reached: here.iter().any(|probe| probe.is("reachable")),
            cells: services.iter().map(cell).collect(),
            allow,
            todo,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.reached, &self.cells, &self.allow, &self.todo)
            == (other.reached, &other.cells, &other.allow, &other.todo)
    }
}

fn push(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}

fn unique(probes: &[Value], name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for probe in probes {
        push(&mut found, probe.text(name));
    }
    found
}

fn cell(state: &str) -> (&'static str, &'static str) {
    match state {
        "ok" => ("ok", "ok"),
        "denied" => ("wait", "denied"),
        "opt_in_required" => ("wait", "not subscribed"),
        "not_accepted" => ("bad", "refused"),
        "unreachable" => ("bad", "no answer"),
        "throttled" => ("wait", "busy"),
        "clock_skew" => ("bad", "clock wrong"),
        "unsupported" => ("off", "none"),
        _ => ("bad", "error"),
    }
}
