//! Whose a use of a key is: what a consumer is known by when it is seen. It is the same at targets of every kind.

use std::net::IpAddr;

use ipnet::IpNet;
use keystead_store::uses::KeyUse;

/// What an enrolled consumer is known by.
pub struct Marks {
    /// Its name.
    pub consumer: String,
    /// The application id that its SDK sends.
    pub app_id: Option<String>,
    /// The networks it is seen from.
    pub sources: Vec<IpNet>,
}

/// The consumer that a use belongs to: an application id says more than an address, and a small network more than a
/// large one.
pub fn seen<'m>(marks: &'m [Marks], by: &KeyUse) -> Option<&'m Marks> {
    if let Some(app) = &by.app_id
        && let Some(found) = marks.iter().find(|marks| marks.app_id.as_ref() == Some(app))
    {
        return Some(found);
    }
    let source: IpAddr = by.source_address.as_ref()?.parse().ok()?;
    let nearest = |marks: &Marks| {
        let around = marks.sources.iter().filter(|network| network.contains(&source));
        around.map(IpNet::prefix_len).max()
    };
    let found = marks.iter().filter_map(|marks| Some((nearest(marks)?, marks)));
    found.max_by_key(|(length, _)| *length).map(|(_, marks)| marks)
}

/// A network as somebody gave it: an address stands for itself.
pub fn parse_source(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
