using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>The inputs and the output of a model that are used.</summary>
/// <param name="Inputs">Names and types of the inputs, all of which the model must be given.</param>
/// <param name="Output">The name of the output.</param>
/// <param name="OutputType">float or float16.</param>
/// <param name="GivesSentence">The output is a vector of each text, not of each token.</param>
internal sealed record OnnxGraph(IReadOnlyList<(string Name, TensorElementType Type)> Inputs, string Output, TensorElementType OutputType, bool GivesSentence)
{
    public const string Ids = "input_ids";
    public const string Mask = "attention_mask";
    private const string Types = "token_type_ids";
    private const string Sentence = "sentence_embedding";

    /// <summary>The outputs that are looked for, in this order.</summary>
    private static readonly string[] Tokens = ["last_hidden_state", "token_embeddings"];

    /// <exception cref="InvalidDataException">The model lacks what is needed, or needs what is not there.</exception>
    public static OnnxGraph Of(InferenceSession session)
    {
        var inputs = new List<(string, TensorElementType)>();
        foreach (var (name, data) in session.InputMetadata)
        {
            if (name is not (Ids or Mask or Types)) throw new InvalidDataException($"The model has the input '{name}'; {Ids}, {Mask} and {Types} can be given.");
            if (data.ElementDataType is not (TensorElementType.Int64 or TensorElementType.Int32)) throw new InvalidDataException($"The model's input '{name}' is of {data.ElementDataType}; int64 or int32 can be given.");
            inputs.Add((name, data.ElementDataType));
        }

        if (!session.InputMetadata.ContainsKey(Ids)) throw new InvalidDataException($"The model has no input '{Ids}'.");
        var output = ((string[])[Sentence, .. Tokens]).FirstOrDefault(session.OutputMetadata.ContainsKey)
            ?? (session.OutputMetadata.Count == 1 ? session.OutputMetadata.Keys.First() : null)
            ?? throw new InvalidDataException($"The model has the outputs {string.Join(", ", session.OutputMetadata.Keys)}; {Sentence}, {Tokens[0]} or {Tokens[1]} is needed.");
        var type = session.OutputMetadata[output].ElementDataType;
        if (type is not (TensorElementType.Float or TensorElementType.Float16)) throw new InvalidDataException($"The model's output '{output}' is of {type}; float or float16 is needed.");
        var rank = session.OutputMetadata[output].Dimensions.Length;
        if (rank is not (2 or 3)) throw new InvalidDataException($"The model's output '{output}' has {rank} axes; 2 or 3 are needed.");
        return new OnnxGraph(inputs, output, type, rank == 2);
    }
}
