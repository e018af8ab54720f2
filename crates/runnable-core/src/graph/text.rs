//! Conversion of a graph to a tree for a terminal.

use super::{Graph, Structure};

/// Returns one line per step, below the line of the step that contains it.
pub(super) fn tree(graph: &Graph) -> String {
    let mut lines = String::new();
    lines.push_str(&graph.name);
    lines.push('\n');
    push_parts(graph, "", &mut lines);
    lines
}

fn push_parts(graph: &Graph, indent: &str, lines: &mut String) {
    let parts: Vec<(String, &Graph)> = match &graph.structure {
        Structure::Step => Vec::new(),
        Structure::Sequence(steps) => steps.iter().map(|step| (step.name.clone(), step)).collect(),
        Structure::Parallel(branches) => {
            branches.iter().map(|(label, step)| (format!("{label}: {}", step.name), step)).collect()
        }
        Structure::Choice(options) | Structure::Configurable { options, .. } => {
            options.iter().map(|(label, step)| (format!("{label} ┄ {}", step.name), step)).collect()
        }
    };
    let count = parts.len();
    for (number, (line, step)) in (1..).zip(parts) {
        let (corner, rail) = if number < count { ("├─ ", "│  ") } else { ("└─ ", "   ") };
        lines.push_str(indent);
        lines.push_str(corner);
        lines.push_str(&line);
        lines.push('\n');
        push_parts(step, &format!("{indent}{rail}"), lines);
    }
}
