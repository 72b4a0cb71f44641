using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Slipway.Contracts;
using Slipway.Testing;

namespace Slipway.Control.Tests;

public sealed class RetrievalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_index_is_shown_with_its_state_and_recall()
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var json = JsonNode.Parse(await host.Admin.GetStringAsync("/admin/retrieval", Cancel))!;

        var (degraded, fresh) = (json["indexes"]![0]!, json["indexes"]![1]!);
        Assert.Equal(("acme", "degraded", "recall_below_objective", 1), ((string?)degraded["tenant"], (string?)degraded["state"], (string?)degraded["reason"], (int)degraded["rebuilds"]!));
        Assert.Equal("""{"k":10,"samples":25,"mean":0.5,"lower":0.3105,"upper":0.6895,"target":0.92}""", degraded["recall"]!.ToJsonString());
        Assert.Equal("2027-01-15T08:00:00+00:00", (string?)degraded["since"]);
        Assert.Equal(("globex", "healthy", null), ((string?)fresh["tenant"], (string?)fresh["state"], (string?)fresh["reason"]));
        Assert.Equal("""{"k":10,"samples":0,"mean":null,"lower":null,"upper":null,"target":0.92}""", fresh["recall"]!.ToJsonString());
    }

    [Fact]
    public async Task One_tenant_is_asked_for_by_name()
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var json = JsonNode.Parse(await host.Admin.GetStringAsync("/admin/retrieval?tenant=globex", Cancel))!;

        Assert.Equal("globex", (string?)Assert.Single(json["indexes"]!.AsArray())!["tenant"]);
    }

    [Fact]
    public async Task A_retrieval_service_that_is_away_is_a_clean_503()
    {
        await using var host = await ControlHost.StartAsync(_folder, null);

        var response = await host.Admin.GetAsync("/admin/retrieval", Cancel);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("retrieval_unavailable", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["code"]);
        Assert.Equal(2, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
    }

    [Fact]
    public async Task Only_admins_see_it()
    {
        await using var host = await ControlHost.StartAsync(_folder, null);

        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client("answers").GetAsync("/admin/retrieval", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_weight_is_chosen_by_judged_questions_and_taken_back()
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var chosen = await host.Admin.PostAsJsonAsync(
            "/admin/retrieval/acme/fusion", new { collection = "faq", trial = true, questions = new[] { new { text = "q", relevance = new Dictionary<string, int> { ["d"] = 2 } } } }, Cancel);

        Assert.Equal(
            """{"vector_weight":0.35,"source":"held_out","questions":1,"keyword_ndcg":0.5,"vector_ndcg":0.25,"default_ndcg":0.5,"held_out_ndcg":0.6667,"chosen_at":"2027-01-15T08:00:00+00:00"}""",
            await chosen.Content.ReadAsStringAsync(Cancel));
        var reset = await host.Admin.DeleteAsync("/admin/retrieval/acme/fusion?collection=faq", Cancel);
        Assert.Equal(
            """{"vector_weight":0.2,"source":"default","questions":0,"keyword_ndcg":null,"vector_ndcg":null,"default_ndcg":null,"held_out_ndcg":null,"chosen_at":null}""",
            await reset.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task How_far_a_change_of_the_embedder_is_can_be_seen()
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var indexes = JsonNode.Parse(await host.Admin.GetStringAsync("/admin/retrieval", Cancel))!["indexes"]!;

        Assert.Equal("""{"waiting_chunks":0,"failed_chunks":0,"migration":null}""", indexes[1]!["embeddings"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(
            """
            {"waiting_chunks":2,"failed_chunks":1,"migration":{"phase":"dual_read","source_version":"lsa1-256-0b54c2e81f7a","target_version":"openai-small-32","since":"2027-01-15T08:00:00+00:00","done_chunks":40,"failed_chunks":3,"searches":20,"failed_searches":2,"overlap":0.6667,"mean_milliseconds":12.35,"retain_until":null,"reason":"It does not answer."}}
            """), indexes[0]!["embeddings"]), indexes[0]!["embeddings"]!.ToJsonString());
    }

    [Theory]
    [InlineData("revert", "openai-small-32", "reverted")]
    [InlineData("resume", "openai-large-32", "backfill")]
    public async Task A_change_of_the_embedder_is_taken_back_and_resumed(string what, string version, string phase)
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var response = await host.Admin.PostAsJsonAsync($"/admin/retrieval/acme/embeddings/{what}", new { collection = "faq" }, Cancel);

        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal((HttpStatusCode.OK, version, phase), (response.StatusCode, (string?)json["embeddings_version"], (string?)json["embeddings"]!["migration"]!["phase"]));
    }

    [Fact]
    public async Task A_change_that_cannot_be_taken_back_is_refused_in_the_words_of_retrieval()
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        // Without a body: the default collection.
        var response = await host.Admin.PostAsync("/admin/retrieval/globex/embeddings/revert", null, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("nothing_to_revert", (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["code"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client("answers").PostAsync("/admin/retrieval/globex/embeddings/revert", null, Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("{}", "questions")]
    [InlineData("{\"questions\":[null]}", "questions[0].text")]
    [InlineData("{\"questions\":[{\"text\":\"q\"}]}", "questions[0].relevance")]
    [InlineData("{\"questions\":[{\"text\":\"refused\",\"relevance\":{\"d\":1}}]}", "questions[7].text")]
    public async Task Questions_that_are_wrong_are_a_400_that_names_the_field(string body, string param)
    {
        await using var retrieval = await Peer.StartAsync(new FakeRetrieval());
        await using var host = await ControlHost.StartAsync(_folder, null, retrieval: retrieval.Urls.Single());

        var response = await host.Admin.PostAsync("/admin/retrieval/acme/fusion", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["param"]);
    }

    private sealed class FakeRetrieval : RetrievalService.RetrievalServiceBase
    {
        private static readonly IndexDescription[] Indexes =
        [
            new()
            {
                Tenant = "acme", State = VectorIndexState.Degraded, Reason = "recall_below_objective", SinceUnixMs = 1_800_000_000_000, Rebuilds = 1,
                Recall = new RecallFigures { K = 10, Samples = 25, Mean = 0.5, Lower = 0.31049, Upper = 0.68951, Target = 0.92 },
                Embeddings = new EmbeddingsFigures
                {
                    WaitingChunks = 2, FailedChunks = 1,
                    Migration = new EmbeddingsMigration
                    {
                        Phase = EmbeddingsPhase.DualRead, SourceVersion = "lsa1-256-0b54c2e81f7a", TargetVersion = "openai-small-32", SinceUnixMs = 1_800_000_000_000, DoneChunks = 40, FailedChunks = 3,
                        Searches = 20, FailedSearches = 2, Overlap = 2.0 / 3, MeanMilliseconds = 12.3456, Reason = "It does not answer.",
                    },
                },
            },
            new() { Tenant = "globex", State = VectorIndexState.Healthy, Recall = new RecallFigures { K = 10, Upper = 1, Target = 0.92 } },
        ];

        public override Task<FusionDescription> TuneFusion(TuneFusionRequest request, ServerCallContext context)
        {
            if (request.Questions[0].Text == "refused") throw ServiceError.Invalid("questions[7].text", "questions[7].text must have 1 to 8192 characters.").ToException();
            Assert.Equal(("acme", "faq", true, 2), (request.Tenant, request.Collection, request.Trial, request.Questions[0].Relevance["d"]));
            return Task.FromResult(new FusionDescription
            {
                VectorWeight = 0.35, Source = FusionSource.HeldOut, Questions = 1, KeywordNdcg = 0.5, VectorNdcg = 0.25, DefaultNdcg = 0.5, HeldOutNdcg = 2.0 / 3, ChosenUnixMs = 1_800_000_000_000,
            });
        }

        public override Task<FusionDescription> ResetFusion(ResetFusionRequest request, ServerCallContext context)
        {
            Assert.Equal(("acme", "faq"), (request.Tenant, request.Collection));
            return Task.FromResult(new FusionDescription { VectorWeight = 0.2, Source = FusionSource.Default });
        }

        public override Task<RevertEmbeddingsResponse> RevertEmbeddings(RevertEmbeddingsRequest request, ServerCallContext context)
        {
            if (request is { Tenant: "globex", Collection: "" }) throw new ServiceError(StatusCode.FailedPrecondition, "nothing_to_revert", "There is no change.").ToException();
            Assert.Equal(("acme", "faq"), (request.Tenant, request.Collection));
            return Task.FromResult(new RevertEmbeddingsResponse
            {
                EmbeddingsVersion = request.Resume ? "openai-large-32" : "openai-small-32",
                Embeddings = new EmbeddingsFigures { Migration = new EmbeddingsMigration { Phase = request.Resume ? EmbeddingsPhase.Backfill : EmbeddingsPhase.Reverted } },
            });
        }

        public override Task<DescribeIndexesResponse> DescribeIndexes(DescribeIndexesRequest request, ServerCallContext context) => Task.FromResult(
            new DescribeIndexesResponse { Indexes = { Indexes.Where(index => request.Tenant.Length == 0 || index.Tenant == request.Tenant) } });
    }
}
