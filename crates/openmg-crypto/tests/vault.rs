//! WIRE-13: files at rest.

use openmg_crypto::vault::{HEADER, VaultKey, header};

/// A header that costs little.
fn cheap() -> [u8; HEADER] {
    with_cost([64, 1, 1])
}

fn with_cost(cost: [u32; 3]) -> [u8; HEADER] {
    let mut bytes = header();
    bytes[15..27].copy_from_slice(cost.map(u32::to_le_bytes).as_flattened());
    bytes
}

fn refusal(passphrase: &[u8], header: &[u8; HEADER]) -> String {
    let Err(refused) = VaultKey::derive(passphrase, header) else {
        panic!("it was accepted")
    };
    assert_eq!(refused.clause, "VAULT");
    refused.reason
}

#[test]
fn what_was_sealed_opens_again() {
    let key = VaultKey::derive(b"open sesame", &header()).unwrap();
    for plaintext in [b"".as_slice(), b"a wallet", &[1; 10_000]] {
        let sealed = key.seal(plaintext);
        assert_eq!(sealed.len(), HEADER + 24 + 16 + plaintext.len());
        assert_eq!(key.open(&sealed).unwrap().as_slice(), plaintext);
        let header = sealed[..HEADER].try_into().unwrap();
        let again = VaultKey::derive(b"open sesame", header).unwrap();
        assert_eq!(again.open(&sealed).unwrap().as_slice(), plaintext);
    }
}

#[test]
fn a_new_header_is_as_the_wire_says() {
    let (first, second) = (header(), header());
    assert_eq!(&first[..15], b"openmg/1/vault\n");
    assert_eq!(
        &first[15..27],
        [19_456u32, 2, 1].map(u32::to_le_bytes).as_flattened()
    );
    assert_eq!(first[..27], second[..27]);
    assert_ne!(first[27..], second[27..]);
}

#[test]
fn the_same_key_never_repeats_a_nonce() {
    let key = VaultKey::derive(b"p", &cheap()).unwrap();
    let (first, second) = (key.seal(b"same"), key.seal(b"same"));
    assert_ne!(first[HEADER..HEADER + 24], second[HEADER..HEADER + 24]);
    assert_ne!(first[HEADER + 24..], second[HEADER + 24..]);
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let header = cheap();
    let sealed = VaultKey::derive(b"right", &header).unwrap().seal(b"secret");
    let refused = VaultKey::derive(b"wrong", &header)
        .unwrap()
        .open(&sealed)
        .unwrap_err();
    assert_eq!(
        (refused.clause, &refused.reason[..]),
        ("VAULT", "wrong passphrase or damaged file")
    );
}

#[test]
fn every_flipped_byte_and_every_cut_is_refused() {
    let key = VaultKey::derive(b"right", &cheap()).unwrap();
    let sealed = key.seal(b"secret");
    for position in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[position] ^= 1;
        assert_eq!(
            key.open(&flipped).unwrap_err().clause,
            "VAULT",
            "byte {position}"
        );
        assert_eq!(
            key.open(&sealed[..position]).unwrap_err().clause,
            "VAULT",
            "cut at {position}"
        );
    }
    assert_eq!(
        key.open(&[&sealed[..], &[0]].concat()).unwrap_err().clause,
        "VAULT"
    );
}

#[test]
fn a_changed_header_gives_another_key() {
    let sealed = VaultKey::derive(b"right", &cheap())
        .unwrap()
        .seal(b"secret");
    for position in 27..HEADER {
        let mut flipped = sealed.clone();
        flipped[position] ^= 1;
        let header = flipped[..HEADER].try_into().unwrap();
        assert!(
            VaultKey::derive(b"right", header)
                .unwrap()
                .open(&flipped)
                .is_err(),
            "byte {position}"
        );
    }
}

#[test]
fn a_header_may_not_ask_too_much() {
    for cost in [
        [(1 << 20) + 1, 1, 1],
        [64, 17, 1],
        [1024, 1, 17],
        [u32::MAX; 3],
    ] {
        assert_eq!(
            refusal(b"p", &with_cost(cost)),
            "opening this vault costs more than is allowed"
        );
    }
    for cost in [[7, 1, 1], [64, 0, 1], [64, 1, 0], [64, 1, 16], [0, 0, 0]] {
        assert_eq!(
            refusal(b"p", &with_cost(cost)),
            "the vault's cost makes no sense"
        );
    }
    let mut other = cheap();
    other[0] ^= 1;
    assert_eq!(refusal(b"p", &other), "this is no vault");
}
