using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Slipway.ModelBroker.Catalog;
using Slipway.ModelBroker.Models;
using Slipway.ModelBroker.Providers.Native;

namespace Slipway.ModelBroker.Providers.OpenAi;

/// <summary>Reads what a failed call of OpenAI's client means; the classes are those of <see cref="ProviderFailures"/>.</summary>
internal static class ProviderErrors
{
    /// <summary>The codes under which compatible servers say that the prompt is too long: OpenAI's, llama.cpp's.</summary>
    private static readonly HashSet<string> TooLong = ["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"];

    /// <summary>Classifies.</summary>
    /// <param name="exception">What the call threw.</param>
    /// <param name="model">The model.</param>
    /// <param name="started">Whether the answer had begun.</param>
    /// <param name="time">The clock, for a <c>Retry-After</c> that is a date.</param>
    public static ModelException Classify(Exception exception, CatalogModel model, bool started, TimeProvider time)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ModelException classified:
                    return classified;
                case ClientResultException { Status: > 0 } answered:
                    return ProviderFailures.ByStatus(Read(answered.Status, answered.GetRawResponse(), time), model, exception);
                case HttpRequestException or IOException or TimeoutException or OperationCanceledException:
                    return started ? ProviderFailures.Cut(exception) : ProviderFailures.Unreachable(model, exception);
            }
        }

        return ProviderFailures.Unreadable(model, exception);
    }

    private static Refusal Read(int status, PipelineResponse? response, TimeProvider time)
    {
        var error = Error(response);
        var code = error?.Text("code") ?? "";
        if (code.Length == 0) code = error?.Text("type") is { } type && (TooLong.Contains(type) || ProviderFailures.IsFiltered(type)) ? type : "";
        // Azure: {"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}
        if (code.Length == 0 && error?.Field("innererror")?.Text("code") == "ResponsibleAIPolicyViolation") code = "content_filter";
        if (code.Length > 64 || !code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) code = "";
        var param = error?.Text("param") is { Length: > 0 and <= 200 } named ? named : null;
        return new Refusal(status, code, error?.Text("message") ?? "", param, ProviderFailures.RetryAfter(Header("retry-after-ms"), Header("Retry-After"), time), () => TooLong.Contains(code));

        string? Header(string name) => response?.Headers.TryGetValue(name, out var value) == true ? value : null;
    }

    private static JsonElement? Error(PipelineResponse? response)
    {
        try
        {
            using var body = JsonDocument.Parse(response?.Content ?? BinaryData.Empty);
            return body.RootElement.Field("error")?.Clone();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
