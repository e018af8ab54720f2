//! [`PageFinding`]: a finding in the data of the page.

use serde::Serialize;
use serde_json::Value;

use super::page_run::{PageId, id_of};
use crate::{Finding, FindingCode, FindingLevel, Trace};

/// A finding in the data of the page. `README.md` describes the fields.
#[derive(Serialize)]
struct PageFinding<'a> {
    code: FindingCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<PageId<'a>>,
    level: &'static str,
    title: String,
    text: String,
    tab: &'static str,
}

/// Returns the findings of a trace as a list, the most important first.
pub(super) fn findings_of(trace: &Trace) -> Value {
    let findings = trace.findings().into_iter().map(|finding| PageFinding::new(finding, trace));
    let findings = findings.filter_map(|finding| serde_json::to_value(finding).ok());
    findings.collect()
}

impl<'a> PageFinding<'a> {
    fn new(finding: Finding, trace: &'a Trace) -> Self {
        let run = finding.runs.first().and_then(|found| trace.runs().get(found.number));
        Self {
            code: finding.code,
            run: run.map(|run| id_of(run, trace)),
            level: match finding.level {
                FindingLevel::Error => "error",
                FindingLevel::Warning => "warn",
                FindingLevel::Info => "info",
            },
            text: format!("{} {}", finding.text, finding.advice),
            title: finding.title,
            tab: tab_of(finding.code),
        }
    }
}

/// Returns the tab of the page that shows what was found.
fn tab_of(code: FindingCode) -> &'static str {
    use FindingCode::{
        CutAnswer, DefaultBranch, Fallback, InvalidToolCall, RepeatedPrompt, Retries, RetryStorm,
        StalledStream, StoppedStream, UnusedAnswer, Wait, WastedAnswer, WrongBranch,
    };
    match code {
        StoppedStream | StalledStream => "chunks",
        InvalidToolCall | WrongBranch | DefaultBranch | CutAnswer | RepeatedPrompt
        | UnusedAnswer | WastedAnswer => "io",
        Retries | RetryStorm | Fallback | Wait => "events",
        _ => "overview",
    }
}
