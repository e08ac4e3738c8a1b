//! Style sheet, scripts and icon: in the binary, asked for with their digest, so that browsers keep them for good. They
//! are compressed once, when the first is asked for; pages are not, for they hold secrets beside what visitors type.

use std::io::Write;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A file of the console.
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) body: &'static [u8],
    /// The same, compressed by gzip.
    pub(super) gzip: Vec<u8>,
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

/// The files by name.
static ASSETS: LazyLock<Vec<(&str, Asset)>> = LazyLock::new(|| {
    let asset = |(name, content_type, body)| (name, Asset { content_type, body, gzip: gzip(body) });
    FILES.into_iter().map(asset).collect()
});

/// Names the files of this build: links hold it, so a new build is fetched anew.
pub(super) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for (_, _, body) in FILES {
        digest.update(body);
    }
    hex::encode(&digest.finalize()[..6])
});

/// The file of that name.
pub(super) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|(of, _)| *of == name).map(|(_, asset)| asset)
}

/// Nothing where it cannot be compressed; the file itself is sent then.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
