using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;

namespace Slipway.ModelBroker.Gathering;

/// <summary>
/// Gathers calls that come within a few milliseconds, for one call of the provider. A batch that the provider refuses because of what is in it is asked again call by call,
/// so that nobody pays for another's text. A caller that leaves takes nothing from the others; when all have left, the batch is given up.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="window">How long the first call of a batch waits for others.</param>
/// <param name="most">The most that a batch takes; a call that has so much itself goes alone.</param>
/// <param name="together">Makes one call for several, and sets the reply of each.</param>
/// <param name="alone">Makes one call for one.</param>
/// <param name="time">The clock.</param>
internal sealed class Gatherer<TKey, TRequest, TReply>(
    CatalogModel model, TimeSpan window, BatchSize most, Func<IReadOnlyList<Member<TRequest, TReply>>, ModelCall, Task> together, Func<TRequest, ModelCall, Task<TReply>> alone, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();

    /// <summary>The batch that is being gathered, by what its calls have in common.</summary>
    private readonly Dictionary<TKey, Batch<TRequest, TReply>> _open = [];

    /// <summary>Makes a call with those that come at the same time.</summary>
    /// <param name="key">What calls have to have in common.</param>
    /// <param name="size">What the call takes of a batch.</param>
    /// <param name="request">The request.</param>
    /// <param name="call">The caller's.</param>
    public async Task<TReply> CallAsync(TKey key, BatchSize size, TRequest request, ModelCall call)
    {
        if (size.Items == 0 || size.Items >= most.Items || size.Characters >= most.Characters) return await alone(request, call);
        var member = new Member<TRequest, TReply>(request, call);
        var batch = Join(key, size, member);
        try
        {
            return await member.Reply.Task.WaitAsync(call.Cancellation);
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            Leave(key, batch, member);
            throw;
        }
    }

    private Batch<TRequest, TReply> Join(TKey key, BatchSize size, Member<TRequest, TReply> member)
    {
        Batch<TRequest, TReply>? full = null;
        Batch<TRequest, TReply>? batch;
        lock (_gate)
        {
            if (_open.TryGetValue(key, out batch) && !batch.Takes(size, most))
            {
                _open.Remove(key);
                (full, batch) = (batch, null);
            }

            if (batch is null)
            {
                _open[key] = batch = new Batch<TRequest, TReply>();
                var opened = batch;
                batch.Timer = time.CreateTimer(_ => Close(key, opened), null, window, Timeout.InfiniteTimeSpan);
            }

            batch.Add(member, size);
        }

        if (full is not null) _ = SendAsync(full);
        return batch;
    }

    private void Close(TKey key, Batch<TRequest, TReply> batch)
    {
        // A full one was sent already.
        lock (_gate) if (!Remove(key, batch)) return;
        _ = SendAsync(batch);
    }

    private void Leave(TKey key, Batch<TRequest, TReply> batch, Member<TRequest, TReply> member)
    {
        lock (_gate)
        {
            member.HasLeft = true;
            if (!batch.IsEmpty) return;
            // Whoever comes now is not to join a batch that was given up.
            Remove(key, batch);
        }

        batch.GiveUp();
    }

    private bool Remove(TKey key, Batch<TRequest, TReply> batch) => _open.TryGetValue(key, out var open) && open == batch && _open.Remove(key);

    /// <summary>Never throws: what fails is the members' failure.</summary>
    private async Task SendAsync(Batch<TRequest, TReply> batch)
    {
        await batch.Timer!.DisposeAsync();
        IReadOnlyList<Member<TRequest, TReply>> members;
        lock (_gate) members = batch.Staying();
        if (members.Count == 0) return;
        if (members is [var only])
        {
            await AloneAsync(only);
            return;
        }

        try
        {
            await together(members, batch.Call(model));
        }
        catch (ModelException failure) when (failure.Kind is FailureKind.Invalid or FailureKind.ContextLength or FailureKind.ContentFilter)
        {
            await Task.WhenAll(members.Select(AloneAsync));
        }
        catch (Exception exception)
        {
            foreach (var member in members) member.Fail(exception);
        }
    }

    private async Task AloneAsync(Member<TRequest, TReply> member)
    {
        try
        {
            member.Reply.TrySetResult(await alone(member.Request, member.Call));
        }
        catch (Exception exception)
        {
            member.Fail(exception);
        }
    }
}
