namespace Slipway.Contracts;

/// <summary>Failures by whose fault they are, as far as a status tells: the names that KPIs and metrics use (docs/how-to/read-kpis.md).</summary>
public static class FailureClass
{
    /// <summary>All classes.</summary>
    public static readonly IReadOnlyList<string> All = ["client", "rate_limited", "canceled", "timeout", "unavailable", "server"];

    /// <summary>The class of an HTTP status; null below 400, which is no failure.</summary>
    public static string? Of(int status) => status switch
    {
        < 400 => null,
        429 => "rate_limited",
        499 => "canceled",
        < 500 => "client",
        503 => "unavailable",
        504 => "timeout",
        _ => "server",
    };
}
