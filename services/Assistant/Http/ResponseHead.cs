using System.Globalization;
using Slipway.Assistant.Budgets;
using Slipway.Contracts;

namespace Slipway.Assistant.Http;

/// <summary>The headers that every answer carries, besides the request id (docs/reference/headers.md).</summary>
internal static class ResponseHead
{
    public static void Write(HttpResponse response, RequestRun run, double? costUsd)
    {
        var headers = response.Headers;
        headers[SlipwayHeaders.Cache] = run.Cache;
        if (run.Release.Length > 0) headers[SlipwayHeaders.Release] = run.Release;
        if (run.Degraded.Count > 0) headers[SlipwayHeaders.Degraded] = string.Join(", ", run.Degraded);
        if (costUsd is { } cost) headers[SlipwayHeaders.CostUsd] = Cost(cost);
        headers[SlipwayHeaders.ServerTiming] = run.ServerTiming();
    }

    public static string Cost(double usd) => usd == 0 ? "0" : usd.ToString("0.##########", CultureInfo.InvariantCulture);
}
