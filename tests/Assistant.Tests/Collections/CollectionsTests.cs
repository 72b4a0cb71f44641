using Slipway.Assistant.Tests.Hosting;
using Slipway.Contracts;

namespace Slipway.Assistant.Tests.Collections;

public sealed class CollectionsTests(AssistantFixture fixture) : AssistantTest(fixture), IClassFixture<AssistantFixture>
{
    [Fact]
    public async Task The_callers_collections_that_have_documents_are_listed()
    {
        var reply = await SendAsync(HttpMethod.Get, "/v1/collections");

        Assert.Equal(
            """{"object":"list","data":[{"object":"collection","name":"default","documents":3,"passages":7,"corpus_version":"c1","embeddings_version":"lsa-1"}]}""", reply.Body);
        Assert.Equal(Tenant, Peers.Retrieval.Describes.Requests.Single().Tenant);
    }

    [Fact]
    public async Task A_collection_is_deleted_and_its_cached_answers_with_it()
    {
        var reply = await SendAsync(HttpMethod.Delete, "/v1/collections/faq");

        Assert.Equal(204, reply.Status);
        var asked = Peers.Retrieval.CollectionDeletes.Requests.Single();
        Assert.Equal((Tenant, "faq"), (asked.Tenant, asked.Collection));
        Assert.Equal("c4", Host.Get<Slipway.Assistant.Configuration.Corpora>().VersionOf(Tenant, "faq"));
    }

    [Fact]
    public async Task A_collection_that_is_not_there_is_a_404()
    {
        Peers.Retrieval.OnDeleteCollection = (_, _) => throw ServiceError.NotFound("collection_not_found", "There is no collection 'faq'.", "collection").ToException();

        (await SendAsync(HttpMethod.Delete, "/v1/collections/faq")).MustBeError(404, "collection_not_found", "collection");
    }

    [Theory]
    [InlineData("/v1/collections/Not%20a%20name")]
    [InlineData("/v1/documents/a?collection=A")]
    public async Task A_wrong_name_is_a_400_that_says_what_names_are_like(string path) =>
        (await SendAsync(HttpMethod.Delete, path)).MustBeError(400, "invalid_value", "collection");
}
