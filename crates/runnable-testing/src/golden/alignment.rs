//! Aligns two sequences of events.

/// The indexes of two items that are paired, or the index of an item that is not paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aligned {
    Both(usize, usize),
    Golden(usize),
    Ours(usize),
}

/// Aligns two sequences so that the sum of the similarities of all pairs is maximal.
///
/// The arguments are the lengths of the sequences, and a function that returns the similarity of
/// two items, given by their indexes. Items with the similarity 0 are not paired. Pairs do not
/// cross: the order of the items is the same in both sequences.
pub(super) fn align(
    golden: usize,
    ours: usize,
    alike: impl Fn(usize, usize) -> u32,
) -> Vec<Aligned> {
    // `best[g][o]` is the maximal sum of similarities for the items from `g` on in the golden
    // sequence and the items from `o` on in our sequence.
    let mut best = vec![vec![0; ours + 1]; golden + 1];
    for g in (0..golden).rev() {
        for o in (0..ours).rev() {
            let paired = match alike(g, o) {
                0 => 0,
                alike => alike + best[g + 1][o + 1],
            };
            best[g][o] = paired.max(best[g + 1][o]).max(best[g][o + 1]);
        }
    }
    let (mut g, mut o) = (0, 0);
    let mut aligned = Vec::new();
    while g < golden || o < ours {
        let paired = g < golden && o < ours && alike(g, o) > 0;
        if paired && best[g][o] == alike(g, o) + best[g + 1][o + 1] {
            aligned.push(Aligned::Both(g, o));
            (g, o) = (g + 1, o + 1);
        } else if o == ours || (g < golden && best[g][o] == best[g + 1][o]) {
            aligned.push(Aligned::Golden(g));
            g += 1;
        } else {
            aligned.push(Aligned::Ours(o));
            o += 1;
        }
    }
    aligned
}
