//! Which crate may depend on which: arrows point down only.

use serde_json::Value;

/// The layers from the bottom up; what stands on one layer does not know each other.
const LAYERS: [&[&str]; 7] = [
    &["keystead-core"],
    &["keystead-aws", "keystead-policy"],
    &["keystead-store"],
    &["keystead-gate"],
    &["keystead-authority", "keystead-custodian", "keystead-rotation"],
    &["keystead-server"],
    &["keystead"],
];

/// Crates that no product code depends on: they may depend on anything.
const EXEMPT: [&str; 2] = ["xtask", "keystead-bench"];

/// Holds the packages of `cargo metadata` against the layers; dependencies of tests are free.
pub(crate) fn check(metadata: &Value) -> Result<Vec<String>, String> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata: no packages")?;
    let mut problems = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            let ours = on == "keystead" || on.starts_with("keystead-");
            if ours && dependency["kind"] != "dev" && !allowed(name, on) {
                problems.push(format!("{name}: must not depend on {on} (see the layers in {})", file!()));
            }
        }
    }
    Ok(problems)
}

fn allowed(name: &str, on: &str) -> bool {
    if EXEMPT.contains(&name) {
        return true;
    }
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    match (name, layer(name), layer(on)) {
        // The simulator stands beside the server, and knows rotation only.
        ("keystead-sim", _, Some(below)) => {
            on == "keystead-rotation" || Some(below) < layer("keystead-rotation")
        }
        (_, Some(own), Some(below)) => below < own,
        (_, _, None) | (_, None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_point_down_only() {
        for (name, on) in [
            ("keystead-aws", "keystead-core"),
            ("keystead-rotation", "keystead-gate"),
            ("keystead", "keystead-store"),
            ("keystead-sim", "keystead-rotation"),
            ("keystead-sim", "keystead-core"),
            ("xtask", "keystead-aws"),
        ] {
            assert!(allowed(name, on), "{name} on {on}");
        }
        for (name, on) in [
            ("keystead-core", "keystead-aws"),
            ("keystead-aws", "keystead-policy"),
            ("keystead-policy", "keystead-store"),
            ("keystead-authority", "keystead-rotation"),
            ("keystead-gate", "keystead-authority"),
            ("keystead-sim", "keystead-authority"),
            ("keystead-sim", "keystead-server"),
            ("keystead-new", "keystead-core"),
        ] {
            assert!(!allowed(name, on), "{name} on {on}");
        }
    }

    #[test]
    fn a_wrong_arrow_is_found_and_one_of_a_test_is_not() {
        let metadata = |kind: &str| {
            let text = format!(
                r#"{{"packages": [{{"name": "keystead-aws",
                    "dependencies": [{{"name": "keystead-store", "kind": {kind}}}, {{"name": "hmac", "kind": null}}]}}]}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        assert_eq!(check(&metadata("null")).unwrap().len(), 1);
        assert_eq!(check(&metadata("\"dev\"")).unwrap().len(), 0);
    }
}
