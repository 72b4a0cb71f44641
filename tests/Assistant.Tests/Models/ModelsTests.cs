using Slipway.Assistant.Tests.Hosting;

namespace Slipway.Assistant.Tests.Models;

public sealed class ModelsTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task The_list_has_the_assistant_first_then_models_and_aliases()
    {
        var reply = await SendAsync(HttpMethod.Get, "/v1/models");

        Assert.Equal("list", reply.Json["object"]!.GetValue<string>());
        Assert.Equal(["assistant", "first", "second", "extractive", "vendor/slashed", "embedder", "chat"], reply.Json["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()));
        Assert.Equal("""{"id":"first","object":"model","created":1700000000,"owned_by":"sim"}""", reply.Json["data"]![1]!.ToJsonString());
    }

    [Theory]
    [InlineData("assistant", "assistant")]
    [InlineData("chat", "chat")]
    [InlineData("vendor/slashed", "vendor/slashed")]
    [InlineData("vendor%2Fslashed", "vendor/slashed")]
    public async Task A_model_is_found_by_its_name(string path, string name)
    {
        Assert.Equal(name, (await SendAsync(HttpMethod.Get, "/v1/models/" + path)).Json["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_model_that_does_not_exist_is_a_404() => (await SendAsync(HttpMethod.Get, "/v1/models/nobody")).MustBeError(404, "model_not_found", "model");
}
