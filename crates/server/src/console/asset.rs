//! Style sheet, scripts and icon: in the binary, asked for with their digest, so that browsers keep them for good.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file of the console.
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) body: &'static [u8],
}

/// Name, media type, content.
const FILES: [(&str, &str, &[u8]); 6] = [
    ("console.css", "text/css; charset=utf-8", include_bytes!("../../assets/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/console.js")),
    ("passkey.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/passkey.js")),
    ("htmx.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/htmx.js")),
    ("hx-sse.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/hx-sse.js")),
    ("favicon.svg", "image/svg+xml", include_bytes!("../../assets/favicon.svg")),
];

/// Names the files of this build: links hold it, so a new build is fetched anew.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (_, _, body) in FILES {
        digest.update(body);
    }
    hex::encode(&digest.finalize()[..6])
});

/// The file of that name.
pub(super) fn find(name: &str) -> Option<Asset> {
    FILES.iter().find(|(of, ..)| *of == name).map(|&(_, content_type, body)| Asset { content_type, body })
}
