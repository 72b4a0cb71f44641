using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Contracts;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Reranking;

public sealed class RerankerTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ScoringBroker _broker = new();
    private RetrievalHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // Keywords alone are fused here: what is ranked again does not matter to the ranker.
        _host = new RetrievalHost(
            _folder.Path, null,
            services => services.Replace(ServiceDescriptor.Singleton<ModelBrokerService.ModelBrokerServiceClient>(_broker)),
            ("Slipway:Retrieval:Reranker:Model", "ranker"), ("Slipway:Retrieval:Reranker:Passages", "5"), ("Slipway:Retrieval:Reranker:TimeoutMs", "10000"), ("Slipway:Retrieval:Reranker:PassageCharacters", "100"));
        await _host.UpsertAsync(Cancel, Enumerable.Range(0, 12).Select(i => Samples.Text("acme", $"d{i:00}", $"{string.Join(' ', Enumerable.Repeat("harbour", 12 - i))} number {i}", "Harbours")));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_best_passages_are_in_the_models_order_and_the_others_stay_behind_them()
    {
        var fused = Ids(await SearchAsync(rerank: false));
        // The model thinks the reverse.
        _broker.Score = (documents) => [.. documents.Select((_, index) => (double)index)];

        var found = await SearchAsync();

        Assert.Equal("applied", found.Rerank);
        Assert.Equal([.. fused.Take(5).Reverse(), .. fused.Skip(5)], Ids(found));
        Assert.Equal([4, 3, 2, 1, 0], found.Passages.Take(5).Select(passage => passage.RerankScore));
        Assert.All(found.Passages.Skip(5), passage => Assert.False(passage.HasRerankScore));
        Assert.Equal(0.5, found.CostUsd);
        var asked = Assert.Single(_broker.Requests);
        Assert.Equal(("acme", "r1", "ranker", "harbour", 5), (asked.Tenant, asked.RequestId, asked.Model, asked.Query, asked.Documents.Count));
        Assert.All(asked.Documents, text => Assert.True(text.StartsWith("Harbours\nharbour", StringComparison.Ordinal) && text.Length <= 100));
    }

    [Fact]
    public async Task Pages_of_a_ranking_that_was_made_again_do_not_overlap()
    {
        _broker.Score = documents => [.. documents.Select((_, index) => (double)index)];
        var whole = Ids(await SearchAsync());
        Assert.Equal(whole, [.. Ids(await SearchAsync(offset: 0, limit: 4)), .. Ids(await SearchAsync(offset: 4, limit: 4)), .. Ids(await SearchAsync(offset: 8, limit: 4))]);
    }

    [Fact]
    public async Task Equal_scores_keep_the_fused_order()
    {
        _broker.Score = documents => [.. documents.Select(_ => 1.0)];
        Assert.Equal(Ids(await SearchAsync(rerank: false)), Ids(await SearchAsync()));
    }

    [Theory]
    [InlineData(StatusCode.DeadlineExceeded, "rerank_timeout")]
    [InlineData(StatusCode.Unavailable, "rerank_unavailable")]
    [InlineData(StatusCode.NotFound, "rerank_unavailable")]
    [InlineData(StatusCode.ResourceExhausted, "rerank_unavailable")]
    public async Task A_model_that_fails_leaves_the_fused_order_and_a_reason(StatusCode status, string reason)
    {
        var fused = Ids(await SearchAsync(rerank: false));
        _broker.Score = _ => throw new RpcException(new Status(status, "no"));

        var found = await SearchAsync();

        Assert.Equal((reason, 0), (found.Rerank, found.CostUsd));
        Assert.Equal(fused, Ids(found));
    }

    [Fact]
    public async Task A_model_that_scores_too_few_is_not_believed()
    {
        _broker.Score = documents => [.. documents.Skip(1).Select(_ => 1.0)];
        Assert.Equal("rerank_unavailable", (await SearchAsync()).Rerank);
    }

    [Theory]
    [InlineData(SearchMode.Keyword)]
    public async Task Whoever_asks_for_one_half_gets_that_half(SearchMode mode)
    {
        var found = await _host.Client.SearchAsync(new SearchRequest { Tenant = "acme", Query = "harbour", Mode = mode }, RetrievalHost.Key, cancellationToken: Cancel);
        Assert.Equal("", found.Rerank);
        Assert.Empty(_broker.Requests);
    }

    [Fact]
    public async Task Without_a_model_asking_for_one_is_an_error_and_not_asking_is_none()
    {
        using var folder = new TempFolder();
        await using var host = new RetrievalHost(folder.Path, null);
        await host.UpsertAsync(Cancel, Samples.Text("acme", "a", "harbour"));
        Assert.Equal("", (await host.SearchAsync("acme", "harbour", Cancel)).Rerank);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await host.Client.SearchAsync(new SearchRequest { Tenant = "acme", Query = "harbour", Rerank = true }, RetrievalHost.Key, cancellationToken: Cancel));
        Assert.Equal((StatusCode.InvalidArgument, "no_reranker", "rerank"), (error.StatusCode, ServiceError.From(error)!.Code, ServiceError.From(error)!.Param));
    }

    private static List<string> Ids(SearchResponse found) => [.. found.Passages.Select(passage => passage.DocumentId)];

    private async Task<SearchResponse> SearchAsync(bool? rerank = null, int offset = 0, int limit = 20)
    {
        var request = new SearchRequest { Tenant = "acme", Query = "harbour", Offset = offset, Limit = limit, RequestId = "r1" };
        if (rerank is { } wanted) request.Rerank = wanted;
        return await _host.Client.SearchAsync(request, RetrievalHost.Key, cancellationToken: Cancel);
    }

    /// <summary>The model broker's client without a broker: scores as a test says.</summary>
    private sealed class ScoringBroker : ModelBrokerService.ModelBrokerServiceClient
    {
        public List<RerankRequest> Requests { get; } = [];

        public Func<IReadOnlyList<string>, double[]> Score { get; set; } = documents => new double[documents.Count];

        public override AsyncUnaryCall<RerankResponse> RerankAsync(RerankRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default)
        {
            Assert.NotNull(deadline);
            Requests.Add(request);
            return new AsyncUnaryCall<RerankResponse>(AnswerAsync(request), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }

        private async Task<RerankResponse> AnswerAsync(RerankRequest request)
        {
            await Task.Yield();
            return new RerankResponse { Model = request.Model, Scores = { Score(request.Documents) }, CostUsd = 0.5 };
        }
    }
}
