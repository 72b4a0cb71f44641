using Slipway.Contracts;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Embeddings;

/// <summary>
/// Gathers the texts of embedding calls that come within a few milliseconds into one call of the provider, and splits vectors, tokens and cost among them again. A batch that the provider refuses
/// because of its texts is asked again call by call, so that nobody pays for another's text. A caller that leaves takes nothing from the others; when all have left, the batch is given up.
/// </summary>
/// <param name="inner">The model's pipeline: a batch counts once against its limits.</param>
/// <param name="model">The model.</param>
/// <param name="time">The clock.</param>
internal sealed class GatheringModel(IModel<EmbeddingsRequest, EmbeddingsResponse> inner, CatalogModel model, TimeProvider time) : IModel<EmbeddingsRequest, EmbeddingsResponse>
{
    /// <summary>How long the first text of a batch waits for others.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(3);

    /// <summary>Texts of a batch at most; a call that has so many itself goes alone. OpenAI takes 2,048, but 300,000 tokens together.</summary>
    public const int MostTexts = 256;

    private readonly Lock _gate = new();

    /// <summary>The batch that is being gathered, by the dimensions that are asked for (0: the model's own).</summary>
    private readonly Dictionary<int, Batch> _open = [];

    /// <inheritdoc />
    public async Task<EmbeddingsResponse> CallAsync(EmbeddingsRequest request, ModelCall call)
    {
        if (request.Texts.Count >= MostTexts) return await inner.CallAsync(request, call);
        var member = new Member(request, call);
        var batch = Join(member);
        try
        {
            return await member.Reply.Task.WaitAsync(call.Cancellation);
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            batch.Leave();
            throw;
        }
    }

    private Batch Join(Member member)
    {
        var dimensions = member.Request.HasDimensions ? member.Request.Dimensions : 0;
        Batch? full = null;
        Batch? batch;
        lock (_gate)
        {
            if (_open.TryGetValue(dimensions, out batch) && batch.Texts + member.Request.Texts.Count > MostTexts)
            {
                _open.Remove(dimensions);
                (full, batch) = (batch, null);
            }

            if (batch is null)
            {
                _open[dimensions] = batch = new Batch();
                var opened = batch;
                batch.Timer = time.CreateTimer(_ => Close(dimensions, opened), null, Window, Timeout.InfiniteTimeSpan);
            }

            batch.Add(member);
        }

        if (full is not null) _ = SendAsync(full);
        return batch;
    }

    private void Close(int dimensions, Batch batch)
    {
        lock (_gate)
        {
            // A full one was sent already.
            if (!_open.TryGetValue(dimensions, out var open) || open != batch) return;
            _open.Remove(dimensions);
        }

        _ = SendAsync(batch);
    }

    /// <summary>Never throws: what fails is the members' failure.</summary>
    private async Task SendAsync(Batch batch)
    {
        await batch.Timer!.DisposeAsync();
        if (batch.Members is [var only])
        {
            await AloneAsync(only);
            return;
        }

        try
        {
            var reply = await inner.CallAsync(batch.Request(), batch.Call(model));
            var shares = Shares.Split(batch.Members.Select(member => member.Request), reply);
            foreach (var (member, share) in batch.Members.Zip(shares)) member.Reply.TrySetResult(share);
        }
        catch (ModelException failure) when (failure.Kind is FailureKind.Invalid or FailureKind.ContextLength or FailureKind.ContentFilter)
        {
            await Task.WhenAll(batch.Members.Select(AloneAsync));
        }
        catch (Exception exception)
        {
            foreach (var member in batch.Members) member.Fail(exception);
        }
    }

    private async Task AloneAsync(Member member)
    {
        try
        {
            member.Reply.TrySetResult(await inner.CallAsync(member.Request, member.Call));
        }
        catch (Exception exception)
        {
            member.Fail(exception);
        }
    }

    /// <summary>A call of a batch.</summary>
    private sealed record Member(EmbeddingsRequest Request, ModelCall Call)
    {
        public TaskCompletionSource<EmbeddingsResponse> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>An exception of its own for each: one that several throw mixes up their stack traces.</summary>
        public void Fail(Exception exception)
        {
            Reply.TrySetException(exception is ModelException failed ? new ModelException(failed.Kind, failed.Error, failed) : exception);
            // Somebody who has left hears of nothing.
            _ = Reply.Task.Exception;
        }
    }

    private sealed class Batch
    {
        private readonly CancellationTokenSource _given = new();
        private readonly List<Member> _members = [];
        private int _left;

        public IReadOnlyList<Member> Members => _members;

        public int Texts { get; private set; }

        public ITimer? Timer { get; set; }

        public void Add(Member member)
        {
            _members.Add(member);
            Texts += member.Request.Texts.Count;
        }

        public void Leave()
        {
            if (Interlocked.Increment(ref _left) == _members.Count) _given.Cancel();
        }

        public EmbeddingsRequest Request()
        {
            var first = _members[0].Request;
            var request = new EmbeddingsRequest { RequestId = first.RequestId, Tenant = first.Tenant, Model = first.Model, Background = _members.All(member => member.Request.Background) };
            if (first.HasDimensions) request.Dimensions = first.Dimensions;
            foreach (var member in _members) request.Texts.AddRange(member.Request.Texts);
            return request;
        }

        /// <summary>The batch has the time of the member that can wait longest; the others leave.</summary>
        public ModelCall Call(CatalogModel model) => new()
        {
            Route = model.Alone,
            Tenant = _members[0].Call.Tenant,
            Background = _members.All(member => member.Call.Background),
            Deadline = _members.Max(member => member.Call.Deadline),
            End = _members.Max(member => member.Call.End),
            Until = _members.Max(member => member.Call.Until),
            HasAlternative = _members.All(member => member.Call.HasAlternative),
            Cancellation = _given.Token,
            Span = _members[0].Call.Span,
        };
    }
}
