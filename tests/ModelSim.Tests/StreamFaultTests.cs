using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Testing;

namespace Slipway.ModelSim.Tests;

/// <summary>What goes wrong in the middle of streams and at their end.</summary>
public sealed class StreamFaultTests : IAsyncDisposable
{
    private readonly SimHost _sim = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _sim.DisposeAsync();

    [Fact]
    public async Task A_cut_stream_shows_its_pieces_and_then_breaks()
    {
        // Often, since a reset that overtakes the pieces would show only now and then.
        for (var i = 0; i < 50; i++)
        {
            var (lines, broken) = await ReadAsync("sim-n20:cut=4");
            Assert.True(broken);
            Assert.Equal(5, lines.Count);
            Assert.Equal(["cut"], _sim.Log.Since(i).Select(entry => entry.Fault));
        }

        Assert.All(await _sim.Log.EndedAsync(Cancelled), entry => Assert.Equal("broken", entry.Outcome));
    }

    [Fact]
    public async Task A_stalled_stream_says_no_more_until_the_client_leaves()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var response = await SendAsync("sim-n20:stall=3", leaving.Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        for (var i = 0; i < 4; i++) await EventAsync(reader, Cancelled);
        var next = EventAsync(reader, leaving.Token);
        Assert.Equal("running", _sim.Log.Since(0).Single().Outcome);
        Assert.False(next.IsCompleted);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        response.Dispose();
        await _sim.Log.WaitForAsync(entries => entries is [{ Outcome: "cancelled" }], Cancelled);
    }

    [Fact]
    public async Task A_malformed_chunk_stands_among_whole_ones()
    {
        var (lines, broken) = await ReadAsync("sim-n6:malformed=2");
        Assert.False(broken);
        Assert.Equal([3], lines.Index().Where(line => line.Item != "[DONE]" && !IsJson(line.Item)).Select(line => line.Index));
        Assert.Equal("[DONE]", lines[^1]);
    }

    [Fact]
    public async Task An_error_in_the_stream_ends_it()
    {
        var (lines, broken) = await ReadAsync("sim-n6:error-event=2");
        Assert.False(broken);
        Assert.Equal("server_error", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(4, lines.Count);
    }

    [Theory]
    [InlineData("no-finish", false, false, true)]
    [InlineData("no-done", true, true, false)]
    [InlineData("no-usage", true, false, true)]
    [InlineData("no-finish+no-done", false, false, false)]
    public async Task Streams_can_lack_finish_reason_usage_and_done(string fault, bool finish, bool usage, bool done)
    {
        var (lines, broken) = await ReadAsync("sim-n6:" + fault);
        Assert.False(broken);
        Assert.Equal((finish, usage, done), (
            lines.Exists(line => line.Contains("\"finish_reason\":\"stop\"", StringComparison.Ordinal)), lines.Exists(line => line.Contains("\"usage\"", StringComparison.Ordinal)), lines[^1] == "[DONE]"));
    }

    [Fact]
    public async Task A_stream_can_stay_open_after_its_end()
    {
        var response = await SendAsync("sim-n2:no-done+stay-open", Cancelled);
        using (var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled)))
        {
            for (var i = 0; i < 5; i++) Assert.True(IsJson((await EventAsync(reader, Cancelled))!));
            Assert.Equal("running", _sim.Log.Since(0).Single().Outcome);
            response.Dispose();
        }

        await _sim.Log.WaitForAsync(entries => entries is [{ Outcome: "cancelled" }], Cancelled);
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<string?> EventAsync(StreamReader reader, CancellationToken cancelled)
    {
        while (await reader.ReadLineAsync(cancelled) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return line["data: ".Length..];
        return null;
    }

    private async Task<(List<string> Lines, bool Broken)> ReadAsync(string model)
    {
        var lines = new List<string>();
        using var response = await SendAsync(model, Cancelled);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        try
        {
            while (await EventAsync(reader, Cancelled) is { } line) lines.Add(line);
            return (lines, false);
        }
        catch (IOException)
        {
            return (lines, true);
        }
    }

    private Task<HttpResponseMessage> SendAsync(string model, CancellationToken cancelled)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model, messages = new[] { new { role = "user", content = "Hello" } }, stream = true, stream_options = new { include_usage = true } }),
        };
        return _sim.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancelled);
    }
}
