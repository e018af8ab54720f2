//! The lines of findings, below the tree.

use super::style::Style;
use crate::{Finding, FindingLevel, text::one_line};

impl Style {
    /// Returns the lines of a finding: the title, the text, and the advice.
    pub(super) fn finding(self, finding: &Finding) -> String {
        let title = one_line(&finding.title);
        let title = match finding.level {
            FindingLevel::Error => self.red(&format!("! {title}")),
            FindingLevel::Warning => self.yellow(&format!("! {title}")),
            FindingLevel::Info => self.cyan(&format!("i {title}")),
        };
        let (text, advice) = (one_line(&finding.text), one_line(&finding.advice));
        format!("{title}\n  {text}\n  {}\n", self.dim(&format!("→ {advice}")))
    }
}
