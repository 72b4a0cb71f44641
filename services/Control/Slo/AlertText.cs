using System.Globalization;
using Slipway.Assets.Slo;

namespace Slipway.Control.Slo;

/// <summary>Says why an alert stands, in words and figures.</summary>
internal static class AlertText
{
    internal static string Raised(AlertKey key, BurnRule rule, double target, Burn slow, Burn quick) => string.Create(
        CultureInfo.InvariantCulture,
        $"{key.Route}: in the last {Window(rule.LongMinutes)} {Measured(key.Objective, target, slow)}, {Allowed(key.Objective, target)}: {slow.Rate:0.#} times what the objective allows, and {quick.Rate:0.#} times in the last {Window(rule.ShortMinutes)}.");

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
        Objective.Failures => string.Create(CultureInfo.InvariantCulture, $"{burn.Measured * 100:0.00} % of {burn.Requests:N0} requests failed"),
        Objective.Cost => string.Create(CultureInfo.InvariantCulture, $"{burn.Requests:N0} requests cost {burn.Measured:0.####} USD per 1,000"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{burn.Measured * 100:0.0} % of {burn.Requests:N0} requests took more than {target:N0} ms {Where(objective)}"),
    };

    private static string Where(string objective) => objective switch
    {
        Objective.EndToEnd => "end to end",
        Objective.WithoutModel => "without the model",
        _ => $"in the stage {objective}",
    };

    private static string Allowed(string objective, double target) => objective switch
    {
        Objective.Failures => string.Create(CultureInfo.InvariantCulture, $"where {target * 100:0.##} % may"),
        Objective.Cost => string.Create(CultureInfo.InvariantCulture, $"where {target:0.####} USD are allowed"),
        _ => string.Create(CultureInfo.InvariantCulture, $"where {SloSettings.MayMiss * 100:0} % may"),
    };

    private static string Window(int minutes) => minutes switch
    {
        60 => "hour",
        >= 24 * 60 => $"{minutes / 60 / 24} days",
        > 60 => $"{minutes / 60} hours",
        _ => $"{minutes} minutes",
    };
}
