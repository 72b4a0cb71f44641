using Google.Protobuf;
using Microsoft.EntityFrameworkCore;
using Slipway.Contracts;
using Slipway.Control.Data;
using Slipway.Control.Watching;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.Control.Releases;

/// <summary>Releases, which never change once made, and the pointer to the one that answers. Rolling back is activating an earlier one.</summary>
internal sealed class ReleaseStore(IDbContextFactory<ControlDb> databases, TimeOrderedIds ids, TimeProvider time)
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    private readonly SemaphoreSlim _writing = new(1);

    public Published<ReleaseSet> Set { get; } = new();

    /// <summary>What a new stack answers with.</summary>
    internal static Release Baseline => new()
    {
        Name = "baseline",
        Prompt = "answer",
        PromptVersion = "1",
        Models = { "answer" },
        Search = new SearchSettings { Mode = "hybrid", Limit = 8 },
        ReviewBelowConfidence = 0.35,
        Description = "What a new stack answers with.",
    };

    internal async Task StartAsync(ControlDb database, CancellationToken cancellationToken)
    {
        if (!await database.Releases.AnyAsync(cancellationToken))
        {
            Add(database, Baseline, "slipway");
            Activate(database, Baseline.Name, "", "slipway", "The first release.");
            await database.SaveChangesAsync(cancellationToken);
        }

        await PublishAsync(database, cancellationToken);
    }

    /// <summary>Makes a release. It answers only once it is activated.</summary>
    public async Task<Release> CreateAsync(Release release, string by, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            if (await database.Releases.AnyAsync(row => row.Name == release.Name, cancellationToken))
                throw new ApiException(new ApiError(409, "release_exists", $"There is a release '{release.Name}' already, and releases never change: choose another name.", "name"));
            var made = Add(database, release, by);
            await database.SaveChangesAsync(cancellationToken);
            await PublishAsync(database, CancellationToken.None);
            return made;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Makes a release the one that answers. Activating the active one again changes nothing, and is not history.</summary>
    public async Task<ActivationRow> ActivateAsync(string name, string by, string reason, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await using var database = await databases.CreateDbContextAsync(cancellationToken);
            if (!await database.Releases.AnyAsync(row => row.Name == name, cancellationToken)) throw Unknown(name);
            var last = await database.Activations.AsNoTracking().OrderByDescending(row => row.Id).FirstAsync(cancellationToken);
            if (last.Release == name) return last;
            var activation = Activate(database, name, last.Release, by, reason);
            await database.SaveChangesAsync(cancellationToken);
            await PublishAsync(database, CancellationToken.None);
            return activation;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The activations, newest first.</summary>
    public async Task<IReadOnlyList<ActivationRow>> HistoryAsync(int limit, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        return await database.Activations.AsNoTracking().OrderByDescending(row => row.Id).Take(limit).ToListAsync(cancellationToken);
    }

    internal static ApiException Unknown(string name) => new(new ApiError(404, "release_not_found", $"There is no release '{name}'."));

    private Release Add(ControlDb database, Release release, string by)
    {
        var made = release.Clone();
        made.CreatedUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        database.Releases.Add(new ReleaseRow { Name = made.Name, Definition = Formatter.Format(made), CreatedBy = by, CreatedUnixMs = made.CreatedUnixMs });
        return made;
    }

    private ActivationRow Activate(ControlDb database, string name, string previous, string by, string reason)
    {
        var activation = new ActivationRow { Id = ids.Next(), Release = name, Previous = previous, By = by, Reason = reason, TimeUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
        database.Activations.Add(activation);
        return activation;
    }

    private async Task PublishAsync(ControlDb database, CancellationToken cancellationToken)
    {
        var rows = await database.Releases.AsNoTracking().OrderBy(row => row.CreatedUnixMs).ThenBy(row => row.Name).ToListAsync(cancellationToken);
        var active = await database.Activations.AsNoTracking().OrderByDescending(row => row.Id).Select(row => row.Release).FirstAsync(cancellationToken);
        var set = new ReleaseSet { Active = active, Releases = { rows.Select(row => Parser.Parse<Release>(row.Definition)) } };
        set.Version = ContentVersion.Of(set);
        if (Set.Current?.Version != set.Version) Set.Publish(set);
    }
}
