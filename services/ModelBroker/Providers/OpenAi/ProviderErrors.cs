using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
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

    /// <summary>The statuses of errors by their code or type.</summary>
    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal)
    {
        ["rate_limit_exceeded"] = 429, ["rate_limit_error"] = 429, ["insufficient_quota"] = 429, ["requests"] = 429, ["tokens"] = 429,
        ["invalid_api_key"] = 401, ["authentication_error"] = 401, ["permission_error"] = 403, ["model_not_found"] = 404, ["invalid_request_error"] = 400, ["ResponsibleAIPolicyViolation"] = 400,
        ["overloaded"] = 503, ["overloaded_error"] = 503, ["service_unavailable"] = 503, ["service_unavailable_error"] = 503, ["timeout"] = 504, ["timeout_error"] = 504,
    };

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
                case ErrorEventException told:
                    return ProviderFailures.ByStatus(Read(StatusOf(told.Error), told.Error, null), model, exception);
                case HttpRequestException or IOException or TimeoutException or OperationCanceledException:
                    return started ? ProviderFailures.Cut(exception) : ProviderFailures.Unreachable(model, exception);
            }
        }

        return ProviderFailures.Unreadable(model, exception);
    }

    private static Refusal Read(int status, PipelineResponse? response, TimeProvider time)
    {
        return Read(status, Error(response), ProviderFailures.RetryAfter(Header("retry-after-ms"), Header("Retry-After"), time));

        string? Header(string name) => response?.Headers.TryGetValue(name, out var value) == true ? value : null;
    }

    private static Refusal Read(int status, JsonElement? error, TimeSpan? retryAfter)
    {
        var code = error?.Text("code") ?? "";
        if (code.Length == 0) code = error?.Text("type") is { } type && (TooLong.Contains(type) || ProviderFailures.IsFiltered(type)) ? type : "";
        // Azure: {"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}
        if (code.Length == 0 && error?.Field("innererror")?.Text("code") == "ResponsibleAIPolicyViolation") code = "content_filter";
        // A number says no more than the status does.
        if (code.Length > 64 || code.All(char.IsAsciiDigit) || !code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) code = "";
        var param = error?.Text("param") is { Length: > 0 and <= 200 } named ? named : null;
        return new Refusal(status, code, error?.Text("message") ?? "", param, retryAfter, () => TooLong.Contains(code));
    }

    /// <summary>
    /// The status that an error in a stream would have had at its head. OpenRouter, vLLM, SGLang and llama.cpp write it as <c>code</c>, Groq as <c>status_code</c>; OpenAI and Azure have words alone.
    /// </summary>
    private static int StatusOf(JsonElement error)
    {
        foreach (var field in (string[])["code", "status_code", "status"])
        {
            var status = error.Number(field) ?? (int.TryParse(error.Text(field), NumberStyles.None, CultureInfo.InvariantCulture, out var digits) ? digits : 0);
            if (status is >= 400 and < 600) return status;
        }

        foreach (var word in (string[])[error.Text("code"), error.Text("type"), error.Field("innererror")?.Text("code") ?? ""])
        {
            if (Statuses.GetValueOrDefault(word) is > 0 and var status) return status;
            if (TooLong.Contains(word) || ProviderFailures.IsFiltered(word)) return 400;
        }

        return 500;
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
