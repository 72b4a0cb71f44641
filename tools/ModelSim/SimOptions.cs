using System.Globalization;

namespace Slipway.ModelSim;

/// <summary>How the simulator behaves (configuration section <c>Sim</c>, environment <c>Sim__NAME</c>).</summary>
/// <param name="FirstToken">The wait before the first token of an answer. <c>Sim:FirstTokenMs</c>, 0 to 600000, default 0.</param>
/// <param name="PerToken">The wait before each further token. <c>Sim:TokenMs</c>, 0 to 60000, default 0.</param>
/// <param name="Tokens">Words of an answer. <c>Sim:Tokens</c>, 1 to 100000, default 40.</param>
/// <param name="Seed">Chooses which attempts meet a fault that only a share of them meets. <c>Sim:Seed</c>, 0 to 1000000, default 0.</param>
/// <param name="ApiKey">The key that callers must send; null: any or none. <c>Sim:ApiKey</c>.</param>
internal sealed record SimOptions(TimeSpan FirstToken, TimeSpan PerToken, int Tokens, int Seed, string? ApiKey)
{
    /// <exception cref="InvalidOperationException">A value is out of range; the message lists all of them.</exception>
    public static SimOptions Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        var options = new SimOptions(
            TimeSpan.FromMilliseconds(Number("FirstTokenMs", 0, 0, 600_000)),
            TimeSpan.FromMilliseconds(Number("TokenMs", 0, 0, 60_000)),
            Number("Tokens", 40, 1, 100_000),
            Number("Seed", 0, 0, 1_000_000),
            configuration["Sim:ApiKey"] is { Length: > 0 } key ? key : null);
        return errors.Count == 0 ? options : throw new InvalidOperationException("The simulator is not configured: " + string.Join(" ", errors));

        int Number(string name, int fallback, int min, int max)
        {
            if (configuration["Sim:" + name] is not { Length: > 0 } text) return fallback;
            if (int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max) return value;
            errors.Add($"Sim:{name} is '{text}': a number from {min} to {max} is wanted.");
            return fallback;
        }
    }
}
