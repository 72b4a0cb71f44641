using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.ProviderContract;

namespace Slipway.Cli.Contract;

/// <summary>Tells what the checks found: as lines for people, as JSON for machines.</summary>
internal static class ContractReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static string Line(ContractResult result)
    {
        var mark = result.Outcome switch
        {
            ContractOutcome.Passed => "pass",
            ContractOutcome.Failed => "FAIL",
            _ => "skip",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{mark}  {result.Name,-22} {result.Elapsed.TotalMilliseconds,8:0} ms  {(result.Outcome == ContractOutcome.Failed ? result.Says + " " : "")}{result.Detail}").TrimEnd();
    }

    public static string Summary(IReadOnlyList<ContractResult> results) => string.Create(CultureInfo.InvariantCulture,
        $"{Count(results, ContractOutcome.Passed)} passed, {Count(results, ContractOutcome.Failed)} failed, {Count(results, ContractOutcome.Skipped)} skipped");

    public static string Json(string model, IReadOnlyList<ContractResult> results) => JsonSerializer.Serialize(new
    {
        model,
        passed = Count(results, ContractOutcome.Passed),
        failed = Count(results, ContractOutcome.Failed),
        skipped = Count(results, ContractOutcome.Skipped),
        checks = results.Select(result => new { result.Name, result.Says, result.Outcome, result.Detail, milliseconds = Math.Round(result.Elapsed.TotalMilliseconds, 1) }),
    }, Options);

    private static int Count(IReadOnlyList<ContractResult> results, ContractOutcome outcome) => results.Count(result => result.Outcome == outcome);
}
