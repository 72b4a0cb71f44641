using System.Runtime.CompilerServices;
using Grpc.Core;
using OpenTelemetry;
using Slipway.Assistant.RequestPath;
using Slipway.Contracts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Configuration;

namespace Slipway.Assistant.Configuration;

/// <summary>The broker's catalog as it was last told; also from the last run's file.</summary>
internal sealed class ModelCatalog(LastKnown<ListModelsResponse> disk)
{
    /// <summary>The name under which the whole request path is called.</summary>
    public const string Assistant = "assistant";

    /// <summary>The alias of the models that cheap mode asks.</summary>
    private const string Small = "small";

    private volatile Snapshot _snapshot = new(disk.Load());

    public bool Known => _snapshot.Catalog is not null;

    public IEnumerable<ModelInfo> Models => _snapshot.Models;

    public IEnumerable<ModelAlias> Aliases => _snapshot.Aliases;

    /// <summary>The models behind names and aliases, in order, each once; unknown names are left out.</summary>
    public IReadOnlyList<ModelInfo> Expand(IEnumerable<string> names) => _snapshot.Expand(names);

    /// <summary>A release with its models. Worked out once for a release and a catalog: every request asks for it.</summary>
    public ReleaseBinding Bind(Release release) => _snapshot.Bind(release);

    /// <summary>The release with the small models (alias <c>small</c>) in front of its own; null when its first model is the small one anyway, or one of the two has no models.</summary>
    public ReleaseBinding? Cheap(ReleaseBinding binding) => _snapshot.Cheap(binding);

    public void Accept(ListModelsResponse catalog)
    {
        if (_snapshot.Catalog?.Version == catalog.Version) return;
        _snapshot = new Snapshot(catalog);
        disk.Save(catalog);
    }

    /// <summary>One catalog, and what was worked out from it.</summary>
    private sealed class Snapshot(ListModelsResponse? catalog)
    {
        private readonly ConditionalWeakTable<Release, ReleaseBinding> _bindings = [];
        private readonly ConditionalWeakTable<ReleaseBinding, ReleaseBinding> _cheap = [];

        public ListModelsResponse? Catalog => catalog;

        public IEnumerable<ModelInfo> Models => catalog?.Models ?? Enumerable.Empty<ModelInfo>();

        public IEnumerable<ModelAlias> Aliases => catalog?.Aliases ?? Enumerable.Empty<ModelAlias>();

        public IReadOnlyList<ModelInfo> Expand(IEnumerable<string> names)
        {
            var found = new List<ModelInfo>();
            foreach (var name in names)
            {
                var alias = Aliases.FirstOrDefault(candidate => candidate.Name == name);
                foreach (var model in alias?.Models ?? Enumerable.Repeat(name, 1))
                {
                    var info = Models.FirstOrDefault(candidate => candidate.Name == model);
                    if (info is not null && !found.Contains(info)) found.Add(info);
                }
            }

            return found;
        }

        public ReleaseBinding Bind(Release release) =>
            _bindings.TryGetValue(release, out var binding) ? binding : _bindings.GetValue(release, known => new ReleaseBinding(known, Expand(known.Models)));

        public ReleaseBinding? Cheap(ReleaseBinding binding)
        {
            var cheap = _cheap.TryGetValue(binding, out var known) ? known : _cheap.GetValue(binding, full => full with { Models = Expand([Small, .. full.Models.Select(model => model.Name)]) });
            return binding.Models.Count == 0 || cheap.Models[0].Name == binding.Models[0].Name ? null : cheap;
        }
    }
}

/// <summary>Asks the broker for its catalog: every 100 ms to 2 s until it is there, every 15 s afterwards.</summary>
internal sealed class ModelCatalogPoll(ModelBrokerService.ModelBrokerServiceClient broker, ModelCatalog catalog, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromMilliseconds(100);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using var untraced = SuppressInstrumentationScope.Begin();
                catalog.Accept(await broker.ListModelsAsync(new ListModelsRequest(), deadline: time.GetUtcNow().UtcDateTime.AddSeconds(2), cancellationToken: stoppingToken));
                pause = Interval;
            }
            catch (RpcException) when (!stoppingToken.IsCancellationRequested)
            {
                pause = pause == Interval ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.FromSeconds(2).Ticks));
            }
            catch (Exception exception) when (exception is RpcException or OperationCanceledException)
            {
                return;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

internal static class ModelCatalogExtensions
{
    /// <summary>Follows the broker's catalog.</summary>
    public static WebApplicationBuilder AddModelCatalog(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new ModelCatalog(new LastKnown<ListModelsResponse>(builder.DataPath(), "models")));
        builder.Services.AddHostedService<ModelCatalogPoll>();
        return builder;
    }
}
