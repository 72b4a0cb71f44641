using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Slipway.Contracts;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Shared;
using Slipway.Testing;

namespace Slipway.ModelBroker.Tests.Support;

/// <summary>The broker's own Program, called over gRPC on a real socket.</summary>
internal sealed class BrokerHost : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Factory _factory;
    private readonly GrpcChannel _channel;

    public BrokerHost(params (string Key, string Value)[] settings)
        : this(null, settings)
    {
    }

    public BrokerHost(TimeProvider? time, params (string Key, string Value)[] settings)
    {
        _factory = new Factory(builder =>
        {
            builder.UseEnvironment("Production");
            builder.UseSetting("Slipway:InternalKey", WellKnown.InternalKey);
            builder.UseSetting("Slipway:AssetsPath", Path.Combine(Repository.Root, "ai"));
            builder.UseSetting("Slipway:DataPath", _folder.File("broker"));
            builder.UseSetting("OPENAI_API_KEY", "");
            builder.UseSetting("Slipway:ModelBroker:RedisTimeout", "00:00:30");
            builder.UseSetting("urls", "http://127.0.0.1:0");
            builder.UseSetting("GRPC_PORT", "0");
            foreach (var (key, value) in settings) builder.UseSetting(key, value);
            builder.ConfigureLogging(logging => logging.ClearProviders());
            if (time is not null) builder.ConfigureServices(services => services.AddSingleton(time));
        });
        _factory.UseKestrel();
        _factory.StartServer();
        // HTTP/1.1 for health first, gRPC second.
        var address = _factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Last();
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = new KeyHandler(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }) });
        Client = new ModelBrokerService.ModelBrokerServiceClient(_channel);
    }

    /// <summary>A broker whose model <c>sim</c> (first of <c>answer</c>) is at this address.</summary>
    public static BrokerHost For(string baseUrl, string model = "sim", params (string Key, string Value)[] settings) => For(null, baseUrl, model, settings);

    public static BrokerHost For(TimeProvider? time, string baseUrl, string model = "sim", params (string Key, string Value)[] settings) =>
        new(time, [("Slipway:Model:Name", model), ("Slipway:Model:BaseUrl", baseUrl), ("Slipway:Model:InputCostPerToken", "0.000002"), ("Slipway:Model:OutputCostPerToken", "0.000008"), .. settings]);

    /// <summary>A broker with these chat models, each at a provider of its own, and the extractive one; all of them are in <c>answer</c>, in this order; one called <c>larger</c> has twice the window.</summary>
    public static BrokerHost With(TimeProvider? time, TempFolder assets, params (string Name, ScriptedProvider Provider, string Fields)[] models)
    {
        var providers = string.Join(",", models.Select(model => $$""" "p-{{model.Name}}": { "type": "openai", "baseUrl": "{{model.Provider.BaseUrl}}" } """));
        var entries = string.Join(",", models.Select(model =>
            $$""" "{{model.Name}}": { "provider": "p-{{model.Name}}", "contextWindow": {{(model.Name == "larger" ? 16384 : 8192)}}, "maxOutputTokens": 1024, "inputCostPerToken": 2e-6, "outputCostPerToken": 8e-6{{model.Fields}} } """));
        var names = string.Join(",", models.Select(model => $"\"{model.Name}\""));
        File.WriteAllText(Path.Combine(assets.Path, "models.json"), $$"""
            {
              "providers": { "extractive": { "type": "extractive" }, {{providers}} },
              "models": { "extractive": { "provider": "extractive", "contextWindow": 8192, "maxOutputTokens": 1024 }, {{entries}} },
              "aliases": { "answer": [{{names}}], "small": ["extractive"] }
            }
            """);
        return new BrokerHost(time, ("Slipway:AssetsPath", assets.Path));
    }

    public ModelBrokerService.ModelBrokerServiceClient Client { get; }

    public ChatModels Models => _factory.Services.GetRequiredService<ChatModels>();

    public SharedStore Store => _factory.Services.GetRequiredService<SharedStore>();

    /// <summary>Completes when so many calls share one.</summary>
    public Task AskedAsync(int callers) => Task.WhenAny(Models.Flights.WhenReadersAsync(callers), Models.ChatCalls.WhenCallersAsync(callers));

    /// <summary>Counts the replicas now, not with the next heartbeat.</summary>
    public Task CountReplicasAsync() => Store.BeatAsync(_factory.Services.GetRequiredKeyedService<StackExchange.Redis.IConnectionMultiplexer>("redis"));

    public async Task<CompleteResponse> CompleteAsync(CompleteRequest request) => await Client.CompleteAsync(request, cancellationToken: TestContext.Current.CancellationToken);

    public Task<List<CompleteEvent>> StreamAsync(CompleteRequest request) => StreamAsync(request, deadline: null);

    /// <summary>The error that a call ends with.</summary>
    /// <param name="request">The request.</param>
    /// <param name="stream">Whether it is streamed.</param>
    /// <param name="within">The call's deadline.</param>
    public async Task<ServiceError> RefusalAsync(CompleteRequest request, bool stream = false, TimeSpan? within = null)
    {
        var deadline = within is { } time ? TimeProvider.System.GetUtcNow().UtcDateTime + time : (DateTime?)null;
        var exception = await Assert.ThrowsAsync<RpcException>(() =>
            stream ? StreamAsync(request, deadline) : (Task)Client.CompleteAsync(request, deadline: deadline, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync);
        var error = ServiceError.From(exception);
        Assert.True(error is not null, exception.Message);
        return error;
    }

    private async Task<List<CompleteEvent>> StreamAsync(CompleteRequest request, DateTime? deadline)
    {
        using var call = Client.CompleteStream(request, deadline: deadline, cancellationToken: TestContext.Current.CancellationToken);
        var events = new List<CompleteEvent>();
        await foreach (var item in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken)) events.Add(item);
        return events;
    }

    public static CompleteRequest Ask(string text = "How do I roll back?", string model = "sim") =>
        new() { Tenant = "dev", RequestId = "r1", Model = model, Messages = { new ChatMessage { Role = "user", Content = text } } };

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _factory.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class Factory(Action<IWebHostBuilder> configure) : WebApplicationFactory<ChatModels>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) => configure(builder);
    }

    private sealed class KeyHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add(SlipwayHeaders.InternalKey, WellKnown.InternalKey);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
