using Slipway.ServiceDefaults.Errors;

namespace Slipway.ModelSim.Calls;

/// <summary>How an API writes its errors.</summary>
internal interface IErrorShape
{
    /// <summary>The JSON of the error.</summary>
    ReadOnlyMemory<byte> Error(ApiError error);
}

/// <summary>OpenAI's and Azure's: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal sealed class OpenAiErrorShape : IErrorShape
{
    public static readonly OpenAiErrorShape Instance = new();

    public ReadOnlyMemory<byte> Error(ApiError error) => error.ToJson();
}
