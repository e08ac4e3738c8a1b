//! The REST API described in OpenAPI 3.1. The description is made from the operations themselves: their routes,
//! the shapes of their input and output, and what their files say of them.

use std::collections::BTreeMap;

use keystead_aws::error::{Fault, Result};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::idempotency;
use crate::json::{Audience, RestOperation};
use crate::operation::{Handler, Kind};

/// Where the document is found.
pub const PATH: &str = "/api/v1/openapi.json";

/// What can be wrong with a request, by status.
const REFUSALS: [(&str, &str); 9] = [
    ("400", "The request is not right, or comes too often."),
    ("403", "Who asks is not known, or may not."),
    ("404", "What the request names is not there."),
    ("409", "It does not go together with what is there."),
    ("413", "The body is too large."),
    ("421", "This installation does not go by the host that was asked."),
    ("422", "The idempotency key stands for another request."),
    ("500", "Something failed here; nothing was changed."),
    ("503", "The store is out of reach; nothing was changed."),
];

/// The document while it is written.
#[derive(Default)]
pub struct Document {
    paths: Map<String, Value>,
    schemas: Map<String, Value>,
}

/// Writes the document of all operations that stand in the REST API.
pub(crate) fn write(handlers: &[&dyn Handler]) -> Result<Vec<u8>> {
    let mut document = Document::default();
    for handler in handlers {
        handler.describe(&mut document)?;
    }
    document.schemas.insert("Problem".to_owned(), problem());
    serde_json::to_vec(&json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keystead",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Credentials of clouds: issued, verified, kept and rotated. IAM and STS are not described \
                            here: they answer at `POST /`, as AWS documents them.",
        },
        "paths": document.paths,
        "components": {
            "schemas": document.schemas,
            "responses": refusals(),
            "parameters": { "IdempotencyKey": idempotency_key() },
            "securitySchemes": security_schemes(),
        },
    }))
    .map_err(Fault::internal)
}

impl Document {
    /// Adds an operation; `about` is what is said of it.
    pub fn add<O: RestOperation>(&mut self, about: &str) -> Result<()> {
        let mut input = whole::<O::Input>()?;
        let output = whole::<O::Output>()?;
        let has_body = !matches!(O::ROUTE.method, "GET" | "DELETE");
        let names_something = input["properties"].as_object().is_some_and(|p| p.keys().any(|k| k != "after"));
        let mut parameters = take_parameters(&mut input, O::ROUTE.path, has_body);
        if takes_idempotency_key::<O>() {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
        let summary = about.split_once(". ").map_or(about, |(first, _)| first).trim_end_matches('.');
        let mut operation = json!({
            "operationId": O::NAME,
            "summary": summary,
            "description": about,
            "parameters": parameters,
            "security": security(O::AUDIENCE),
            "responses": responses::<O>(names_something),
        });
        if has_body {
            let required = input["required"].as_array().is_some_and(|required| !required.is_empty());
            let name = format!("{}Input", O::NAME);
            operation["requestBody"] =
                json!({ "required": required, "content": content("application/json", &name) });
            self.schemas.insert(name, input);
        }
        self.schemas.insert(format!("{}Output", O::NAME), output);
        let path = self.paths.entry(O::ROUTE.path).or_insert_with(|| json!({}));
        path[O::ROUTE.method.to_ascii_lowercase()] = operation;
        Ok(())
    }
}

/// The schema of a type with those of its parts in their places. Parts have no names of their own in the document,
/// because several operations have an `Input` or a `Shown`.
fn whole<T: ToSchema>() -> Result<Value> {
    let mut named = Vec::new();
    T::schemas(&mut named);
    let mut parts = BTreeMap::new();
    for (name, schema) in named {
        let schema = serde_json::to_value(schema).map_err(Fault::internal)?;
        if parts.insert(name.clone(), schema.clone()).is_some_and(|other| other != schema) {
            let shape = std::any::type_name::<T>();
            return Err(Fault::internal(format!("two parts of {shape} are called {name}")));
        }
    }
    let mut schema = serde_json::to_value(T::schema()).map_err(Fault::internal)?;
    put_in_place(&mut schema, &parts);
    Ok(schema)
}

/// Replaces references by what they refer to. A type must not be part of itself.
fn put_in_place(schema: &mut Value, parts: &BTreeMap<String, Value>) {
    let referred = schema["$ref"].as_str().and_then(|path| parts.get(path.rsplit('/').next()?));
    if let Some(part) = referred {
        *schema = part.clone();
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(|member| put_in_place(member, parts)),
        Value::Array(items) => items.iter_mut().for_each(|item| put_in_place(item, parts)),
        _ => {}
    }
}

/// Takes those members out of an input that do not come in the body.
fn take_parameters(input: &mut Value, path: &str, has_body: bool) -> Vec<Value> {
    let in_path = |name: &str| path.split('/').any(|segment| segment == format!("{{{name}}}"));
    let required: Vec<String> = serde_json::from_value(input["required"].take()).unwrap_or_default();
    let is_parameter = |name: &str| !has_body || in_path(name);
    let mut parameters = Vec::new();
    let Some(properties) = input["properties"].as_object_mut() else { return parameters };
    let names: Vec<String> = properties.keys().filter(|name| is_parameter(name)).cloned().collect();
    for name in names {
        let Some(Value::Object(mut schema)) = properties.remove(&name) else { continue };
        // What stands in an address is there or not, and never null.
        if let Some(Value::Array(kinds)) = schema.get_mut("type") {
            kinds.retain(|kind| kind != "null");
            if let [kind] = &kinds[..] {
                let kind = kind.clone();
                schema.insert("type".to_owned(), kind);
            }
        }
        let description = schema.remove("description");
        parameters.push(json!({
            "name": name,
            "in": if in_path(&name) { "path" } else { "query" },
            "required": in_path(&name) || required.contains(&name),
            "description": description,
            "schema": schema,
        }));
    }
    let left: Vec<String> = required.into_iter().filter(|name| !is_parameter(name)).collect();
    input["required"] = json!(left);
    parameters
}

/// Whether its callers may name their requests.
fn takes_idempotency_key<O: RestOperation>() -> bool {
    O::KIND == Kind::Write && O::AUDIENCE == Audience::Principals
}

fn idempotency_key() -> Value {
    json!({
        "name": idempotency::HEADER,
        "in": "header",
        "required": false,
        "description": "A name of your own for this request, to be signed along. For a day the same request under it \
                        gets the first answer again, except a secret, which is shown once.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
    })
}

fn content(content_type: &str, schema: &str) -> Value {
    json!({ content_type: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

/// What an operation answers: what it does, and the refusals that can come of it.
fn responses<O: RestOperation>(names_something: bool) -> Value {
    let done = content("application/json", &format!("{}Output", O::NAME));
    let mut responses = json!({ "200": { "description": "Done.", "content": done } });
    for (status, _) in REFUSALS {
        let is_possible = match status {
            "404" => names_something,
            "409" => O::KIND == Kind::Write,
            "421" => O::AUDIENCE == Audience::Principals,
            "422" => takes_idempotency_key::<O>(),
            _ => true,
        };
        if is_possible {
            responses[status] = json!({ "$ref": format!("#/components/responses/{status}") });
        }
    }
    responses
}

/// The refusals by their status, as operations refer to them.
fn refusals() -> Value {
    let refusal = |(status, description): (&str, &str)| {
        let content = content("application/problem+json", "Problem");
        (status.to_owned(), json!({ "description": description, "content": content }))
    };
    REFUSALS.into_iter().map(refusal).collect::<Map<_, _>>().into()
}

/// A refusal, after RFC 9457.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "code", "status", "detail", "request_id"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "code": { "type": "string", "description": "For programs, as AWS names it." },
            "status": { "type": "integer" },
            "detail": { "type": ["string", "null"], "description": "For people: what is wrong, and the way out." },
            "request_id": { "type": "string" },
            "encoded_authorization_message": {
                "type": "string",
                "description": "What a denial rests on, for sts:DecodeAuthorizationMessage.",
            },
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4 with an access key of this installation, for the service \
                            `keystead`; any region. For example `curl --aws-sigv4 aws:amz:us-east-1:keystead`.",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
        "consumer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of a managed credential's consumer, from EnrollConsumer.",
        },
        "workload": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of a workload, from RedeemEnrollment.",
        },
    })
}

/// How callers prove who they are. Bearers bring what proves them among the input.
fn security(audience: Audience) -> Value {
    match audience {
        Audience::Principals => json!([{ "signature": [] }]),
        Audience::Consumers => json!([{ "consumer": [] }]),
        Audience::Workloads => json!([{ "workload": [] }]),
        Audience::Bearers => json!([]),
    }
}
