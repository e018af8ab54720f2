//! [`Document`]: Markdown that does not exceed a size.

/// Markdown that does not exceed a number of characters.
///
/// It is made of parts that stay valid if the following part is missing. A part that does not fit
/// is left out.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    /// The number of characters that can still be added.
    room: usize,
}

impl Document {
    pub(super) fn new(max_chars: usize) -> Self {
        Self { text: String::new(), room: max_chars }
    }

    /// Returns the number of characters that can still be added.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// Adds a part, if it fits. Returns whether it fits.
    pub(super) fn add(&mut self, part: &str) -> bool {
        let characters = part.chars().count();
        let fits = characters <= self.room;
        if fits {
            self.text.push_str(part);
            self.room -= characters;
        }
        fits
    }

    /// Adds a heading and as many lines as fit into `share` characters, and a line with the number
    /// of lines that are left out. Adds nothing if there are no lines, or if not even the first
    /// fits.
    pub(super) fn add_list(&mut self, heading: &str, lines: &[String], share: usize) {
        let room = share.min(self.room);
        let mut part = format!("\n### {heading}\n\n");
        let mut used = part.chars().count();
        let mut added = 0usize;
        for line in lines {
            let more = more_line(lines.len() - added);
            let needed = line.chars().count() + 1;
            let is_last = added + 1 == lines.len();
            let reserve = if is_last { 0 } else { more.chars().count() };
            if used + needed + reserve > room {
                break;
            }
            part.push_str(line);
            part.push('\n');
            used += needed;
            added += 1;
        }
        if added == 0 {
            return;
        }
        if added < lines.len() {
            part.push_str(&more_line(lines.len() - added));
        }
        self.add(&part);
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

fn more_line(count: usize) -> String {
    format!("- … {count} more\n")
}
