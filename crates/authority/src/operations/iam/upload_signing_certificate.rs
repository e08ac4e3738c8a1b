//! UploadSigningCertificate: a certificate that vouches for the signatures of a user, or of the caller's own root
//! user.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{UploadSigningCertificateRequest, UploadSigningCertificateResponse};
use keystead_core::{Arn, Quota, SigningCertificate};
use keystead_gate::certificate;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::shape;

/// UploadSigningCertificate. Source: IAM API reference, UploadSigningCertificate.
pub struct UploadSigningCertificate;

/// A certificate that was read, and whose it will be.
pub struct Uploaded {
    owner: Arc<Principal>,
    certificate: SigningCertificate,
}

impl Operation for UploadSigningCertificate {
    type Input = UploadSigningCertificateRequest;
    type Prepared = Uploaded;
    type Output = UploadSigningCertificateResponse;
    const NAME: &'static str = "UploadSigningCertificate";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Uploaded> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        let body = input.certificate_body;
        let owner_id = owner.id.to_string();
        let certificate = certificate::uploaded(cx.account(), &owner_id, body, cx.now, cx.rng())?;
        Ok(Uploaded { owner, certificate })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        uploaded: &Uploaded,
    ) -> Result<UploadSigningCertificateResponse> {
        let Uploaded { owner, certificate } = uploaded;
        shape::lock_owner(tx, cx, owner)?;
        let has = tx.signing_certificates().list_by_owner(cx.account(), &certificate.owner_id)?.len() as u64;
        cx.check_quota(Quota::SigningCertificatesPerUser, has + 1)?;
        tx.signing_certificates().insert(certificate).on_constraint(
            "signing_certificates_fingerprint_unique",
            || {
                Fault::DuplicateCertificate(
                    "The certificate in CertificateBody is in use by a user of this account already. Upload \
                     another one, or delete it there first."
                        .to_owned(),
                )
            },
        )?;
        shape::touch_certificates(tx, cx, owner);
        let certificate = shape::signing_certificate(owner, certificate);
        Ok(UploadSigningCertificateResponse { certificate })
    }
}
