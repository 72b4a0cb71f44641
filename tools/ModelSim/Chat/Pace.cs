using System.Globalization;

namespace Slipway.ModelSim.Chat;

/// <summary>How long the tokens of one call take: the headers <c>x-sim-first-token-ms</c> and <c>x-sim-token-ms</c>, else the model <c>sim-slow</c>, else the settings.</summary>
/// <param name="FirstToken">Before the first token.</param>
/// <param name="Token">Before each further token.</param>
internal readonly record struct Pace(TimeSpan FirstToken, TimeSpan Token)
{
    public const string SlowModel = "sim-slow";

    private static readonly Pace Slow = new(TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(40));

    public static Pace Of(HttpRequest request, string model, SimOptions options)
    {
        var pace = model == SlowModel ? Slow : new Pace(TimeSpan.FromMilliseconds(options.FirstTokenMs), TimeSpan.FromMilliseconds(options.TokenMs));
        return new Pace(Header(request, "x-sim-first-token-ms") ?? pace.FirstToken, Header(request, "x-sim-token-ms") ?? pace.Token);
    }

    private static TimeSpan? Header(HttpRequest request, string name) =>
        int.TryParse(request.Headers[name], CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and <= 600_000 ? TimeSpan.FromMilliseconds(milliseconds) : null;
}
