//! Which event of one sequence stands for which of another.

/// A pair of items, or one that has none to stand beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aligned {
    Both(usize, usize),
    Golden(usize),
    Ours(usize),
}

/// Pairs the items of two sequences, in their order, so that the pairs are as alike as can be.
/// Items that are not alike at all are not paired.
pub(super) fn align(
    golden: usize,
    ours: usize,
    alike: impl Fn(usize, usize) -> u32,
) -> Vec<Aligned> {
    // How alike the rests are, from an item of each on.
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
