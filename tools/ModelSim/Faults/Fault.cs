using System.Globalization;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Faults;

/// <summary>One fault that a request asks for: <c>NAME[=VALUE][*N][%P]</c>.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Value">Its value; null where none is given and the fault chooses by itself.</param>
/// <param name="First">Only the first attempts of a model and key meet the fault; null: all.</param>
/// <param name="Percent">The share of the attempts that meets the fault, 1 to 100.</param>
internal readonly record struct Fault(FaultKind Kind, int? Value, int? First, int Percent)
{
    private static readonly Dictionary<string, Form> Forms = new(StringComparer.Ordinal)
    {
        ["rate-limit"] = new(FaultKind.RateLimit),
        ["rate-limit-seconds"] = new(FaultKind.RateLimitSeconds, 1, 0, 3600),
        ["rate-limit-date"] = new(FaultKind.RateLimitDate, 1, 0, 3600),
        ["rate-limit-ms"] = new(FaultKind.RateLimitMs, 100, 0, 3_600_000),
        ["quota"] = new(FaultKind.Quota),
        ["status"] = new(FaultKind.Status, 500, 400, 599),
        ["refusal"] = new(FaultKind.Refusal),
        ["context-length"] = new(FaultKind.ContextLength),
        ["reset"] = new(FaultKind.Reset),
        ["silence"] = new(FaultKind.Silence),
        ["slow-first"] = new(FaultKind.SlowFirst, 5000, 1, 600_000),
        ["html"] = new(FaultKind.Html, 502, 200, 599),
        ["empty"] = new(FaultKind.Empty),
        ["cut"] = new(FaultKind.Cut, null, 0, 100_000),
        ["stall"] = new(FaultKind.Stall, null, 0, 100_000),
        ["malformed"] = new(FaultKind.Malformed, null, 0, 100_000),
        ["error-event"] = new(FaultKind.ErrorEvent, null, 0, 100_000),
        ["no-finish"] = new(FaultKind.NoFinish),
        ["no-done"] = new(FaultKind.NoDone),
        ["stay-open"] = new(FaultKind.StayOpen),
        ["no-usage"] = new(FaultKind.NoUsage),
        ["content-filter"] = new(FaultKind.ContentFilter),
        ["wrong-json"] = new(FaultKind.WrongJson),
        ["broken-json"] = new(FaultKind.BrokenJson),
        ["drift"] = new(FaultKind.Drift, 0, 0, 1_000_000),
    };

    /// <summary>Reads faults that are joined by <c>+</c>.</summary>
    /// <param name="text">The faults.</param>
    /// <param name="param">Where they came from: <c>model</c>, or the header's name.</param>
    /// <exception cref="ApiException">A fault is not known, or its value is out of range.</exception>
    public static Fault[] Parse(string text, string param) => [.. text.Split('+').Select(part => Read(part.Trim(), param))];

    /// <summary>The fault's name.</summary>
    public static string Name(FaultKind kind) => Forms.First(form => form.Value.Kind == kind).Key;

    private static Fault Read(string text, string param)
    {
        var (rest, percent) = Split(text, '%', 1, 100);
        (rest, var first) = Split(rest, '*', 1, 1_000_000);
        (rest, var value) = Split(rest, '=', 0, int.MaxValue);
        if (!Forms.TryGetValue(rest, out var form)) throw Invalid($"'{rest}' is not a fault; known: {string.Join(", ", Forms.Keys)}.");
        if (value is { } given && (form.Max == 0 || given < form.Min || given > form.Max)) throw Invalid(form.Max == 0 ? $"'{rest}' takes no value." : $"'{rest}' takes {form.Min} to {form.Max}.");
        return new Fault(form.Kind, value ?? form.Default, first, percent ?? 100);

        (string Before, int? Number) Split(string from, char mark, int min, int max)
        {
            var at = from.IndexOf(mark, StringComparison.Ordinal);
            if (at < 0) return (from, null);
            if (int.TryParse(from.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max) return (from[..at], number);
            throw Invalid($"After '{mark}' in '{text}' a number from {min} to {max} is wanted.");
        }

        ApiException Invalid(string message) => new(ApiError.Invalid(param, message, "unknown_fault"));
    }

    private readonly record struct Form(FaultKind Kind, int? Default = null, int Min = 0, int Max = 0);
}
