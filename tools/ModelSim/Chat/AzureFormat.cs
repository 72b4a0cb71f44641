using System.Buffers;
using System.Text.Json;
using Slipway.ModelSim.Answers;
using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Chat;

/// <summary>
/// OpenAI's format as Azure has it: the model is the deployment of the path, a stream begins with a chunk without choices that tells of the content filter,
/// and errors have codes of their own.
/// </summary>
internal sealed class AzureFormat(string deployment) : OpenAiFormat
{
    public override ChatRequest Read(JsonElement json) => Read(json, deployment);

    public override void Start(IBufferWriter<byte> to, SimReply reply)
    {
        to.Write("""data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"""u8);
        to.Write("\n\n"u8);
        base.Start(to, reply);
    }

    public override ReadOnlyMemory<byte> Error(ApiError error) => Azure(error);

    /// <summary>An error as Azure writes it.</summary>
    public static ReadOnlyMemory<byte> Azure(ApiError error) => JsonSerializer.SerializeToUtf8Bytes<object>(error.Code switch
    {
        "content_policy_violation" => new
        {
            error = new
            {
                message = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.", type = (string?)null, param = "prompt", code = "content_filter", status = 400,
                innererror = new { code = "ResponsibleAIPolicyViolation", content_filter_result = new { hate = new { filtered = true, severity = "high" } } },
            },
        },
        "model_not_found" => new { error = new { code = "DeploymentNotFound", message = "The API deployment for this resource does not exist." } },
        "rate_limit_exceeded" or "invalid_api_key" => new { error = new { code = error.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), message = error.Message } },
        _ => new { error = new { message = error.Message, type = error.Type, param = error.Param, code = error.Code } },
    });
}
