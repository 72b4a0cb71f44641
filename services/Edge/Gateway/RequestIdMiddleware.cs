using System.Buffers;
using Slipway.Contracts;

namespace Slipway.Edge.Gateway;

/// <summary>Gives each request its id: the client's, where it is 8 to 64 characters of <c>A-Z a-z 0-9 . _ -</c>, else a new one (UUID version 7, hexadecimal).</summary>
internal sealed class RequestIdMiddleware(RequestDelegate next, TimeProvider time)
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public Task InvokeAsync(HttpContext http)
    {
        var given = http.Request.Headers[SlipwayHeaders.RequestId].ToString();
        var id = given.Length is >= 8 and <= 64 && !given.AsSpan().ContainsAnyExcept(Allowed) ? given : Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var state = new RequestState(id, time.GetTimestamp());
        http.Features.Set(state);
        http.Response.Headers[SlipwayHeaders.RequestId] = state.RequestId;
        return next(http);
    }
}
