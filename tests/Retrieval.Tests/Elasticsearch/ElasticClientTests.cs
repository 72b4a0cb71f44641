using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Slipway.Retrieval.Documents;
using Slipway.Retrieval.Elasticsearch;
using Slipway.Retrieval.Keyword;
using Slipway.Retrieval.Vectors;
using Xunit;

namespace Slipway.Retrieval.Tests.Elasticsearch;

/// <summary>What becomes of errors, load, silence and servers of other kinds.</summary>
public sealed class ElasticClientTests : IAsyncLifetime
{
    private const string Set = "slipway:0a1b2c3d:1:1";
    private const string Secret = "the-words-of-a-document";

    private FakeElastic _fake = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fake = await FakeElastic.StartAsync();

    public async ValueTask DisposeAsync() => await _fake.DisposeAsync();

    [Theory]
    [InlineData("8.15.0", 0, "8")]
    [InlineData("8.19.3-SNAPSHOT", 0, "8")]
    [InlineData("9.0.0", 0, "9")]
    [InlineData("9.5.1", 8, "8")]
    [InlineData("10.0.0", 0, "9")]
    public async Task The_version_of_the_server_is_asked_once_and_its_interface_named_in_every_request(string version, int asked, string named)
    {
        await using var fake = await FakeElastic.StartAsync(version);
        using var setup = new ElasticSetup(fake.ConnectionString, new ElasticOptions { Compatibility = asked });
        await setup.Vectors.PingAsync(Cancel);
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel);
        Assert.Equal(asked == 0 ? 1 : 0, fake.Requests.Count(request => request.Path == "/"));
        Assert.All(fake.Requests.Where(request => request.Path != "/"), request => Assert.EndsWith("compatible-with=" + named, request.Accept));
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_named()
    {
        await using var fake = await FakeElastic.StartAsync("8.14.3");
        using var setup = new ElasticSetup(fake.ConnectionString);
        var error = await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.PingAsync(Cancel));
        Assert.Equal(VectorFault.Refused, error.Fault);
        Assert.Contains("8.14.3; 8.15 or later is needed", error.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("OpenSearch")]
    public async Task Something_that_is_not_Elasticsearch_is_not_taken_for_it(string? product)
    {
        _fake.Product = product;
        var error = await FailAsync(setup => setup.Vectors.PingAsync(Cancel));
        Assert.Equal(VectorFault.Refused, error.Fault);
        Assert.Contains("does not say that it is Elasticsearch", error.Message);
    }

    [Fact]
    public async Task Wrong_credentials_are_named_and_not_told()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString.Replace(FakeElastic.Password, "wrong-secret"));
        var error = await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.PingAsync(Cancel));
        Assert.Contains("401 security_exception", error.Message);
        Assert.DoesNotContain("wrong-secret", error.ToString());
    }

    [Fact]
    public async Task A_change_that_is_turned_away_for_load_is_sent_again_a_bounded_number_of_times()
    {
        var turned = 0;
        _fake.Fault = request => request.Operation == "_bulk" && Interlocked.Increment(ref turned) <= 3 ? new FakeFault(429, "es_rejected_execution_exception") { RetryAfter = "0" } : null;
        using var setup = new ElasticSetup(_fake.ConnectionString);
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel);
        Assert.Equal(1, await setup.Vectors.CountAsync(Set, Cancel));

        _fake.Fault = request => request.Operation == "_bulk" ? new FakeFault(503, "fault") { RetryAfter = "0" } : null;
        var before = _fake.Requests.Count;
        var error = await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.AddAsync(Set, [new(2, [0, 1])], Cancel));
        Assert.Equal(ElasticFault.Throttled, ((ElasticException)error.InnerException!).Fault);
        Assert.Equal(VectorFault.Refused, error.Fault);
        Assert.Equal(setup.Options.Retries + 1, _fake.Requests.Count - before);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_longer_pause_than_is_allowed_is_not_asked_again()
    {
        _fake.Fault = request => request.Operation == "_bulk" ? new FakeFault(429) { RetryAfter = "60" } : null;
        var error = await FailAsync(setup => setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel));
        Assert.Equal(TimeSpan.FromSeconds(60), ((ElasticException)error.InnerException!).RetryAfter);
        Assert.Single(_fake.Requests, request => request.Operation == "_bulk");
    }

    [Fact]
    public void Pauses_double_are_partly_drawn_are_bounded_and_heed_Retry_After()
    {
        using var setup = new ElasticSetup("http://localhost:1", new ElasticOptions { RetryDelayMs = 100, MaxRetryDelayMs = 1000, Retries = 8 });
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var whole = Math.Min(100 * Math.Pow(2, attempt), 1000);
            Assert.InRange(setup.Client.Pause(attempt, null)!.Value.TotalMilliseconds, whole / 2, whole);
        }

        Assert.Null(setup.Client.Pause(8, null));
        Assert.Equal(TimeSpan.FromMilliseconds(900), setup.Client.Pause(0, TimeSpan.FromMilliseconds(900)));
        Assert.Null(setup.Client.Pause(0, TimeSpan.FromMilliseconds(1001)));
    }

    [Fact]
    public async Task Of_a_bulk_that_succeeded_in_part_only_the_rest_is_sent_again()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString);
        await setup.Vectors.AddAsync(Set, [new(9, [1, 0])], Cancel);
        var turned = new HashSet<string>();
        _fake.ItemFault = id => id is "2" or "3" && turned.Add(id) ? new FakeError(429, "es_rejected_execution_exception", Secret) : null;
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0]), new(2, [0, 1]), new(3, [1, 1]), new(4, [1, 2])], Cancel);
        Assert.Equal(5, await setup.Vectors.CountAsync(Set, Cancel));
        var last = _fake.Requests.Last(request => request.Operation == "_bulk");
        Assert.Equal(2, last.Body.Split('\n').Count(line => line.StartsWith("{\"create\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_a_bulk_that_was_refused_in_part_the_error_says_how_much_and_why_and_nothing_of_the_documents()
    {
        _fake.ItemFault = id => id is "2" or "4" ? new FakeError(400, "document_parsing_exception", Secret) : null;
        var error = await FailAsync(setup => setup.Vectors.AddAsync(Set, [new(1, [1, 0]), new(2, [0, 1]), new(3, [1, 1]), new(4, [1, 2])], Cancel));
        Assert.Equal(VectorFault.Refused, error.Fault);
        Assert.Contains("2 of 4 chunks were refused, the first with 400 document_parsing_exception", error.Message);
        Assert.DoesNotContain(Secret, error.ToString());
        using var again = new ElasticSetup(_fake.ConnectionString);
        Assert.Equal([2, 4], await again.Vectors.FindMissingAsync(Set, [1, 2, 3, 4], Cancel));
    }

    [Fact]
    public async Task A_bulk_whose_items_stay_turned_away_ends_as_load()
    {
        _fake.ItemFault = id => id == "2" ? new FakeError(429, "es_rejected_execution_exception", Secret) : null;
        var error = await FailAsync(setup => setup.Vectors.AddAsync(Set, [new(1, [1, 0]), new(2, [0, 1])], Cancel));
        Assert.Equal(ElasticFault.Throttled, ((ElasticException)error.InnerException!).Fault);
        Assert.Contains("were turned away for load", error.Message);
    }

    [Fact]
    public async Task Bulks_are_cut_by_documents_and_by_bytes()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString, new ElasticOptions { BulkDocuments = 40, BulkBytes = 65_536 });
        await setup.Vectors.AddAsync(Set, [new(0, new float[16].Select((_, i) => i + 0.5f).ToArray())], Cancel);
        var before = _fake.Requests.Count;
        await setup.Vectors.AddAsync(Set, [.. Enumerable.Range(1, 100).Select(i => new ChunkVector(i, Enumerable.Repeat((float)i, 16).ToArray()))], Cancel);
        var bulks = _fake.Requests.Skip(before).Where(request => request.Operation == "_bulk").ToList();
        Assert.Equal([40, 40, 20], bulks.Select(bulk => bulk.Body.Split('\n').Count(line => line.StartsWith("{\"create\"", StringComparison.Ordinal))));

        before = _fake.Requests.Count;
        await setup.Vectors.AddAsync("slipway:0a1b2c3d:1:2", [.. Enumerable.Range(1, 20).Select(i => new ChunkVector(i, Enumerable.Range(0, 3000).Select(j => (i * 0.123456f) + j).ToArray()))], Cancel);
        bulks = [.. _fake.Requests.Skip(before).Where(request => request.Operation == "_bulk")];
        Assert.True(bulks.Count > 3);
        Assert.All(bulks, bulk => Assert.True(Encoding.UTF8.GetByteCount(bulk.Body) < 65_536 + 10_000));
        Assert.Equal(20, await setup.Vectors.CountAsync("slipway:0a1b2c3d:1:2", Cancel));
    }

    [Fact]
    public async Task Vectors_of_another_dimension_conflict_with_the_mapping()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString);
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel);
        var error = await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.AddAsync(Set, [new(2, [0.25f, 0.5f, 0.125f])], Cancel));
        Assert.Equal((VectorFault.Refused, ElasticFault.MappingConflict), (error.Fault, ((ElasticException)error.InnerException!).Fault));
        Assert.DoesNotContain("0.125", error.ToString());
        Assert.Equal(VectorFault.Refused, (await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.SearchAsync(Set, new float[] { 1, 0, 0 }, 3, Cancel))).Fault);
    }

    [Fact]
    public async Task An_index_that_another_process_makes_first_is_used()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString);
        using var other = new ElasticSetup(_fake.ConnectionString);
        var raced = 0;
        _fake.Fault = request =>
        {
            if (request.Method == "PUT" && Interlocked.Increment(ref raced) == 1) other.Vectors.AddAsync(Set, [new(7, [1, 1])], Cancel).GetAwaiter().GetResult();
            return null;
        };
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel);
        Assert.Equal(2, await setup.Vectors.CountAsync(Set, Cancel));
    }

    [Fact]
    public async Task An_index_that_vanishes_is_never_made_up_by_a_write()
    {
        using var setup = new ElasticSetup(_fake.ConnectionString);
        await setup.Vectors.AddAsync(Set, [new(1, [1, 0])], Cancel);
        _fake.LoseData();
        await setup.Vectors.RemoveAsync(Set, [1], Cancel);
        Assert.Empty(_fake.IndexNames());
        await setup.Vectors.AddAsync(Set, [new(2, [1, 0])], Cancel);
        Assert.Equal("int8_hnsw", _fake.Index("slipway-0a1b2c3d-1-1").Properties["vector"].GetProperty("index_options").GetProperty("type").GetString());
        Assert.Equal([1], await setup.Vectors.FindMissingAsync(Set, [1, 2], Cancel));
    }

    [Fact]
    public async Task Silence_is_a_timeout()
    {
        _fake.Fault = request => request.Operation == "_search" ? new FakeFault { Hang = true } : null;
        using var setup = new ElasticSetup(_fake.ConnectionString, new ElasticOptions { ReadTimeoutMs = 200 });
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<VectorIndexException>(() => setup.Vectors.SearchAsync(Set, new float[] { 1, 0 }, 3, Cancel));
        Assert.Equal(VectorFault.Timeout, error.Fault);
        Assert.Contains("POST /slipway-0a1b2c3d-1-1/_search was not answered within 200 ms", error.Message);
        Assert.InRange(watch.ElapsedMilliseconds, 190, 10_000);
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_no_fault_of_the_server()
    {
        using var reached = new CancellationTokenSource();
        _fake.Fault = request =>
        {
            if (request.Operation != "_search") return null;
            reached.Cancel();
            return new FakeFault { Hang = true };
        };
        using var setup = new ElasticSetup(_fake.ConnectionString);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => setup.Vectors.SearchAsync(Set, new float[] { 1, 0 }, 3, reached.Token));
    }

    [Fact]
    public async Task A_connection_that_is_refused_or_cut_is_unavailable()
    {
        _fake.Fault = request => request.Operation == "_search" ? new FakeFault { Cut = true } : null;
        Assert.Equal(VectorFault.Unavailable, (await FailAsync(setup => setup.Vectors.SearchAsync(Set, new float[] { 1, 0 }, 3, Cancel))).Fault);
        await _fake.StopAsync();
        Assert.Equal(VectorFault.Unavailable, (await FailAsync(setup => setup.Vectors.PingAsync(Cancel))).Fault);
    }

    [Theory]
    [InlineData(503, "master_not_discovered_exception", "Unavailable")]
    [InlineData(502, "", "Unavailable")]
    [InlineData(409, "version_conflict_engine_exception", "VersionConflict")]
    [InlineData(404, "index_not_found_exception", "IndexMissing")]
    [InlineData(400, "resource_already_exists_exception", "IndexExists")]
    [InlineData(400, "strict_dynamic_mapping_exception", "MappingConflict")]
    [InlineData(400, "mapper_parsing_exception", "MappingConflict")]
    [InlineData(429, "circuit_breaking_exception", "Throttled")]
    [InlineData(413, "", "Rejected")]
    [InlineData(400, "illegal_argument_exception", "Rejected")]
    public async Task Errors_have_classes_and_their_reasons_are_only_told_where_they_cannot_quote_documents(int status, string type, string fault)
    {
        _fake.Fault = request => request.Path == "/" ? null : new FakeFault(status, type, Secret);
        using var setup = new ElasticSetup(_fake.ConnectionString);
        var silent = await Assert.ThrowsAsync<ElasticException>(() => setup.Client.SendAsync(new ElasticRequest(HttpMethod.Post, "i/_search", TimeSpan.FromSeconds(20)) { Body = "{}"u8.ToArray() }, Cancel));
        Assert.Equal(fault, silent.Fault.ToString());
        Assert.Contains($"POST /i/_search was answered with {status}", silent.Message);
        Assert.Contains(type, silent.Message);
        Assert.DoesNotContain(Secret, silent.ToString());
        var telling = await Assert.ThrowsAsync<ElasticException>(() => setup.Client.SendAsync(new ElasticRequest(HttpMethod.Post, "i/_refresh", TimeSpan.FromSeconds(20)) { Telling = true }, Cancel));
        Assert.Contains(Secret, telling.Message);
    }

    [Fact]
    public void A_proxy_that_answers_with_a_page_is_understood()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        var wait = new System.Net.Http.Headers.RetryConditionHeaderValue(now.AddSeconds(7));
        var error = ElasticErrors.Of(new ElasticRequest(HttpMethod.Get, "i?x=1", TimeSpan.Zero), System.Net.HttpStatusCode.ServiceUnavailable, wait, "<html>busy</html>"u8.ToArray(), now);
        Assert.Equal((ElasticFault.Throttled, TimeSpan.FromSeconds(7)), (error.Fault, error.RetryAfter!.Value));
        Assert.Equal("GET /i was answered with 503.", error.Message);
    }

    [Fact]
    public async Task After_questions_without_an_answer_nobody_asks_for_a_while_and_then_one_goes_ahead()
    {
        var time = new FakeTimeProvider();
        var pause = new ElasticPause(new ElasticOptions { ProbeMs = 500 }, time, tolerated: 1);
        var asked = 0;
        Task<bool> Fail()
        {
            asked++;
            return Task.FromException<bool>(new ElasticException(ElasticFault.Unavailable, "away"));
        }

        for (var i = 0; i < 3; i++) await Assert.ThrowsAsync<KeywordIndexException>(() => pause.AskAsync(Fail));
        Assert.Equal(2, asked);
        time.Advance(TimeSpan.FromMilliseconds(500));
        var answer = new TaskCompletionSource<bool>();
        var first = pause.AskAsync(() => answer.Task);
        await Assert.ThrowsAsync<KeywordIndexException>(() => pause.AskAsync(Fail));
        answer.SetResult(true);
        Assert.True(await first);
        Assert.True(await pause.AskAsync(() => Task.FromResult(true)));
    }

    [Theory]
    [InlineData("http://elastic:p%40ss%3Aword@es.example:9200", "", "http://es.example:9200/", "Basic", "elastic:p@ss:word")]
    [InlineData("http://elastic:a-_.{}~()*+!b@localhost:9200", "", "http://localhost:9200/", "Basic", "elastic:a-_.{}~()*+!b")]
    [InlineData("https://es.example/prefix/", "", "https://es.example/prefix/", null, null)]
    [InlineData("https://es.example:9243/prefix", "a2V5", "https://es.example:9243/prefix/", "ApiKey", "a2V5")]
    public void A_connection_string_has_an_address_and_credentials(string connectionString, string apiKey, string address, string? scheme, string? credentials)
    {
        Assert.Null(ElasticConnection.Check(connectionString, apiKey));
        var connection = ElasticConnection.Parse(connectionString, apiKey);
        Assert.Equal(address, connection.Address.ToString());
        Assert.Equal(scheme, connection.Authorization?.Scheme);
        Assert.Equal(credentials, connection.Authorization is { Scheme: "Basic" } basic ? Encoding.UTF8.GetString(Convert.FromBase64String(basic.Parameter!)) : connection.Authorization?.Parameter);
    }

    [Theory]
    [InlineData("slipway:0a1b2c3d:12:3", "slipway-0a1b2c3d-12-3")]
    [InlineData("a.b:C_d-é/*", "a.b-_43_5fd_2d_c3_a9_2f_2a")]
    public void Names_of_sets_are_lawful_names_of_indexes_that_can_be_read_back(string set, string index)
    {
        Assert.Equal(index, ElasticNames.IndexOf(set));
        Assert.Equal(set, ElasticNames.SetOf(index));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":a")]
    [InlineData("Upper")]
    public void A_set_without_a_lawful_name_is_refused(string set) => Assert.Throws<ArgumentException>(() => ElasticNames.IndexOf(set));

    [Fact]
    public void A_name_that_is_too_long_is_refused() => Assert.Throws<ArgumentException>(() => ElasticNames.IndexOf(new string('a', 250)));

    [Fact]
    public void Numbers_as_terms_sort_as_the_numbers_do()
    {
        double[] numbers = [double.MinValue, -1e300, -2024, -1.5, -1, -double.Epsilon, 0, double.Epsilon, 0.1, 1, 1.5, 2023, 2024, 1.7e12, 1e300, double.MaxValue];
        Assert.Equal(numbers.Select(ElasticMetadata.Sortable), numbers.Select(ElasticMetadata.Sortable).Order(StringComparer.Ordinal));
        Assert.Equal(numbers.Length, numbers.Select(ElasticMetadata.Sortable).Distinct().Count());
        Assert.Equal(ElasticMetadata.Sortable(0), ElasticMetadata.Sortable(-0.0));
        Assert.All(numbers, number => Assert.InRange(string.CompareOrdinal(ElasticMetadata.Sortable(number), new string('0', 16)), 0, int.MaxValue));
    }

    private async Task<VectorIndexException> FailAsync(Func<ElasticSetup, Task> ask)
    {
        using var setup = new ElasticSetup(_fake.ConnectionString);
        return await Assert.ThrowsAsync<VectorIndexException>(() => ask(setup));
    }
}
