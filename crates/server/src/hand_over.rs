//! The page behind the link of a hand-over: looking at it shows what it is about, and its button shows the key, once.
//! So a mail program that opens links by itself burns nothing. It works without a script and fetches nothing.

use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use hyper::{Method, StatusCode};
use keystead_gate::Reply;
use serde_json::{Value, json};

use crate::route::{HttpResponse, whole};

/// What stands before the token in the address.
const PATH: &str = "/hand-over/";

/// What a request for a page asks of the API.
pub(crate) struct Asked {
    pub(crate) path: &'static str,
    pub(crate) body: String,
    shows: bool,
}

/// What is asked by a request for this path; none where it is no page of a hand-over.
pub(crate) fn asked(method: &Method, path: &str) -> Option<Asked> {
    let body = json!({ "token": path.strip_prefix(PATH)? }).to_string();
    match *method {
        Method::GET | Method::HEAD => Some(Asked { path: "/api/v1/hand-over", body, shows: false }),
        Method::POST => Some(Asked { path: "/api/v1/hand-over/show", body, shows: true }),
        _ => None,
    }
}

/// The page that shows the API's answer.
pub(crate) fn page(asked: &Asked, reply: &Reply) -> HttpResponse {
    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |name: &str| escape(answer[name].as_str().unwrap_or_default());
    let main = if reply.status != 200 {
        format!("<h1>This link shows nothing</h1><p>{}</p>", text("detail"))
    } else if asked.shows {
        format!(
            "<h1>The key for {}</h1><dl><dt>Access key id</dt><dd><code>{}</code></dd>\
             <dt>Secret access key</dt><dd><code>{}</code></dd></dl><p>{}</p>",
            text("target"),
            text("access_key_id"),
            text("secret_access_key"),
            text("next_step")
        )
    } else {
        format!(
            "<h1>A key for {}</h1><p>{} made this link for you to carry the key <code>{}</code> to where it is used. It \
             is shown <strong>once</strong>. Be ready to put it in its place. The link ends on {}.</p>\
             <form method=\"post\"><button>Show the key</button></form>",
            text("target"),
            text("created_by"),
            text("access_key_id"),
            text("expires_at")
        )
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Keystead</title>\
         <style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;\
         padding:0 1rem}}code{{overflow-wrap:anywhere}}dd{{margin:0 0 1rem}}button{{font:inherit;padding:.5rem 1rem}}\
         </style></head><body><main>{main}</main></body></html>\n"
    );
    let mut response = HttpResponse::new(whole(html));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, policy),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_post_asks_for_the_key() {
        let path = "/hand-over/ksh_1_x";
        assert_eq!(asked(&Method::GET, path).unwrap().path, "/api/v1/hand-over");
        assert_eq!(asked(&Method::HEAD, path).unwrap().path, "/api/v1/hand-over");
        assert_eq!(asked(&Method::POST, path).unwrap().path, "/api/v1/hand-over/show");
        assert!(asked(&Method::GET, "/api/v1/hand-over").is_none());
        assert_eq!(escape("<a href=\"&\">"), "&lt;a href=&quot;&amp;&quot;&gt;");
    }
}
