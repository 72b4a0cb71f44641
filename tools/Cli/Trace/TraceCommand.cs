using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Cli.Edge;

namespace Slipway.Cli.Trace;

/// <summary><c>slipway trace</c>.</summary>
internal static class TraceCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Build()
    {
        var id = new Argument<string>("request-id") { Description = "The header x-slipway-request-id of an answer." };
        var (edge, key) = (EdgeOptions.Edge(), EdgeOptions.Key("with the scope admin"));
        var tenant = new Option<string?>("--tenant") { Description = "Whose request, where tenants chose the same id." };
        var json = new Option<bool>("--json") { Description = "Write it to standard output as JSON." };
        var command = new Command("trace", "Shows where the time of one request went, stage by stage, against its budgets. Exit codes: 0 shown, 2 it is not kept or could not be asked for.") { id, edge, key, tenant, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                using var client = new EdgeClient(parsed.GetRequiredValue(edge), EdgeOptions.KeyOf(parsed, key), TimeSpan.FromSeconds(10));
                var whose = parsed.GetValue(tenant) is { Length: > 0 } given ? "?tenant=" + Uri.EscapeDataString(given) : "";
                var record = await client.GetAsync($"/admin/requests/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}{whose}", "the request", cancellationToken);
                var slo = AdminJson.Read<Edge.Slo>(await client.GetAsync("/admin/slo", "the objectives", cancellationToken), "the objectives");
                var waterfall = new Waterfall(AdminJson.Read<RequestDetails>(record, "the request"), slo);
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json)) await output.WriteLineAsync(ToJson(record, waterfall).ToJsonString(Indented));
                else Screen.Of(output).Write(waterfall.Draw());
                return ExitCodes.Passed;
            }
            catch (UnableException exception)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
                return ExitCodes.Unable;
            }
        });
        return command;
    }

    private static JsonObject ToJson(JsonElement record, Waterfall waterfall) => new()
    {
        ["request"] = JsonNode.Parse(record.GetRawText()),
        ["stages"] = JsonSerializer.SerializeToNode(waterfall.Steps, Indented),
        ["without_model"] = JsonSerializer.SerializeToNode(waterfall.WithoutModel, Indented),
        ["end_to_end"] = JsonSerializer.SerializeToNode(waterfall.EndToEnd, Indented),
        ["over_budget"] = new JsonArray([.. waterfall.Over.Select(step => (JsonNode)step.Stage)]),
    };
}
