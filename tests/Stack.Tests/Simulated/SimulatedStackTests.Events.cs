using System.Text.Json;

namespace Slipway.Stack.Tests.Simulated;

/// <summary>Events as they happen.</summary>
public sealed partial class SimulatedStackTests
{
    [Fact]
    public async Task An_edit_of_the_budgets_that_is_refused_comes_over_the_open_stream_of_events_and_stands_in_top()
    {
        var stack = await StackAsync();
        using var client = stack.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/events?subject=slo.json") { Headers = { { "Accept", "text/event-stream" } } };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal((200, "text/event-stream"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal(": connected", await LineAsync());

        var before = await File.ReadAllTextAsync(fixture.Budgets, Token);
        string? id;
        JsonElement told;
        await File.WriteAllTextAsync(fixture.Budgets, """{"routes":{"default":{"endToEndMs":-1}}}""", Token);
        try
        {
            (id, var kind, told) = await FrameAsync();
            Assert.Equal("slo_file_refused", kind);
        }
        finally
        {
            await File.WriteAllTextAsync(fixture.Budgets, before, CancellationToken.None);
        }

        Assert.Equal((id, "slo_file_refused", "warning"), (told.GetProperty("id").GetString(), told.GetProperty("kind").GetString(), told.GetProperty("severity").GetString()));
        Assert.Contains("endToEndMs", told.GetProperty("message").GetString(), StringComparison.Ordinal);
        var top = await SlipwayAsync(stack, "top", "--json");
        Assert.True(top.Status == 0, top.Text);
        Assert.Contains(top.Json.GetProperty("events").EnumerateArray(), shown => shown.GetProperty("id").GetString() == id);

        async Task<string> LineAsync() => await lines.ReadLineAsync(Token).AsTask().WaitAsync(Limit, Token) ?? throw new EndOfStreamException("The stream of events has ended.");

        async Task<(string Id, string Kind, JsonElement Told)> FrameAsync()
        {
            string id = "", kind = "";
            while (true)
            {
                var line = await LineAsync();
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) return (id, kind, JsonDocument.Parse(line[6..]).RootElement);
            }
        }
    }
}
