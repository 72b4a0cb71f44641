using Google.Protobuf;
using Grpc.Core;
using Slipway.Assistant.Budgets;
using Slipway.Assistant.Caching;
using Slipway.Assistant.Citations;
using Slipway.Assistant.Confidence;
using Slipway.Assistant.Configuration;
using Slipway.Assistant.Costs;
using Slipway.Assistant.Intents;
using Slipway.Contracts;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Assistant.RequestPath;

/// <summary>
/// The request path of one question (DESIGN §1), between the edge's gateway stage and the record:
/// (1) flags: the release and its models; (2) cache: the output tier, then the retrieval tier; (3) retrieval: the question is embedded once, for the output tier by
/// intent and for the search; hybrid, keyword alone, or an answer given before; an answer from an earlier corpus when what it rests on is found unchanged; (4) prompt; (5) model: each of the release's, then quotes; (6) post: citations, redaction, confidence.
/// </summary>
internal sealed class AnswerPath(
    Releases releases, ModelCatalog catalog, CheapMode cheap, Corpora corpora, HotAnswers hot, AnswerCache cache, IntentSamples samples, RetrievalStage retrieval, PromptStage prompt, ModelStage model)
{
    /// <summary>Answers a question. The text also goes to the sink, where there is one, as it becomes certain.</summary>
    /// <exception cref="ApiException">Nothing can answer, or the request is wrong.</exception>
    /// <exception cref="RpcException">A service refuses the request; or a stream broke after its first text.</exception>
    public async Task<Answer> AnswerAsync(Question question, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        ReleaseBinding binding;
        using (run.Enter(Stage.Flags))
        {
            binding = cheap.Choose(ReleaseBinding.For(releases, catalog, question.Release), run, question.Tenant);
            run.Release = binding.Release.Name;
            run.PromptVersion = binding.PromptVersion;
            run.CorpusVersion = corpora.VersionOf(question.Tenant, question.Scope.Collection) ?? "";
        }

        var outputKey = AnswerCache.KeyFor(question, binding, run.CorpusVersion);
        CacheKey? contextKey = null;
        var outputLease = "";
        var contextLease = "";
        CachedAnswer? earlierCorpus = null;
        QuestionVector? meaning = null;
        try
        {
            Context? context = null;
            if (question.Cache == CachePolicy.Use && run.CorpusVersion.Length > 0)
            {
                using var stage = run.Enter(Stage.Cache);
                if (!hot.TryGet(outputKey, out var answer))
                {
                    (var cachedAnswer, outputLease, var earlierBytes) = await LookupAsync(outputKey, CachedAnswer.Parser);
                    earlierCorpus = earlierBytes is null ? null : AnswerCodec.TryParse(CachedAnswer.Parser, earlierBytes);
                    if (cachedAnswer is not null)
                    {
                        answer = AnswerCodec.Decode(cachedAnswer);
                        hot.Keep(outputKey, answer, cachedAnswer.CalculateSize());
                    }
                }

                if (answer is not null)
                {
                    run.Cache = "output";
                    stage.Activity?.SetTag("slipway.cache", run.Cache);
                    return await ReplayAsync(answer, run, sink, cancellationToken);
                }

                contextKey = AnswerCache.ContextKeyFor(outputKey);
                (var cachedContext, contextLease, _) = await LookupAsync(contextKey, CachedContext.Parser);
                context = cachedContext is null ? null : ContextCodec.Decode(cachedContext);
                if (context is not null) run.Cache = "retrieval";
                stage.Activity?.SetTag("slipway.cache", run.Cache);
            }

            if (context is null && question.Cache != CachePolicy.Bypass && run.CorpusVersion.Length > 0)
            {
                using (run.Enter(Stage.Retrieval)) meaning = await retrieval.EmbedAsync(question, binding.Release, run, cancellationToken);
                if (meaning is not null && question.Cache == CachePolicy.Use && await AnswerByIntentAsync(question, outputKey, meaning, run, sink, cancellationToken) is { } known) return known;
            }

            if (context is null)
            {
                SearchResponse? found;
                var stage = run.Enter(Stage.Retrieval);
                using var pending = retrieval.Start(question, meaning, binding.Release, run, cancellationToken);
                using (stage) found = await pending.InBudgetAsync();
                if (found is null)
                {
                    if (await AnswerGivenBeforeAsync(question, outputKey, binding, run, sink, cancellationToken) is { } earlier) return earlier;
                    // Late is better than never.
                    using (run.Enter(Stage.Retrieval)) found = await pending.InTheEndAsync() ?? throw Unanswerable();
                }

                run.CorpusVersion = found.CorpusVersion;
                if (earlierCorpus is not null && MayStore(question, run) && EarlierAnswer.Revive(earlierCorpus, found.Passages) is { } standing)
                {
                    outputLease = Store(outputKey, AnswerCodec.Encode(standing, found.Passages), outputLease);
                    run.Cache = "output";
                    return await ReplayAsync(standing with { CostUsd = run.RetrievalCostUsd }, run, sink, cancellationToken);
                }

                using (run.Enter(Stage.Prompt)) context = await prompt.BuildAsync(question, binding, found.Passages, run, cancellationToken);
                if (MayStore(question, run))
                {
                    contextKey ??= AnswerCache.ContextKeyFor(outputKey);
                    contextLease = Store(contextKey, ContextCodec.Encode(context), contextLease);
                }
            }

            ModelReply reply;
            using (run.Enter(Stage.Model)) reply = await model.AnswerAsync(question, context, binding, run, sink, cancellationToken);
            Answer result;
            using (run.Enter(Stage.Post)) result = Finish(question, context, binding, reply, run);
            if (MayStore(question, run) && result.FinishReason == "stop") outputLease = Store(outputKey, AnswerCodec.Encode(result, context.Passages), outputLease);
            return result;
        }
        finally
        {
            // What was not stored under the key that it was taken for goes back, so that nobody waits for it.
            cache.Abandon(outputKey, outputLease);
            if (contextKey is not null) cache.Abandon(contextKey, contextLease);
        }

        async Task<(T? Value, string Lease, ByteString? Earlier)> LookupAsync<T>(CacheKey key, MessageParser<T> parser)
            where T : class, IMessage<T>
        {
            var (bytes, lease, earlier) = await cache.LookupAsync(key, question.Background, run, cancellationToken);
            return (bytes is null ? null : AnswerCodec.TryParse(parser, bytes), lease, earlier);
        }

        // The lease that is left: what the search found may belong to a newer corpus than the one that the lease was taken for.
        string Store(CacheKey key, IMessage value, string lease)
        {
            if (key.Scope.CorpusVersion == run.CorpusVersion)
            {
                cache.Store(key, value, lease, meaning);
                return "";
            }

            var newer = key.Clone();
            newer.Scope.CorpusVersion = run.CorpusVersion;
            cache.Store(newer, value, lease: "", meaning);
            return lease;
        }
    }

    /// <summary>A degraded answer is never kept: the next question may get a better one. One of cheap mode is, under the name of the model that gave it.</summary>
    private static bool MayStore(Question question, RequestRun run) =>
        question.Cache != CachePolicy.Bypass && run.CorpusVersion.Length > 0
        && run.Degraded.All(name => name.StartsWith("cache=", StringComparison.Ordinal) || name.StartsWith("flags=", StringComparison.Ordinal));

    private static ApiException Unanswerable() => new(new ApiError(
        503, "retrieval_unavailable", "The documents cannot be searched at the moment, and this question has no earlier answer. Try again shortly.", RetryAfter: TimeSpan.FromSeconds(2)));

    /// <summary>The rung below keyword search: the last answer to the same question, whatever has changed since. Not for a caller who wants nothing of the cache. Null when there is none.</summary>
    private async Task<Answer?> AnswerGivenBeforeAsync(
        Question question, CacheKey key, ReleaseBinding binding, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        CachedAnswer? cached = null;
        if (question.Cache != CachePolicy.Bypass)
        {
            using var stage = run.Enter(Stage.Cache);
            if (await cache.LookupStaleAsync(key, run, cancellationToken) is { } bytes) cached = AnswerCodec.TryParse(CachedAnswer.Parser, bytes);
        }

        if (cached is null) return null;
        run.Degrade(Stage.Retrieval, "cached");
        run.Cache = "output";
        cached.Confidence = ConfidenceScore.Degraded(cached.Confidence, 1);
        cached.Review = cached.Confidence < binding.Release.ReviewBelowConfidence;
        return await ReplayAsync(AnswerCodec.Decode(cached), run, sink, cancellationToken);
    }

    /// <summary>The answer to another question of the same intent; null when there is none.</summary>
    private async Task<Answer?> AnswerByIntentAsync(Question question, CacheKey key, QuestionVector meaning, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        Answer answer;
        using (var stage = run.Enter(Stage.Cache))
        {
            if (await cache.LookupIntentAsync(key, meaning, run, cancellationToken) is not { } hit || AnswerCodec.TryParse(CachedAnswer.Parser, hit.Value) is not { } cached) return null;
            answer = AnswerCodec.Decode(cached);
            run.Cache = "output";
            stage.Activity?.SetTag("slipway.cache", run.Cache).SetTag("slipway.cache.intent", true);
            if (hit.Sample) samples.Offer(new IntentSample(question with { Release = run.Release }, run.Route, run.CorpusVersion, answer));
        }

        return await ReplayAsync(answer, run, sink, cancellationToken);
    }

    private static async Task<Answer> ReplayAsync(Answer answer, RequestRun run, IAnswerSink? sink, CancellationToken cancellationToken)
    {
        if (sink is not null && answer.Text.Length > 0)
        {
            run.SeeText();
            await sink.WriteAsync(answer.Text, cancellationToken);
        }

        return answer;
    }

    private static Answer Finish(Question question, Context context, ReleaseBinding binding, ModelReply reply, RequestRun run)
    {
        var filter = reply.Filter ?? new AnswerFilter(context.Cited.Count);
        var text = reply.Filter is null ? filter.Push(reply.Text) + filter.Flush() : reply.Text;
        var citations = filter.Cited.Select(number => Citation.Of(number, context.Cited[number - 1])).ToList();
        var degraded = run.DegradedStages(stage => stage is not ("cache" or "flags"));
        var confidence = ConfidenceScore.Of(question.Text, text, [.. filter.Cited.Select(number => context.Cited[number - 1])], degraded);
        return new Answer
        {
            Text = text,
            Citations = citations,
            Confidence = confidence,
            Review = confidence < binding.Release.ReviewBelowConfidence,
            Model = reply.Completed.Model,
            Provider = reply.Completed.Provider,
            ProviderModel = reply.Completed.ProviderModel,
            Fingerprint = reply.Completed.Fingerprint,
            FinishReason = reply.Completed.FinishReason,
            Usage = reply.Completed.Usage ?? new Usage(),
            CostUsd = reply.Completed.CostUsd + run.RetrievalCostUsd,
        };
    }
}
