using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>
/// Both cache tiers as the path uses them. A cache that is away or late costs a miss and is named as <c>cache=bypassed</c>.
/// </summary>
internal sealed class AnswerCache(CacheService.CacheServiceClient client)
{
    /// <summary>The part of the time left that a request waits for another one that works on the same answer.</summary>
    private const double WaitShare = 0.5;

    public static CacheKey KeyFor(Question question, ReleaseBinding binding, string corpusVersion, CacheTier tier) => new()
    {
        Tier = tier,
        Scope = new CacheScope
        {
            Tenant = question.Tenant,
            Release = binding.Release.Name,
            CorpusVersion = corpusVersion,
            PromptVersion = binding.PromptVersion,
            Model = binding.ModelName,
        },
        Question = question.Text,
        Context = ContextHash(question),
    };

    /// <summary>A hit's bytes, or a miss with or without a lease.</summary>
    public async Task<(ByteString? Value, string Lease)> LookupAsync(CacheKey key, RequestRun run, bool wait, CancellationToken cancellationToken)
    {
        try
        {
            // A healthy cache answers at once, so only a request that knows that somebody else is at work waits longer than the stage's budget.
            var reply = await client.LookupAsync(new LookupRequest { Key = key }, deadline: run.CallDeadline(Stage.Cache), cancellationToken: cancellationToken);
            if (!reply.Hit && reply.Lease.Length == 0 && wait)
            {
                var patience = run.Remaining * WaitShare;
                if (patience > TimeSpan.Zero)
                {
                    reply = await client.LookupAsync(
                        new LookupRequest { Key = key, MaxWaitMs = (int)patience.TotalMilliseconds },
                        deadline: (run.Deadline - patience / 2).UtcDateTime, cancellationToken: cancellationToken);
                }
            }

            return reply.Hit ? (reply.Value, "") : (null, reply.Lease);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            run.Degrade(Stage.Cache, "bypassed");
            return (null, "");
        }
    }

    /// <summary>The newest answer to the question from any corpus version, release, prompt or model: the rung below keyword search.</summary>
    public async Task<ByteString?> LookupStaleAsync(CacheKey key, RequestRun run, CancellationToken cancellationToken)
    {
        try
        {
            var left = run.Remaining;
            if (left <= TimeSpan.Zero) return null;
            var deadline = run.Deadline - left / 2;
            var reply = await client.LookupAsync(new LookupRequest { Key = key, AcceptStale = true }, deadline: deadline.UtcDateTime, cancellationToken: cancellationToken);
            return reply.Hit ? reply.Value : null;
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Stores without making the caller wait: an answer is not held up by the cache.</summary>
    public void Store(CacheKey key, IMessage value, string lease) =>
        _ = Quietly(client.StoreAsync(new StoreRequest { Key = key, Value = value.ToByteString(), Lease = lease }, deadline: StoreDeadline()).ResponseAsync);

    /// <summary>Gives a lease back, so that those who wait for it do not wait in vain.</summary>
    public void Abandon(CacheKey key, string lease)
    {
        if (lease.Length > 0) _ = Quietly(client.AbandonAsync(new AbandonRequest { Key = key, Lease = lease }, deadline: StoreDeadline()).ResponseAsync);
    }

    private static DateTime StoreDeadline() => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(2);

    private static async Task Quietly(Task call)
    {
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // The next question makes the answer again.
        }
    }

    /// <summary>Earlier turns and sampling parameters, hashed; empty when there are none of either.</summary>
    private static string ContextHash(Question question)
    {
        var request = new CompleteRequest();
        question.Sampling.ApplyTo(request);
        request.User = "";
        request.Messages.AddRange(question.Conversation);
        var bytes = request.ToByteArray();
        return bytes.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
