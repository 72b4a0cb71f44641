namespace Slipway.ModelBroker.Models;

/// <summary>What kind of failure a call met. It decides what happens next; the text of an error decides nothing.</summary>
internal enum FailureKind
{
    /// <summary>The request is wrong, or names no model: nobody else can answer it either.</summary>
    Invalid,

    /// <summary>The prompt is longer than the model takes: only a model with a larger window can answer.</summary>
    ContextLength,

    /// <summary>The provider's content filter refused. Passed on as it is, and never taken to another model.</summary>
    ContentFilter,

    /// <summary>The provider limits our rate, perhaps naming a wait.</summary>
    RateLimited,

    /// <summary>The provider's quota is used up: waiting does not help.</summary>
    Quota,

    /// <summary>The provider refuses our credentials (401, 402, 403): waiting does not help.</summary>
    Auth,

    /// <summary>The provider does not know the model.</summary>
    UnknownModel,

    /// <summary>No connection, a reset, a 5xx, an answer that cannot be read: may pass at once.</summary>
    Transient,

    /// <summary>Silence until the limit.</summary>
    Timeout,

    /// <summary>The answer broke off after its beginning.</summary>
    Cut,

    /// <summary>One of our own limits is reached: the provider was not called.</summary>
    Limited,

    /// <summary>The provider asked for a wait that is not over: it was not called.</summary>
    CoolingDown,

    /// <summary>The model's breaker is open: the provider was not called.</summary>
    BreakerOpen,
}

/// <summary>What follows from a kind.</summary>
internal static class FailureKinds
{
    /// <summary>Whether another model may answer instead.</summary>
    public static bool MayFallBack(this FailureKind kind) => kind is not (FailureKind.Invalid or FailureKind.ContentFilter);

    /// <summary>Whether the provider was called and its health is in doubt. A limit is none of that, nor is a request that it refused with reason.</summary>
    public static bool IsIllness(this FailureKind kind) =>
        kind is FailureKind.Transient or FailureKind.Timeout or FailureKind.Cut or FailureKind.Auth or FailureKind.Quota or FailureKind.UnknownModel;

    /// <summary>The kind in metrics.</summary>
    public static string Name(this FailureKind kind) => kind switch
    {
        FailureKind.Invalid => "invalid",
        FailureKind.ContextLength => "context_length",
        FailureKind.ContentFilter => "content_filter",
        FailureKind.RateLimited => "rate_limited",
        FailureKind.Quota => "quota",
        FailureKind.Auth => "auth",
        FailureKind.UnknownModel => "unknown_model",
        FailureKind.Transient => "transient",
        FailureKind.Timeout => "timeout",
        FailureKind.Cut => "cut",
        FailureKind.Limited => "limited",
        FailureKind.CoolingDown => "cooling_down",
        _ => "breaker_open",
    };
}
