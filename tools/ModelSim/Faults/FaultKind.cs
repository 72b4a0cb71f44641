namespace Slipway.ModelSim.Faults;

/// <summary>What the simulator can do wrong. The comments name the fault as a model's name has it, and what its value means.</summary>
internal enum FaultKind
{
    /// <summary><c>rate-limit</c>: 429 without a header that says when to come back.</summary>
    RateLimit,

    /// <summary><c>rate-limit-seconds=S</c>: 429 with <c>Retry-After: S</c>.</summary>
    RateLimitSeconds,

    /// <summary><c>rate-limit-date=S</c>: 429 with a <c>Retry-After</c> that is the date in S seconds.</summary>
    RateLimitDate,

    /// <summary><c>rate-limit-ms=MS</c>: 429 with <c>retry-after-ms: MS</c>.</summary>
    RateLimitMs,

    /// <summary><c>quota</c>: 429 with the code <c>insufficient_quota</c>.</summary>
    Quota,

    /// <summary><c>status=N</c>: this status, with an error of its class.</summary>
    Status,

    /// <summary><c>refusal</c>: 400 with the code <c>content_policy_violation</c>.</summary>
    Refusal,

    /// <summary><c>context-length</c>: 400 with the code <c>context_length_exceeded</c>.</summary>
    ContextLength,

    /// <summary><c>reset</c>: the connection is reset before a header is sent.</summary>
    Reset,

    /// <summary><c>silence</c>: nothing is sent until the client leaves.</summary>
    Silence,

    /// <summary><c>slow-first=MS</c>: the first token waits this much longer.</summary>
    SlowFirst,

    /// <summary><c>html=STATUS</c>: a page for people, with this status.</summary>
    Html,

    /// <summary><c>empty</c>: 200 with nothing in it.</summary>
    Empty,

    /// <summary><c>cut=N</c>: the connection is reset after N pieces of the answer.</summary>
    Cut,

    /// <summary><c>stall=N</c>: after N pieces nothing more comes until the client leaves.</summary>
    Stall,

    /// <summary><c>malformed=N</c>: after N pieces comes a chunk that is not JSON, then the rest. An answer that is not streamed is no JSON.</summary>
    Malformed,

    /// <summary><c>error-event=N</c>: after N pieces an error comes in the stream and ends it. An answer that is not streamed is 200 with an error in it.</summary>
    ErrorEvent,

    /// <summary><c>no-finish</c>: the answer ends without finish reason and usage.</summary>
    NoFinish,

    /// <summary><c>no-done</c>: the stream ends without the mark of its end.</summary>
    NoDone,

    /// <summary><c>stay-open</c>: after the last event the connection stays open until the client leaves.</summary>
    StayOpen,

    /// <summary><c>no-usage</c>: the tokens are not reported.</summary>
    NoUsage,

    /// <summary><c>content-filter</c>: the answer stops in the middle with the finish reason <c>content_filter</c>.</summary>
    ContentFilter,

    /// <summary><c>wrong-json</c>: where JSON of a schema is asked for, JSON of another shape is sent.</summary>
    WrongJson,

    /// <summary><c>broken-json</c>: where JSON is asked for, text that is none is sent.</summary>
    BrokenJson,

    /// <summary><c>drift=N</c>: after N attempts another fingerprint and another version of the model answer.</summary>
    Drift,
}
