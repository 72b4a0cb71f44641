using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Slipway.Assets.Slo;
using Slipway.Testing;

namespace Slipway.Assets.Tests;

public sealed class SloFileTests : IDisposable
{
    private const string Generous = """
        {
          // Comments are allowed.
          "routes": {
            "default": {
              "endToEndMs": 130000, "withoutModelMs": 70000, "streamMs": 120000,
              "stages": { "gateway": 1000, "flags": 1000, "cache": 20000, "retrieval": 20000, "prompt": 20000, "model": 60000, "post": 5000, "record": 1000 },
            },
          },
        }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_file_of_the_repository_is_right_and_keeps_the_designs_budgets()
    {
        var budget = SloFile.Read(Path.Combine(Repository.Root, "ai", "slo.json")).For(SloFile.DefaultRoute);

        Assert.True(budget.EndToEnd <= TimeSpan.FromSeconds(2.5));
        Assert.True(budget.WithoutModel <= TimeSpan.FromMilliseconds(800));
        Assert.True(budget.StageBudgets.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage) <= budget.EndToEnd);
    }

    [Fact]
    public void A_route_without_an_entry_has_the_default()
    {
        var table = Read(json => json["routes"]!["answers"] = JsonNode.Parse(json["routes"]!["default"]!.ToJsonString().Replace("130000", "140000", StringComparison.Ordinal)));

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
        Assert.Null(Read(_ => { }).For("default").CostPer1000);
        Assert.Equal(2.5, Read(json => json["routes"]!["default"]!["costPer1000Usd"] = 2.5).For("default").CostPer1000);
        Assert.Contains("routes.default.costPer1000Usd is 0; it must be more than 0", Refused(json => json["routes"]!["default"]!["costPer1000Usd"] = 0), StringComparison.Ordinal);
        Assert.Contains("routes.default.costPer1000Usd is \"2\"", Refused(json => json["routes"]!["default"]!["costPer1000Usd"] = "2"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_rate_and_the_alerts_evidence_are_optional_and_checked()
    {
        var settings = Read(json =>
        {
            json["routes"]!["default"]!["failureRate"] = 0.01;
            json["alerts"] = new JsonObject { ["leastRequests"] = 7 };
        });
        Assert.Equal((0.01, 7), (settings.For("answers").FailureRate, settings.LeastRequests));
        Assert.Equal((null, 100), (Read(_ => { }).For("answers").FailureRate, Read(_ => { }).LeastRequests));
        var message = Refused(json =>
        {
            json["routes"]!["default"]!["failureRate"] = 0.6;
            json["alerts"] = new JsonObject { ["leastRequests"] = 0, ["loud"] = true };
        });
        Assert.Contains("routes.default.failureRate is 0.6; it must be more than 0 and at most 0.5.", message, StringComparison.Ordinal);
        Assert.Contains("alerts.leastRequests is 0; it must be 1 to 1000000.", message, StringComparison.Ordinal);
        Assert.Contains("alerts.loud is no field", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_field_is_told_and_not_passed_over()
    {
        var message = Refused(json =>
        {
            json["routes"]!["default"]!["costPer1000USD"] = 1;
            json["alert"] = new JsonObject();
        });
        Assert.Contains("routes.default.costPer1000USD is no field", message, StringComparison.Ordinal);
        Assert.Contains("alert is no field", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uploads_and_models_called_by_name_are_held_to_times_of_their_own_alone()
    {
        var settings = Read(json => json["routes"]!["documents"] = json["routes"]!["default"]!.DeepClone());
        Assert.True(settings.HasTimeObjectives("answers"));
        Assert.True(settings.HasTimeObjectives("documents"));
        Assert.False(settings.HasTimeObjectives("chat.completions.passthrough"));
    }

    [Fact]
    public void A_changed_file_counts_within_a_second_and_a_broken_one_leaves_the_budgets_as_they_were()
    {
        var time = new FakeTimeProvider();
        var refused = new List<string>();
        var changes = 0;
        Read(_ => { });
        using var file = SloFile.Watch(_folder.File("slo.json"), time, _ => changes++, errors => refused.AddRange(errors));
        Read(json => json["routes"]!["default"]!["endToEndMs"] = 131_000);
        time.Advance(WatchedFile.Interval);
        Assert.Equal((1, 131.0), (changes, file.Current.For("answers").EndToEnd.TotalSeconds));

        Refused(json =>
        {
            json["routes"]!["default"]!["endToEndMs"] = 1;
            json["routes"]!["default"]!["streamMs"] = 1;
        });
        time.Advance(WatchedFile.Interval);
        time.Advance(WatchedFile.Interval);
        Assert.Equal((1, 131.0), (changes, file.Current.For("answers").EndToEnd.TotalSeconds));
        Assert.Contains(refused, error => error.StartsWith("routes.default.endToEndMs is 1", StringComparison.Ordinal));
        Assert.Contains(refused, error => error.StartsWith("routes.default.streamMs is 1", StringComparison.Ordinal));
        Assert.Equal(refused.Count, refused.Distinct().Count());

        File.Delete(_folder.File("slo.json"));
        time.Advance(WatchedFile.Interval);
        Assert.Equal(131, file.Current.For("answers").EndToEnd.TotalSeconds);
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

        Assert.Contains(reason, Assert.Throws<AssetFileException>(() => SloFile.Read(_folder.File("slo.json"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_is_named()
    {
        Assert.Contains("nowhere.json", Assert.Throws<AssetFileException>(() => SloFile.Read(_folder.File("nowhere.json"))).Message, StringComparison.Ordinal);
    }

    private SloSettings Read(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(Generous, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        change(json);
        File.WriteAllText(_folder.File("slo.json"), json.ToJsonString());
        return SloFile.Read(_folder.File("slo.json"));
    }

    private string Refused(Action<JsonNode> change) => Assert.Throws<AssetFileException>(() => Read(change)).Message;
}
