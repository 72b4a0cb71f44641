using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Slipway.Edge.Gateway;

/// <summary>What the gateway notes of a request for the way back.</summary>
internal sealed class RequestState(string requestId, long started)
{
    /// <summary>The request's id, as a header value.</summary>
    public StringValues RequestId { get; } = requestId;

    /// <summary>When the request came, as a timestamp of the clock.</summary>
    public long Started { get; } = started;

    /// <summary>What the gateway stage took.</summary>
    public TimeSpan Gateway { get; set; }

    /// <summary>The tenant's quota and what is left of it; zero quota means none.</summary>
    public (int Limit, int Remaining) Quota { get; set; }

    public string GatewayTiming => "gateway;dur=" + Gateway.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
}
