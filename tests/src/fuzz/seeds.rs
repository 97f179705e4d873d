//! Where fuzzing starts: one good example of every kind of bytes, made from the fixed keys.
//!
//! `cargo run -p nansen-tests --example seeds` writes them into the corpora.

use nansen::{TrustStore, Verifier};
use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, Value};
use nansen_credential::cose::{Sign1, Signer};
use nansen_credential::sd_cwt::{
    Credential, Issuance, KeyBinding, Redaction, StatusReference, Terms,
};
use nansen_credential::status::{Status, StatusListContent, Statuses};
use nansen_credential::trust::{ROOT_TYPE, TRUST_LIST_TYPE, VERIFIER_LIST_TYPE};
use nansen_credential::verify::{Expected, verify};
use nansen_exchange::compact::{Meeting, compact};
use nansen_exchange::qr::{Kind, Layout};
use nansen_exchange::response::{Answer, encode};
use nansen_exchange::{HeldList, NewRequest, Query, seal};
use nansen_vault::Summary;

use super::known::{Counter, ISSUER, KNOWN, NOW, ONE_WAY, VCT};
use super::trust;

/// One file of a corpus.
#[derive(Debug)]
pub struct Seed {
    /// The target whose corpus it belongs to.
    pub target: &'static str,
    /// Its file name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// All seeds.
///
/// # Panics
/// When a good example cannot be made, or is one no longer: a format has changed.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Seeds(Vec::new());
    seeds.credentials();
    seeds.lists();
    seeds.trust();
    seeds.queries();
    seeds.codes();
    seeds.stored();
    seeds.0
}

struct Seeds(Vec<Seed>);

impl Seeds {
    fn put(&mut self, target: &'static str, what: &str, bytes: impl AsRef<[u8]>) {
        let name = format!("seed-{what}");
        assert!(
            self.0
                .iter()
                .all(|seed| seed.target != target || seed.name != name),
            "two seeds {name} of {target}"
        );
        self.0.push(Seed {
            target,
            name,
            bytes: bytes.as_ref().to_vec(),
        });
    }

    fn credentials(&mut self) {
        self.put("cbor", "claims", claims().to_cbor());
        for (what, redaction) in [
            ("flat", Redaction::each_claim_of(&claims())),
            ("nested", nested()),
            ("copy", Redaction::none()),
        ] {
            let credential = issue(redaction);
            let bytes = credential.as_bytes();
            self.put("cbor", what, bytes);
            self.put("cose_sign1", what, bytes);
            self.put("sd_cwt", what, bytes);
            self.put("credential", what, bytes);
            self.put("compact", &format!("{what}-copy"), bytes);
            for (at, meeting) in KNOWN.meetings().into_iter().enumerate() {
                let presentation = present(&credential, meeting);
                let lists = [Some(&KNOWN.list)];
                let known = compact(&presentation, meeting, &lists, None);
                let key = KNOWN.issuer.public_key();
                let unknown = compact(&presentation, meeting, &[], Some(&key));
                self.put("key_bound", &format!("{what}-{at}"), presentation);
                self.put("compact", &format!("{what}-{at}-listed"), &known);
                self.put("compact", &format!("{what}-{at}-unlisted"), &unknown);
            }
            let meetings = KNOWN.meetings();
            let [meeting, ..] = meetings;
            let presentation = present(&credential, meeting);
            let answer = Answer {
                query: 0,
                presentation: &presentation,
                issuer_key: None,
            };
            let response = encode(
                &KNOWN.request,
                &[answer.clone(), answer],
                &[Some(&KNOWN.list)],
            );
            let response = response.expect("two answers are not too many");
            let sealed = seal(&KNOWN.request, &response, &mut Counter(4));
            self.put("response", what, &response);
            let mut sealed = sealed.expect("a request that can be answered");
            // The target holds that nothing opens which was not sealed to its session.
            sealed.extend([0]);
            self.put("session", what, sealed);
        }
        for path in ["family_name", "level.eqf", "skills[0]", "skills[*].name"] {
            let path: ClaimPath = path.parse().expect("a path");
            let what = path.elements().len().to_string() + &path.to_string().replace('*', "all");
            self.put("claim_path", &format!("text-{what}"), path.to_string());
            self.put(
                "claim_path",
                &format!("json-{what}"),
                path.to_json().to_string(),
            );
            self.put(
                "claim_path",
                &format!("cbor-{what}"),
                path.to_value().to_cbor(),
            );
        }
        let json = nansen_credential::json::claims_to_json(&claims());
        self.put("claims_json", "claims", json.to_string());
        let deep = (0..20).fold(json, |json, _| serde_json::Value::Array(vec![json]));
        let deep = serde_json::json!({ "deep": deep });
        self.put("claims_json", "deep", deep.to_string());
    }

    fn trust(&mut self) {
        for (target, media_type, bytes) in [
            ("root", ROOT_TYPE, trust::root_bytes()),
            ("trust_list_2", TRUST_LIST_TYPE, trust::list_bytes()),
            (
                "verifier_list",
                VERIFIER_LIST_TYPE,
                trust::verifier_list_bytes(),
            ),
        ] {
            self.put(target, "signed", &bytes);
            self.put(target, "payload", trust::payload_of(&bytes, media_type));
        }
        self.put("snapshot", "snapshot", trust::snapshot_bytes());
        let store = TrustStore::new();
        let report = verify(b"", Expected::Copy, &store.context(NOW, 0));
        let receipt = Verifier::new(&KNOWN.verifier, "Gate 3").receipt(
            &report,
            ("Inspection", &[]),
            &store,
            NOW,
        );
        let receipt = receipt.expect("a receipt");
        let message = Sign1::parse(&receipt).expect("a message that was just signed");
        self.put("receipt", "payload", message.payload);
        self.put("receipt", "signed", &receipt);
        let mut store = TrustStore::new();
        trust::add_publisher(&mut store);
        self.put("trust_store", "publisher", store.to_cbor());
        let [full, transport, delta] = trust::pack_bytes();
        // After the heads, of 14 and 46 bytes, and the manifest stand the frames alone.
        let frames = |head: usize, bytes: &[u8]| {
            let length: [u8; 4] = bytes[head - 4..head].try_into().expect("a length");
            let length = usize::try_from(u32::from_be_bytes(length)).expect("a manifest");
            bytes[head + length..].to_vec()
        };
        self.put("pack", "frames", frames(14, &full));
        self.put("pack", "frames-transport", frames(14, &transport));
        self.put("pack", "frames-delta", frames(46, &delta));
        for (what, bytes) in [("full", full), ("transport", transport), ("delta", delta)] {
            self.put("pack", what, bytes);
        }
    }

    fn lists(&mut self) {
        let payload = |message: &[u8]| {
            let message = Sign1::parse(message).expect("a message that was just signed");
            message.payload.to_vec()
        };
        let step = |kind: u8, payload: &[u8]| {
            let length = u16::try_from(payload.len()).expect("a small list");
            [&[kind], &length.to_be_bytes()[..], payload].concat()
        };
        let list = payload(&KNOWN.list_bytes);
        self.put("trust_list", "signed", &KNOWN.list_bytes);
        self.put("trust_list", "payload", &list);
        let mut steps = Vec::new();
        for (version, issued_at) in [(2, NOW + 1), (3, NOW + 2)] {
            let mut content = KNOWN.list.content().clone();
            content.version = version;
            content.issued_at = issued_at;
            if version == 3 {
                content.issuers.clear();
            }
            let newer = content
                .sign(&KNOWN.root)
                .expect("a list that can be signed");
            steps.extend(step(0, &payload(&newer)));
            for bits in [1, 2, 4, 8] {
                let mut statuses = Statuses::new(bits, 100).expect("a small list");
                statuses
                    .set(7, Status::Revoked)
                    .expect("an index of the list");
                let what = format!("{version}-{bits}");
                self.put("status_list", &format!("bare-{what}"), statuses.to_cbor());
                let content = StatusListContent {
                    uri: format!("https://issuer.example/s/{bits}"),
                    issued_at,
                    expires_at: Some(NOW + 1000),
                    ttl: Some(60),
                    statuses,
                };
                let token = content
                    .sign(&KNOWN.issuer)
                    .expect("a list that can be signed");
                self.put("status_list", &format!("signed-{what}"), &token);
                self.put("status_list", &format!("payload-{what}"), payload(&token));
                steps.extend(step(1, &payload(&token)));
            }
            self.put("trust_store", &format!("steps-{version}"), &steps);
        }
        self.put("trust_store", "kid-moved", {
            let mut content = KNOWN.list.content().clone();
            content.version = 2;
            for key in content
                .issuers
                .iter_mut()
                .flat_map(|issuer| &mut issuer.keys)
            {
                key.public = KNOWN.device.public_key();
            }
            let moved = content
                .sign(&KNOWN.root)
                .expect("a list that can be signed");
            let statuses = Statuses::new(1, 100).expect("a small list");
            let token = StatusListContent {
                uri: "https://issuer.example/s/1".into(),
                issued_at: NOW,
                expires_at: None,
                ttl: None,
                statuses,
            };
            let token = token
                .sign(&KNOWN.issuer)
                .expect("a list that can be signed");
            [step(1, &payload(&token)), step(0, &payload(&moved))].concat()
        });
    }

    fn queries(&mut self) {
        for (at, json) in QUERIES.iter().enumerate() {
            let query = Query::from_json(json).expect("a query that keeps the rules");
            self.put("query_json", &at.to_string(), json);
            self.put("query_cbor", &at.to_string(), query.to_cbor());
            let mut request = NewRequest::new("Gate 3", "Induction", query, NOW);
            if at > 0 {
                request.lifetime_seconds = 60;
                request.lists.push(HeldList::of(&KNOWN.list));
            }
            let (request, session) = request
                .sign(&KNOWN.verifier, &mut Counter(5))
                .expect("a request that can be signed");
            let payload = Sign1::parse(request.bytes()).expect("a message that was just signed");
            self.put("request", &format!("signed-{at}"), request.bytes());
            self.put("request", &format!("payload-{at}"), payload.payload);
            self.put(
                "session",
                &format!("secret-{at}"),
                session.to_secret_bytes(),
            );
        }
    }

    fn codes(&mut self) {
        for length in [10, 100, 500] {
            let message: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let layout = Layout {
                version_max: 7,
                ..Layout::default()
            };
            let mut texts = layout
                .texts(Kind::File, &message)
                .expect("a message that codes can carry");
            texts.reverse();
            self.put("qr_texts", &length.to_string(), texts.join("\n"));
            let mut frames = Vec::new();
            for text in &texts {
                let base45 = text.strip_prefix("N1M:").unwrap_or_default();
                let frame = base45::decode(base45).expect("base45");
                let Some((body, _)) = frame.split_last_chunk::<4>() else {
                    continue;
                };
                frames.push(u8::try_from(body.len()).expect("a small frame"));
                frames.extend_from_slice(body);
            }
            self.put("frames", &length.to_string(), frames);
        }
    }

    fn stored(&mut self) {
        let mut table = vec![1];
        table.extend([9; 16 + 32]);
        for number in [19 * 1024_u32, 2, 1] {
            table.extend(number.to_be_bytes());
        }
        table.extend([5; 16 * 104]);
        table.extend([0; 32]);
        self.put("slot_table", "unused", table);

        let mut manifest = vec![1];
        manifest.extend([1, 2]);
        manifest.extend([0; 14]);
        manifest.extend([7; 8 + 8 + 32 + 32]);
        manifest.push(3);
        manifest.resize(128, 0);
        self.put("manifest", "two-ways", manifest);

        let mut wrapped = b"NanK\x01\x03\x00\x10".to_vec();
        wrapped.extend([6; 16]);
        self.put("wrapped_key", "platform", wrapped);

        let summary = Summary {
            kind: "credential".into(),
            title: "Welder, level 3".into(),
            issuer: "NSTB".into(),
            tags: vec!["7212".into(), "NPL".into()],
            created: NOW,
            expires: Some(NOW + 1000),
            extra: vec![1, 2, 3],
        };
        let summary = summary.encode().expect("a summary within the limits");
        self.put("summary", "full", &*summary);
        let empty = Summary::default().encode();
        self.put(
            "summary",
            "empty",
            &*empty.expect("a summary within the limits"),
        );
        self.put(
            "recovery_code",
            "shown",
            "0123456789ABCDEFGHJKMNPQRSTVWXYZ371M",
        );
        self.backups();
        for (name, number) in [("first", 1), ("second", 2)] {
            let mut share = vec![1];
            share.extend([8; 8]);
            share.extend([2, 3, number]);
            share.extend([number; 32]);
            self.put("share_cards", name, share);
        }
    }

    fn backups(&mut self) {
        let mut header = b"NanB\x01\x01\0\0".to_vec();
        header.extend([3; 16 + 32]);
        for number in [19 * 1024_u32, 2, 1] {
            header.extend(number.to_be_bytes());
        }
        header.extend([4; 24 + 48]);
        self.put("backup_header", "passphrase", &header);
        header[5] = 2;
        header[56..68].fill(0);
        self.put("backup_header", "recovery-code", header);

        let summary = Summary::default().encode();
        let summary = summary.expect("a summary within the limits");
        let entry = |tag: u8, id: u8| {
            let mut entry = vec![tag];
            entry.extend([id; 16 + 24]);
            let length = u16::try_from(summary.len()).expect("a short summary");
            entry.extend(length.to_be_bytes());
            entry.extend(summary.iter());
            entry
        };
        let mut stream = vec![1];
        stream.extend([0; 8 + 4 + 16]);
        stream.extend([9; 16]);
        stream.extend(entry(2, 1));
        stream.extend(4_u32.to_be_bytes());
        stream.extend(b"body");
        stream.extend(entry(3, 2));
        stream.extend(7_u64.to_be_bytes());
        stream.extend([5; 32]);
        stream.extend(b"content");
        let index = u64::try_from(stream.len()).expect("a short stream");
        stream.push(4);
        stream.extend(2_u32.to_be_bytes());
        stream.extend([0; 32]);
        stream.extend(2_u32.to_be_bytes());
        stream.extend([1; 16 + 24]);
        stream.extend([2; 16 + 24]);
        stream.resize(504, 0);
        stream.extend(index.to_be_bytes());
        self.put("backup_stream", "record-and-document", stream);
    }
}

/// Claims of every type of value.
fn claims() -> Map {
    let skill = |name: &str, level: i64| -> Value {
        Map::new().with("name", name).with("level", level).into()
    };
    Map::new()
        .with("assurance", "assessed")
        .with("family_name", "Gurung")
        .with("native_name", "गुरुङ")
        .with("level", Map::new().with("eqf", 3).with("source", "NVQF"))
        .with(
            "skills",
            Value::Array(vec![skill("weld", 3), skill("cut", -2)]),
        )
        .with("portrait_hash", Value::Bytes(vec![7; 32]))
        .with("hours", Value::Float(390.5))
        .with("is_binding", Value::Bool(false))
        .with("expiry", Value::Null)
        .with(-70_000, Value::Tag(100, Box::new(Value::Integer(20_000))))
}

/// Claims, groups and elements of arrays can be left out, and decoys hide how many.
fn nested() -> Redaction {
    let paths = [
        "family_name",
        "level",
        "level.eqf",
        "skills[*]",
        "skills[*].name",
    ];
    Redaction {
        paths: paths.map(|path| path.parse().expect("a path")).to_vec(),
        decoys_to_multiple_of: 4,
    }
}

fn issue(redaction: Redaction) -> Credential {
    let claims = claims();
    let issuance = Issuance {
        terms: Terms {
            issuer: ISSUER.into(),
            vct: Some(VCT.into()),
            issued_at: Some(NOW - 100),
            not_before: Some(NOW - 50),
            expires_at: Some(NOW + 100_000),
            device_key: Some(KNOWN.device.public_key()),
            status: Some(StatusReference {
                index: 7,
                uri: "https://issuer.example/s/1".into(),
            }),
        },
        kid: &KNOWN.issuer.public_key().kid(),
        claims: &claims,
        redaction,
    };
    let bytes = issuance.sign(&KNOWN.issuer, &mut Counter(6));
    Credential::parse(&bytes.expect("claims that can be issued")).expect("what was just issued")
}

/// A presentation of the first claims, as that kind of meeting asks for.
fn present(credential: &Credential, meeting: Meeting<'_>) -> Vec<u8> {
    let paths: Vec<ClaimPath> = credential.redactable().take(3).cloned().collect();
    let selection = credential.select(&paths).expect("claims of the credential");
    let binding = match meeting {
        Meeting::Copy => return credential.present(&selection),
        Meeting::Answer { .. } => KeyBinding {
            audience: KNOWN.request.audience(),
            issued_at: Some(NOW + 20),
            expires_at: None,
            id: None,
            nonce: Some(KNOWN.request.digest().to_vec()),
        },
        Meeting::OneWay { .. } => KeyBinding {
            audience: ONE_WAY.into(),
            issued_at: Some(NOW + 20),
            expires_at: Some(NOW + 80),
            id: Some(vec![4; 16]),
            nonce: None,
        },
    };
    let unsigned = credential.bind(&selection, &binding);
    let signed = unsigned.expect("a device key").sign(&KNOWN.device);
    signed.expect("a key in memory signs")
}

/// From one claim to every property of a query.
const QUERIES: [&str; 2] = [
    r#"{"credentials": [{"id": "0", "format": "dc+sd-cwt",
        "meta": {"vct_values": ["urn:nansen:skills:1"]},
        "claims": [{"path": ["family_name"]}, {"path": ["skills", null, "name"]}]}]}"#,
    r#"{"credentials": [
        {"id": "a", "format": "dc+sd-cwt", "meta": {"vct_values": ["urn:x", "urn:y"]},
         "multiple": true, "require_cryptographic_holder_binding": false,
         "trusted_authorities": [{"type": "aki", "values": ["s9tIpP7q"]}],
         "claims": [{"id": "n", "path": ["level", "eqf"], "values": [3, 4]},
                    {"id": "s", "path": ["skills", 0], "values": ["weld", true]},
                    {"id": "i", "path": ["iat"]}],
         "claim_sets": [["n", "s"], ["i"]]},
        {"id": "b", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"}},
        {"id": "c", "format": "ldp_vc", "meta": {"type_values": [["A", "B"], ["C"]]}}],
       "credential_sets": [{"options": [["a", "b"], ["c"]]},
                           {"options": [["b"]], "required": false}]}"#,
];
