//! [`prefix_ids`]: names for the starts of a conversation.

/// Returns, for each part, the ID of this part and all parts before it.
///
/// An ID is the same in every program and on every machine, because stores keep it. It is a hash of
/// 128 bits (FNV-1a), so that different starts of one conversation have different IDs. The hash does
/// not resist a user who wants two starts with the same ID. Such a user would see a summary of their
/// own conversation, because an ID only applies inside a conversation.
pub(super) fn prefix_ids<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut hash = OFFSET;
    let id = |part: &str| {
        let length = part.len() as u64;
        for byte in length.to_le_bytes().into_iter().chain(part.bytes()) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
        format!("{hash:032x}")
    };
    parts.map(id).collect()
}

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
