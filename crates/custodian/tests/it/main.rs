//! The custodian through the whole gate, on both engines, with a cloud that is scripted: what depends on time, on
//! chance and on who comes first. What real clouds answer is tested from outside, in `tests/e2e`.

mod cloud;
mod world;

mod former;
mod numbers;
mod roles;
