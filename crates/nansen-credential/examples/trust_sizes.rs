//! How large trust is on its way to a phone, and how fast it is there: the figures of decision
//! record 10. Run it with `cargo run --release -p nansen-credential --example trust_sizes`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use nansen_credential::Error;
use nansen_credential::cose::{PublicKey, SecretKey, Signer};
use nansen_credential::pack::{Item, Kind, Pack, PackContent};
use nansen_credential::status::snapshot::Snapshot;
use nansen_credential::status::{Status, StatusList, StatusListContent, Statuses};
use nansen_credential::trust::{
    Issuer, IssuerKey, Quorum, Registration, Role, Root, RootContent, TrustList, TrustListContent,
};

const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const CREDENTIALS: u64 = 10_000_000;

fn main() -> Result<(), Error> {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let desk = SecretKey::generate_ed25519(&mut rng);
    let root = root_of(&desk)?;
    println!("{CREDENTIALS} credentials, revoked at random; bytes");
    println!("rate      bound     zlib  cascade  snapshot  of bound  load ms  lookup us  memory");
    for one_in in [100, 1000, 10_000] {
        status(&desk, one_in)?;
    }
    println!("\na day: one in 365 of what is revoked is new, ten are given back; pack with delta");
    println!("rate       full    delta   percent");
    for one_in in [100, 1000, 10_000] {
        daily(&desk, &root, one_in)?;
    }
    println!("\n500 issuers of 2 keys");
    println!("keys        list    pack  verify and load ms");
    let ed25519: fn() -> SecretKey =
        || SecretKey::generate_ed25519(&mut rand_core::UnwrapErr(getrandom::SysRng));
    let p256: fn() -> SecretKey =
        || SecretKey::generate_p256(&mut rand_core::UnwrapErr(getrandom::SysRng));
    national("Ed25519", &desk, &root, ed25519)?;
    national("P-256", &desk, &root, p256)
}

fn root_of(desk: &SecretKey) -> Result<Root, Error> {
    let quorum = Quorum {
        threshold: 1,
        keys: vec![desk.public_key()],
    };
    let content = RootContent {
        publisher: "npl.ctevt".to_owned(),
        version: 1,
        issued_at: NOW,
        expires_at: NOW + 365 * DAY,
        root: quorum.clone(),
        roles: Role::ALL.map(|role| (role, quorum.clone())).into(),
    };
    let mut draft = content.draft()?;
    draft.sign(desk)?;
    let bytes = draft.to_cbor();
    Root::parse_pinned(&bytes, &Root::pin(&bytes)?)
}

/// Places that are far apart by chance, the same on every run.
fn places(count: u64, seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    (0..count).map(move |_| {
        // SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % CREDENTIALS
    })
}

fn list_of(desk: &SecretKey, statuses: Statuses, issued_at: i64) -> Result<StatusList, Error> {
    let content = StatusListContent {
        uri: "https://school.edu.example/status/1".to_owned(),
        issued_at,
        expires_at: None,
        ttl: None,
        statuses,
    };
    StatusList::parse_verified(&content.sign(desk)?, &desk.public_key())
}

fn status(desk: &SecretKey, one_in: u64) -> Result<(), Error> {
    let mut statuses = Statuses::new(1, CREDENTIALS)?;
    for place in places(CREDENTIALS / one_in, 1) {
        statuses.set(place, Status::Revoked)?;
    }
    let zlib = statuses.to_cbor().len();
    let revoked = (0..CREDENTIALS).filter(|at| statuses.get(*at) == Ok(Status::Revoked));
    let revoked = revoked.count();
    let list = list_of(desk, statuses, NOW)?;
    let bytes = Snapshot::of("https://school.edu.example", &list)?.to_cbor()?;
    let (snapshot, load) = timed(|| Snapshot::from_cbor(&bytes));
    let snapshot = snapshot?;
    const LOOKUPS: u64 = 100_000;
    let (found, lookups) = timed(|| {
        places(LOOKUPS, 2)
            .filter(|place| snapshot.status(black_box(*place)) == Ok(Status::Revoked))
            .count()
    });
    assert!(found > 0 || one_in > 1000);
    let bound = entropy_bytes(CREDENTIALS as f64, revoked as f64);
    println!(
        "1/{one_in:<6} {bound:>7.0} {zlib:>8} {:>8.0} {:>9} {:>8.1}% {:>8.2} {:>10.3} {:>7}",
        cascade_bytes(CREDENTIALS as f64, revoked as f64),
        bytes.len(),
        100.0 * bytes.len() as f64 / bound,
        load * 1e3,
        lookups * 1e6 / LOOKUPS as f64,
        snapshot.memory(),
    );
    Ok(())
}

/// log2 of the number of sets of this size, by Stirling: what no form can be shorter than.
fn entropy_bytes(all: f64, revoked: f64) -> f64 {
    let rate = revoked / all;
    let bits = -rate * rate.log2() - (1.0 - rate) * (1.0 - rate).log2();
    (all * bits - 0.5 * (core::f64::consts::TAU * all * rate * (1.0 - rate)).log2()) / 8.0
}

/// A cascade of Bloom filters as CRLite has it (Larisch et al., 2017, section 4): the first lets
/// `r / (sqrt 2 (all - r))` of the others pass, each further one half.
fn cascade_bytes(all: f64, revoked: f64) -> f64 {
    let bits_of = |members: f64, rate: f64| members * -rate.log2() / core::f64::consts::LN_2;
    let first = (revoked * 0.5_f64.sqrt() / (all - revoked)).min(0.5);
    let mut bits = bits_of(revoked, first);
    let (mut inside, mut outside) = ((all - revoked) * first, revoked);
    while inside >= 1.0 {
        bits += bits_of(inside, 0.5);
        (inside, outside) = (outside * 0.5, inside);
    }
    bits / 8.0
}

fn pack_of(desk: &SecretKey, root: &Root, version: u64, item: Item) -> Result<Pack, Error> {
    let content = PackContent {
        id: "npl.national".to_owned(),
        version,
        issued_at: NOW,
        next_update: NOW + 7 * DAY,
        items: vec![item],
    };
    let mut draft = content.draft(root.publisher())?;
    draft.sign(desk)?;
    draft.finish(root)
}

fn daily(desk: &SecretKey, root: &Root, one_in: u64) -> Result<(), Error> {
    let count = CREDENTIALS / one_in;
    let mut statuses = Statuses::new(1, CREDENTIALS)?;
    let mut pack = |version, places: &mut dyn Iterator<Item = (u64, Status)>| {
        for (place, status) in places {
            statuses.set(place, status)?;
        }
        let day = i64::try_from(version).unwrap_or_default() * DAY;
        let list = list_of(desk, statuses.clone(), NOW + day)?;
        let snapshot = Snapshot::of("https://school.edu.example", &list)?;
        let item = Item {
            kind: Kind::StatusSnapshot,
            id: "school/1".to_owned(),
            version,
            expires_at: NOW + 30 * DAY,
            content: snapshot.to_cbor()?,
        };
        pack_of(desk, root, version, item)
    };
    let held = pack(1, &mut places(count, 1).map(|at| (at, Status::Revoked)))?;
    let back = places(10, 1).map(|at| (at, Status::Valid));
    let new = places(count.div_ceil(365), 3).map(|at| (at, Status::Revoked));
    let next = pack(2, &mut new.chain(back))?;
    let (full, delta) = (next.to_transport(), next.delta_from(&held));
    assert_eq!(held.apply(&delta, root)?.to_bytes(), next.to_bytes());
    println!(
        "1/{one_in:<6} {:>7} {:>8} {:>8.1}%",
        full.len(),
        delta.len(),
        100.0 * delta.len() as f64 / full.len() as f64
    );
    Ok(())
}

fn national(
    name: &str,
    desk: &SecretKey,
    root: &Root,
    new_key: impl Fn() -> SecretKey,
) -> Result<(), Error> {
    let content = TrustListContent {
        id: "npl.issuers".to_owned(),
        version: 1,
        issued_at: NOW,
        next_update: NOW + 90 * DAY,
        issuers: (0..500)
            .map(|at| issuer(at, || new_key().public_key()))
            .collect(),
    };
    let mut draft = content.draft(root.publisher())?;
    draft.sign(desk)?;
    let list = draft.to_cbor();
    let item = Item {
        kind: Kind::TrustList,
        id: content.id.clone(),
        version: 1,
        expires_at: content.next_update,
        content: list.clone(),
    };
    let bytes = pack_of(desk, root, 1, item)?.to_transport();
    let (loaded, seconds) = timed(|| {
        let pack = Pack::parse_verified(&bytes, root)?;
        let list = pack.item(Kind::TrustList, "npl.issuers");
        TrustList::parse_signed(list.unwrap_or_default(), root)
    });
    assert_eq!(loaded?.content(), &content);
    println!(
        "{name:<8} {:>7} {:>7} {:>19.1}",
        list.len(),
        bytes.len(),
        seconds * 1e3
    );
    Ok(())
}

/// A school as a register has it: in two languages and scripts, no two of one name.
fn issuer(number: usize, new_key: impl Fn() -> PublicKey) -> Issuer {
    const TOWNS: [(&str, &str); 25] = [
        ("Bharatpur", "भरतपुर"),
        ("Bhaktapur", "भक्तपुर"),
        ("Biratnagar", "विराटनगर"),
        ("Birgunj", "वीरगञ्ज"),
        ("Butwal", "बुटवल"),
        ("Dadeldhura", "डडेल्धुरा"),
        ("Damak", "दमक"),
        ("Dhangadhi", "धनगढी"),
        ("Dhankuta", "धनकुटा"),
        ("Dharan", "धरान"),
        ("Gorkha", "गोरखा"),
        ("Hetauda", "हेटौंडा"),
        ("Ilam", "इलाम"),
        ("Itahari", "इटहरी"),
        ("Janakpur", "जनकपुर"),
        ("Jumla", "जुम्ला"),
        ("Kathmandu", "काठमाडौं"),
        ("Lalitpur", "ललितपुर"),
        ("Mahendranagar", "महेन्द्रनगर"),
        ("Nepalgunj", "नेपालगञ्ज"),
        ("Palpa", "पाल्पा"),
        ("Pokhara", "पोखरा"),
        ("Surkhet", "सुर्खेत"),
        ("Tansen", "तानसेन"),
        ("Tulsipur", "तुलसीपुर"),
    ];
    const KINDS: [(&str, &str, &str); 20] = [
        ("tech", "Technical School", "प्राविधिक विद्यालय"),
        ("poly", "Polytechnic Institute", "बहुप्राविधिक शिक्षालय"),
        ("weld", "Welding Training Centre", "वेल्डिङ तालिम केन्द्र"),
        ("nurs", "Nursing Campus", "नर्सिङ क्याम्पस"),
        ("agri", "Agricultural College", "कृषि कलेज"),
        (
            "hotel",
            "Academy of Hotel Management",
            "होटल व्यवस्थापन प्रतिष्ठान",
        ),
        ("elec", "Electrical Skills Centre", "विद्युत् सीप केन्द्र"),
        (
            "auto",
            "Automobile Training Institute",
            "अटोमोबाइल तालिम संस्था",
        ),
        (
            "constr",
            "Construction Skills Academy",
            "निर्माण सीप प्रतिष्ठान",
        ),
        ("plumb", "Plumbing School", "प्लम्बिङ विद्यालय"),
        ("care", "Caregiver Training Centre", "हेरचाह तालिम केन्द्र"),
        ("drive", "Driving School", "सवारी तालिम केन्द्र"),
        (
            "it",
            "Institute of Information Technology",
            "सूचना प्रविधि संस्था",
        ),
        ("cook", "Culinary Institute", "पाककला संस्था"),
        (
            "tailor",
            "Garment Training Centre",
            "तयारी पोशाक तालिम केन्द्र",
        ),
        ("health", "Health Sciences College", "स्वास्थ्य विज्ञान कलेज"),
        ("forest", "Forestry Training Centre", "वन तालिम केन्द्र"),
        ("mason", "Masonry Workshop", "डकर्मी कार्यशाला"),
        ("women", "Women's Skill Centre", "महिला सीप केन्द्र"),
        ("labour", "Labour Office", "श्रम कार्यालय"),
    ];
    const TYPES: [&str; 4] = ["skills", "training", "experience", "identity"];
    let (town, local_town) = TOWNS.get(number % 25).copied().unwrap_or_default();
    let (code, kind, local_kind) = KINDS.get(number / 25).copied().unwrap_or_default();
    let uri = format!("https://{code}.{}.edu.np", town.to_lowercase());
    let types = TYPES.iter().take(1 + number % 4);
    let key = |year: i64| {
        let from = NOW - (year + i64::try_from(number).unwrap_or_default() % 4) * 365 * DAY;
        IssuerKey::new(new_key(), from, from + 5 * 365 * DAY)
    };
    Issuer {
        names: BTreeMap::from([
            ("en".to_owned(), format!("{town} {kind}")),
            ("ne".to_owned(), format!("{local_town} {local_kind}")),
        ]),
        country: "NPL".to_owned(),
        keys: vec![key(0), key(2)],
        types: types.map(|name| format!("urn:nansen:{name}:1")).collect(),
        status_prefixes: vec![format!("{uri}/status/")],
        registration: Registration {
            legal_id: Some(format!("{:09}", number * 7_919_777 % 999_999_937)),
            quality_body: Some("CTEVT".to_owned()),
            jurisdictions: Vec::new(),
        },
        uri,
    }
}

/// The shortest of five times, in seconds.
fn timed<T>(run: impl Fn() -> T) -> (T, f64) {
    let once = || {
        let start = Instant::now();
        let result = run();
        (result, start.elapsed().as_secs_f64())
    };
    let first = once();
    (0..4).map(|_| once()).fold(
        first,
        |best, next| {
            if next.1 < best.1 { next } else { best }
        },
    )
}
