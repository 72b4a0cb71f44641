using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Http;

public sealed class AccessTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    public static TheoryData<string, string, string?> Surface => new()
    {
        { "POST", "/v1/chat/completions", Chat() },
        { "POST", "/v1/answers", """{"question":"a"}""" },
        { "POST", "/v1/embeddings", """{"model":"assistant","input":"a"}""" },
        { "POST", "/v1/documents", """{"id":"a","text":"b"}""" },
        { "DELETE", "/v1/documents/a", null },
        { "POST", "/v1/feedback", """{"request_id":"a","rating":"good"}""" },
        { "GET", "/v1/models", null },
        { "GET", "/v1/models/assistant", null },
    };

    [Theory]
    [MemberData(nameof(Surface))]
    public async Task Nobody_gets_in_without_the_internal_key(string method, string path, string? body)
    {
        using var stranger = new HttpClient { BaseAddress = Host.Address };
        foreach (var key in (string?[])[null, "", "wrong-internal-key-0123456789", Testing.WellKnown.InternalKey.ToUpperInvariant()])
        {
            using var request = Request(new HttpMethod(method), path, body is null ? null : new StringContent(body, null, "application/json"));
            if (key is not null) request.Headers.TryAddWithoutValidation(SlipwayHeaders.InternalKey, key);
            using var response = await stranger.SendAsync(request, Cancellation);

            var reply = await Reply.ReadAsync(response);
            Assert.Equal(401, reply.Status);
            reply.MustNotLeak();
        }

        Assert.Empty(Peers.Retrieval.Searches.All);
        Assert.Empty(Peers.Retrieval.Upserts.All);
        Assert.Empty(Peers.Retrieval.Deletes.All);
    }

    [Theory]
    [MemberData(nameof(Surface))]
    public async Task Nobody_is_served_without_a_tenant(string method, string path, string? body)
    {
        var content = body is null ? null : new StringContent(body, null, "application/json");

        (await SendAsync(new HttpMethod(method), path, content, (SlipwayHeaders.Tenant, ""))).MustBeError(401, "tenant_missing");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Health_is_open_and_says_one_word(string path)
    {
        using var stranger = new HttpClient { BaseAddress = Host.Address };

        Assert.Equal("Healthy", await stranger.GetStringAsync(path, Cancellation));
    }

    [Fact]
    public async Task A_request_without_an_id_is_given_one()
    {
        var reply = await ChatAsync(Question, (SlipwayHeaders.RequestId, ""));

        Assert.Equal(32, reply.Header("x-slipway-request-id").Length);
        Assert.Equal("chatcmpl-" + reply.Header("x-slipway-request-id"), reply.Json["id"]!.GetValue<string>());
    }
}
