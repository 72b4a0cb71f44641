using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Configuration;

public sealed class RestartTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakePeers _peers = new();

    public async ValueTask InitializeAsync() => await _peers.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _peers.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_restart_while_control_and_broker_are_away_serves_with_what_was_last_known_and_sends_the_records_later()
    {
        await using (await AssistantHost.StartAsync(_peers, _folder))
        {
        }

        _peers.Reset();
        _peers.Control.Away = true;
        _peers.Broker.OnListModels = () => throw Failing.With(StatusCode.Unavailable);
        _peers.Broker.OnComplete = (_, _) => throw Failing.With(StatusCode.Unavailable);
        await using var host = await AssistantHost.StartAsync(_peers, _folder, ready: false);

        var reply = await AskAsync(host, "after-the-restart");

        Assert.Equal((200, "r1", "model=extractive"), (reply.Status, reply.Header("x-slipway-release"), reply.Header("x-slipway-degraded")));
        Assert.Equal(200, (int)(await host.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        await _peers.Control.Batches.FirstAsync(_ => true);
        Assert.Empty(_peers.Control.Records.All);
        _peers.Control.Away = false;
        Assert.Equal(200, (await _peers.Control.Records.FirstAsync(record => record.RequestId == "after-the-restart")).Request.Status);
    }

    [Fact]
    public async Task A_first_start_without_control_answers_503_until_control_has_spoken()
    {
        _peers.Control.Away = true;
        await using var host = await AssistantHost.StartAsync(_peers, _folder, ready: false);

        var reply = await AskAsync(host, "too-early");

        reply.MustBeError(503, "not_ready");
        Assert.Equal("1", reply.Header("Retry-After"));
        Assert.Equal(503, (int)(await host.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(200, (int)(await host.Http.GetAsync("/alive", TestContext.Current.CancellationToken)).StatusCode);
        _peers.Control.Away = false;
        await Eventually.TrueAsync(() => host.Services.GetRequiredService<Releases>().Known);
        Assert.Equal(200, (await AskAsync(host, "in-time")).Status);
    }

    [Fact]
    public async Task Peers_that_are_not_there_at_all_cost_what_they_do_and_no_more()
    {
        await using (await AssistantHost.StartAsync(_peers, _folder))
        {
        }

        var nobody = $"http://127.0.0.1:{PortOfNobody()}";
        await using var host = await AssistantHost.StartAsync(
            _peers, _folder, ready: false, elsewhere: [("cache", nobody), ("prompts", nobody), ("model-broker", nobody), ("control", nobody)]);
        host.Learn("t", "c1");

        var reply = await AskAsync(host, "alone");

        Assert.Equal((200, "cache=bypassed, prompt=bypassed, model=extractive"), (reply.Status, reply.Header("x-slipway-degraded")));
        Assert.Contains("[1]", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_all_is_a_clean_503()
    {
        await using (await AssistantHost.StartAsync(_peers, _folder))
        {
        }

        var nobody = $"http://127.0.0.1:{PortOfNobody()}";
        await using var host = await AssistantHost.StartAsync(
            _peers, _folder, ready: false, elsewhere: [("cache", nobody), ("prompts", nobody), ("model-broker", nobody), ("control", nobody), ("retrieval", nobody)]);

        (await AskAsync(host, "alone")).MustBeError(503, "retrieval_unavailable");
    }

    [Fact]
    public async Task What_was_last_known_is_for_this_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are Unix's.");
        await using (await AssistantHost.StartAsync(_peers, _folder))
        {
        }

        var files = Directory.GetFiles(_folder.File("data"));
        Assert.Equal(["models.lastknown", "releases.lastknown"], files.Select(Path.GetFileName).Order());
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in files) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task The_service_is_healthy_once_a_question_of_nobodys_went_down_the_path_and_it_leaves_no_record()
    {
        var search = new TaskCompletionSource<SearchResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _peers.Retrieval.OnSearch = (_, _) => search.Task;
        await using var host = await AssistantHost.StartAsync(_peers, _folder, warmUp: true);
        var call = await _peers.Retrieval.Searches.FirstAsync(_ => true);
        Assert.Equal("~warm-up", call.Request.Tenant);
        Assert.Equal(503, (int)(await host.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);

        search.SetResult(FakeRetrieval.Found());

        await _peers.Broker.Completes.FirstAsync(_ => true);
        while ((await host.Http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode != HttpStatusCode.OK) await Task.Yield();
        Assert.Equal(200, (await AskAsync(host, "first")).Status);
        await _peers.Control.Records.FirstAsync(record => record.RequestId == "first");
        Assert.DoesNotContain(_peers.Control.Records.Requests, record => record.RequestId != "first");
    }

    private static async Task<Reply> AskAsync(AssistantHost host, string requestId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent("""{"model":"assistant","messages":[{"role":"user","content":"How is a release rolled back?"}]}""", new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Add(SlipwayHeaders.Tenant, "t");
        request.Headers.Add(SlipwayHeaders.RequestId, requestId);
        using var response = await host.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }

    /// <summary>A port on which nobody listens: the system gave it out a moment ago, and gives others first.</summary>
    private static int PortOfNobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
