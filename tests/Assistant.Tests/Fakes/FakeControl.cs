using Grpc.Core;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Fakes;

/// <summary>Two releases, and a memory for records and feedback; can be away.</summary>
public sealed class FakeControl : ControlService.ControlServiceBase
{
    public Calls<RequestRecord> Records { get; } = new();

    public Calls<AppendRecordsRequest> Batches { get; } = new();

    public Calls<SubmitFeedbackRequest> Feedback { get; } = new();

    public Func<SubmitFeedbackRequest, Task<SubmitFeedbackResponse>>? OnFeedback { get; set; }

    public Func<AppendRecordsRequest, Task<AppendRecordsResponse>>? OnAppend { get; set; }

    /// <summary>While true every call is refused as from a dead process.</summary>
    public bool Away { get; set; }

    public static ReleaseSet Releases() => new()
    {
        Version = "s1",
        Active = "r1",
        Releases =
        {
            new Release
            {
                Name = "r1", Prompt = "answer", PromptVersion = "7", Models = { "first", "second", "extractive" }, ReviewBelowConfidence = 0.2,
                Search = new SearchSettings { Mode = "hybrid", Limit = 6 },
            },
            new Release { Name = "r2", Prompt = "answer", PromptVersion = "8", Models = { "second" }, Search = new SearchSettings { Mode = "hybrid", Limit = 6 } },
            new Release { Name = "strict", Prompt = "answer", PromptVersion = "7", Models = { "first" }, ReviewBelowConfidence = 1, Search = new SearchSettings { Mode = "keyword", Limit = 3 } },
            new Release { Name = "quoting", Prompt = "answer", PromptVersion = "7", Models = { "extractive" } },
            new Release { Name = "modelless", Prompt = "answer", Models = { "gone" } },
        },
    };

    public void Reset()
    {
        Away = false;
        OnFeedback = null;
        OnAppend = null;
        Records.Clear();
        Batches.Clear();
        Feedback.Clear();
    }

    public override async Task WatchReleases(WatchRequest request, IServerStreamWriter<ReleaseSet> states, ServerCallContext context)
    {
        if (Away) throw Failing.With(StatusCode.Unavailable);
        await states.WriteAsync(Releases(), context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    public override async Task<AppendRecordsResponse> AppendRecords(AppendRecordsRequest request, ServerCallContext context)
    {
        Batches.Add(request, context);
        if (Away) throw Failing.With(StatusCode.Unavailable);
        var reply = OnAppend is { } append ? await append(request) : new AppendRecordsResponse();
        foreach (var record in request.Records) Records.Add(record, context);
        return reply;
    }

    public override Task<SubmitFeedbackResponse> SubmitFeedback(SubmitFeedbackRequest request, ServerCallContext context)
    {
        Feedback.Add(request, context);
        if (Away) throw Failing.With(StatusCode.Unavailable);
        return OnFeedback?.Invoke(request) ?? Task.FromResult(new SubmitFeedbackResponse());
    }
}
