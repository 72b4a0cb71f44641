using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Intents;
using Slipway.Contracts;

namespace Slipway.Assistant.RequestPath;

/// <summary>
/// Both cache tiers as the path uses them. A cache that is away or late costs a miss and is named as <c>cache=bypassed</c>; the request then asks it nothing more.
/// </summary>
internal sealed class AnswerCache(CacheService.CacheServiceClient client, TimeProvider time)
{
    /// <summary>The largest value that the cache takes, in bytes.</summary>
    private const int MaxValue = 1024 * 1024;

    /// <summary>How long a value may take to be stored, in the background.</summary>
    private static readonly TimeSpan StoreBudget = TimeSpan.FromSeconds(2);

    /// <summary>The part of the time left that a request waits for another one that works on the same answer.</summary>
    private const double WaitShare = 0.5;

    private const string Bypassed = "bypassed";

    /// <summary>The key of a question's answer.</summary>
    public static CacheKey KeyFor(Question question, ReleaseBinding binding, string corpusVersion) => new()
    {
        Tier = CacheTier.Output,
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

    /// <summary>The key of the question's passages and prompt.</summary>
    public static CacheKey ContextKeyFor(CacheKey output) => new() { Tier = CacheTier.Retrieval, Scope = output.Scope, Question = output.Question, Context = output.Context };

    /// <summary>A hit's bytes; or a miss with or without a lease, and of the output tier the answer from an earlier corpus version, where there is one.</summary>
    /// <param name="key">The key.</param>
    /// <param name="background">Whether nobody asked.</param>
    /// <param name="run">The request.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<(ByteString? Value, string Lease, ByteString? Earlier)> LookupAsync(CacheKey key, bool background, RequestRun run, CancellationToken cancellationToken)
    {
        if (IsBypassed(run)) return (null, "", null);
        try
        {
            // A healthy cache answers at once, so only a request that knows that somebody else is at work waits longer than the stage's budget.
            // Having waited must not cost it the look into the other tier, hence the fresh deadline.
            var retrievalTier = key.Tier == CacheTier.Retrieval;
            var deadline = retrievalTier ? run.FreshDeadline(Stage.Cache) : run.CallDeadline(Stage.Cache);
            var reply = await client.LookupAsync(new LookupRequest { Key = key, OrEarlier = !retrievalTier, Background = background }, deadline: deadline, cancellationToken: cancellationToken);
            if (!reply.Hit && reply.Lease.Length == 0 && !retrievalTier)
            {
                var patience = run.Remaining * WaitShare;
                if (patience > TimeSpan.Zero)
                {
                    reply = await client.LookupAsync(
                        new LookupRequest { Key = key, MaxWaitMs = (int)patience.TotalMilliseconds, Background = true },
                        deadline: (run.Deadline - patience / 2).UtcDateTime, cancellationToken: cancellationToken);
                }
            }

            return reply.Hit ? (reply.Value, "", null) : (null, reply.Lease, reply.Earlier.IsEmpty ? null : reply.Earlier);
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            run.Degrade(Stage.Cache, Bypassed);
            return (null, "", null);
        }
    }

    /// <summary>The answer to another question of the same intent, and whether it is to be compared with a fresh one; null when there is none.</summary>
    public async Task<(ByteString Value, bool Sample)?> LookupIntentAsync(CacheKey key, QuestionVector meaning, RequestRun run, CancellationToken cancellationToken)
    {
        if (IsBypassed(run)) return null;
        try
        {
            var request = new LookupIntentRequest { Key = key, Vector = meaning.Vector, EmbeddingsVersion = meaning.EmbeddingsVersion, Route = run.Route };
            var reply = await client.LookupIntentAsync(request, deadline: run.FreshDeadline(Stage.Cache), cancellationToken: cancellationToken);
            return reply.Hit ? (reply.Value, reply.Sample) : null;
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            run.Degrade(Stage.Cache, Bypassed);
            return null;
        }
    }

    private static bool IsBypassed(RequestRun run) => run.Degraded.Contains("cache=" + Bypassed);

    /// <summary>The newest answer to the question from any corpus version, release, prompt or model: the rung below keyword search.</summary>
    public async Task<ByteString?> LookupStaleAsync(CacheKey key, RequestRun run, CancellationToken cancellationToken)
    {
        if (IsBypassed(run)) return null;
        try
        {
            var reply = await client.LookupAsync(
                new LookupRequest { Key = key, AcceptStale = true }, deadline: run.FreshDeadline(Stage.Cache), cancellationToken: cancellationToken);
            return reply.Hit ? reply.Value : null;
        }
        catch (RpcException exception) when (exception.IsRecoverable() && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Stores without making the caller wait: an answer is not held up by the cache.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="lease">The lease, or empty.</param>
    /// <param name="meaning">The question's vector: with one, its answer is also found by intent.</param>
    public void Store(CacheKey key, IMessage value, string lease, QuestionVector? meaning = null)
    {
        if (value.CalculateSize() > MaxValue)
        {
            Abandon(key, lease);
            return;
        }

        var request = new StoreRequest { Key = key, Value = value.ToByteString(), Lease = lease };
        if (meaning is not null) (request.Vector, request.EmbeddingsVersion) = (meaning.Vector, meaning.EmbeddingsVersion);
        _ = Quietly(client.StoreAsync(request, deadline: StoreDeadline()).ResponseAsync);
    }

    /// <summary>Gives a lease back, so that those who wait for it do not wait in vain.</summary>
    public void Abandon(CacheKey key, string lease)
    {
        if (lease.Length > 0) _ = Quietly(client.AbandonAsync(new AbandonRequest { Key = key, Lease = lease }, deadline: StoreDeadline()).ResponseAsync);
    }

    private DateTime StoreDeadline() => (time.GetUtcNow() + StoreBudget).UtcDateTime;

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

    /// <summary>Earlier turns, sampling parameters and the documents that were looked at, hashed; empty when there are none of these.</summary>
    private static string ContextHash(Question question)
    {
        var scope = question.Scope.Identity().Span;
        if (question.Conversation.Count == 0 && question.Sampling.IsDefault && scope.IsEmpty) return "";
        var request = new CompleteRequest();
        question.Sampling.ApplyTo(request);
        request.User = "";
        request.Messages.AddRange(question.Conversation);
        return Convert.ToHexStringLower(SHA256.HashData([.. request.ToByteArray(), .. scope]));
    }
}
