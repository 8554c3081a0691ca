//! `Idempotency-Key`: a repeated request gets the stored answer, and changes nothing
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! `ClaimKey` runs before the handler and claims the key. The handler stores its answer under the claim, in
//! the transaction of its change. `ReleaseKey` runs after a handler that failed, so that the client may
//! retry.

mod claim;
mod claim_key;
mod release_key;

pub(super) use claim::Claim;
pub(super) use claim_key::ClaimKey;
pub(super) use release_key::ReleaseKey;
