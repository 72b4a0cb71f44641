using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Kpis;
using Slipway.Control.Records;
using Slipway.Control.Slo;
using Slipway.Control.Webhooks;
using Slipway.Testing;

namespace Slipway.Control.Tests;

/// <summary>Counting and reading over days, without a host: a clock that a test moves, and a database in a folder.</summary>
internal sealed class KpiRig : IDisposable, IDbContextFactory<ControlDb>
{
    private readonly TempFolder _folder = new();
    private readonly RecordWriter _writer;
    private readonly TimeOrderedIds _ids;
    private int _requests;

    public KpiRig(string? slo = null)
    {
        File.WriteAllText(SloPath, slo ?? File.ReadAllText(Path.Combine(Repository.Root, "ai", "slo.json")));
        using (var database = CreateDbContext()) database.Database.Migrate();
        _ids = new TimeOrderedIds(Time);
        _writer = new RecordWriter(this, _ids, Time, new RecordOptions());
        Start();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2027, 1, 15, 0, 0, 0, TimeSpan.Zero));

    public string SloPath => _folder.File("slo.json");

    public SloService Slo { get; private set; } = null!;

    public EventStore Events { get; private set; } = null!;

    public KpiStore Store { get; private set; } = null!;

    public HourRollups Hours { get; private set; } = null!;

    public KpiReader Reader { get; private set; } = null!;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What a process does at its start; what is only in memory is lost.</summary>
    public void Start()
    {
        Store = new KpiStore(Time);
        Hours = new HourRollups(this, Time);
        Reader = new KpiReader(Store, Hours, this, Time);
        Events = new EventStore(this, _ids, WebhookOptions.Read(new ConfigurationBuilder().Build()), Time);
        Slo?.Dispose();
        Slo = new SloService(SloPath, new SloTallies(Store, Reader, Time), Events, this, Time, NullLogger<SloService>.Instance);
        using var database = CreateDbContext();
        Store.StartAsync(database, Cancel).GetAwaiter().GetResult();
        Hours.StartAsync(database, Cancel).GetAwaiter().GetResult();
    }

    public ControlDb CreateDbContext()
    {
        var options = new DbContextOptionsBuilder<ControlDb>();
        DatabaseExtensions.Configure(options, null, _folder.Path);
        return new ControlDb(options.Options);
    }

    public void Count(double milliseconds, string route = "answers", string tenant = "t", int status = 200) => Store.Append(
        [
            new RequestRecord
            {
                RequestId = $"r{_requests++}", Route = route, Tenant = tenant, Release = "baseline", Status = status, TimeUnixMs = Time.GetUtcNow().ToUnixTimeMilliseconds(), TotalMs = milliseconds,
                StageMs = { ["model"] = milliseconds / 2, ["retrieval"] = milliseconds / 4 }, Usage = new Usage { PromptTokens = 10 }, CostUsd = 0.001,
            },
        ], 0);

    public Task WriteAsync() => _writer.WriteAsync(Store.Take(), Cancel);

    public Task<KpisResponse> ReadAsync(TimeSpan back, int? step = null, string? groupBy = null, string? tenant = null) => Reader.ReadAsync(
        KpiQuery.Parse(null, tenant, null, groupBy), KpiRange.Parse(null, (Time.GetUtcNow() - back).ToString("O"), null, step, Time.GetUtcNow()), Cancel);

    public void Dispose()
    {
        Slo.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }
}
