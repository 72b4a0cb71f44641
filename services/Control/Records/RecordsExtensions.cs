using Slipway.Control.Kpis;

namespace Slipway.Control.Records;

internal static class RecordsExtensions
{
    internal static WebApplicationBuilder AddRecords(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Slipway:Control:Records").Get<RecordOptions>() ?? new RecordOptions();
        if (options.Errors().ToList() is { Count: > 0 } errors) throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<KpiStore>();
        builder.Services.AddSingleton<KpiReader>();
        builder.Services.AddSingleton<HourRollups>();
        builder.Services.AddSingleton<RecordWriter>();
        builder.Services.AddSingleton<FlushService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<FlushService>());
        return builder;
    }
}
