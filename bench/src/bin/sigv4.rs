//! What verifying a signature costs in process: as a multiple of one SHA-256 of 80 bytes measured in the
//! same run, and in heap allocations. One line of JSON.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use keystead_aws::sigv4::{Payload, Request, Signer, SigningKey, check_date, read, verify};
use keystead_bench::medians_ns;
use keystead_core::Timestamp;
use sha2::{Digest, Sha256};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CALLS: u32 = 20_000;
const WINDOW: Duration = Duration::from_secs(15 * 60);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const BODY: &[u8] = b"Action=GetUser&UserName=somebody-with-a-name&Version=2010-05-08&Padding=0123456";

fn main() {
    let now = Timestamp::from_secs(1_795_300_000);
    let headers = signed_headers(now);
    let headers: Vec<(&str, &[u8])> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request = Request { method: "POST", path: "/", query: "", headers: &headers };
    let presented = read(&request).expect("the request is well formed");
    let key = SigningKey::derive(SECRET, presented.date, presented.region, presented.service);

    let cached = || {
        let presented = read(black_box(&request)).expect("well formed");
        check_date(&presented, now, WINDOW).expect("in time");
        verify(&request, &presented, &Payload::Body(BODY), &key).expect("right");
    };
    let derived = || {
        let presented = read(black_box(&request)).expect("well formed");
        let key = SigningKey::derive(SECRET, presented.date, presented.region, presented.service);
        verify(&request, &presented, &Payload::Body(BODY), &key).expect("right");
    };
    let hash = || {
        black_box(Sha256::digest(black_box([7_u8; 80])));
    };

    let [hash_ns, cached_ns, derived_ns] = medians_ns(CALLS, [&hash, &cached, &derived]);
    println!(
        "{}",
        serde_json::json!({
            "sha256_80_bytes_ns": hash_ns,
            "verify_cached_ns": cached_ns,
            "verify_derived_ns": derived_ns,
            "verify_cached_in_hashes": cached_ns / hash_ns,
            "verify_derived_in_hashes": derived_ns / hash_ns,
            "verify_cached_allocations": allocations(&cached),
        })
    );
}

/// The headers an SDK would send, signed.
fn signed_headers(now: Timestamp) -> Vec<(String, String)> {
    let signer = Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: "iam",
    };
    let sent =
        [("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("host", "127.0.0.1:7360")];
    let mut headers: Vec<_> = sent.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    headers.push((
        "user-agent".to_owned(),
        "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux app/billing".to_owned(),
    ));
    headers.extend(signer.sign("POST", "/", "", &sent, BODY, now));
    headers
}

/// Heap allocations a call.
fn allocations(work: &dyn Fn()) -> f64 {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (0..CALLS).for_each(|_| work());
    (ALLOCATIONS.load(Ordering::Relaxed) - before) as f64 / f64::from(CALLS)
}
