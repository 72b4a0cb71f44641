using Microsoft.EntityFrameworkCore;
using Slipway.Assets.Slo;
using Slipway.Control.Data;
using Slipway.Control.Events;
using Slipway.Control.Models;
using Slipway.Control.Webhooks;
using Slipway.ServiceDefaults;

namespace Slipway.Control.Slo;

internal static class SloExtensions
{
    /// <summary>The objectives of <c>slo.json</c>, the alerts about them, events and who hears of them.</summary>
    internal static WebApplicationBuilder AddObjectives(this WebApplicationBuilder builder)
    {
        var path = Path.Combine(builder.AssetsPath(), "slo.json");
        // Before anything listens: mistakes of the file stop the start.
        SloFile.Read(path);
        builder.Services.AddSingleton(WebhookOptions.Read(builder.Configuration));
        builder.Services.AddSingleton<EventStore>();
        builder.Services.AddSingleton<WebhookClient>();
        builder.Services.AddSingleton<WebhookSender>();
        builder.Services.AddSingleton<SloTallies>();
        builder.Services.AddSingleton(services => new SloService(
            path, services.GetRequiredService<SloTallies>(), services.GetRequiredService<EventStore>(), services.GetRequiredService<IDbContextFactory<ControlDb>>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SloService>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<SloService>());
        builder.Services.AddHostedService(services => services.GetRequiredService<WebhookSender>());
        builder.Services.AddHostedService<ModelEvents>();
        return builder;
    }
}
