//! The class of an error, by its status and by the words of services.

use runnable_core::ErrorKind;

/// The class of a status that is no success.
pub(super) fn of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        // 402: no credit left.
        402 | 403 | 451 => ErrorKind::Permission,
        404 | 410 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimit,
        // 409: another request holds a lock. 425: too early. 499: the service gave up by itself.
        409 | 425 | 499 => ErrorKind::Unavailable,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidRequest,
    }
}

/// The class that a code or a type names: `rate_limit_error`, `RESOURCE_EXHAUSTED`,
/// `throttlingException`.
pub(super) fn of_name(name: &str) -> Option<ErrorKind> {
    let word: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let word = word.strip_suffix("exception").or(word.strip_suffix("error")).unwrap_or(&word);
    Some(match word {
        "authentication"
        | "unauthenticated"
        | "unauthorized"
        | "invalidauthentication"
        | "invalidapikey"
        | "incorrectapikey"
        | "missingapikey"
        | "apikeyinvalid"
        | "invalidtoken"
        | "expiredtoken"
        | "unrecognizedclient" => ErrorKind::Authentication,

        "permission"
        | "permissiondenied"
        | "insufficientpermissions"
        | "forbidden"
        | "accessdenied"
        | "billing"
        | "billingnotactive"
        | "billinghardlimitreached"
        | "accountdeactivated"
        | "accessterminated"
        | "paymentrequired"
        | "unsupportedcountryregionterritory" => ErrorKind::Permission,

        "notfound" | "modelnotfound" | "resourcenotfound" | "deploymentnotfound" => {
            ErrorKind::NotFound
        }

        "ratelimit"
        | "ratelimited"
        | "ratelimitreached"
        | "ratelimitexceeded"
        | "toomanyrequests"
        | "throttling"
        | "throttled"
        | "resourceexhausted"
        | "insufficientquota"
        | "quotaexceeded"
        | "servicequotaexceeded"
        | "exceededcurrentquota" => ErrorKind::RateLimit,

        // Its own time limits, of which a caller of ours has set none.
        "timeout" | "requesttimeout" | "gatewaytimeout" | "modeltimeout" | "deadlineexceeded"
        | "vectorstoretimeout" => ErrorKind::Unavailable,

        "overloaded" | "engineoverloaded" | "serveroverloaded" | "slowdown" | "server"
        | "servererror" | "internal" | "internalserver" | "api" | "serviceunavailable"
        | "unavailable" | "badgateway" | "modelstream" | "modelnotready" | "modelerror" => {
            ErrorKind::Unavailable
        }

        "contextlengthexceeded"
        | "contextwindowexceeded"
        | "exceedcontextsize"
        | "modelcontextwindowexceeded"
        | "toomanytokens" => ErrorKind::ContextLength,

        "contentfilter"
        | "contentfiltered"
        | "contentpolicyviolation"
        | "responsibleaipolicyviolation"
        | "moderationblocked"
        | "datainspectionfailed" => ErrorKind::ContentFilter,

        "invalidrequest"
        | "badrequest"
        | "invalidargument"
        | "invalidparameter"
        | "invalidvalue"
        | "invalidmodel"
        | "validation"
        | "requesttoolarge"
        | "failedprecondition"
        | "outofrange"
        | "toolusefailed"
        | "jsonvalidatefailed"
        | "unsupportedvalue"
        | "unsupportedparameter"
        | "missingrequiredparameter"
        | "unprocessableentity" => ErrorKind::InvalidRequest,

        _ => return None,
    })
}

/// Whether a message says that the input is too long. Services that give this case no code of its
/// own leave nothing else to go by.
pub(super) fn is_too_long(message: &str) -> bool {
    const PHRASES: [&str; 10] = [
        "prompt is too long",
        "input is too long",
        "too many tokens",
        "too many input tokens",
        "maximum context length",
        "context window",
        "context length",
        "context size",
        "input token count",
        "reduce the length of the messages",
    ];
    let message = message.to_lowercase();
    PHRASES.iter().any(|phrase| message.contains(phrase))
}

/// The more telling of several names: most services call most things an invalid request.
pub(super) fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<ErrorKind> {
    let kinds: Vec<_> = names.into_iter().filter_map(of_name).collect();
    let telling = kinds.iter().find(|kind| **kind != ErrorKind::InvalidRequest);
    telling.or(kinds.first()).copied()
}
