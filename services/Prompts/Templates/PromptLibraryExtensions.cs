using Microsoft.Extensions.Diagnostics.HealthChecks;
using Slipway.ServiceDefaults;
using Slipway.Tokens;

namespace Slipway.Prompts.Templates;

/// <summary>Reads the prompts, and loads the tokenizers that count them.</summary>
internal static class PromptLibraryExtensions
{
    /// <summary>Reads <c>prompts/</c> of the assets folder before anything listens, so that a broken template ends the process with the list of its errors.</summary>
    public static WebApplicationBuilder AddPromptLibrary(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(PromptLibrary.Load(Path.Combine(builder.AssetsPath(), "prompts")));
        return builder;
    }

    /// <summary>Loads the default tokenizer beside the start; the service is not ready before. The others are loaded when a model first wants them.</summary>
    public static WebApplicationBuilder AddTokenizers(this WebApplicationBuilder builder)
    {
        var loading = Task.Run(() => TokenCounter.Get(TokenCounter.O200kBase));
        builder.Services.AddHealthChecks().AddCheck("tokenizer", () => loading.Status switch
        {
            TaskStatus.RanToCompletion => HealthCheckResult.Healthy(),
            TaskStatus.Faulted => HealthCheckResult.Unhealthy("The tokenizer could not be loaded.", loading.Exception),
            _ => HealthCheckResult.Unhealthy("The tokenizer is being loaded."),
        });
        return builder;
    }
}
