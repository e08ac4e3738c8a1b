//! Writing replies, byte for byte as AWS does.

use crate::error::{Side, Wire};

/// Writes elements into bytes. Names come from the model and are trusted; text is escaped.
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes an element around what `content` writes.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, ">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    /// Writes an element that holds text only.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, |writer| writer.text(text));
    }

    /// Writes text, escaped. What XML 1.0 cannot carry becomes U+FFFD.
    pub fn text(&mut self, text: &str) {
        let mut rest = text;
        // Most texts hold nothing to escape and are written as they are.
        while let Some((at, escaped, length)) = find_escape(rest) {
            let (plain, tail) = rest.split_at(at);
            self.raw(&[plain, escaped]);
            rest = tail.get(length..).unwrap_or_default();
        }
        self.raw(&[rest]);
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn raw(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}

/// The first character that cannot stand as it is: where, what is written for it, and its length in bytes.
fn find_escape(text: &str) -> Option<(usize, &'static str, usize)> {
    text.char_indices().find_map(|(at, c)| {
        let escaped = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            // A parser would turn a bare carriage return into a line feed.
            '\r' => "&#xD;",
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
            _ => return None,
        };
        Some((at, escaped, c.len_utf8()))
    })
}

/// A successful reply. Operations without a result have no `…Result` element.
pub fn write_response(
    action: &str,
    xmlns: &str,
    has_result: bool,
    result: &dyn Fn(&mut Writer),
    request_id: &str,
) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.raw(&["<", action, "Response xmlns=\"", xmlns, "\">"]);
    if has_result {
        writer.element(&format!("{action}Result"), result);
    }
    writer.element("ResponseMetadata", |writer| writer.leaf("RequestId", request_id));
    writer.raw(&["</", action, "Response>"]);
    writer.into_bytes()
}

/// An error reply.
pub fn write_error(xmlns: &str, wire: &Wire, request_id: &str) -> Vec<u8> {
    let side = match wire.side {
        Side::Sender => "Sender",
        Side::Receiver => "Receiver",
    };
    let mut writer = Writer::new();
    let mut line = |indent: &str, name: &str, text: &str| {
        writer.raw(&[indent]);
        writer.leaf(name, text);
        writer.raw(&["\n"]);
    };
    line("    ", "Type", side);
    line("    ", "Code", wire.code);
    if let Some(message) = &wire.message {
        line("    ", "Message", message);
    }
    let error = writer.into_bytes();

    let mut writer = Writer::new();
    writer.raw(&["<ErrorResponse xmlns=\"", xmlns, "\">\n  <Error>\n"]);
    writer.out.extend(error);
    writer.raw(&["  </Error>\n  "]);
    writer.leaf("RequestId", request_id);
    writer.raw(&["\n</ErrorResponse>\n"]);
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    const XMLNS: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

    #[test]
    fn an_error_has_the_bytes_aws_sends() {
        let reply = write_error(XMLNS, &Fault::InvalidClientTokenId.wire(), "3f1b");
        let expected = "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <Error>\n    \
                        <Type>Sender</Type>\n    <Code>InvalidClientTokenId</Code>\n    \
                        <Message>The security token included in the request is invalid.</Message>\n  </Error>\n  \
                        <RequestId>3f1b</RequestId>\n</ErrorResponse>\n";
        assert_eq!(String::from_utf8(reply).unwrap(), expected);
    }

    #[test]
    fn an_error_without_message_has_no_message_element() {
        let wire = Wire { message: None, ..Fault::MissingAction.wire() };
        assert!(!String::from_utf8(write_error(XMLNS, &wire, "1")).unwrap().contains("Message"));
    }

    #[test]
    fn a_reply_has_a_result_only_if_its_operation_has() {
        let write = |has_result| {
            let reply =
                write_response("GetUser", "urn:x", has_result, &|w| w.leaf("A", "<&>\"\r\u{1}é"), "7");
            String::from_utf8(reply).unwrap()
        };
        assert_eq!(
            write(true),
            "<GetUserResponse xmlns=\"urn:x\"><GetUserResult><A>&lt;&amp;&gt;&quot;&#xD;\u{fffd}é</A></GetUserResult>\
             <ResponseMetadata><RequestId>7</RequestId></ResponseMetadata></GetUserResponse>"
        );
        assert_eq!(
            write(false),
            "<GetUserResponse xmlns=\"urn:x\"><ResponseMetadata><RequestId>7</RequestId></ResponseMetadata>\
             </GetUserResponse>"
        );
    }
}
