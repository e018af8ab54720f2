//! Determines the kind of an error from its status, code, type or message.

use runnable_core::ErrorKind;

/// Returns the kind of an error with this HTTP status.
pub(super) fn of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        // 402 means that the caller has no credit left.
        402 | 403 | 451 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimit,
        // The status 409 means that another request holds a lock, 425 means too early, and 499
        // means that the service cancelled the request.
        409 | 425 | 499 => ErrorKind::Unavailable,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidRequest,
    }
}

/// Returns the kind that a code or a type names, such as `rate_limit_error`, `RESOURCE_EXHAUSTED`
/// or `throttlingException`.
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
        | "unsupportedcountryregionterritory" => ErrorKind::PermissionDenied,

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

        // The service has exceeded its own time limit. The kind `Timeout` is only for limits that
        // the caller has set.
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
        | "contextlength"
        | "contextlimitexceeded"
        | "contextoverflow"
        | "maxcontextlengthexceeded"
        | "tokenlimitexceeded"
        | "inputtoolong"
        | "prompttoolong"
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

/// Returns whether a message means that the input is too long. Some services have no error code for
/// this case, so only the message shows it.
pub(super) fn is_too_long(message: &str) -> bool {
    const PHRASES: [&str; 29] = [
        // OpenAI, Azure, vLLM, DeepSeek, Mistral, OpenRouter, LM Studio.
        "context length",
        "context window",
        "maximum model length",
        "max_model_len",
        // Anthropic: `input length and max_tokens exceed context limit: 1 + 2 > 2`.
        "context limit",
        "prompt is too long",
        // Bedrock, Cohere, Ollama, Fireworks.
        "input is too long",
        "prompt too long",
        "too many tokens",
        "too many input tokens",
        "maximum number of input tokens",
        // Groq.
        "reduce the length of the messages",
        "reduce the length of the prompt",
        "reduce the length of the input",
        // Google.
        "input token count",
        "maximum number of tokens allowed",
        // xAI.
        "maximum prompt length",
        // Together and Hugging Face: "`inputs` tokens + `max_new_tokens` must be <= 8193".
        "tokens + `max_new_tokens` must be",
        "inputs tokens + max_new_tokens must be",
        // Moonshot.
        "model token limit",
        // DashScope, OpenRouter, GitHub, MiniMax, Z.ai, IBM.
        "range of input length should be",
        "maximum allowed input length",
        "maximum input length",
        "prompt token count",
        "exceeds max length",
        "exceed max length",
        "exceeds token limit",
        "input tokens exceed",
        // llama.cpp.
        "context size",
    ];
    let message = message.to_lowercase();
    PHRASES.iter().any(|phrase| message.contains(phrase))
}

/// Returns the kind that a message shows, for an error that has neither a code nor a type.
pub(super) fn of_message(message: &str) -> Option<ErrorKind> {
    const PHRASES: [(&str, ErrorKind); 22] = [
        ("rate limit", ErrorKind::RateLimit),
        ("ratelimit", ErrorKind::RateLimit),
        ("too many requests", ErrorKind::RateLimit),
        ("quota", ErrorKind::RateLimit),
        ("throttl", ErrorKind::RateLimit),
        ("unauthorized", ErrorKind::Authentication),
        ("not authenticated", ErrorKind::Authentication),
        ("authentication", ErrorKind::Authentication),
        ("api key", ErrorKind::Authentication),
        ("credentials", ErrorKind::Authentication),
        ("forbidden", ErrorKind::PermissionDenied),
        ("not authorized", ErrorKind::PermissionDenied),
        ("permission", ErrorKind::PermissionDenied),
        ("not found", ErrorKind::NotFound),
        ("does not exist", ErrorKind::NotFound),
        ("overloaded", ErrorKind::Unavailable),
        ("unavailable", ErrorKind::Unavailable),
        ("internal server error", ErrorKind::Unavailable),
        ("bad gateway", ErrorKind::Unavailable),
        ("timed out", ErrorKind::Unavailable),
        ("timeout", ErrorKind::Unavailable),
        ("try again later", ErrorKind::Unavailable),
    ];
    let message = message.to_lowercase();
    PHRASES.iter().find(|(phrase, _)| message.contains(phrase)).map(|(_, kind)| *kind)
}

/// Returns the most specific kind among several names, because most services call most errors an
/// invalid request.
pub(super) fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<ErrorKind> {
    let kinds: Vec<_> = names.into_iter().filter_map(of_name).collect();
    let specific = kinds.iter().find(|kind| **kind != ErrorKind::InvalidRequest);
    specific.or(kinds.first()).copied()
}
