using System.Globalization;
using Slipway.ModelSim.Faults;
using Slipway.ModelSim.Log;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Calls;

/// <summary>One call of the simulator: the request, its entry in the log, and the faults that it meets.</summary>
internal sealed class SimCall(HttpContext http, LogEntry entry, FaultPlan plan, IErrorShape shape, TimeProvider time, CancellationToken stopping)
{
    public HttpContext Http => http;

    public LogEntry Entry => entry;

    public FaultPlan Plan => plan;

    /// <summary>Plays the faults that come before an answer.</summary>
    /// <returns>Whether the call is over.</returns>
    /// <exception cref="ApiException">The fault is an error.</exception>
    public async ValueTask<bool> FailsAsync()
    {
        if (plan == FaultPlan.None) return false;
        if (plan.Has(FaultKind.Silence))
        {
            await UntilGoneAsync();
            return true;
        }

        if (plan.Has(FaultKind.Reset))
        {
            Break();
            return true;
        }

        if (Refusals.For(plan, http.Response, time) is { } error) throw new ApiException(error);
        if (plan.Has(FaultKind.Empty))
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = 0;
            entry.Finish(200, 0, 0);
            return true;
        }

        if (!plan.Has(FaultKind.Html, out var status)) return false;
        http.Response.StatusCode = status!.Value;
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync("<!DOCTYPE html>\n<html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>\n", http.RequestAborted);
        entry.Finish(status.Value, 0, 0);
        return true;
    }

    /// <summary>Waits as the clock does.</summary>
    public Task WaitAsync(TimeSpan wait) => wait > TimeSpan.Zero ? Task.Delay(wait, time, http.RequestAborted) : Task.CompletedTask;

    /// <summary>Sends an answer in one piece, with the faults of such an answer.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> json, string contentType, int promptTokens, int tokens)
    {
        if (plan.Has(FaultKind.ErrorEvent)) json = shape.Error(Refusals.InBand);
        if (plan.Has(FaultKind.Malformed)) json = json[..(json.Length / 2)];
        http.Response.ContentType = contentType;
        http.Response.ContentLength = json.Length;
        if (plan.Has(FaultKind.Cut) || plan.Has(FaultKind.Stall))
        {
            await http.Response.Body.WriteAsync(json[..(json.Length / 2)], http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (plan.Has(FaultKind.Cut)) Break();
            else await UntilGoneAsync();
            return;
        }

        await http.Response.Body.WriteAsync(json, http.RequestAborted);
        entry.Finish(200, promptTokens, tokens);
    }

    /// <summary>Sends vectors or scores, later where the attempt shall be slow.</summary>
    public async Task WriteSlowlyAsync(ReadOnlyMemory<byte> json, int promptTokens)
    {
        if (plan.Has(FaultKind.SlowFirst, out var slow)) await WaitAsync(TimeSpan.FromMilliseconds(slow!.Value));
        await WriteAsync(json, "application/json", promptTokens, 0);
    }

    /// <summary>Resets the connection.</summary>
    public void Break()
    {
        entry.Break();
        http.Abort();
    }

    /// <summary>Keeps the connection open and sends nothing, until the client leaves or the simulator stops.</summary>
    public async Task UntilGoneAsync()
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (http.RequestAborted.IsCancellationRequested) entry.Cancel();
        else Break();
    }

    /// <summary>Writes an error in the API's own shape.</summary>
    public static async Task WriteErrorAsync(HttpResponse response, ApiError error, IErrorShape shape)
    {
        if (response.HasStarted) return;
        var json = shape.Error(error);
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        if (error.RetryAfter is { } wait) response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(json, response.HttpContext.RequestAborted);
    }
}
