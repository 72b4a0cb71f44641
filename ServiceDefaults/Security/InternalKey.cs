using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts;

namespace Slipway.ServiceDefaults.Security;

/// <summary>The secret that AppHost makes at each start and every process of the stack shares. It is never logged.</summary>
public sealed class InternalKey
{
    private readonly byte[] _hash;

    /// <param name="value">The secret: at least 16 characters.</param>
    /// <exception cref="ArgumentException">It is shorter.</exception>
    public InternalKey(string value)
    {
        if (value.Length < 16) throw new ArgumentException("Slipway:InternalKey is shorter than 16 characters.", nameof(value));
        Value = value;
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The secret, for calls to other services.</summary>
    public string Value { get; }

    /// <summary>Compares in constant time; hashes first, so that lengths do not show either.</summary>
    public bool Matches(string? candidate) =>
        candidate is not null && (ReferenceEquals(candidate, Value) || CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(candidate)), _hash));
}

/// <summary>Answers 401 to whoever lacks the internal key; <c>/health</c> and <c>/alive</c> are open.</summary>
internal sealed class InternalKeyMiddleware(RequestDelegate next, InternalKey key)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health") || context.Request.Path.StartsWithSegments("/alive")
            || key.Matches(context.Request.Headers[SlipwayHeaders.InternalKey]))
        {
            return next(context);
        }

        // gRPC wants its status in trailers of a 200 response; a gRPC client maps plain 401 to UNAUTHENTICATED by itself.
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}

/// <summary>Adds the internal key to every gRPC call.</summary>
internal sealed class InternalKeyInterceptor(InternalKey key) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, WithKey(context));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, WithKey(context));

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(WithKey(context));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(WithKey(context));

    private ClientInterceptorContext<TRequest, TResponse> WithKey<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
        where TRequest : class
        where TResponse : class
    {
        // A retry comes through here once more, but never with headers that this interceptor has already seen.
        var headers = new Metadata();
        foreach (var entry in context.Options.Headers ?? []) headers.Add(entry);
        headers.Add(SlipwayHeaders.InternalKey, key.Value);
        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, context.Options.WithHeaders(headers));
    }
}

internal static class InternalKeyExtensions
{
    internal static void AddInternalKey(this WebApplicationBuilder builder)
    {
        var value = builder.Configuration["Slipway:InternalKey"];
        if (string.IsNullOrEmpty(value))
            throw new InvalidOperationException("Slipway:InternalKey is not set. AppHost makes one at each start; a service started by hand needs the same one as its peers (Slipway__InternalKey).");
        builder.Services.AddSingleton(new InternalKey(value));
        builder.Services.AddSingleton<InternalKeyInterceptor>();
    }
}
