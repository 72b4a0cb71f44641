using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ModelSim.Faults;
using Slipway.ModelSim.Log;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Calls;

/// <summary>What every request says.</summary>
internal interface ISimRequest
{
    /// <summary>The model as it was asked for, with its faults.</summary>
    string Model { get; }

    bool Stream { get; }
}

/// <summary>Runs calls: reads the body, logs the attempt, chooses and plays its faults, and writes errors as the API does.</summary>
internal sealed class SimCalls(SimOptions options, RequestLog log, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const string FaultHeader = "x-sim-fault";

    public SimOptions Options => options;

    public TimeProvider Time => time;

    /// <summary>Runs a call.</summary>
    /// <param name="http">The request.</param>
    /// <param name="shape">How errors are written.</param>
    /// <param name="read">Reads the request; throws <see cref="ApiException"/> when it is not one.</param>
    /// <param name="answer">Answers it, and finishes its entry.</param>
    public async Task RunAsync<T>(HttpContext http, IErrorShape shape, Func<JsonElement, T> read, Func<SimCall, T, Task> answer)
        where T : ISimRequest
    {
        LogEntry? entry = null;
        try
        {
            using var body = await JsonBody.ReadAsync(http);
            T request;
            try
            {
                request = read(body.Root);
            }
            catch (ApiException)
            {
                entry = log.Start(http.Request.Path, ModelOf(body.Root), KeyOf(http.Request), stream: false, body.Bytes);
                throw;
            }

            entry = log.Start(http.Request.Path, request.Model, KeyOf(http.Request), request.Stream, body.Bytes);
            var plan = PlanFor(http.Request, request.Model, entry.Attempt);
            entry.Meets(plan.Text);
            var call = new SimCall(http, entry, plan, shape, time, lifetime.ApplicationStopping);
            if (!await call.FailsAsync()) await answer(call, request);
        }
        catch (ApiException exception)
        {
            entry?.Finish(exception.Error.Status, 0, 0);
            await SimCall.WriteErrorAsync(http.Response, exception.Error, shape);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            entry?.Cancel();
            throw;
        }
    }

    private FaultPlan PlanFor(HttpRequest request, string model, int attempt)
    {
        var header = request.Headers[FaultHeader];
        var (_, inName) = SimModel.Split(model);
        if (header.Count == 0 && inName.Length == 0) return FaultPlan.None;
        List<Fault> asked = [];
        if (inName.Length > 0) asked.AddRange(Fault.Parse(inName, "model"));
        if (header.Count > 0) asked.AddRange(Fault.Parse(header.ToString(), FaultHeader));
        return FaultPlan.For(asked, attempt, model, options.Seed);
    }

    private static string ModelOf(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String ? model.GetString()! : "";

    /// <summary>Stands for the key, which itself is not kept.</summary>
    private static string KeyOf(HttpRequest request)
    {
        var key = request.Headers.Authorization.ToString();
        if (key.Length == 0) key = request.Headers["api-key"].ToString();
        if (key.Length == 0) key = request.Headers["x-api-key"].ToString();
        return key.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 6));
    }
}
