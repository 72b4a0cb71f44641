using System.Text.Json;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Records;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.Http;

/// <summary>What the endpoints that make records have in common: who asks, the clock, and a record also when it fails.</summary>
internal sealed partial class RecordedEndpoint(BudgetTable budgets, Recorder recorder, TimeProvider time, ILogger<RecordedEndpoint> logger)
{
    private static readonly TimeSpan AbortLag = TimeSpan.FromSeconds(1);

    public Recorder Recorder => recorder;

    public async Task RunAsync(HttpContext http, string route, Func<Caller, RequestRun, Task> handle)
    {
        var caller = Caller.From(http);
        var run = new RequestRun(caller.Tenant, route, budgets.For(route), time, caller.Gateway) { HasTimeObjectives = budgets.HasTimeObjectives(route) };
        try
        {
            await handle(caller, run);
        }
        catch (Exception exception)
        {
            // A body that was cut off is noticed a moment before the end of its connection is told: who left is no bad request.
            if (exception is BadHttpRequestException { StatusCode: 400 })
                await Task.Delay(AbortLag, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (http.RequestAborted.IsCancellationRequested) recorder.RecordFailure(caller, run, 499, "client_closed_request");
            else RecordFailure(caller, run, ErrorOf(exception));
            if (!http.Response.HasStarted) ResponseHead.Write(http.Response, run, costUsd: null);
            throw;
        }
    }

    /// <summary>Records the failure of a response that has started, and says what its caller is to be told.</summary>
    public ApiError Fail(Caller caller, RequestRun run, Exception exception)
    {
        var error = ErrorOf(exception);
        if (error.Status == 500) LogStreamFailed(exception);
        RecordFailure(caller, run, error);
        return error;
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
            var run = new RequestRun(caller.Tenant, route, budgets.For(route), time, caller.Gateway);
            RecordFailure(caller, run, exception.Error);
            ResponseHead.Write(http.Response, run, costUsd: null);
            throw;
        }
    }

    private void RecordFailure(Caller caller, RequestRun run, ApiError error) => recorder.RecordFailure(caller, run, error.Status, error.Code);

    private static ApiError ErrorOf(Exception exception) => exception switch
    {
        ApiException api => api.Error,
        RpcException rpc => ApiError.From(rpc),
        BadHttpRequestException bad => new ApiError(bad.StatusCode, "bad_request", "The request could not be read."),
        _ => new ApiError(500, "internal_error", "The service failed to answer this request."),
    };

    [LoggerMessage(1, LogLevel.Error, "A stream failed after it had started.")]
    private partial void LogStreamFailed(Exception exception);
}
