using System.Text.Json;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Records;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Http;

/// <summary>What the endpoints that make records have in common: who asks, the clock, and a record also when it fails.</summary>
internal sealed class RecordedEndpoint(BudgetTable budgets, Recorder recorder, TimeProvider time)
{
    public Recorder Recorder => recorder;

    public async Task RunAsync(HttpContext http, string route, Func<Caller, RequestRun, Task> handle)
    {
        var caller = Caller.From(http);
        var run = new RequestRun(route, budgets.For(route), time, caller.Gateway);
        try
        {
            await handle(caller, run);
        }
        catch (Exception exception)
        {
            var (status, code) = Failure(exception, http.RequestAborted);
            recorder.RecordFailure(caller, run, status, code);
            if (!http.Response.HasStarted) ResponseHead.Write(http.Response, caller, run, costUsd: null);
            throw;
        }
    }

    /// <summary>Reads the JSON body of a request; one that is refused is recorded as a failure of the route.</summary>
    public async Task<T> ReadAsync<T>(HttpContext http, string route, Func<JsonElement, T> read)
    {
        try
        {
            using var body = await JsonBody.ReadAsync(http);
            return read(body.RootElement);
        }
        catch (ApiException exception)
        {
            var caller = Caller.From(http);
            var run = new RequestRun(route, budgets.For(route), time, caller.Gateway);
            recorder.RecordFailure(caller, run, exception.Error.Status, exception.Error.Code);
            ResponseHead.Write(http.Response, caller, run, costUsd: null);
            throw;
        }
    }

    private static (int Status, string Code) Failure(Exception exception, CancellationToken aborted)
    {
        if (aborted.IsCancellationRequested) return (499, "client_closed_request");
        var error = exception switch
        {
            ApiException api => api.Error,
            RpcException rpc => ApiError.From(rpc),
            BadHttpRequestException bad => new ApiError(bad.StatusCode, "bad_request", ""),
            _ => new ApiError(500, "internal_error", ""),
        };
        return (error.Status, error.Code);
    }
}
