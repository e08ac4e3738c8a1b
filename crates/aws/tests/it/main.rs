//! The signing of requests against botocore's, and what must be refused.
//!
//! `vectors/` and `random.jsonl` are made by `botocore_vectors.py`.

mod models;
mod properties;
mod received;
mod refused;
mod vectors;
