using System.Globalization;

namespace Slipway.Assistant.Warming;

/// <summary>The settings of warming, section <c>Slipway:Assistant:Warming</c>.</summary>
internal sealed record WarmingOptions
{
    /// <summary>Whether caches are warmed. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Answers made in a second, at most. Default 2; 0.01 to 100.</summary>
    public double PerSecond { get; init; } = 2;

    /// <summary>How often a tenant is warmed although nothing changed. Default 5 minutes; 10 s to 1 day.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long release and documents must have stayed as they are before a tenant is warmed. Default 10 s; 0 to 1 hour.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many of the questions that callers ask most are answered, for each tenant. Default 50; 0 to 500.</summary>
    public int Frequent { get; init; } = 50;

    /// <exception cref="InvalidOperationException">A setting is out of its range; the message lists all that are.</exception>
    public WarmingOptions Validated()
    {
        List<string> errors = [];
        Check(PerSecond is >= 0.01 and <= 100, nameof(PerSecond), PerSecond, "0.01 to 100");
        Check(Every >= TimeSpan.FromSeconds(10) && Every <= TimeSpan.FromDays(1), nameof(Every), Every, "10 s to 1 day");
        Check(Settle >= TimeSpan.Zero && Settle <= TimeSpan.FromHours(1), nameof(Settle), Settle, "0 to 1 hour");
        Check(Frequent is >= 0 and <= 500, nameof(Frequent), Frequent, "0 to 500");
        return errors.Count == 0 ? this : throw new InvalidOperationException(string.Join("\n", errors));

        void Check(bool holds, string name, object value, string range)
        {
            if (!holds) errors.Add(string.Create(CultureInfo.InvariantCulture, $"Slipway:Assistant:Warming:{name} is {value}; it must be {range}."));
        }
    }
}
