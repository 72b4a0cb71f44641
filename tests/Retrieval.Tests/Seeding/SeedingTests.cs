using Slipway.Contracts;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Seeding;
using Slipway.Retrieval.Tests.Support;
using Slipway.Testing;
using Xunit;

namespace Slipway.Retrieval.Tests.Seeding;

public sealed class SeedingTests : IDisposable
{
    private readonly TempFolder _data = new();
    private readonly TempFolder _docs = new();
    private readonly VectorsServer _vectors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _vectors.Dispose();
        _docs.Dispose();
        _data.Dispose();
    }

    private RetrievalHost Host(string? vectors) => new(_data.Path, vectors, ("Slipway:Corpus:Path", _docs.Path), ("Slipway:Corpus:Tenant", "dev"));

    private void Write(string name, string text)
    {
        var path = _docs.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    [Fact]
    public async Task The_folder_is_indexed_at_start_and_health_waits_for_it()
    {
        foreach (var sample in Samples.Small("dev")) Write(sample.Id, sample.Text);
        Write("concepts/request-path.md", "# The request path\n\nEvery question passes the gateway, the flags and the cache before retrieval.");
        Write("notes.txt", "Plain notes about the dashboard and its telemetry.");
        Write("data.jsonl", "{\"_id\":\"j1\",\"title\":\"Judged\",\"text\":\"A judged line about embeddings.\"}\nnot json\n{\"id\":\"j2\",\"text\":\"Another line about budgets.\"}\n");
        Write(".hidden/secret.md", "# Hidden\n\nNot to be indexed.");
        Write("empty.md", "  \n");
        await using var host = Host(_vectors.ConnectionString);
        using var http = host.CreateClient();
        await host.Service<SeedState>().Done.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Cancel));

        await host.VectorsReadyAsync("dev", Cancel);
        var response = await host.SearchAsync("dev", "what does a question pass before retrieval", Cancel);
        Assert.Equal(SearchMode.Hybrid, response.Mode);
        Assert.Equal("concepts/request-path.md", response.Passages[0].DocumentId);
        Assert.Equal("The request path", response.Passages[0].Title);
        Assert.Equal(10, host.Corpora.Find("dev")!.Row.Documents);
        Assert.Equal("notes", (await host.SearchAsync("dev", "dashboard telemetry", Cancel)).Passages[0].Title);
        Assert.Equal("Judged", (await host.SearchAsync("dev", "judged line", Cancel)).Passages[0].Title);
    }

    [Fact]
    public async Task A_restart_stores_what_changed_deletes_what_is_gone_and_leaves_callers_documents_alone()
    {
        foreach (var sample in Samples.Small("dev")) Write(sample.Id, sample.Text);
        long sequence;
        await using (var host = Host(_vectors.ConnectionString))
        {
            await host.Service<SeedState>().Done.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            await host.UpsertAsync(Cancel, Samples.Text("dev", "mine", "A caller's own document about sailing."));
            sequence = host.Corpora.Find("dev")!.Row.Sequence;
        }

        await using (var host = Host(_vectors.ConnectionString))
        {
            await host.Service<SeedState>().Done.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Equal(sequence, host.Corpora.Find("dev")!.Row.Sequence);
        }

        File.Delete(_docs.File("quota.md"));
        Write("cache.md", "# The cache\n\nNow about something else: lighthouses.");
        await using (var host = Host(_vectors.ConnectionString))
        {
            await host.Service<SeedState>().Done.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Equal(sequence + 2, host.Corpora.Find("dev")!.Row.Sequence);
            Assert.Equal("cache.md", (await host.SearchAsync("dev", "lighthouses", Cancel)).Passages[0].DocumentId);
            Assert.DoesNotContain((await host.SearchAsync("dev", "request quota every minute", Cancel, limit: 50)).Passages, passage => passage.DocumentId == "quota.md");
            Assert.Equal("mine", (await host.SearchAsync("dev", "sailing", Cancel)).Passages[0].DocumentId);
            Assert.Equal(5, host.Service<DocumentStore>().ReadIds(1, DocumentOrigin.Seed).Count);
        }
    }

    [Fact]
    public async Task Without_vectors_seeding_ends_healthy()
    {
        foreach (var sample in Samples.Small("dev")) Write(sample.Id, sample.Text);
        await using var host = Host(null);
        using var http = host.CreateClient();
        await host.Service<SeedState>().Done.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Cancel));
    }

    [Fact]
    public void Wrong_options_are_all_named_at_once()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => new RetrievalHost(
            _data.Path, null, ("Slipway:Corpus:Path", "/no/such/folder"), ("Slipway:Retrieval:Vectors:TimeoutMs", "0"), ("Slipway:Retrieval:Fusion:Policy", "best")));
        var error = exception.Message;
        Assert.Contains("Slipway:Corpus:Path names '/no/such/folder'", error, StringComparison.Ordinal);
        Assert.Contains("Slipway:Corpus:Tenant is not set", error, StringComparison.Ordinal);
        Assert.Contains("Slipway:Retrieval:Vectors:TimeoutMs is 0; it must be between 1 and 10000", error, StringComparison.Ordinal);
        Assert.Contains("Slipway:Retrieval:Fusion:Policy is 'best'", error, StringComparison.Ordinal);
    }
}
