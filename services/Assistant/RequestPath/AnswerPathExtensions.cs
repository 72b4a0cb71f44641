using Slipway.Assistant.Caching;
using Slipway.Assistant.Intents;

namespace Slipway.Assistant.RequestPath;

internal static class AnswerPathExtensions
{
    /// <summary>Adds the request path and its stages.</summary>
    public static WebApplicationBuilder AddAnswerPath(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AnswerCache>();
        var hot = builder.Configuration.GetValue("Slipway:Assistant:HotAnswerMilliseconds", defaultValue: 200.0);
        builder.Services.AddSingleton(services => new HotAnswers(TimeSpan.FromMilliseconds(hot), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IntentSamples>();
        builder.Services.AddHostedService<IntentSampler>();
        builder.Services.AddSingleton<RetrievalStage>();
        builder.Services.AddSingleton<PromptStage>();
        builder.Services.AddSingleton<ModelStage>();
        builder.Services.AddSingleton<AnswerPath>();
        builder.Services.AddSingleton<OpenAi.Passthrough>();
        if (!builder.Configuration.GetValue("Slipway:Assistant:WarmUp", defaultValue: true)) return builder;
        builder.Services.AddSingleton<WarmUp>();
        builder.Services.AddHostedService(services => services.GetRequiredService<WarmUp>());
        builder.Services.AddHealthChecks().AddCheck<WarmUp>("warm-up");
        return builder;
    }
}
