using System.Text.Json.Nodes;
using Slipway.Assistant.Budgets;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Budgets;

public sealed class SloFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_file_of_the_repository_is_right_and_keeps_the_designs_budgets()
    {
        var budget = SloFile.Read(Path.Combine(Repository.Root, "ai", "slo.json"))[SloFile.DefaultRoute];

        Assert.True(budget.EndToEnd <= TimeSpan.FromSeconds(2.5));
        Assert.True(budget.WithoutModel <= TimeSpan.FromMilliseconds(800));
        Assert.True(budget.StageBudgets.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage) <= budget.EndToEnd);
    }

    [Fact]
    public void A_route_without_an_entry_has_the_default()
    {
        var table = new BudgetTable(Read(json => json["routes"]!["answers"] = JsonNode.Parse(json["routes"]!["default"]!.ToJsonString().Replace("130000", "140000", StringComparison.Ordinal))));

        Assert.Equal(140, table.For("answers").EndToEnd.TotalSeconds);
        Assert.Equal(130, table.For("chat.completions").EndToEnd.TotalSeconds);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var message = Refused(json =>
        {
            var route = json["routes"]!["default"]!;
            route["endToEndMs"] = 5;
            route["streamMs"] = "long";
            route["stages"]!["cache"] = -1;
            route["stages"]!.AsObject().Remove("prompt");
            route["stages"]!["thinking"] = 10;
        });

        Assert.Contains("routes.default.endToEndMs is 5; it must be 100 to 600000 ms.", message, StringComparison.Ordinal);
        Assert.Contains("routes.default.streamMs is missing or is not a number.", message, StringComparison.Ordinal);
        Assert.Contains("routes.default.stages.cache is -1", message, StringComparison.Ordinal);
        Assert.Contains("routes.default.stages.prompt is missing", message, StringComparison.Ordinal);
        Assert.Contains("routes.default.stages.thinking is no stage", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stages_that_add_up_to_more_than_the_whole_are_refused()
    {
        Assert.Contains("more than withoutModelMs", Refused(json => json["routes"]!["default"]!["withoutModelMs"] = 50_000), StringComparison.Ordinal);
        Assert.Contains("more than endToEndMs", Refused(json => json["routes"]!["default"]!["endToEndMs"] = 100_000), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cost_budget_is_optional_and_checked()
    {
        Assert.Null(Read(_ => { })["default"].CostPer1000);
        Assert.Equal(2.5, Read(json => json["routes"]!["default"]!["costPer1000Usd"] = 2.5)["default"].CostPer1000);
        Assert.Contains("routes.default.costPer1000Usd is 0; it must be more than 0", Refused(json => json["routes"]!["default"]!["costPer1000Usd"] = 0), StringComparison.Ordinal);
        Assert.Contains("routes.default.costPer1000Usd is \"2\"", Refused(json => json["routes"]!["default"]!["costPer1000Usd"] = "2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "'routes' is missing")]
    [InlineData("[]", "'routes' is missing")]
    [InlineData("{\"routes\":[]}", "'routes' is missing or is not an object")]
    [InlineData("{\"routes\":{}}", "routes.default is missing")]
    [InlineData("{\"routes\":{\"default\":7}}", "routes.default.stages is missing")]
    [InlineData("{\"routes\":{\"default\":{\"stages\":7}}}", "routes.default.stages.gateway is missing")]
    [InlineData("{", "is not JSON")]
    public void A_file_of_another_shape_is_refused_with_its_reason(string text, string reason)
    {
        File.WriteAllText(_folder.File("slo.json"), text);

        Assert.Contains(reason, Assert.Throws<InvalidOperationException>(() => SloFile.Read(_folder.File("slo.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        Assert.Contains("nowhere.json", Assert.Throws<InvalidOperationException>(() => SloFile.Read(_folder.File("nowhere.json"))).Message, StringComparison.Ordinal);
    }

    private IReadOnlyDictionary<string, RouteBudget> Read(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(Hosting.SloJson.With())!;
        change(json);
        File.WriteAllText(_folder.File("slo.json"), json.ToJsonString());
        return SloFile.Read(_folder.File("slo.json"));
    }

    private string Refused(Action<JsonNode> change) => Assert.Throws<InvalidOperationException>(() => Read(change)).Message;
}
