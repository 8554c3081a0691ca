//! JSON Web Key Sets (RFC 7517 §5).
//!
//! A provider's set may contain keys for other programs and purposes, and malformed entries. Each
//! entry is read independently: unusable entries are skipped, and the others are used.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::algorithm::JwtAlgorithm;
use super::key::{InvalidJwtKey, JwtKey};
use super::sound_key::check;

/// A JSON Web Key Set with unparsed entries.
#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// The reason why an entry is skipped.
enum Skip {
    /// The entry is a key for another purpose.
    Foreign(String),
    /// The entry is malformed, or cannot be distinguished from another key of the set.
    Faulty(String),
}

/// Returns the keys of a set that verify signatures of these algorithms. Other entries are skipped
/// and logged together: in a warning if one of them is faulty, otherwise in a debug message.
///
/// # Errors
///
/// Returns [`InvalidJwtKey`] if the text is not a key set, or if the set has no key for these
/// algorithms.
pub(super) fn parse(json: &str, algorithms: &[JwtAlgorithm]) -> Result<Vec<JwtKey>, InvalidJwtKey> {
    let set: Set = serde_json::from_str(json)
        .map_err(|error| InvalidJwtKey(format!("it is not a JSON Web Key Set: {error}")))?;
    let (mut keys, mut skipped) = (Vec::<(usize, JwtKey)>::new(), Vec::new());
    for (index, entry) in set.keys.iter().enumerate() {
        match read(entry, algorithms) {
            Ok(key) if keys.iter().any(|(_, known)| is_duplicate(known, &key)) => {
                let text = "an earlier key of the set has the same `kid` and algorithm";
                skipped.push((index, Skip::Faulty(text.to_owned())));
            }
            Ok(key) => keys.push((index, key)),
            Err(skip) => skipped.push((index, skip)),
        }
    }
    if keys.len() > 1 {
        for (index, _) in keys.extract_if(.., |(_, key)| key.id.is_none()) {
            let text = "it has no `kid`, and is not the only key";
            skipped.push((index, Skip::Faulty(text.to_owned())));
        }
    }
    let reasons = log_skipped(&set.keys, &skipped);
    if keys.is_empty() {
        let text = "the set has no key for these algorithms";
        let text = if reasons.is_empty() { text.to_owned() } else { format!("{text}: {reasons}") };
        return Err(InvalidJwtKey(text));
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// Returns whether both keys have the same id and algorithm.
fn is_duplicate(one: &JwtKey, other: &JwtKey) -> bool {
    one.id.is_some() && one.id == other.id && one.algorithm == other.algorithm
}

/// Logs the skipped entries, and returns their reasons as text.
fn log_skipped(entries: &[Value], skipped: &[(usize, Skip)]) -> String {
    let line = |(index, skip): &(usize, Skip)| {
        let kid = entries.get(*index).and_then(|entry| entry.get("kid")?.as_str());
        let (Skip::Foreign(reason) | Skip::Faulty(reason)) = skip;
        format!("keys[{index}] (kid {}): {reason}", kid.unwrap_or_default().escape_debug())
    };
    let skips = skipped.iter().map(line).collect::<Vec<_>>().join("; ");
    if skipped.iter().any(|(_, skip)| matches!(skip, Skip::Faulty(_))) {
        tracing::warn!(skips, "skipped keys of a JSON Web Key Set");
    } else if !skipped.is_empty() {
        tracing::debug!(skips, "skipped keys of a JSON Web Key Set");
    }
    skips
}

/// Parses one entry of a set, or returns the reason why it is skipped.
fn read(entry: &Value, algorithms: &[JwtAlgorithm]) -> Result<JwtKey, Skip> {
    let Value::Object(entry) = entry else {
        return Err(Skip::Faulty("it is not an object".to_owned()));
    };
    if let Some(used) = text(entry, "use")?.filter(|used| *used != "sig") {
        return Err(Skip::Foreign(format!("its `use` is `{}`", used.escape_debug())));
    }
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify"))
    };
    if entry.get("key_ops").is_some_and(|operations| !verifies(operations)) {
        return Err(Skip::Foreign("its `key_ops` have no `verify`".to_owned()));
    }
    let (kind, curve) = (needed(entry, "kty")?, text(entry, "crv")?);
    let named = text(entry, "alg")?;
    let fits = |algorithm: &&JwtAlgorithm| {
        let is_kind = algorithm.key_type().is_some_and(|(of_kind, of_curve)| {
            of_kind == kind && of_curve.is_none_or(|of_curve| curve == Some(of_curve))
        });
        is_kind && named.is_none_or(|named| named == algorithm.name())
    };
    let Some(algorithm) = algorithms.iter().find(fits).copied() else {
        return Err(Skip::Foreign("it is for other algorithms".to_owned()));
    };
    let key = match kind {
        "RSA" => DecodingKey::from_rsa_components(needed(entry, "n")?, needed(entry, "e")?),
        "EC" => DecodingKey::from_ec_components(needed(entry, "x")?, needed(entry, "y")?),
        _ => DecodingKey::from_ed_components(needed(entry, "x")?),
    };
    let key = key.map_err(|error| Skip::Faulty(error.to_string()))?;
    check(algorithm, Jwk::from_decoding_key(&key, None)).map_err(Skip::Faulty)?;
    let id = text(entry, "kid")?.map(str::to_owned);
    Ok(JwtKey { id, algorithm, key, is_short: false })
}

/// Returns the member with this name, or `None` if it is absent. A member that is not a string is
/// an error.
fn text<'e>(entry: &'e Map<String, Value>, name: &str) -> Result<Option<&'e str>, Skip> {
    match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Skip::Faulty(format!("`{name}` is not a string"))),
    }
}

/// Returns the member with this name, or an error if it is absent or not a string.
fn needed<'e>(entry: &'e Map<String, Value>, name: &str) -> Result<&'e str, Skip> {
    text(entry, name)?.ok_or_else(|| Skip::Faulty(format!("`{name}` is missing")))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
    use serde_json::json;

    use super::*;

    const ALGORITHMS: [JwtAlgorithm; 4] =
        [JwtAlgorithm::Es256, JwtAlgorithm::Rs256, JwtAlgorithm::Ps256, JwtAlgorithm::EdDsa];

    /// Returns a number of this bit length, encoded as in a JSON Web Key.
    fn number(bits: usize) -> String {
        use base64::Engine;
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bytes.len() * 8 - bits;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }

    fn rsa(kid: &str, bits: usize) -> Value {
        json!({"kty": "RSA", "kid": kid, "n": number(bits), "e": "AQAB"})
    }

    fn ec(kid: &str) -> Value {
        json!({"kty": "EC", "kid": kid, "crv": "P-256", "x": number(256), "y": number(256)})
    }

    /// Returns the key with changed members. A null removes a member.
    fn with(mut key: Value, changes: &Value) -> Value {
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        key
    }

    /// Returns the ids and algorithms of the keys that are read.
    #[track_caller]
    fn read_ids(keys: &[Value]) -> Vec<(String, JwtAlgorithm)> {
        let _ = DEFAULT_PROVIDER.install_default();
        let keys = parse(&json!({ "keys": keys }).to_string(), &ALGORITHMS).unwrap();
        keys.into_iter().map(|key| (key.id.unwrap_or_default(), key.algorithm)).collect()
    }

    #[test]
    fn an_unusable_entry_is_skipped_and_the_others_are_used() {
        for odd in [
            json!(null),
            json!("key"),
            json!(7),
            json!([]),
            json!({}),
            json!({"kty": 7, "kid": "odd"}),
            json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "odd", "pub": "AA"}),
            json!({"kty": "oct", "k": "c2VjcmV0", "kid": "odd"}),
            with(rsa("odd", 2048), &json!({"n": null})),
            with(rsa("odd", 2048), &json!({"e": null})),
            with(rsa("odd", 2048), &json!({"n": "*"})),
            with(rsa("odd", 2048), &json!({"n": ""})),
            with(rsa("odd", 2048), &json!({"n": ["AQAB"]})),
            rsa("odd", 2047),
            rsa("odd", 1024),
            rsa("odd", 8192),
            with(rsa("odd", 2048), &json!({"use": "enc"})),
            with(rsa("odd", 2048), &json!({"use": 7})),
            with(rsa("odd", 2048), &json!({"key_ops": ["encrypt"]})),
            with(rsa("odd", 2048), &json!({"key_ops": "verify"})),
            with(rsa("odd", 2048), &json!({"alg": "RSA-OAEP"})),
            with(rsa("odd", 2048), &json!({"alg": "RS512"})),
            with(rsa("odd", 2048), &json!({"alg": "nonsense"})),
            with(rsa("odd", 2048), &json!({"alg": {}})),
            with(rsa("odd", 2048), &json!({"kid": 7})),
            with(rsa("odd", 2048), &json!({"kid": null})),
            with(ec("odd"), &json!({"crv": "secp256k1"})),
            with(ec("odd"), &json!({"crv": null})),
            with(ec("odd"), &json!({"y": null})),
            with(ec("odd"), &json!({"x": number(248)})),
            with(ec("odd"), &json!({"alg": "RS256"})),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "odd", "x": "AA"}),
            json!({"kty": "OKP", "crv": "X25519", "kid": "odd", "x": number(256)}),
        ] {
            let keys = read_ids(&[rsa("a", 2048), odd.clone(), ec("b")]);
            let expected =
                [("a".to_owned(), JwtAlgorithm::Rs256), ("b".to_owned(), JwtAlgorithm::Es256)];
            assert_eq!(keys, expected, "{odd}");
        }
    }

    #[test]
    fn usable_keys_are_read() {
        for (key, algorithm) in [
            (rsa("a", 2048), JwtAlgorithm::Rs256),
            (rsa("a", 4096), JwtAlgorithm::Rs256),
            (with(rsa("a", 3072), &json!({"alg": "PS256", "use": "sig"})), JwtAlgorithm::Ps256),
            (with(rsa("a", 2048), &json!({"key_ops": ["verify"], "x5c": 7})), JwtAlgorithm::Rs256),
            (with(ec("a"), &json!({"alg": "ES256"})), JwtAlgorithm::Es256),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": number(256)}),
                JwtAlgorithm::EdDsa,
            ),
        ] {
            assert_eq!(
                read_ids(std::slice::from_ref(&key)),
                [("a".to_owned(), algorithm)],
                "{key}"
            );
        }
        let leading_zeros = with(rsa("a", 2048), &json!({"n": format!("AAAA{}", number(2048))}));
        assert_eq!(read_ids(&[leading_zeros]).len(), 1);
        let unnamed = with(rsa("", 2048), &json!({"kid": null}));
        assert_eq!(read_ids(&[unnamed]), [(String::new(), JwtAlgorithm::Rs256)]);
    }

    #[test]
    fn a_second_key_with_the_same_kid_and_algorithm_is_skipped() {
        let (first, second) = (rsa("a", 2048), rsa("a", 3072));
        assert_eq!(read_ids(&[first.clone(), second.clone()]).len(), 1);
        let ps256 = with(second, &json!({"alg": "PS256"}));
        assert_eq!(read_ids(&[first, ps256, ec("a")]).len(), 3);
    }

    #[test]
    fn a_set_without_usable_keys_is_an_error_with_all_reasons() {
        let _ = DEFAULT_PROVIDER.install_default();
        let keys = json!({"keys": [rsa("a", 1024), with(ec("b"), &json!({"use": "enc"})), 7]});
        let error = parse(&keys.to_string(), &ALGORITHMS).unwrap_err().to_string();
        let reasons = "keys[0] (kid a): an RSA key of 1024 bits is not supported; it needs 2048 to 4096 \
                       (RFC 7518 §3.3); keys[1] (kid b): its `use` is `enc`; keys[2] (kid ): it is \
                       not an object";
        assert_eq!(
            error,
            format!("invalid key for tokens: the set has no key for these algorithms: {reasons}")
        );
        for text in ["", "[]", "{}", r#"{"keys": {}}"#, r#"{"keys": []}"#] {
            assert!(parse(text, &ALGORITHMS).is_err(), "{text}");
        }
    }
}
