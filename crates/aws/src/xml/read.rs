//! Reading documents of other services: strictly, into a small tree, within limits.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

/// The longest document that is read.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;
/// How deep elements may be nested.
pub const DEPTH_MAX: usize = 32;

/// How many elements and attributes of a document are kept: each takes far more memory than it takes bytes.
const PARTS_MAX: usize = 50_000;
/// How many attributes an element may have.
const ATTRIBUTES_MAX: usize = 64;
/// The longest namespace that is read, in bytes: it is kept with each element.
const NAMESPACE_MAX: usize = 256;

/// An element, its attributes, its text and its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name without prefix.
    pub name: String,
    /// Its namespace, empty if it has none.
    pub namespace: String,
    /// Its attributes as written, name and value, in order.
    pub attributes: Vec<(String, String)>,
    /// Its own text; empty where there is only white space between children.
    pub text: String,
    /// Its children, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The element at the end of a path of names below this one.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text of the element at the end of a path.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str())
    }
}

/// Why a document was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum XmlError {
    /// More than [`BYTES_MAX`] bytes.
    TooLong,
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// Too many elements and attributes.
    TooManyParts,
    /// A document type, which could define entities.
    Doctype,
    /// Not well-formed; the text says why.
    Malformed(String),
}

impl std::fmt::Display for XmlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong => write!(f, "XML of more than {BYTES_MAX} bytes"),
            Self::TooDeep => write!(f, "XML nested deeper than {DEPTH_MAX} elements"),
            Self::TooManyParts => write!(f, "XML of more than {PARTS_MAX} elements"),
            Self::Doctype => f.write_str("XML with a document type"),
            Self::Malformed(why) => write!(f, "malformed XML: {why}"),
        }
    }
}

impl std::error::Error for XmlError {}

/// Reads a document to its end and answers its root.
pub fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    read_items(bytes, &[], &mut |_| ())
}

/// The same, but whatever stands at the end of a path of names below the root goes to `take` as soon as it is read and
/// is not kept, so that a list can be much longer than what is kept of a document.
pub fn read_items(bytes: &[u8], items: &[&str], take: &mut dyn FnMut(Element)) -> Result<Element, XmlError> {
    if bytes.len() > BYTES_MAX {
        return Err(XmlError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(malformed)?;
    // Source: XML 1.0, section 2.2; the parser lets them pass.
    if text.bytes().any(|b| b < b' ' && !b"\t\n\r".contains(&b)) {
        return Err(malformed("a control character"));
    }
    let mut reader = NsReader::from_str(text);
    // The elements begun but not ended, below a nameless one that takes the root; how many parts came before each.
    let mut open = vec![Element::default()];
    let mut parts_before = Vec::new();
    let mut parts = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(malformed)?;
        match event {
            Event::Start(start) => {
                if open.len() > DEPTH_MAX {
                    return Err(XmlError::TooDeep);
                }
                parts_before.push(parts);
                open.push(element(&namespace, &start, &mut parts)?);
            }
            Event::Empty(start) => {
                if open.len() > DEPTH_MAX {
                    return Err(XmlError::TooDeep);
                }
                let (before, empty) = (parts, element(&namespace, &start, &mut parts)?);
                if is_at(items, &open, &empty.name) {
                    take(empty);
                    parts = before;
                } else {
                    top(&mut open)?.children.push(empty);
                }
            }
            Event::End(_) => {
                let mut done = open.pop().ok_or_else(|| malformed("an end without a start"))?;
                if !done.children.is_empty() && done.text.trim_ascii().is_empty() {
                    done.text.clear();
                }
                let before = parts_before.pop().unwrap_or_default();
                if is_at(items, &open, &done.name) {
                    take(done);
                    parts = before;
                } else {
                    top(&mut open)?.children.push(done);
                }
            }
            Event::Text(text) => top(&mut open)?.text.push_str(&text.xml10_content()),
            Event::CData(text) => top(&mut open)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let text = &mut top(&mut open)?.text;
                match (
                    reference.resolve_char_ref().map_err(malformed)?,
                    resolve_predefined_entity(&reference),
                ) {
                    (Some(c), _) => text.push(c),
                    (None, Some(entity)) => text.push_str(entity),
                    (None, None) => return Err(malformed("an unknown entity")),
                }
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    root(open)
}

/// Whether an element of that name below those that are open stands at the end of the path.
fn is_at(items: &[&str], open: &[Element], name: &str) -> bool {
    let names = open.iter().skip(2).map(|element| element.name.as_str()).chain([name]);
    !items.is_empty() && open.len() == items.len() + 1 && names.eq(items.iter().copied())
}

fn root(open: Vec<Element>) -> Result<Element, XmlError> {
    let Ok([Element { text, children, .. }]) = <[Element; 1]>::try_from(open) else {
        return Err(malformed("an element without its end"));
    };
    match <[Element; 1]>::try_from(children) {
        Ok([root]) if text.trim_ascii().is_empty() => Ok(root),
        _ => Err(malformed("not exactly one root element")),
    }
}

fn element(
    namespace: &ResolveResult<'_>,
    start: &BytesStart<'_>,
    parts: &mut usize,
) -> Result<Element, XmlError> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) if namespace.0.len() > NAMESPACE_MAX => {
            return Err(malformed("a namespace that is too long"));
        }
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(malformed(format!("unknown prefix {prefix}"))),
    };
    let mut attributes = Vec::new();
    *parts += 1;
    for attribute in start.attributes() {
        // Each is compared with all before it.
        if attributes.len() == ATTRIBUTES_MAX {
            return Err(malformed("too many attributes"));
        }
        *parts += 1;
        let attribute = attribute.map_err(malformed)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
        attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    if *parts > PARTS_MAX {
        return Err(XmlError::TooManyParts);
    }
    let name = start.local_name().into_inner().to_owned();
    Ok(Element { name, namespace, attributes, ..Element::default() })
}

fn top(open: &mut [Element]) -> Result<&mut Element, XmlError> {
    open.last_mut().ok_or_else(|| malformed("an end without a start"))
}

fn malformed(why: impl ToString) -> XmlError {
    XmlError::Malformed(why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_becomes_a_tree() {
        let reply = b"<?xml version=\"1.0\"?>\n<R xmlns=\"urn:x\">\n <A>a&amp;b&#x21;<![CDATA[<c>]]></A>\n <B/>\n</R>\n";
        let root = read(reply).unwrap();
        assert_eq!((root.name.as_str(), root.namespace.as_str(), root.text.as_str()), ("R", "urn:x", ""));
        assert_eq!(root.text_at(&["A"]), Some("a&b!<c>"));
        assert_eq!(root.text_at(&["B"]), Some(""));
        assert_eq!(root.text_at(&["B", "C"]), None);
        let root = read(b"<a b='1 &lt; 2' x:c=\"3\" xmlns:x='urn:x'/>").unwrap();
        assert_eq!(
            (root.attribute("b"), root.attribute("x:c"), root.attribute("c")),
            (Some("1 < 2"), Some("3"), None)
        );
    }

    #[test]
    fn items_are_handed_out_and_not_kept() {
        let list = "<R><set><i><a>1</a></i><i/></set><i>not one</i><set><i>3</i></set><next>n</next></R>";
        let mut taken = Vec::new();
        let rest = read_items(list.as_bytes(), &["set", "i"], &mut |item| taken.push(item)).unwrap();
        assert_eq!(taken.iter().map(|item| item.children.len()).collect::<Vec<_>>(), [1, 0, 0]);
        assert_eq!((taken[0].text_at(&["a"]), &*taken[2].text), (Some("1"), "3"));
        assert_eq!((rest.children.len(), rest.text_at(&["next"])), (4, Some("n")));
        let long = ["<R><set>", &"<i><a/></i>".repeat(PARTS_MAX), "</set></R>"].concat();
        let mut count = 0;
        read_items(long.as_bytes(), &["set", "i"], &mut |_| count += 1).unwrap();
        assert_eq!(count, PARTS_MAX);
        assert_eq!(read_items(long.as_bytes(), &["i"], &mut |_| ()), Err(XmlError::TooManyParts));
    }

    #[test]
    fn what_is_not_one_plain_document_is_refused() {
        let malformed: &[&[u8]] = &[
            b"",
            b"{\"a\":1}",
            b"<a>",
            b"<a></b>",
            b"<a/><b/>",
            b"text<a/>",
            b"</a>",
            b"<a>&unknown;</a>",
            b"<p:a/>",
            b"<a b=1/>",
            b"<a>\xff</a>",
            b"<a>\0</a>",
            b"<a>\x1b[31m</a>",
        ];
        for document in malformed {
            let result = read(document);
            assert!(
                matches!(result, Err(XmlError::Malformed(_))),
                "{:?}: {result:?}",
                document.escape_ascii()
            );
        }
        assert_eq!(read(b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), Err(XmlError::Doctype));
    }

    #[test]
    fn the_limits_hold() {
        let nested = |depth| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
        assert!(read(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(read(nested(DEPTH_MAX + 1).as_bytes()), Err(XmlError::TooDeep));
        assert_eq!(read(&vec![b' '; BYTES_MAX + 1]), Err(XmlError::TooLong));
        let many = |count| ["<a>", &"<b/>".repeat(count), "</a>"].concat();
        assert!(read(many(PARTS_MAX - 1).as_bytes()).is_ok());
        assert_eq!(read(many(PARTS_MAX).as_bytes()), Err(XmlError::TooManyParts));
        let dotted = |count| {
            let attributes: Vec<String> = (0..count).map(|n| format!(" a{n}=''")).collect();
            format!("<a{}/>", attributes.concat())
        };
        assert!(read(dotted(ATTRIBUTES_MAX).as_bytes()).is_ok());
        assert!(matches!(read(dotted(ATTRIBUTES_MAX + 1).as_bytes()), Err(XmlError::Malformed(_))));
        let named = |length| format!("<a xmlns='{}'/>", "n".repeat(length));
        assert!(read(named(NAMESPACE_MAX).as_bytes()).is_ok());
        assert!(matches!(read(named(NAMESPACE_MAX + 1).as_bytes()), Err(XmlError::Malformed(_))));
    }
}
