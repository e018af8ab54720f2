//! Conversion of a graph to a Mermaid flowchart.

use std::fmt::Write;

use super::{Graph, Structure};

impl Graph {
    /// Converts the graph to a [Mermaid](https://mermaid.js.org/syntax/flowchart.html) flowchart.
    ///
    /// Many viewers of Markdown display such flowcharts.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let graph = passthrough::<String>().with_name("keep").graph();
    /// assert!(graph.to_mermaid().starts_with("flowchart TD\n    n1[\"keep\"]"));
    /// ```
    #[doc(alias = "draw_mermaid")]
    pub fn to_mermaid(&self) -> String {
        let mut chart = Chart { text: String::from("flowchart TD\n"), nodes: 0, boxes: 0 };
        let ends = chart.draw(self, 1);
        chart.line(1, "input([input])");
        chart.line(1, "output([output])");
        chart.join(1, &["input".into()], &ends.entries);
        let output = [Entry { node: "output".into(), label: None, optional: false }];
        chart.join(1, &ends.exits, &output);
        chart.text
    }
}

struct Chart {
    text: String,
    nodes: usize,
    boxes: usize,
}

/// The nodes at which arrows enter and leave a part of the chart.
struct Ends {
    entries: Vec<Entry>,
    exits: Vec<String>,
}

#[derive(Clone)]
struct Entry {
    node: String,
    label: Option<String>,
    /// Whether the step is called only in some cases.
    optional: bool,
}

impl Chart {
    fn draw(&mut self, graph: &Graph, depth: usize) -> Ends {
        match &graph.structure {
            Structure::Step => {
                self.nodes += 1;
                let node = format!("n{}", self.nodes);
                self.line(depth, &format!("{node}[\"{}\"]", escaped(&graph.name)));
                let entry = Entry { node: node.clone(), label: None, optional: false };
                Ends { entries: vec![entry], exits: vec![node] }
            }
            Structure::Sequence(steps) => self.boxed(graph, depth, |chart| {
                let parts: Vec<_> = steps.iter().map(|step| chart.draw(step, depth + 1)).collect();
                for pair in parts.windows(2) {
                    chart.join(depth + 1, &pair[0].exits, &pair[1].entries);
                }
                let entries = parts.first().map(|part| part.entries.clone()).unwrap_or_default();
                let exits = parts.last().map(|part| part.exits.clone()).unwrap_or_default();
                Ends { entries, exits }
            }),
            Structure::Parallel(parts) => {
                self.boxed(graph, depth, |chart| chart.branches(parts, depth + 1, false))
            }
            Structure::Choice(parts) | Structure::Configurable { options: parts, .. } => {
                self.boxed(graph, depth, |chart| chart.branches(parts, depth + 1, true))
            }
        }
    }

    fn branches(&mut self, parts: &[(String, Graph)], depth: usize, optional: bool) -> Ends {
        let mut ends = Ends { entries: Vec::new(), exits: Vec::new() };
        for (label, step) in parts {
            let part = self.draw(step, depth);
            ends.entries.extend(part.entries.into_iter().map(|entry| Entry {
                label: Some(entry.label.map_or(label.clone(), |own| format!("{label} {own}"))),
                optional: optional || entry.optional,
                ..entry
            }));
            ends.exits.extend(part.exits);
        }
        ends
    }

    /// Draws a box with the name of the step, and its parts inside.
    fn boxed(
        &mut self,
        graph: &Graph,
        depth: usize,
        inside: impl FnOnce(&mut Self) -> Ends,
    ) -> Ends {
        self.boxes += 1;
        let number = self.boxes;
        self.line(depth, &format!("subgraph b{number}[\"{}\"]", escaped(&graph.name)));
        let ends = inside(self);
        self.line(depth, "end");
        ends
    }

    fn join(&mut self, depth: usize, exits: &[String], entries: &[Entry]) {
        for exit in exits {
            for entry in entries {
                let arrow = if entry.optional { "-.->" } else { "-->" };
                let label = entry.label.as_deref().map(escaped);
                let label = label.map(|label| format!("|\"{label}\"|")).unwrap_or_default();
                self.line(depth, &format!("{exit} {arrow}{label} {}", entry.node));
            }
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 4);
    }
}

/// Escapes the characters that would end a quoted text, or that have a special meaning in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' => {
                let _ = write!(escaped, "#{};", u32::from(letter));
            }
            _ if letter.is_control() => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}
