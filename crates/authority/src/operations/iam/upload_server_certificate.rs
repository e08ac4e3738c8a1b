//! UploadServerCertificate: a server's certificate with its chain and private key. The key is sealed here, and no
//! operation shows it again.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{UploadServerCertificateRequest, UploadServerCertificateResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, Quota, ServerCertificate, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::certificate;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::server_certificates::private_key_place;
use keystead_store::{OnConstraint, Sealed, Tx};

use crate::{server_certificate, tagging};

/// UploadServerCertificate. Source: IAM API reference, UploadServerCertificate.
pub struct UploadServerCertificate;

/// A certificate that was read, its private key sealed, and the tags it will have.
pub struct Uploaded {
    certificate: ServerCertificate,
    private_key: Sealed,
    tags: Vec<Tag>,
}

impl Operation for UploadServerCertificate {
    type Input = UploadServerCertificateRequest;
    type Prepared = Uploaded;
    type Output = UploadServerCertificateResponse;
    const NAME: &'static str = "UploadServerCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let path = input.path.as_deref().unwrap_or("/");
        Ok(Arn::server_certificate(cx.account(), path, &input.server_certificate_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Uploaded> {
        let arn = Self::resource(cx, &input)?;
        tagging::authorize(cx, "iam:TagServerCertificate", &arn, &input.tags)?;
        let tags = tagging::read(input.tags)?;
        let (body, chain, private_key) =
            (input.certificate_body, input.certificate_chain, input.private_key.expose());
        let expires_at = certificate::read_server(&body, chain.as_deref(), private_key, cx.now)?;
        let id = unique_id(UniqueIdKind::ServerCertificate, cx.rng());
        let place = private_key_place(cx.account(), &id);
        let private_key = cx.sealer().seal(&place, private_key.as_bytes(), cx.rng())?;
        let certificate = ServerCertificate {
            account: cx.account(),
            id,
            name: input.server_certificate_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            body,
            chain,
            expires_at,
            uploaded_at: cx.now.whole_second(),
        };
        Ok(Uploaded { certificate, private_key, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, uploaded: &Uploaded) -> Result<UploadServerCertificateResponse> {
        let Uploaded { certificate, private_key, tags } = uploaded;
        let count = tx
            .server_certificates()
            .insert(certificate, private_key)
            .on_constraint("server_certificates_name_unique", || {
                Fault::EntityAlreadyExists(text::server_certificate_exists(&certificate.name))
            })?;
        cx.check_quota(Quota::ServerCertificates, count)?;
        tagging::put(tx, cx, &certificate.id, tags)?;
        Ok(UploadServerCertificateResponse {
            server_certificate_metadata: Some(server_certificate::shown(certificate)),
            tags: tagging::all(tx, cx, &certificate.id)?,
        })
    }
}
