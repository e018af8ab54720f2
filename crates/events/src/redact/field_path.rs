//! [`FieldPath`]: a path to fields of values, such as `input.*.ssn`.

/// A path to fields of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldPath {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// A key of an object, or an index of a list.
    Name(String),
    /// `*`: any key or index.
    Any,
    /// `**`: any number of keys and indices, including none.
    AnyNumber,
}

/// The places in some paths that the path of a value has reached: the index of each path, and the
/// number of its segments.
///
/// All places are followed at the same time. The work for a value is therefore bounded by the
/// number of segments, even if the paths contain many `**`.
pub(super) type Reached = Vec<(usize, usize)>;

impl FieldPath {
    pub(super) fn new(path: &str) -> Self {
        let mut segments: Vec<_> = path
            .split('.')
            .map(|segment| match segment {
                "*" => Segment::Any,
                "**" => Segment::AnyNumber,
                name => Segment::Name(name.to_owned()),
            })
            .collect();
        if let Some(Segment::Name(root)) = segments.first_mut() {
            *root = root_of(root).to_owned();
        }
        Self { segments }
    }

    fn segment(&self, at: usize) -> Option<&Segment> {
        self.segments.get(at)
    }
}

/// Returns the root of the paths of a value: chunks and partial outputs belong to the output,
/// because they have the same fields.
fn root_of(name: &str) -> &str {
    match name {
        "inputs" => "input",
        "outputs" | "chunk" | "partial" => "output",
        name => name,
    }
}

/// Returns the places before the first segment of each path.
pub(super) fn start(paths: &[FieldPath]) -> Reached {
    let mut reached = Reached::new();
    for path in 0..paths.len() {
        add(paths, &mut reached, path, 0);
    }
    reached
}

/// Returns the places after a key or an index.
pub(super) fn step(paths: &[FieldPath], reached: &Reached, name: &str) -> Reached {
    let mut next = Reached::new();
    for (path, at) in reached {
        match paths.get(*path).and_then(|path| path.segment(*at)) {
            Some(Segment::Name(expected)) if expected == name => {
                add(paths, &mut next, *path, at + 1);
            }
            Some(Segment::Any) => add(paths, &mut next, *path, at + 1),
            Some(Segment::AnyNumber) => add(paths, &mut next, *path, *at),
            _ => {}
        }
    }
    next
}

/// Returns whether the end of a path is reached.
pub(super) fn is_at_end(paths: &[FieldPath], reached: &Reached) -> bool {
    reached
        .iter()
        .any(|(path, at)| paths.get(*path).is_some_and(|path| path.segment(*at).is_none()))
}

/// Adds a place, and the places after the `**` that follow.
fn add(paths: &[FieldPath], reached: &mut Reached, path: usize, mut at: usize) {
    loop {
        if !reached.contains(&(path, at)) {
            reached.push((path, at));
        }
        match paths.get(path).and_then(|path| path.segment(at)) {
            Some(Segment::AnyNumber) => at += 1,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(path: &str, field: &str) -> bool {
        let paths = [FieldPath::new(path)];
        let mut reached = start(&paths);
        for name in field.split('.') {
            reached = step(&paths, &reached, name);
        }
        is_at_end(&paths, &reached)
    }

    #[test]
    fn a_path_fits_its_fields_and_no_others() {
        for (path, field) in [
            ("inputs.*.ssn", "input.user.ssn"),
            ("input.*.ssn", "input.0.ssn"),
            ("outputs", "output"),
            ("chunk.a", "output.a"),
            ("**.ssn", "input.a.b.ssn"),
            ("**.ssn", "ssn"),
            ("input.**", "input"),
            ("input.**.a.**.b", "input.x.a.b"),
            ("**.**.**.b", "b"),
        ] {
            assert!(fits(path, field), "{path} {field}");
        }
        for (path, field) in [
            ("input.*.ssn", "input.ssn"),
            ("input.*.ssn", "output.a.ssn"),
            ("input.*.ssn", "input.a.ssn.b"),
            ("input", "input.a"),
            ("**.ssn", "input.ssn.a"),
        ] {
            assert!(!fits(path, field), "{path} {field}");
        }
    }
}
