using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Testing.Telemetry;

/// <summary>Takes OTLP over HTTP and keeps the bytes.</summary>
public sealed class OtlpSink : IAsyncDisposable
{
    private readonly WebApplication _app;
    private TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpSink(WebApplication app) => _app = app;

    /// <summary>What came, by path.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Received { get; } = [];

    /// <summary>What an export waits for before it is read; nothing by default.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Starts it on a free port of the loopback.</summary>
    public static async Task<OtlpSink> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var sink = new OtlpSink(app);
        app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            await sink.Before();
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            sink.Received.Enqueue((request.Path, body.ToArray()));
            Interlocked.Exchange(ref sink._came, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            // An empty Export…ServiceResponse.
            return Results.Bytes([], "application/x-protobuf");
        });
        await app.StartAsync(cancellationToken);
        return sink;
    }

    /// <summary>Whether a text stands in what came at a path: protobuf keeps strings as they are.</summary>
    public bool Has(string path, string text) => Received.Any(export => export.Path == path && Has(export.Body, Encoding.UTF8.GetBytes(text)));

    /// <summary>Waits until a text stands in what came at a path.</summary>
    public Task UntilItHasAsync(string path, string text, CancellationToken cancellationToken) => UntilAsync(() => Has(path, text), cancellationToken);

    /// <summary>Waits until something holds of what came: looks again at each export.</summary>
    public async Task UntilAsync(Func<bool> holds, CancellationToken cancellationToken)
    {
        for (var came = Volatile.Read(ref _came); !holds(); came = Volatile.Read(ref _came)) await came.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Whether spans of a trace came from a service, which its <c>service.name</c> tells: names of services stand in spans of others too.</summary>
    public bool HasSpans(string service, ActivityTraceId trace)
    {
        var id = new byte[16];
        trace.CopyTo(id);
        // KeyValue { key = 1, value = 2 } with AnyValue { string_value = 1 } (opentelemetry/proto/common/v1/common.proto).
        byte[] name = [.. "service.name"u8, 0x12, (byte)(service.Length + 2), 0x0a, (byte)service.Length, .. Encoding.UTF8.GetBytes(service)];
        return Received.Any(export => export.Path == "/v1/traces" && Has(export.Body, id) && Has(export.Body, name));
    }

    private static bool Has(byte[] body, byte[] part) => body.AsSpan().IndexOf(part) >= 0;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
