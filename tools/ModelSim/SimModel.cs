using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim;

/// <summary>
/// The behaviour that one request asks for, by its model's name: <c>sim</c>, or <c>sim-slow</c> (300 ms to the first token, 20 ms for each further one), then,
/// each optional and in this order, <c>-f200</c> (first token, ms), <c>-t5</c> (each further token, ms), <c>-n64</c> (words). The headers <c>x-sim-first-token-ms</c>,
/// <c>x-sim-token-ms</c> and <c>x-sim-tokens</c> say the same, and win. After a colon may follow what shall go wrong: <c>sim-n64:cut=10*2</c>.
/// </summary>
internal sealed partial record SimModel(string Name, TimeSpan FirstToken, TimeSpan PerToken, int Tokens)
{
    /// <summary>What <c>GET /v1/models</c> shows.</summary>
    public static readonly string[] Listed = ["sim", "sim-slow", "sim-embedding", "sim-rerank"];

    /// <summary>The longest prompt, tokens.</summary>
    public const int ContextWindow = 131_072;

    /// <exception cref="ApiException">There is no such model, or a header is no number.</exception>
    public static SimModel For(string name, HttpRequest request, SimOptions options)
    {
        if (Form().Match(Split(name).Name) is not { Success: true } form) throw NotFound(name);
        var slow = form.Groups["slow"].Success;
        return new SimModel(
            name,
            TimeSpan.FromMilliseconds(Header("x-sim-first-token-ms") ?? Part("first") ?? (slow ? 300 : options.FirstToken.TotalMilliseconds)),
            TimeSpan.FromMilliseconds(Header("x-sim-token-ms") ?? Part("token") ?? (slow ? 20 : options.PerToken.TotalMilliseconds)),
            Math.Clamp(Header("x-sim-tokens") ?? Part("words") ?? options.Tokens, 1, 100_000));

        int? Part(string group) => form.Groups[group] is { Success: true } found ? int.Parse(found.ValueSpan, CultureInfo.InvariantCulture) : null;

        int? Header(string header)
        {
            var text = request.Headers[header].ToString();
            if (text.Length == 0) return null;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw new ApiException(ApiError.Invalid(header, $"{header} is not a number."));
        }
    }

    /// <summary>Takes a model's name and its faults apart.</summary>
    public static (string Name, string Faults) Split(string name) => name.IndexOf(':', StringComparison.Ordinal) is >= 0 and var at ? (name[..at], name[(at + 1)..]) : (name, "");

    public static ApiException NotFound(string name) => new(new ApiError(404, "model_not_found", $"The model '{name}' does not exist.", "model"));

    [GeneratedRegex(@"^sim(?<slow>-slow)?(-f(?<first>\d{1,6}))?(-t(?<token>\d{1,5}))?(-n(?<words>\d{1,6}))?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
