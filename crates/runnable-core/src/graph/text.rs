//! Conversion of a graph to a tree for a terminal.

use std::fmt;

use super::{Graph, Structure};

/// Writes the graph as a tree: one line per step, below the line of the step that contains it.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = format!("{}\n", self.name);
        push_parts(self, "", &mut lines);
        f.write_str(&lines)
    }
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
