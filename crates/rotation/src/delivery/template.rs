//! How a key looks at a target: two fields under names the user chooses, or one field with both in JSON.

use keystead_core::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Fields, Held, Pair};

/// The names under which a key's two parts are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Template {
    /// Where the key's id goes: `AWS_ACCESS_KEY_ID` when not said.
    pub access_key_id: String,
    /// Where its secret goes: `AWS_SECRET_ACCESS_KEY` when not said.
    pub secret_access_key: String,
    /// One field that holds a JSON object with both, under the two names; none for a field each.
    pub json_field: Option<String>,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            access_key_id: "AWS_ACCESS_KEY_ID".to_owned(),
            secret_access_key: "AWS_SECRET_ACCESS_KEY".to_owned(),
            json_field: None,
        }
    }
}

/// The two parts of a key as they were found.
#[derive(Default)]
pub struct Found {
    /// The id.
    pub id: Option<SecretString>,
    /// The secret.
    pub secret: Option<SecretString>,
}

impl Template {
    /// The names of the fields at the target.
    pub fn fields(&self) -> Vec<&str> {
        match &self.json_field {
            Some(field) => vec![field],
            None => vec![&self.access_key_id, &self.secret_access_key],
        }
    }

    /// Why it cannot be used, if it cannot.
    pub fn check(&self) -> Result<(), String> {
        let mut names = vec![&self.access_key_id, &self.secret_access_key];
        names.extend(&self.json_field);
        let is_name = |name: &String| (1..=128).contains(&name.len()) && !name.contains(char::is_whitespace);
        if !names.into_iter().all(is_name) || self.access_key_id == self.secret_access_key {
            return Err(
                "the names of fields have 1 to 128 characters without spaces, each its own".to_owned()
            );
        }
        Ok(())
    }

    /// The fields that hold `pair`. In a JSON object other members stay as they are.
    pub fn render(&self, pair: &Pair, held: &Held) -> Fields {
        let parts = [
            (self.access_key_id.clone(), pair.shown_as.clone()),
            (self.secret_access_key.clone(), pair.secret.expose().clone()),
        ];
        let Some(field) = &self.json_field else {
            return parts.into_iter().map(|(name, text)| (name, SecretString::new(text))).collect();
        };
        let mut object = match held {
            Held::Shown { fields, .. } => fields.get(field).and_then(parse).unwrap_or_default(),
            Held::Hidden { .. } => Map::new(),
        };
        object.extend(parts.map(|(name, text)| (name, Value::from(text))));
        Fields::from([(field.clone(), SecretString::new(Value::Object(object).to_string()))])
    }

    /// The parts of the key that the fields hold; none where there is something that no key stands in.
    pub fn read(&self, fields: &Fields) -> Option<Found> {
        let Some(field) = &self.json_field else {
            let part = |name| fields.get(name).cloned();
            return Some(Found { id: part(&self.access_key_id), secret: part(&self.secret_access_key) });
        };
        let Some(text) = fields.get(field) else { return Some(Found::default()) };
        let object = parse(text)?;
        let part = |name| match object.get(name) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(SecretString::new(text.clone()))),
            Some(_) => None,
        };
        Some(Found { id: part(&self.access_key_id)?, secret: part(&self.secret_access_key)? })
    }
}

/// The JSON object in a field.
fn parse(text: &SecretString) -> Option<Map<String, Value>> {
    serde_json::from_str(text.expose()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_holds_both_parts_beside_what_else_is_in_it() {
        let template = Template { json_field: Some("key".to_owned()), ..Template::default() };
        let key = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let pair = Pair { key, shown_as: key.to_string(), secret: SecretString::new("s".to_owned()) };
        let text = SecretString::new(r#"{"region": "eu-west-1", "AWS_ACCESS_KEY_ID": "old"}"#.to_owned());
        let held = Held::Shown { fields: Fields::from([("key".to_owned(), text)]), rest: Value::Null };
        let fields = template.render(&pair, &held);
        let object = parse(&fields["key"]).unwrap();
        assert_eq!(object["region"], "eu-west-1");
        let found = template.read(&fields).unwrap();
        assert_eq!(found.id.unwrap().expose(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(found.secret.unwrap().expose(), "s");
        let other = Fields::from([("key".to_owned(), SecretString::new("no JSON".to_owned()))]);
        assert!(template.read(&other).is_none());
        assert!(template.read(&Fields::new()).unwrap().id.is_none());
    }
}
