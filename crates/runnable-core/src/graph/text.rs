//! A graph as a tree for a terminal.

use super::{Graph, Structure};

/// A line for each step, below that of the step it is part of.
pub(super) fn tree(graph: &Graph) -> String {
    let mut lines = String::new();
    lines.push_str(&graph.name);
    lines.push('\n');
    inside(graph, "", &mut lines);
    lines
}

fn inside(graph: &Graph, indent: &str, lines: &mut String) {
    let parts: Vec<(String, &Graph)> = match &graph.structure {
        Structure::Step => Vec::new(),
        Structure::Sequence(steps) => steps.iter().map(|step| (step.name.clone(), step)).collect(),
        Structure::Parallel(branches) => {
            branches.iter().map(|(label, step)| (format!("{label}: {}", step.name), step)).collect()
        }
        Structure::Choice(options) | Structure::ConfigurableField { options, .. } => {
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
        inside(step, &format!("{indent}{rail}"), lines);
    }
}
