using Grpc.Core;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Fusion;

public sealed class FusionTuningTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly VectorsServer _vectors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_chosen_weight_is_used_outlives_a_restart_and_is_taken_back()
    {
        FusionDescription chosen;
        await using (var host = new RetrievalHost(_folder.Path, _vectors.ConnectionString, [.. OneFit.Settings, ("Slipway:Retrieval:Fusion:VectorWeight", "0.9")]))
        {
            await host.UpsertAsync(Cancel, Samples.Small("acme"));
            await host.VectorsReadyAsync("acme", Cancel);
            var trial = await host.Client.TuneFusionAsync(Tuning(trial: true), RetrievalHost.Key, cancellationToken: Cancel);
            Assert.Equal(FusionSource.Default, (await DescribeAsync(host)).Source);
            chosen = await host.Client.TuneFusionAsync(Tuning(), RetrievalHost.Key, cancellationToken: Cancel);
            Assert.Equal((trial.VectorWeight, trial.Source), (chosen.VectorWeight, chosen.Source));
            Assert.Equal(30, chosen.Questions);
            Assert.True(chosen.KeywordNdcg > 0.9, chosen.ToString());
            Assert.Equal(chosen, await DescribeAsync(host));
        }

        await using var again = new RetrievalHost(_folder.Path, _vectors.ConnectionString, [.. OneFit.Settings, ("Slipway:Retrieval:Fusion:VectorWeight", "0.9")]);
        await again.VectorsReadyAsync("acme", Cancel);
        Assert.Equal(chosen, await DescribeAsync(again));
        var reset = await again.Client.ResetFusionAsync(new ResetFusionRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal((0.9, FusionSource.Default), (reset.VectorWeight, reset.Source));
        Assert.Equal(reset, await DescribeAsync(again));
    }

    [Fact]
    public async Task Without_vectors_nothing_is_chosen()
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        await host.UpsertAsync(Cancel, Samples.Small("acme"));
        await host.SettleAsync("acme", Cancel);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.TuneFusionAsync(Tuning(), RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal((StatusCode.Unavailable, "vectors_unavailable"), (error.StatusCode, ServiceError.From(error)!.Code));
        Assert.Equal(FusionSource.Default, (await DescribeAsync(host)).Source);
    }

    public static TheoryData<string, TuneFusionRequest> Wrong => new()
    {
        { "tenant", new TuneFusionRequest() },
        { "questions", new TuneFusionRequest { Tenant = "acme" } },
        { "questions[0].text", Tuning(question => question.Text = " ") },
        { "questions[0].relevance", Tuning(question => question.Relevance.Clear()) },
        { "questions[0].relevance", Tuning(question => question.Relevance["quota.md"] = -1) },
        { "questions[0].relevance", Tuning(question => question.Relevance["quota.md"] = 101) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_questions_are_refused_by_field(string field, TuneFusionRequest request)
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.TuneFusionAsync(request, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal((StatusCode.InvalidArgument, field), (error.StatusCode, ServiceError.From(error)!.Param));
    }

    [Fact]
    public async Task A_collection_that_is_not_there_is_not_found()
    {
        await using var host = new RetrievalHost(_folder.Path, null);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await host.Client.TuneFusionAsync(Tuning(), RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal("collection_not_found", ServiceError.From(error)!.Code);
    }

    private static TuneFusionRequest Tuning(Action<JudgedQuestion>? spoil = null, bool trial = false)
    {
        (string Text, string Document)[] asked =
            [("canary breaches a guardrail", "rollback.md"), ("output cache by intent", "cache.md"), ("quota for every minute", "quota.md"), ("embedding of every chunk", "vectors.md"), ("provider by price", "models.md"), ("token budget template", "prompts.md")];
        var request = new TuneFusionRequest { Tenant = "acme", Trial = trial };
        for (var i = 0; i < 30; i++) request.Questions.Add(new JudgedQuestion { Text = asked[i % asked.Length].Text, Relevance = { [asked[i % asked.Length].Document] = 1 } });
        spoil?.Invoke(request.Questions[0]);
        return request;
    }

    private static async Task<FusionDescription> DescribeAsync(RetrievalHost host) =>
        (await host.Client.DescribeIndexesAsync(new DescribeIndexesRequest { Tenant = "acme" }, RetrievalHost.Key, cancellationToken: Cancel)).Indexes.Single().Fusion;
}
