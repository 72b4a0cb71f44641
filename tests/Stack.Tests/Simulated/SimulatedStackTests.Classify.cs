using System.Net.Http.Json;

namespace Slipway.Stack.Tests.Simulated;

/// <summary>Classification through the edge.</summary>
public sealed partial class SimulatedStackTests
{
    [Fact]
    public async Task Texts_get_labels_and_exact_shares_of_tokens_and_cost()
    {
        using var client = (await StackAsync()).Client();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using var response = await client.PostAsJsonAsync("/v1/classify", new { input = (string[])[$"the refund of order {i}", $"the login of user {i}"], labels = (string[])["other", "refund", "login"] }, Token);
            return await Reply.ReadAsync(response, Token);
        }));

        foreach (var reply in replies)
        {
            Assert.True(reply.Status == 200, reply.Text);
            Assert.Equal(["refund", "login"], reply.Json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("label").GetString()));
            Assert.Equal("sim", reply.Json.GetProperty("model").GetString());
            var usage = reply.Json.GetProperty("usage");
            Assert.Equal(usage.GetProperty("total_tokens").GetInt32(), usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32());
        }

        Assert.Contains(replies, reply => reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 0);
    }
}
