using System.Globalization;
using Slipway.Assets.Slo;

namespace Slipway.Control.Slo;

/// <summary>Says why an alert stands, in words and figures.</summary>
internal static class AlertText
{
    internal static string Raised(AlertKey key, BurnRule rule, double target, Burn slow, Burn quick) => string.Create(
        CultureInfo.InvariantCulture,
        $"{key.Route}: {Measured(key.Objective, target, slow)} of the last {Window(rule.LongMinutes)} ({slow.Requests:N0} requests), {Allowed(key.Objective, target)}: {slow.Rate:0.#} times what the objective allows, and {quick.Rate:0.#} times in the last {Window(rule.ShortMinutes)}.");

    internal static string Recovered(AlertKey key, BurnRule rule, double target, Burn slow, Burn quick) => string.Create(
        CultureInfo.InvariantCulture,
        $"{key.Route}: {NameOf(key.Objective)} burns {quick.Rate:0.##} times what the objective allows in the last {Window(rule.ShortMinutes)} and {slow.Rate:0.##} times in the last {Window(rule.LongMinutes)}, less than {rule.Factor:0.#} times.");

    internal static string NameOf(string objective) => objective switch
    {
        Objective.EndToEnd => "the time end to end",
        Objective.WithoutModel => "the time without the model",
        Objective.Failures => "the failure rate",
        Objective.Cost => "the cost",
        AlertKey.CheapMode => "cheap mode",
        _ => $"the stage {objective}",
    };

    private static string Measured(string objective, double target, Burn burn) => objective switch
    {
        Objective.Failures => string.Create(CultureInfo.InvariantCulture, $"{burn.Measured:P2} failed"),
        Objective.Cost => string.Create(CultureInfo.InvariantCulture, $"1,000 requests cost {burn.Measured:0.####} USD"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{burn.Measured:P1} took more than {target:N0} ms for {NameOf(objective)}"),
    };

    private static string Allowed(string objective, double target) => objective switch
    {
        Objective.Failures => string.Create(CultureInfo.InvariantCulture, $"where {target:P2} may"),
        Objective.Cost => string.Create(CultureInfo.InvariantCulture, $"where {target:0.####} are allowed"),
        _ => string.Create(CultureInfo.InvariantCulture, $"where {SloSettings.MayMiss:P0} may"),
    };

    private static string Window(int minutes) => minutes switch
    {
        60 => "hour",
        >= 24 * 60 => $"{minutes / 60 / 24} days",
        > 60 => $"{minutes / 60} hours",
        _ => $"{minutes} minutes",
    };
}
