//! AWS's SDK for Rust, unmodified: reads a call a line, makes it, and writes its outcome as a line.
//!
//! In: `{"operation": "CreateAccessKey", "input": {"UserName": "orders"}}`. Out: `{"output": {…}}`,
//! or `{"error": {"Code": …, "Message": …}}`. Endpoint and credentials come from the environment.

use std::io::BufRead as _;

use aws_config::BehaviorVersion;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::StatusType;
use serde_json::{Value, json};

type Outcome = Result<Value, Value>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let clients = Clients {
        iam: aws_sdk_iam::Client::new(&config),
        sqs: aws_sdk_sqs::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
    };
    for line in std::io::stdin().lock().lines() {
        let call: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
        let outcome = clients.call(&call["operation"], &Input(&call["input"])).await;
        let line = outcome.map_or_else(|error| json!({"error": error}), |output| json!({"output": output}));
        println!("{line}");
    }
}

/// The members of a call's input.
struct Input<'a>(&'a Value);

impl Input<'_> {
    fn text(&self, member: &str) -> Option<String> {
        self.0[member].as_str().map(str::to_owned)
    }

    fn status(&self) -> Option<StatusType> {
        self.0["Status"].as_str().map(StatusType::from)
    }
}

struct Clients {
    iam: aws_sdk_iam::Client,
    sqs: aws_sdk_sqs::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    async fn call(&self, operation: &Value, input: &Input<'_>) -> Outcome {
        match operation.as_str().unwrap_or_default() {
            "GetCallerIdentity" => self.get_caller_identity().await,
            "ListQueues" => self.list_queues().await,
            "CreateAccessKey" => self.create_access_key(input).await,
            "ListAccessKeys" => self.list_access_keys(input).await,
            "UpdateAccessKey" => self.update_access_key(input).await,
            "DeleteAccessKey" => self.delete_access_key(input).await,
            "UploadSigningCertificate" => self.upload_signing_certificate(input).await,
            "ListSigningCertificates" => self.list_signing_certificates(input).await,
            "UpdateSigningCertificate" => self.update_signing_certificate(input).await,
            "DeleteSigningCertificate" => self.delete_signing_certificate(input).await,
            other => panic!("no call {other}"),
        }
    }

    async fn get_caller_identity(&self) -> Outcome {
        let found = self.sts.get_caller_identity().send().await.map_err(refusal)?;
        Ok(json!({"Arn": found.arn()}))
    }

    async fn list_queues(&self) -> Outcome {
        let listed = self.sqs.list_queues().send().await.map_err(refusal)?;
        Ok(json!({"QueueUrls": listed.queue_urls()}))
    }

    async fn create_access_key(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.create_access_key().set_user_name(input.text("UserName"));
        let made = call.send().await.map_err(refusal)?;
        let key = made.access_key();
        Ok(json!({"AccessKey": key.map(|key| json!({
            "AccessKeyId": key.access_key_id(),
            "SecretAccessKey": key.secret_access_key(),
            "Status": key.status().as_str(),
        }))}))
    }

    async fn list_access_keys(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.list_access_keys().set_user_name(input.text("UserName"));
        let listed = call.send().await.map_err(refusal)?;
        let keys = listed.access_key_metadata().iter().map(
            |key| json!({"AccessKeyId": key.access_key_id(), "Status": key.status().map(StatusType::as_str)}),
        );
        Ok(json!({"AccessKeyMetadata": keys.collect::<Value>()}))
    }

    async fn update_access_key(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.update_access_key().set_user_name(input.text("UserName"));
        let call = call.set_access_key_id(input.text("AccessKeyId")).set_status(input.status());
        call.send().await.map(|_| json!({})).map_err(refusal)
    }

    async fn delete_access_key(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.delete_access_key().set_user_name(input.text("UserName"));
        let call = call.set_access_key_id(input.text("AccessKeyId"));
        call.send().await.map(|_| json!({})).map_err(refusal)
    }

    async fn upload_signing_certificate(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.upload_signing_certificate().set_user_name(input.text("UserName"));
        let call = call.set_certificate_body(input.text("CertificateBody"));
        let made = call.send().await.map_err(refusal)?;
        let certificate = made.certificate();
        Ok(json!({"Certificate": certificate.map(|certificate| json!({
            "CertificateId": certificate.certificate_id(),
            "CertificateBody": certificate.certificate_body(),
            "Status": certificate.status().as_str(),
        }))}))
    }

    async fn list_signing_certificates(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.list_signing_certificates().set_user_name(input.text("UserName"));
        let listed = call.send().await.map_err(refusal)?;
        let certificates = listed.certificates().iter().map(|certificate| {
            json!({
                "CertificateId": certificate.certificate_id(),
                "CertificateBody": certificate.certificate_body(),
                "Status": certificate.status().as_str(),
            })
        });
        Ok(json!({"Certificates": certificates.collect::<Value>()}))
    }

    async fn update_signing_certificate(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.update_signing_certificate().set_user_name(input.text("UserName"));
        let call = call.set_certificate_id(input.text("CertificateId")).set_status(input.status());
        call.send().await.map(|_| json!({})).map_err(refusal)
    }

    async fn delete_signing_certificate(&self, input: &Input<'_>) -> Outcome {
        let call = self.iam.delete_signing_certificate().set_user_name(input.text("UserName"));
        let call = call.set_certificate_id(input.text("CertificateId"));
        call.send().await.map(|_| json!({})).map_err(refusal)
    }
}

/// What the SDK read from an error reply.
fn refusal(error: impl ProvideErrorMetadata + std::error::Error) -> Value {
    // What did not come from the service has no code: no credentials, no connection.
    let message = error.message().map_or_else(|| format!("{error:?}"), str::to_owned);
    json!({"Code": error.code().unwrap_or("NoAnswer"), "Message": message})
}
