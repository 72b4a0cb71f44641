namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>A sentence transformer in a folder, as Hugging Face lays it out. What is not set is read from the folder.</summary>
internal sealed record OnnxOptions
{
    /// <summary>Vectors of tokens are averaged.</summary>
    public const string Mean = "mean";

    /// <summary>The vector of the first token, <c>[CLS]</c>, stands for the text.</summary>
    public const string Cls = "cls";

    /// <summary>The folder: <c>model.onnx</c> or <c>onnx/model.onnx</c>, and <c>tokenizer.json</c> or <c>vocab.txt</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary><c>mean</c> or <c>cls</c>. Default: what <c>1_Pooling/config.json</c> says, else <c>mean</c>.</summary>
    public string Pooling { get; init; } = "";

    /// <summary>
    /// Tokens of a text, with <c>[CLS]</c> and <c>[SEP]</c>; what is longer is cut. 8 to 8,192. Default 0: what <c>sentence_bert_config.json</c>, <c>tokenizer_config.json</c> or
    /// <c>tokenizer.json</c> say, else 512.
    /// </summary>
    public int MaxTokens { get; init; }

    /// <summary>Set before each question, for models that are trained so (E5: <c>query: </c>). At most 256 characters. Default: the prompt <c>query</c> of <c>config_sentence_transformers.json</c>, else none.</summary>
    public string? QueryPrefix { get; init; }

    /// <summary>Set before each passage (E5: <c>passage: </c>). At most 256 characters. Default: the prompt <c>document</c> or <c>passage</c> of the folder, else none.</summary>
    public string? DocumentPrefix { get; init; }

    /// <summary>Threads that compute. 0 to 256, default 0: half of the processors.</summary>
    public int Threads { get; init; }

    /// <summary>Tokens of one run with their padding, over all texts in it: bounds memory. 512 to 1,048,576, default 8,192.</summary>
    public int BatchTokens { get; init; } = 8192;
}
