using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Gathering;

/// <summary>How much a call takes of a batch, or how much a batch takes.</summary>
/// <param name="Items">Texts.</param>
/// <param name="Characters">Their characters together.</param>
internal readonly record struct BatchSize(int Items, long Characters)
{
    public static BatchSize Of(IEnumerable<string> texts)
    {
        var (items, characters) = (0, 0L);
        foreach (var text in texts)
        {
            items++;
            characters += text.Length;
        }

        return new BatchSize(items, characters);
    }
}

/// <summary>A call of a batch.</summary>
internal sealed record Member<TRequest, TReply>(TRequest Request, ModelCall Call)
{
    public TaskCompletionSource<TReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether its caller does not wait any more.</summary>
    public bool HasLeft { get; set; }

    /// <summary>An exception of its own for each: one that several throw mixes up their stack traces.</summary>
    public void Fail(Exception exception)
    {
        Reply.TrySetException(exception is ModelException failed ? new ModelException(failed.Kind, failed.Error, failed) : exception);
        // Somebody who has left hears of nothing.
        _ = Reply.Task.Exception;
    }
}

/// <summary>Calls that go together. Not thread-safe: <see cref="Gatherer{TKey,TRequest,TReply}"/> holds the lock.</summary>
internal sealed class Batch<TRequest, TReply>
{
    private readonly CancellationTokenSource _given = new();
    private List<Member<TRequest, TReply>> _members = [];
    private BatchSize _size;

    public ITimer? Timer { get; set; }

    /// <summary>Whether everybody has left.</summary>
    public bool IsEmpty => _members.TrueForAll(member => member.HasLeft);

    public bool Takes(BatchSize size, BatchSize most) => _size.Items + size.Items <= most.Items && _size.Characters + size.Characters <= most.Characters;

    public void Add(Member<TRequest, TReply> member, BatchSize size)
    {
        _members.Add(member);
        _size = new BatchSize(_size.Items + size.Items, _size.Characters + size.Characters);
    }

    /// <summary>Those who are there when the batch is sent: nobody pays for the texts of the others.</summary>
    public IReadOnlyList<Member<TRequest, TReply>> Staying() => _members = _members.FindAll(member => !member.HasLeft);

    public void GiveUp() => _given.Cancel();

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
